"""Which rows of a table, or which texts, are equal, and are there more than chance makes?"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from receta.data.dataset import Dataset, content_digest
from receta.data.table import Column

# 2^64 / golden ratio (Knuth, TAOCP 6.4): spreads neighbouring numbers
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


def same_rows(data: Dataset) -> list[list[int]]:
    """Sets of positions whose features are equal; missing cells equal each other.

    A table is compared column by column, a million rows in seconds; rows without any
    value are no example at all, and are not compared. Other kinds by what is stored.
    """
    if data.has_columns:
        return _same_cells(data.columns, len(data))
    alike: dict[bytes, list[int]] = defaultdict(list)
    for position, row in enumerate(data.rows.tolist()):
        alike[content_digest(data.source.raw(row))].append(position)
    return [positions for positions in alike.values() if len(positions) > 1]


def _same_cells(columns: tuple[Column, ...], n: int) -> list[list[int]]:
    if not columns or n < 2:
        return []
    mixed, empty = np.zeros(n, np.uint64), np.ones(n, bool)
    for column in columns:
        mixed = (mixed ^ _bits(column)) * _ODD
        mixed ^= mixed >> _HALF
        empty &= column.missing
    order = np.flatnonzero(~empty)
    order = order[np.argsort(mixed[order], kind="stable")]
    hashes = mixed[order]
    first_of = np.searchsorted(hashes, hashes)
    in_sets = np.flatnonzero((np.searchsorted(hashes, hashes, side="right") - first_of) > 1)
    if not len(in_sets):
        return []
    some, first = order[in_sets], order[first_of[in_sets]]
    equal = np.ones(len(some), bool)
    for column in columns:  # 64 bits may agree by chance
        bits = _bits(column)
        equal &= bits[some] == bits[first]
    some, first = some[equal], first[equal]
    edges = np.flatnonzero(np.diff(first)) + 1
    return sorted(part.tolist() for part in np.split(some, edges) if len(part) > 1)


def _bits(column: Column) -> np.ndarray:
    """(n,) uint64: equal where the cells are; 0 and -0 are, and all that is missing."""
    numbers = column.numbers() + 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers.view(np.uint64)


def made_by_chance(data: Dataset, sets: list[list[int]]) -> bool:
    """Whether chance alone would make about as many pairs of equal rows as there are.

    Three columns of two categories each have eight different rows: there equal ones are
    no copies. Reckoned as if the columns knew nothing of each other, and from one row of
    each set, so that copies do not speak for themselves. Tables only.
    """
    if not sets or not data.has_columns:
        return False
    kept = np.ones(len(data), bool)
    kept[[row for same in sets for row in same[1:]]] = False
    different, pairs = int(kept.sum()), sum(math.comb(len(same), 2) for same in sets)
    if different < 2:
        return False
    expected = float(math.comb(len(data), 2))
    for column in data.columns:
        counts = np.unique(_bits(column)[kept], return_counts=True)[1]
        expected *= float((counts * (counts - 1.0)).sum()) / (different * (different - 1.0))
        if expected < pairs / 2:
            return False
    return True
