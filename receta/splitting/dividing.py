"""How is what has no part yet divided, by class, value or group?"""

from __future__ import annotations

import numpy as np

from receta import tasks
from receta.copies.texts import find_takes
from receta.core.recipe import Recipe
from receta.data.dataset import PARTS, Dataset
from receta.splitting.by_class import divide_by_class, rank
from receta.splitting.by_group import divide_by_group
from receta.splitting.by_value import divide_by_strata, divide_by_value
from receta.splitting.shares import TRAIN, find_shares, require_enough
from receta.splitting.together import join_twins

_CODES = {"": TRAIN, **{name: code for code, name in enumerate(PARTS)}}


def read_parts(data: Dataset) -> np.ndarray:
    """(n,) int8 part of each example as the data name it; TRAIN where they name none."""
    return np.array([_CODES[name] for name in data.parts], np.int8)


def divide_free(data: Dataset, parts: np.ndarray, recipe: Recipe) -> np.ndarray:
    """(n,) parts, those of TRAIN divided into the parts that are not there yet."""
    shares = find_shares(parts, recipe)
    free = np.flatnonzero(parts == TRAIN)
    require_enough(data, free, shares)
    if shares[TRAIN] >= 1:
        return parts
    parts = parts.copy()
    targets = data.targets[free]
    groups = None if data.groups is None else np.array([data.groups[row] for row in free])
    task = tasks.of(data.task)
    ranks = rank(
        recipe.seed,
        [data.ids[row] for row in free] if groups is None or not task.IS_COUNTED else [],
    )
    if not task.IS_COUNTED:
        parts[free] = divide_by_value(targets, ranks, groups, shares, recipe.seed)
    elif not task.IS_EXCLUSIVE:
        parts[free] = divide_by_strata(task.strata(targets), ranks, groups, shares, recipe.seed)
    elif groups is None:
        parts[free] = divide_by_class(targets, ranks, shares, len(data.class_names))
    else:
        parts[free] = divide_by_group(groups, targets, shares, len(data.class_names), recipe.seed)
    if groups is None and data.noun.is_written:
        _keep_together(data, parts, free)
    if groups is None and data.noun.keeps_twins:
        join_twins(data, parts, free, recipe.seed)
    return parts


def _keep_together(data: Dataset, parts: np.ndarray, free: np.ndarray) -> None:
    """Put each text that may go anywhere into the part of the first that is nearly the same."""
    is_free = np.isin(np.arange(len(data)), free)
    for same in find_takes(data):
        parts[[one for one in same if is_free[one]]] = parts[same[0]]
