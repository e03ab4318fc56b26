"""What does a check hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from receta.core.finding import Finding
from receta.core.sketch import Sketch


class Check(Protocol):
    """What an entry of this shelf holds; `sound` and `broken` are walked by one test."""

    AFTER: Annotated[str, "the name of the check that it stands behind, '' for the first"]
    QUESTION: Annotated[str, "what it asks, in one line, so that yes is good"]
    STAGE: Annotated[Literal["before", "after"], "'before' or 'after' training"]
    MEASURES: Annotated[str, "what it measures, for the manual"]
    SOUND: Annotated[str, "what a sound network shows, for the manual"]
    SKETCH: Annotated[Sketch | None, "how the report draws what a finding shows"] = None

    def __call__(self, subject: Any) -> Finding | None:
        """From a Setup (before) or a Trained (after) to a finding; None where it does not apply."""

    def sound(self) -> Any:
        """A Setup or Trained that passes."""

    def broken(self) -> Any:
        """A Setup or Trained that does not."""
