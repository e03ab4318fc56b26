"""How are ranges of values, or of rarest labels, divided by the shares?"""

from __future__ import annotations

import numpy as np

from receta.core.errors import InputError
from receta.splitting.by_class import divide_by_class
from receta.splitting.by_group import divide_by_group

# of values to predict: so many equally full ranges at most, with so many rows at least
_BINS, _IN_A_BIN = 20, 10


def divide_by_value(
    values: np.ndarray, ranks: np.ndarray, groups: np.ndarray | None, shares: np.ndarray, seed: int
) -> np.ndarray:
    """(n,) part of each row; every range of values is divided by the shares."""
    order = np.lexsort((ranks, values))  # equal values in an order that no file decides
    place = np.empty(len(values), np.int64)
    place[order] = np.arange(len(values))
    bins = count_ranges(len(values))
    if groups is None:
        return divide_by_class(place * bins // len(values), ranks, shares, bins)
    while bins > 1:  # groups may be ranges themselves: then fewer, wider ones can be in train
        try:
            return divide_by_group(groups, place * bins // len(values), shares, bins, seed)
        except InputError:
            bins //= 2
    return divide_by_group(groups, np.zeros(len(values), np.int64), shares, 1, seed)


def divide_by_strata(
    strata: np.ndarray, ranks: np.ndarray, groups: np.ndarray | None, shares: np.ndarray, seed: int
) -> np.ndarray:
    """(n,) part of each row; each stratum is divided by the shares, groups as well as they
    allow.
    """
    n = int(strata.max(initial=0)) + 1
    if groups is None:
        return divide_by_class(strata, ranks, shares, n)
    try:
        return divide_by_group(groups, strata, shares, n, seed)
    except InputError:  # a stratum in one group alone
        return divide_by_group(groups, np.zeros(len(strata), np.int64), shares, 1, seed)


def count_ranges(n: int) -> int:
    """How many ranges of values n examples are divided in."""
    return max(1, min(_BINS, n // _IN_A_BIN))
