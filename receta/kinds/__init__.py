"""What is an example: a picture, a row, a window, a text? The shelf of kinds; its door is `of`.

An entry says how examples of its kind are read into what a network is fed. What it holds is said
by `Kind`, and looked at when it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

from receta.core.errors import InputError
from receta.core.registry import Shelf
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Examples, Parts, readable

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe

__all__ = ["SHELF", "Kind", "feed", "of", "read"]


class Kind(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the kind that it stands behind, '' for the first"]
    KIND: Annotated[str, "what sources call data of this kind"]
    NOUN: Annotated[tuple[str, str], "what an example is called, in the singular and in the plural"]

    def decode(self, data: Dataset, recipe: Recipe, progress: Progress) -> Any:
        """The Inputs of all rows of a view, as the recipe has them."""


SHELF = Shelf("receta.kinds", "kind", contract=Kind)


def of(data: Dataset) -> Kind:
    """The entry for these data; InputError where receta has no models for them yet."""
    entries = [cast(Kind, SHELF.module(name)) for name in SHELF.names()]
    found = next((entry for entry in entries if data.kind == entry.KIND), None)
    if found is None:
        nouns = " or ".join(entry.NOUN[1] for entry in entries)
        raise InputError(
            f"{data.place or data.source!r} holds a {data.kind}, for which receta has no models "
            f"yet; expected {nouns}. receta look, audit, clean, split and convert take it."
        )
    return found


def read(data: Dataset, recipe: Recipe, progress: Progress, inputs: Any = None) -> Examples:
    """The readable examples of some data, with what a network is fed.

    Examples are given back as they are. inputs: where known.
    """
    if isinstance(data, Examples):
        return data
    return readable(data, inputs or of(data).decode(data, recipe, progress))


def feed(parts: Splits, recipe: Recipe, progress: Progress, inputs: Any = None) -> Parts:
    """The parts with what a network is fed; as they are where they know it. inputs: where known."""
    if isinstance(parts, Parts):
        return parts
    if isinstance(parts.train, Examples):
        inputs = parts.train.inputs
    return Parts.of(parts, inputs or of(parts.train).decode(parts.union(), recipe, progress))
