"""What does an audit hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

from receta.core.finding import Finding
from receta.core.registry import optional
from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels


class Audit(Protocol):
    """What an entry of this shelf holds; `culprit` and `innocent` are walked by one test."""

    AFTER: Annotated[str, "the name of the audit that it stands behind, '' for the first"]
    QUESTION: Annotated[str, "what it asks of pictures, in one line, so that yes is good"]
    FINDS: Annotated[str, "what it finds, for the manual"]
    WARNS: Annotated[str, "when it warns or fails, for the manual"]
    UNIT: Annotated[str, "the unit of what it measures, such as 'images'"]
    BOUND: Annotated[float, "a number with its origin"]
    KINDS: Annotated[tuple[str, ...], "the kinds of data that it is for"] = ("images",)
    TASKS: Annotated[tuple[str, ...], "the tasks that it can judge"] = (
        "classes",
        "labels",
        "values",
        "quantiles",
    )
    ASKED: Annotated[bool, "whether it takes minutes, and runs only where it is asked for"] = False
    SECONDS_EACH: Annotated[float, "seconds an example on two cores, where worth knowing"] = 0.0
    EACH_SERIES: Annotated[bool, "whether it looks at each of many series on its own"] = False
    STOPS: Annotated[bool, "whether a run goes no further where it fails"] = False
    INSTEAD: Annotated[str, "what to do about it, where no fix mends it"] = ""

    def __call__(self, data: Dataset, pixels: Pixels | None) -> list[Finding]:
        """From data and their decoded pictures to one finding or more, `ok` if nothing is wrong."""

    def culprit(self, folder: Path) -> str | Dataset:
        """Data with what it looks for, written into a folder or made in memory."""

    def innocent(self, folder: Path) -> str | Dataset:
        """Data like the culprit's, without it."""

    @optional
    def concerns(self, data: Dataset) -> bool:
        """Whether it is for these data, where their kind does not say so."""
        return True
