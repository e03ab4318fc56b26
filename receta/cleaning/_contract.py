"""What does a fix hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

from receta.cleaning.engine.planning import Entry, Work
from receta.core.finding import Finding


class Fix(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the fix that it is taken after, '' for the first"]
    MENDS: Annotated[tuple[str, ...], "the codes of the findings that it mends"]
    METHODS: Annotated[tuple[str, ...], "its ways, the default first"]
    KINDS: Annotated[tuple[str, ...], "the kinds of data that it is for"]
    TASKS: Annotated[tuple[str, ...], "the tasks of the data that it is for"] = (
        "classes",
        "labels",
        "values",
        "quantiles",
    )
    METHODS_OF: Annotated[
        Mapping[str, tuple[str, ...]], "those of its ways that a kind of data has"
    ] = {}
    WISHED: Annotated[bool, "whether it is done where it is asked for, without a finding"] = False
    NOTE: Annotated[str, "what the manual says beside its ways"] = ""

    def __call__(self, work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
        """From the work, its findings, their code and a way to entries of the journal.

        Their steps are plain JSON, and learn nothing when they are applied.
        """
