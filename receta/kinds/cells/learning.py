"""What does the training part tell of a column: its vocabulary, its middle, its pieces?"""

from __future__ import annotations

import dataclasses

import numpy as np

from receta.codecs.recasting import as_texts
from receta.core.spec import ColumnSpec
from receta.data.column_uses import rare_below
from receta.data.table import Column

# Pieces of a number: Gorishniy and others (2022), "On embeddings for numerical features", cut by
# quantiles into 2 to 256; with few rows a piece needs some to learn from.
_MOST_PIECES, _ROWS_A_PIECE = 32, 12
_ROUNDING = 1e-12  # of float64
_TINY = np.finfo(np.float32).tiny
_DAY = 86_400  # seconds


def learn_column(column: Column, wanted: ColumnSpec) -> ColumnSpec:
    """What the rows of the training part tell of a column."""
    if wanted.kind == "category":
        return _learn_category(column, wanted)
    if wanted.kind == "number":
        return _learn_numbers(column.values, wanted)
    is_there = ~np.isnat(column.values)
    seconds = column.values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    days = np.where(is_there, np.floor(seconds / _DAY), np.nan)
    clock = seconds[is_there] % _DAY
    learnt = _learn_numbers(days, wanted)
    return dataclasses.replace(learnt, seconds=float(clock.std()) if len(clock) else 0.0)


def _learn_category(column: Column, wanted: ColumnSpec) -> ColumnSpec:
    texts = as_texts(column)
    counts = np.bincount(texts.values[texts.values >= 0], minlength=len(texts.categories))
    least = rare_below(len(column))
    places = np.flatnonzero(counts >= least)
    order = places[np.argsort(-counts[places], kind="stable")]
    return dataclasses.replace(
        wanted,
        vocabulary=tuple(texts.categories[place] for place in order.tolist()),
        has_missing=bool((texts.values < 0).any()),
        has_other=bool(((counts > 0) & (counts < least)).any()),
    )


def _learn_numbers(values: np.ndarray, wanted: ColumnSpec) -> ColumnSpec:
    """Mean, spread, median, reach and pieces of numbers; 1 for what does not vary."""
    there = values[~np.isnan(values)]
    has_missing = len(there) < len(values)
    if not len(there):
        return dataclasses.replace(wanted, has_missing=has_missing)
    low, middle, high = (float(one) for one in np.quantile(there, [0.25, 0.5, 0.75]))
    least, most = float(there.min()), float(there.max())
    # A smaller spread is that of rounding: numbers of float32 lie so far apart there.
    step = max(float(np.spacing(np.float32(max(abs(least), abs(most))))), float(_TINY))
    spread = float(there.std())
    # Half of the range stands for the middle half where most numbers are one (RealMLP, 2024).
    reach = high - low if high - low > step else (most - least) / 2
    return dataclasses.replace(
        wanted,
        mean=float(there.mean()),
        spread=spread if spread > max(step, _ROUNDING * abs(middle)) else 1.0,
        middle=middle,
        reach=reach if reach > step else 1.0,
        edges=_find_edges(there, step),
        has_missing=has_missing,
        span=most - least,
    )


def _find_edges(there: np.ndarray, step: float) -> tuple[float, ...]:
    """Quantiles between which numbers are pieces; () where they are all the same."""
    pieces = int(min(_MOST_PIECES, max(2, len(there) // _ROWS_A_PIECE)))
    edges = np.unique(np.quantile(there, np.linspace(0, 1, pieces + 1)))
    kept = edges[np.concatenate([[True], np.diff(edges) > step])]
    return tuple(kept.tolist()) if len(kept) > 1 else ()
