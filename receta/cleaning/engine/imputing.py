"""What would missing cells hold, by the rows most like theirs or by a model?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta.core import seeds
from receta.data.table import Column

# as scikit-learn's KNNImputer has it (Troyanskaya et al., 2001: 10 to 20 hardly differ)
NEIGHBOURS = 5
# training rows that are compared with: 100 MB of distances for 2,500 rows at a time
MOST_DONORS = 5_000
MOST_LEARNT = 20_000  # training rows a model is fitted to: some seconds a column
_FEW = 64  # categories that a distance looks at


def nearest(
    columns: Sequence[Column], column: Column, rows: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """(k,) values for some rows: mean (most frequent) of the nearest training rows.

    Distance: squared differences of standardised numbers, 1 for another category, over
    what both rows know (Gower, 1971). inside (n,): the training rows.
    """
    donors = _some(np.flatnonzero(inside & ~column.missing), MOST_DONORS, column.name)
    others = [other for other in columns if other.name != column.name]
    points, known, counted = _points(others, inside)
    given = _values(column)[donors]
    result = np.empty(len(rows))
    there, has = points[donors], known[donors]
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        here, mine = points[some], known[some]
        # Unknown entries are 0 in `points`, so each product counts only what both know.
        apart = (here**2) @ has.T + mine @ (there**2).T - 2 * here @ there.T
        shared = counted[some] @ counted[donors].T
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = np.where(shared > 0, np.maximum(apart, 0) / shared, np.inf)
        apart = np.round(apart, 9)  # so that equal distances stay equal on every machine
        order = np.argsort(apart, axis=1, kind="stable")[:, :NEIGHBOURS]
        for place, nearest_ones in enumerate(order):
            result[start + place] = _agreed(given[nearest_ones], column.kind)
    return result


def modelled(
    columns: Sequence[Column], column: Column, rows: np.ndarray, inside: np.ndarray
) -> np.ndarray:
    """(k,) values for some rows, by gradient boosting from the other columns."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    donors = _some(np.flatnonzero(inside & ~column.missing), MOST_LEARNT, column.name)
    given = _values(column)[donors]
    others = [
        np.where(np.isfinite(numbers), numbers, np.nan)
        for other in columns
        if other.name != column.name
        for numbers in [other.numbers()]
    ]
    # A column that training knows nothing of tells a model nothing.
    others = [numbers for numbers in others if np.isfinite(numbers[donors]).any()]
    if not others or len(np.unique(given)) < 2 or len(donors) < 2 * NEIGHBOURS:
        return np.full(len(rows), _agreed(given, column.kind))
    features = np.stack(others, axis=1)
    kind = (
        HistGradientBoostingClassifier
        if column.kind == "category"
        else HistGradientBoostingRegressor
    )
    model = kind(max_iter=100, early_stopping=False, random_state=0)
    model.fit(features[donors], given)
    return np.asarray(model.predict(features[rows]), np.float64)


def _agreed(values: np.ndarray, kind: str) -> float:
    if kind != "category":
        return float(values.mean())
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


def _values(column: Column) -> np.ndarray:
    numbers = column.numbers()
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _some(rows: np.ndarray, most: int, *words: str) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.sort(seeds.rng(0, "impute", *words).choice(rows, most, replace=False))


def _points(
    columns: Sequence[Column], inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, d) coordinates, 0 where unknown; (n, d) 1 where known; (n, d) 1 where to be counted.

    Numbers are standardised by the training rows. A category is a coordinate for each of
    its values in training, of a size that makes another category a distance of 1.
    """
    n = len(inside)
    coordinates, known, counted = [np.zeros(n)], [np.zeros(n)], [np.zeros(n)]
    for column in columns:
        values = _values(column)
        there = np.isfinite(values)
        learnt = values[there & inside]
        if not len(learnt):
            continue
        if column.kind == "category":
            seen = np.unique(learnt)
            if len(seen) > _FEW:
                continue
            for place, code in enumerate(seen):
                coordinates.append(np.where(values == code, np.sqrt(0.5), 0.0))
                known.append(there.astype(np.float64))
                counted.append(there * float(place == 0))  # a category counts once
            continue
        spread = learnt.std()
        if spread > 0 and np.isfinite(spread):
            coordinates.append(
                np.where(there, np.clip((values - learnt.mean()) / spread, -1e6, 1e6), 0.0)
            )
            known.append(there.astype(np.float64))
            counted.append(known[-1])
    return np.stack(coordinates, axis=1), np.stack(known, axis=1), np.stack(counted, axis=1)
