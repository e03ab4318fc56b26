"""Which variants of a recipe are tried: each change alone, and pairs where asked for?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from receta import models, tasks
from receta.core import recipe_files, setting_words
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe
from receta.data.examples import Examples

BASE = "base"
# What a variant may not change, and why.
_NOT_CHANGED = {
    "seed": "each seed is tried with every variant; say how many with --seeds",
    "test_share": "all variants are judged on the same examples",
    "budget_s": "a trial has no budget of its own; that of the study is --budget",
}


@dataclass(frozen=True)
class Variant:
    """A change of the base recipe.

    change: in the words of who asked. settings: of the recipe, as JSON. inputs: those of the data,
    or zeros in their place.
    """

    change: str
    settings: dict[str, Any]
    inputs: Literal["own", "zeroed"] = "own"

    def to_json(self) -> dict[str, Any]:
        """What study.json says of it."""
        return {"change": self.change, "settings": self.settings, "inputs": self.inputs}


def read_change(text: str, name: str = "") -> Variant:
    """The variant of `key=value`, or of several with semicolons between; name: what it is called.

    `inputs=zeroed` is no setting: all inputs are zeros. `rung` is short for `rungs`.

    >>> read_change("dropout=0; augment=0.5").settings
    {'dropout': 0.0, 'augment': 0.5}
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    zeroed = [part for part in parts if part.replace(" ", "") == "inputs=zeroed"]
    settings: dict[str, Any] = {}
    for part in parts:
        if part in zeroed:
            continue
        key, equals, value = part.partition("=")
        if not equals:
            raise RecipeError(
                f"--change {setting_words.shorten(part)} has no '='; expected key=value, such as "
                "--change dropout=0."
            )
        key = "rungs" if key.strip() == "rung" else key.strip()
        if key in _NOT_CHANGED:
            raise RecipeError(
                f"--change {key}=… is no variant: {_NOT_CHANGED[key]}; expected another setting. "
                "Change that instead."
            )
        one = recipe_files.read(None, [f"{key}={value}"])
        settings |= one.model_dump(mode="json", exclude_unset=True)
    if not parts:
        raise RecipeError("--change is empty; expected key=value, such as --change dropout=0.")
    for rung in settings.get("rungs", ()):
        models.entry(rung)
    in_order = {key: settings[key] for key in Recipe.model_fields if key in settings}
    return Variant(name or text.strip(), in_order, "zeroed" if zeroed else "own")


def list_variants(changes: Iterable[Variant], *, pairs: bool = False) -> list[Variant]:
    """The base, each change alone, and pairs of changes that can go together."""
    unique = list({_spell(one): one for one in changes}.values())
    found = [Variant(BASE, {}), *unique]
    if pairs:
        found += [
            _join(one, other)
            for one, other in itertools.combinations(unique, 2)
            if not one.settings.keys() & other.settings.keys()
        ]
    return found


def _join(one: Variant, other: Variant) -> Variant:
    inputs = other.inputs if one.inputs == "own" else one.inputs
    settings = {**one.settings, **other.settings}
    return Variant(f"{one.change} + {other.change}", settings, inputs)


def _spell(variant: Variant) -> str:
    return f"{variant.settings} {variant.inputs}"


def refuse_base(
    variants: Sequence[Variant], recipe: Recipe, examples: Examples, trained: int
) -> None:
    """RecipeError for a change that is what the base does anyway, or that these data forbid."""
    for variant in variants:
        changed = Recipe(**{**recipe.model_dump(exclude_unset=True), **variant.settings})
        tasks.of(examples.task).refuse(changed)
        if variant.change != BASE and is_base(variant, recipe, examples, trained):
            raise RecipeError(
                f"--change {variant.change} is the base itself; expected another value. Change it, "
                "or leave it out."
            )


def is_base(variant: Variant, recipe: Recipe, examples: Examples, trained: int) -> bool:
    """Whether a variant does what the base does anyway.

    recipe: of the base. What that leaves open is what its rungs bring, for so many examples that
    train.
    """
    changed = Recipe(**{**recipe.model_dump(exclude_unset=True), **variant.settings})
    return variant.inputs == "own" and all(
        getattr(changed, key) == value
        for key in variant.settings
        for value in _find_values(key, recipe, examples, trained)
    )


def _find_values(key: str, recipe: Recipe, examples: Examples, trained: int) -> list[Any]:
    """What a setting is in the base: for each of its rungs."""
    if key == "rungs":
        return [recipe.rungs]
    if key == "image_size" and recipe.image_size is None and examples.is_seen:
        return [tuple(examples.inputs.shape[:2])]
    rungs = [rung for rung in recipe.rungs if models.is_trained(rung)] or [recipe.rungs[-1]]
    kind = examples.kind
    return [getattr(models.complete_recipe(rung, recipe, trained, kind), key) for rung in rungs]
