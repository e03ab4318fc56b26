"""Which examples train, choose and judge in a trial?"""

from __future__ import annotations

from typing import TypeVar

from receta import splitting
from receta.core.recipe import Recipe
from receta.data import derived
from receta.data.dataset import Dataset, Splits
from receta.studies.trial import Division

_Data = TypeVar("_Data", bound=Dataset)


def divide(data: Dataset, recipe: Recipe, division: Division) -> Splits:
    """The parts of a trial.

    What is divided by time has one division, whatever the seed. With test_seed the test part is
    the same for every seed, and only what is left is divided anew.
    """
    settled = data
    if division.test_seed is not None and not data.in_time:
        aside = splitting.split(data, recipe.with_settings(seed=division.test_seed)).test
        rows = set(aside.rows.tolist())
        own = data.source.parts or ("",) * len(data.source)
        names = ["test" if row in rows else part for row, part in enumerate(own)]
        settled = derived.with_parts(data, names)
    seeded = recipe.with_settings(seed=division.seed)
    if division.folds:
        make = splitting.bootstraps if division.is_drawn else splitting.folds
        return make(settled, seeded, division.folds)[division.fold]
    return splitting.split(settled, seeded)


def tell_division(data: Dataset, recipe: Recipe, division: Division) -> str:
    """In words, how `divide` divides these data."""
    told = splitting.how(data, recipe.with_settings(seed=division.seed))
    if not division.folds:
        return told
    named = "drawing" if division.is_drawn else "fold"
    return f"{named} {division.fold + 1} of {division.folds} is the test part; seed {division.seed}"
