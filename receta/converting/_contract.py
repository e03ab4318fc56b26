"""What does a format hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from receta.core.progress import Bar
from receta.data.dataset import Dataset


@dataclass(frozen=True)
class Written:
    """What a format says when it is done.

    lost: why, by id, for those left out. ids: those that the others have when loaded
    again, in the order of the data; empty where rows keep their order but not their ids.
    """

    lost: dict[str, str]
    ids: tuple[str, ...] = ()


class Format(Protocol):
    """What an entry of this shelf holds."""

    ABOUT: Annotated[str, "what it writes, in one line"]
    KINDS: Annotated[tuple[str, ...], "the kinds of data that it can hold"]
    TASKS: Annotated[tuple[str, ...], "the tasks of the data that it can hold"] = (
        "classes",
        "values",
        "quantiles",
    )
    SUFFIX: Annotated[str, "what its files end with, '' for a folder"]

    def __call__(self, data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
        """Write data under a temporary name, pictures at a size where one is given."""

    def options(self, data: Dataset) -> dict[str, Any]:
        """What `load` must be told to read it again, such as the target of a table."""
