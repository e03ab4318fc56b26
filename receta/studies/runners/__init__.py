"""Where do the processes of trials run? The shelf of runners.

A runner knows folders of trials and nothing else: what is asked lies there, and what came of it is
written there by the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol

from receta.core.registry import Shelf

__all__ = ["SHELF", "Runner", "Workers", "Working"]


class Working(Protocol):
    """A process that does a trial."""

    def ended(self) -> int | None:
        """Its exit code, below 0 the signal that ended it; None while it works."""

    def stop(self) -> None:
        """End it at once; what it did is kept."""


class Workers(Protocol):
    """The places of one study in which trials are done."""

    jobs: int

    def start(self, folder: Path) -> Working:
        """Begin with the trial of a folder, or go on with it."""

    def close(self) -> None:
        """End whatever is left."""


class Runner(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the runner that it stands behind, '' for the first"]
    QUESTION: Annotated[str, "where trials are done, in words"]

    def __call__(self, jobs: int, place: str) -> Workers:
        """The workers of one study, so many at a time. place: where, such as an address."""


SHELF = Shelf("receta.studies.runners", "runner", contract=Runner)
