"""What is an example: a picture, a row, a window, a text? The shelf of kinds; its door is `of`.

An entry says how examples of its kind are read into what a network is fed. What it holds is said
by `Kind`, and looked at when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

import numpy as np

from receta.core.errors import InputError
from receta.core.registry import Shelf, optional
from receta.core.spec import Spec, of_pixels
from receta.data.dataset import Dataset, Quarantined, Splits
from receta.data.examples import Examples, Parts, readable
from receta.data.nouns import Noun
from receta.kinds._sharing import share_equal

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe

__all__ = [
    "SHELF",
    "Kind",
    "climbed",
    "feed",
    "learn",
    "of",
    "of_model",
    "of_specs",
    "read",
    "specs_of",
    "word_layers",
]


class Kind(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the kind that it stands behind, '' for the first"]
    KIND: Annotated[str, "what sources call data of this kind"]
    NOUN: Annotated[Noun, "what an example is called, and whether it is seen"]
    MEANINGS: Annotated[tuple[str, ...], "meanings of the specs of its inputs"]
    RUNGS: Annotated[tuple[str, ...], "the ladder where nobody names one"]
    FEW: Annotated[int, "of fewer examples the ladder is the first two of RUNGS"] = 0

    def decode(self, data: Dataset, recipe: Recipe, progress: Progress) -> Any:
        """The Inputs of all rows of a view, as the recipe has them."""

    def decode_as(self, model: Any, data: Dataset, progress: Progress) -> Any:
        """The Inputs of all rows of a view, as a model takes them; InputError for others."""

    def parse(
        self, model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
    ) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
        """(name, example as a model takes it, or why it cannot be read) of what files hold."""

    @optional
    def spoil(self, spec: Spec, examples: np.ndarray) -> np.ndarray:
        """The examples with what data may lack and others bring: missing cells, unknown words.

        A written network is compared on them too.
        """
        return examples

    @optional
    def take(self, model: Any, value: object, where: str) -> np.ndarray:
        """One example that a request says in JSON, as a model takes it.

        where: its place there. InputError: which cell, what stood there, what was expected. What
        is seen comes as files; the server itself decodes those.
        """
        raise InputError(f"{where} is no file; expected {self.NOUN.many} as files.")

    def show(self, spec: Spec, example: np.ndarray) -> Any:
        """An example in words of JSON, as `take` reads it back, or a data: URI of a picture."""

    def schema(self, model: Any) -> dict[str, Any]:
        """One example of a request, in the words of JSON Schema, with "examples" of it."""

    @optional
    def tell_example(self, inputs: Any, row: int) -> list[tuple[str, str]]:
        """Names of what an example is made of, and what each is, for people; of a table its cells.

        row: of the source.
        """
        return []

    def options_of(self, model: Any) -> dict[str, Any]:
        """How labelled data are read for a model: options of `receta.sources.load`."""

    def refuse(self, recipe: Recipe) -> None:
        """RecipeError for a setting that means nothing for this kind."""

    def learn(self, train: Examples) -> tuple[Spec, ...]:
        """The specs of a network, with what the training part alone tells of them."""

    @optional
    def companions(self, specs: tuple[Spec, ...]) -> dict[str, Any]:
        """What lies as JSON beside a network, wherever it goes: name of a file -> content."""
        return {}

    def tell_changes(self, parts: Parts, tell: Callable[[str], None]) -> None:
        """Say in a line each what a network does to the examples that is worth a word."""

    @optional
    def baselines(self, examples: Examples) -> dict[str, np.ndarray]:
        """By name what somebody answers who learns nothing: (n, outputs) each."""
        return {}

    def open_network(self, specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
        """How a network begins: its input, and numbers of one size, by layers of Keras.

        low: the least number, where the kind knows bounds; the greatest is 1.
        """

    @optional
    def settings(self, n: int) -> Mapping[str, Any]:
        """Settings of the recipe that suit n training examples; a rung's own come before them."""
        return {}

    @optional
    def open_plain(self, specs: tuple[Spec, ...]) -> tuple[Any, Any]:
        """The same for a network of one layer; as `open_network` does it where nothing is said."""
        return self.open_network(specs, 0.0)

    @optional
    def open_pieces(self, specs: tuple[Spec, ...]) -> tuple[Any, Any]:
        """The same, with each number as pieces between quantiles of the training part."""
        return self.open_network(specs, -1.0)

    @optional
    def close_network(self, specs: tuple[Spec, ...], body: Any, answers: Any) -> Any:
        """How a network ends whose task answers in units of an example: in those of the data.

        body: the network below the last layer; answers: what the task says.
        """
        return answers

    @optional
    def share(self, specs: Sequence[Spec]) -> Spec:
        """The input of a network that holds several, each with the one of these inputs.

        InputError where no input can feed them all.
        """
        return share_equal(specs)

    @optional
    def translate(self, shared: Spec, own: Spec, given: Any) -> Any:
        """What one of them takes (a Keras tensor), of what the shared input gives."""
        return given


SHELF = Shelf("receta.kinds", "kind", contract=Kind)


def of(data: Dataset) -> Kind:
    """The entry for these data; InputError where receta has no models for them yet."""
    entries = [cast(Kind, SHELF.module(name)) for name in SHELF.names()]
    found = next((entry for entry in entries if data.kind == entry.KIND), None)
    if found is None:
        nouns = " or ".join(entry.NOUN.many for entry in entries)
        raise InputError(
            f"{data.place or data.source!r} holds a {data.kind}, for which receta has no models "
            f"yet; expected {nouns}. receta look, audit, clean, split and convert take it."
        )
    return found


def of_specs(specs: tuple[Spec, ...]) -> Kind:
    """The entry whose examples a network of these specs takes.

    >>> of_specs((Spec("pixels", (8, 8, 1), "uint8", "picture"),)).NOUN.many
    'pictures'
    """
    entries = [cast(Kind, SHELF.module(name)) for name in SHELF.names()]
    found = next((entry for entry in entries if specs[0].meaning in entry.MEANINGS), None)
    if found is None:
        known = ", ".join(word for entry in entries for word in entry.MEANINGS)
        raise InputError(
            f"the model takes a {specs[0].meaning!r:.60}, of which there is no kind; expected one "
            f"of {known}. Export or train it again."
        )
    return found


def of_model(model: Any) -> Kind:
    """The entry whose examples something that predicts takes; pictures where it says nothing."""
    return of_specs(specs_of(model))


def specs_of(model: Any) -> tuple[Spec, ...]:
    """The specs of something that predicts: pixels where it says nothing."""
    return getattr(model, "specs", ()) or of_pixels(tuple(model.input_shape))


def settings(kind: str, n: int) -> Mapping[str, Any]:
    """Settings of the recipe that suit n training examples of a kind of data; {} of no kind."""
    entries = [cast(Kind, SHELF.module(name)) for name in SHELF.names()]
    return next((entry.settings(n) for entry in entries if kind == entry.KIND), {})


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs of a network, with what the training part alone tells of them."""
    return of(train).learn(train)


def climbed(recipe: Recipe, data: Dataset) -> Recipe:
    """The recipe with the ladder of the kind, where nobody named another.

    RecipeError for a setting that means nothing for these data.
    """
    kind = of(data)
    kind.refuse(recipe)
    named = "rungs" in recipe.model_fields_set or recipe.rungs == kind.RUNGS
    return recipe if named else recipe.with_settings(rungs=kind.RUNGS)


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
