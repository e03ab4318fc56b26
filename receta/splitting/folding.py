"""How are examples divided again and again, so that each is a test example in its turn?

Folds keep what a split keeps: classes, ranges of values and rarest labels in proportion, groups and
near-copies whole, the order of time. A test part of the data's own is in no fold: it stays unseen.
Of series each fold ends earlier, is trained on what stands before it, and leaves out the windows
whose forecast reaches into the next part. A bootstrap draws examples, and tests on the others.
"""

from __future__ import annotations

import numpy as np

from receta import tasks
from receta.copies.equal import find_twins
from receta.copies.texts import find_takes
from receta.core.errors import InputError, RecipeError
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.data.dataset import Dataset, Splits
from receta.splitting import by_time
from receta.splitting.by_class import rank
from receta.splitting.by_value import count_ranges
from receta.splitting.dividing import divide_free, read_parts
from receta.splitting.shares import TEST, TRAIN, VALIDATION, ask_shares
from receta.splitting.together import join_twins

_FEWEST, _MOST = 2, 100


def folds(data: Dataset, recipe: Recipe = Recipe(), k: int = 5) -> list[Splits]:
    """k divisions; every example without a part of its own is in one test part.

    The same every time: where an example goes follows from the seed and the ids. The validation
    part is carved out of what is left. Of series the last k stretches of time are the test parts,
    the earliest first. Raises RecipeError for a k out of bounds, InputError where the classes, the
    groups or the time are too few for it.

    >>> from receta.sources import load
    >>> [len(parts.test) for parts in folds(load("digits"), k=5)]
    [360, 360, 359, 359, 359]
    """
    _refuse_number(k, "folds")
    if data.in_time:
        return _fold_in_time(data, recipe, k)
    data = _without_test(data)
    parts = read_parts(data)
    free = np.flatnonzero(parts == TRAIN)
    if data.groups is not None:
        fold = _deal_groups(data, free, recipe.seed, k)
    else:
        _refuse_few(len(free), data.noun.units, k)
        fold = _deal(data, free, recipe.seed, k)
    return [_divide(data, free[fold == one], recipe) for one in range(k)]


def bootstraps(data: Dataset, recipe: Recipe = Recipe(), k: int = 10) -> list[Splits]:
    """k divisions; as many examples as there are, drawn with replacement, are not tested on.

    A class is drawn from itself; groups and near-copies are drawn whole. What is drawn twice is
    trained on once: about 0.63 of the examples train and choose, the others are the test part.
    Raises RecipeError for a k out of bounds, InputError for series, which have an order.

    >>> from receta.sources import load
    >>> [len(parts.test) for parts in bootstraps(load("digits"), k=2)]
    [665, 663]
    """
    _refuse_number(k, "drawings")
    if data.in_time:
        raise InputError(
            "a series follows an order in time, which drawing would mix; expected folds. Name them "
            "with --cv."
        )
    data = _without_test(data)
    free = np.flatnonzero(read_parts(data) == TRAIN)
    _refuse_few(len(free), data.noun.units, 4)
    units, strata = _find_units(data, free), _find_strata(data, free)
    if data.groups is not None or data.noun.is_written:  # they may hold several classes
        strata = np.zeros(len(free), np.int64)
    found = []
    for number in range(k):
        drawn = _draw(units, strata, recipe.seed, number)
        if drawn.all():
            raise InputError(
                f"all {len(np.unique(units))} groups were drawn in one of {k} times; expected some "
                "that are left to test on. Name finer groups, or use --cv."
            )
        found.append(_divide(data, free[~drawn], recipe))
    return found


def _refuse_number(k: int, things: str) -> None:
    if not _FEWEST <= k <= _MOST:
        raise RecipeError(
            f"{k} {things} cannot be made; expected {_FEWEST} to {_MOST}. Name another number."
        )


def _refuse_few(n: int, things: str, k: int) -> None:
    if n < k:
        raise InputError(
            f"{n} {things} cannot be divided into {k} folds; expected at least {k}. Name fewer "
            "folds."
        )


def _without_test(data: Dataset) -> Dataset:
    """The data without a test part of their own."""
    return data.take(read_parts(data) != TEST)


def _divide(data: Dataset, test: np.ndarray, recipe: Recipe) -> Splits:
    """The parts where the test part is at these positions."""
    parts = read_parts(data)
    parts[test] = TEST
    parts = divide_free(data, parts, recipe)
    return Splits(*(data.take(parts == code) for code in (TRAIN, VALIDATION, TEST)))


def _find_strata(data: Dataset, free: np.ndarray) -> np.ndarray:
    """(free,) int64: what is kept in proportion; of values the ranges that hold equally many."""
    task, targets = tasks.of(data.task), data.targets[free]
    if task.IS_COUNTED:
        return task.strata(targets)
    ids = np.array([data.ids[row] for row in free])
    values = targets if targets.ndim == 1 else targets[:, 0]
    place = np.empty(len(free), np.int64)
    place[np.lexsort((ids, values))] = np.arange(len(free))
    return place * count_ranges(len(free)) // len(free)


def _find_units(data: Dataset, free: np.ndarray) -> np.ndarray:
    """(free,) int64: what stays together has one number: groups, equal rows, texts alike."""
    if data.groups is not None:
        return np.unique([data.groups[row] for row in free], return_inverse=True)[1]
    units = np.arange(len(data))
    sets = find_takes(data) if data.noun.is_written else []
    for same in sets or (find_twins(data) if data.noun.keeps_twins else []):
        units[same] = same[0]
    return np.unique(units[free], return_inverse=True)[1]


def _deal(data: Dataset, free: np.ndarray, seed: int, k: int) -> np.ndarray:
    """(free,) fold of each example: dealt like cards, stratum by stratum, by rank."""
    ranks = rank(seed, [data.ids[row] for row in free])
    fold = np.empty(len(free), np.int64)
    fold[np.lexsort((ranks, _find_strata(data, free)))] = np.arange(len(free)) % k
    if data.noun.keeps_twins:
        everywhere = np.zeros(len(data), np.int64)
        everywhere[free] = fold
        join_twins(data, everywhere, free, seed)
        return everywhere[free]
    units = _find_units(data, free)
    firsts = np.unique(units, return_index=True)[1]
    return fold[firsts][units]


def _deal_groups(data: Dataset, free: np.ndarray, seed: int, k: int) -> np.ndarray:
    """(free,) fold of each example, groups whole: the largest first, each where it fits best."""
    names, group_of = np.unique([(data.groups or ())[row] for row in free], return_inverse=True)
    if len(names) < k:
        raise InputError(
            f"{len(names)} group{'s' * (len(names) != 1)} cannot be divided into {k} folds; "
            f"expected at least {k}. Name fewer folds, or finer groups with --group."
        )
    strata = _find_strata(data, free)
    counts = np.zeros((len(names), int(strata.max()) + 1))
    np.add.at(counts, (group_of, strata), 1)
    # Shares of each stratum, and of all examples with the weight of all strata together.
    shares = np.hstack([
        counts / np.maximum(counts.sum(axis=0), 1) / counts.shape[1],
        counts.sum(axis=1, keepdims=True) / counts.sum(),
    ])  # fmt: skip
    ranks = rank(seed, [str(name) for name in names])
    received, chosen = np.zeros((k, shares.shape[1])), np.zeros(len(names), np.int64)
    for group in np.lexsort((ranks, -counts.sum(axis=1))):
        added = ((received + shares[group]) ** 2 - received**2).sum(axis=1)
        chosen[group] = int(np.argmin(added))
        received[chosen[group]] += shares[group]
    return chosen[group_of]


def _draw(units: np.ndarray, strata: np.ndarray, seed: int, number: int) -> np.ndarray:
    """(n,) bool: the examples of units that are drawn, of each stratum as many as it has."""
    chance = rng(seed, "bootstrap", number)
    names, firsts = np.unique(units, return_index=True)
    drawn = np.zeros(len(names), bool)
    for stratum in np.unique(strata):
        mine = names[strata[firsts] == stratum]
        drawn[chance.choice(mine, len(mine))] = True
    return drawn[units]


def _fold_in_time(data: Dataset, recipe: Recipe, k: int) -> list[Splits]:
    """The last stretches of time one after the other, each a (k + 1)th of the windows."""
    view = data.take(by_time.without_test(data))
    size, found = len(view) / (k + 1), list[Splits]()
    for _ in range(k):
        share = min(0.9, size / max(len(view), 1))
        validation = ask_shares(recipe, len(view))[0] * (1 - share)
        shares = np.array([1 - share - validation, validation, share])
        parts = Splits(*(view.take(rows) for rows in by_time.divided(view, shares)))
        found.append(parts)
        view = view.take(by_time.find_earlier(view, parts.test))
    return found[::-1]
