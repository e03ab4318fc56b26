"""What do the audits of tables and series share: which rows, which values, which examples?"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from receta.core import seeds
from receta.core.amounts import counted as counted  # audits take it from here
from receta.data.dataset import Dataset
from receta.data.derived import series_of as series_of  # audits take it from here
from receta.data.identifying import is_whole as whole  # noqa: F401  audits take it from here
from receta.data.table import Column
from receta.probing.rows import own_parts

MOST_NAMED = 20  # values, texts or dates that a finding shows
MOST_IDS = 10_000  # ids of one finding about a column; `shown` holds the whole number
BITS = 20.0  # of evidence: what agrees by chance once in a million (2^20)


def training(data: Dataset) -> np.ndarray:
    """(k,) positions outside own validation and test parts; all where none are."""
    inside = np.flatnonzero(own_parts(data) == 0)
    return inside if len(inside) else np.arange(len(data))


def sample(positions: np.ndarray, most: int, *words: str) -> np.ndarray:
    """At most so many of the positions, ascending; always the same ones.

    >>> sample(np.arange(5), 9, "skew").tolist()
    [0, 1, 2, 3, 4]
    """
    if len(positions) <= most:
        return positions
    return np.sort(seeds.rng(0, "audit", *words).choice(positions, most, replace=False))


def codes(column: Column) -> tuple[np.ndarray, int]:
    """(n,) int64 which of its different values each cell has, and how many there are.

    A missing cell is a value of its own, the last; values are in ascending order.
    """
    missing = column.missing
    # Only what is there is sorted: NaN is not equal to itself.
    values, which = np.unique(column.values[~missing], return_inverse=True)
    found = np.full(len(column), len(values), np.int64)
    found[~missing] = which
    return found, len(values) + bool(missing.any())


def bits(which: np.ndarray) -> float:
    """Evidence in a column: how improbable it is that another one agrees by chance.

    >>> bits(np.array([0, 1] * 10))
    20.0
    """
    counts = np.bincount(which)
    counts = counts[counts > 0]
    return float(np.abs((counts * np.log2(counts / max(1, counts.sum()))).sum()))


def ids_at(data: Dataset, positions: np.ndarray, most: int = MOST_IDS) -> tuple[str, ...]:
    """Ids of positions, the first so many."""
    return tuple(data.ids[position] for position in positions[:most].tolist())


def few(names: Iterable[object], n: int = 3) -> str:
    """The first names as words, and how many more there are.

    >>> few(["a", "b", "c", "d"])
    "'a', 'b', 'c' and 1 more"
    """
    every = [repr(name) if isinstance(name, str) else str(name) for name in names]
    return ", ".join(every[:n]) + (f" and {len(every) - n:,} more" if len(every) > n else "")


def plain(number: float, digits: int = 6) -> float | None:
    """A number as JSON has it, to so many digits; None where it is none."""
    return float(f"{number:.{digits}g}") if math.isfinite(number) else None


def find_touched(data: Dataset, positions: np.ndarray, *, border: bool = False) -> np.ndarray:
    """Examples that hold any of these rows of a table, or steps of a series.

    border: only those that hold the step before it too.
    """
    if not data.in_time:
        return positions
    series, starts = series_of(data)
    hit = np.zeros(len(series.values) + 1, np.int64)
    hit[1:][positions] = 1
    so_far = hit.cumsum()
    return np.flatnonzero(so_far[starts + series.window + series.horizon] > so_far[starts + border])


def step_texts(times: np.ndarray) -> list[str]:
    """Times as texts, without the hour where all are at midnight.

    >>> step_texts(np.array(["2001-01-01", "2001-01-02"], "datetime64[s]"))
    ['2001-01-01', '2001-01-02']
    """
    day = bool((times == times.astype("datetime64[D]")).all())
    return np.datetime_as_string(times, unit="D" if day else "s").tolist()


def junk_mask(column: Column) -> np.ndarray:
    """(n,) bool: cells that hold a text of the wrong kind."""
    mask = np.zeros(len(column), bool)
    mask[[row for row in column.junk if 0 <= row < len(column)]] = True
    return mask
