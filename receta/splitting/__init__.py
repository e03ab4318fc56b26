"""How are examples divided into train, validation and test, the same way every time?

Where an example goes depends on the seed and on its id alone, not on the order of the
rows; an image more or less moves at most the few that stand at a border. A series is
divided by time.
"""

from __future__ import annotations

import numpy as np

from receta import tasks
from receta.copies.equal import find_twins
from receta.core.recipe import Recipe
from receta.data.dataset import PARTS, Dataset, Splits
from receta.splitting import by_time
from receta.splitting.by_time import fill_between
from receta.splitting.by_value import count_ranges
from receta.splitting.dividing import divide_free, read_parts
from receta.splitting.folding import bootstraps, folds
from receta.splitting.record import as_json, from_json
from receta.splitting.shares import TEST, TRAIN, VALIDATION, ask_shares, find_shares

__all__ = ["as_json", "bootstraps", "fill_between", "folds", "from_json", "how", "split"]


def split(data: Dataset, recipe: Recipe = Recipe()) -> Splits:
    """Divide into train, validation and test: by class, value, group or time.

    A part that the data themselves name stays as it is; what is missing is carved out of the rest,
    by recipe.validation_share and test_share of that rest (at most 5,000 examples each where nobody
    set the share). Without groups every class is divided by the shares, to within one example, and
    stands in every part; of values to predict the same holds for ranges that hold equally many, of
    labels for the rarest that an example has. With groups each group stays whole; few groups are
    assigned in the best of all ways (the seed decides only between equally good ones), many by a
    seeded search. Texts that are nearly the same stay in one part, and so do equal rows of a table,
    unless a part would lose a class by it.
    A series is never shuffled: its first windows are train, its last ones test, and
    windows that would see what a later part forecasts are in no part. Raises InputError for too few
    images of a class or too few groups, RecipeError when the shares leave nothing to train on.

    >>> from receta.sources import load
    >>> {name: len(part) for name, part in split(load("digits")).named().items()}
    {'train': 1257, 'validation': 270, 'test': 270}
    """
    if data.in_time:
        return Splits(
            *(
                data.take(rows)
                for rows in by_time.divided(data, find_shares(np.array([TRAIN]), recipe))
            )
        )
    parts = divide_free(data, read_parts(data), recipe)
    return Splits(*(data.take(parts == code) for code in (TRAIN, VALIDATION, TEST)))


def how(data: Dataset, recipe: Recipe = Recipe()) -> str:
    """In words, how `split` divides these data: parts, shares, seed."""
    if data.in_time:
        return by_time.how(data, find_shares(np.array([TRAIN]), recipe))
    named = set(data.parts)
    own = [name for name in PARTS[1:] if name in named]
    carved = [name for name in PARTS[1:] if name not in named]
    if not carved:
        return "train, validation and test as the data's own parts say"
    percent = dict(
        zip(
            PARTS[1:],
            ask_shares(recipe, int((read_parts(data) == TRAIN).sum())),
            strict=True,
        )
    )
    sizes = ", ".join(f"{100 * percent[name]:g} % {name}" for name in carved)
    task = tasks.of(data.task)
    way = task.WORDS["stratified"]
    if not task.IS_COUNTED:
        bins = count_ranges(int((read_parts(data) == TRAIN).sum()))
        way = (
            f"stratified by the target, in {bins} range{'s' * (bins > 1)} that hold equally "
            f"many {data.noun.units}"
        )
    if data.groups is not None:
        divided = {
            group
            for group, part in zip(data.groups, data.parts, strict=True)
            if part in ("", "train")
        }
        way = f"by group ({len(divided)} groups, each in one part)"
    if data.groups is None and data.noun.is_written:
        way = f"{way}, near-copies in one part"
    if data.groups is None and data.noun.keeps_twins and find_twins(data):
        way = f"{way}, equal {data.noun.units} in one part unless that empties a part or a class"
    text = f"{way}, {sizes}, seed {recipe.seed}"
    return f"{' and '.join(own)} as the data's own parts say; the rest {text}" if own else text
