"""How do equal examples come into one part, where both of them are kept?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta import tasks
from receta.copies.equal import find_twins
from receta.data.dataset import Dataset
from receta.splitting.by_class import rank


def join_twins(data: Dataset, parts: np.ndarray, free: np.ndarray, seed: int) -> None:
    """Put equal rows of one answer that may go anywhere into one part.

    parts: (n,) codes, changed in place. free: positions of those that may go anywhere. A set goes
    where most of it is. It stays apart where a part would be left without its class, or empty.
    """
    is_free = np.zeros(len(data), bool)
    is_free[free] = True
    sets = [[one for one in same if is_free[one]] for same in find_twins(data)]
    join_sets(parts, _rank_first(data, sets, seed), _find_strata(data))


def join_sets(parts: np.ndarray, sets: Sequence[Sequence[int]], strata: np.ndarray) -> None:
    """Put each set into the part that holds most of it, the first of the set deciding a draw.

    strata: (n,) class of each example; one set has one. A set stays apart where a part would
    have none of the class left.

    >>> parts = np.array([0, 0, 1, 1, 0], np.int8)
    >>> join_sets(parts, [[0, 1, 2]], np.zeros(5, np.int8))
    >>> parts.tolist()
    [0, 0, 0, 1, 0]
    >>> join_sets(parts, [[0, 1, 3]], np.zeros(5, np.int8))
    >>> parts.tolist()
    [0, 0, 0, 1, 0]
    """
    n_parts = int(parts.max(initial=0)) + 1
    held = np.zeros((int(strata.max(initial=0)) + 1, n_parts), np.int64)
    np.add.at(held, (strata, parts), 1)
    for same in sets:
        here = parts[list(same)]
        counts = np.bincount(here, minlength=n_parts)
        if np.count_nonzero(counts) < 2:
            continue
        chosen = int(here[0]) if counts[here[0]] == counts.max() else int(counts.argmax())
        moved = np.where(np.arange(n_parts) == chosen, counts - counts.sum(), counts)
        left = held[strata[same[0]]]
        if (left[counts > 0] > moved[counts > 0]).all():
            left -= moved
            parts[list(same)] = chosen


def _rank_first(data: Dataset, sets: Sequence[Sequence[int]], seed: int) -> list[list[int]]:
    """Each set with the one first that a draw goes by, which depends on ids alone."""
    ranked = []
    for same in sets:
        ranks = rank(seed, [data.ids[one] for one in same])
        ranked.append([same[place] for place in np.argsort(ranks, kind="stable").tolist()])
    return ranked


def _find_strata(data: Dataset) -> np.ndarray:
    """(n,) the class of each example; 0 of all where a part need not hold every answer."""
    task = tasks.of(data.task)
    if task.IS_COUNTED and task.IS_EXCLUSIVE:
        return np.asarray(data.targets, np.int64)
    return np.zeros(len(data), np.int64)
