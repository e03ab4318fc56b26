"""Which verbs does the command line have? A shelf: one file a verb, and what it holds is a `Verb`.

A file `look.py` holds a function `look`. Its parameters are what the verb is told, its docstring
is what `--help` says. Nothing heavy is imported above it, so that `--help` answers at once.
"""

from __future__ import annotations

import inspect
from typing import Annotated, Any, Protocol

from receta.core.registry import Shelf

__all__ = ["GROUPS", "SHELF", "Verb", "describe", "list_in_groups"]

# Titles in `receta --help`, in this order.
GROUPS = ("From data to a model", "Data", "For experts")


class Verb(Protocol):
    """What an entry of this shelf holds."""

    GROUP: Annotated[str, f"the title below which `receta --help` shows it: {', '.join(GROUPS)}"]
    AFTER: Annotated[str, "the verb that it stands behind there, or ''"]
    EXAMPLES: Annotated[
        tuple[tuple[str, str], ...], "commands to paste, and what each is for, for its own --help"
    ]

    def __call__(self, **options: Any) -> None:
        """What the verb does; its docstring says so in one sentence."""


SHELF = Shelf("receta.cli.verbs", "verb", contract=Verb)


def describe(name: str) -> str:
    """What a verb does, in one sentence."""
    return inspect.getdoc(SHELF.function(name)) or ""


def list_in_groups() -> dict[str, list[str]]:
    """Names of the verbs by title, in their order; this imports all of them."""
    groups: dict[str, list[str]] = {title: [] for title in GROUPS}
    for name in SHELF.names():
        groups.setdefault(SHELF.module(name).GROUP, []).append(name)
    return groups
