"""What does a source hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from receta.core.progress import Progress

if TYPE_CHECKING:
    from receta.data.dataset import Source as Read
    from receta.sources import Options


class Source(Protocol):
    """What an entry of this shelf holds; one test reads what `sample` writes."""

    AFTER: Annotated[str, "the name of the source that is asked before it, '' for the first"]
    READS: Annotated[str, "what it reads, in one line"]
    FORM: Annotated[str, "how DATA is written for it, for the manual"]
    FACTS: Annotated[str, "what may be in it, for the manual"]
    USES: Annotated[tuple[str, ...], "the options of `load` that mean something to it"] = ()
    SAMPLE_OPTIONS: Annotated[Mapping[str, Any], "options that its sample needs"] = {}

    def __call__(self, place: str, options: Options, progress: Progress) -> Read:
        """Read a place; raises InputError in one line."""

    def accepts(self, place: str, options: Options) -> bool:
        """Whether a place is for it; the first source that says so reads it."""

    def sample(self, folder: Path) -> str:
        """Write a small example of such data; gives the place."""
