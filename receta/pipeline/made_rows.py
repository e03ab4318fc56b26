"""Which rows of a table are learnt from, where new ones of rare classes are made between others?

Distances are measured on cells that are brought to one spread; a missing number counts as the
median there, and a missing category as one more. Rows that were there keep their cells as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.data.examples import Examples
from receta.pipeline import balance


@dataclass(frozen=True, eq=False)
class MadeRows:
    """Cells (n, cells) float32 and targets (n,) of a training part with made rows."""

    cells: np.ndarray
    targets: np.ndarray

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Cells of some of the rows."""
        found: np.ndarray = self.cells[np.asarray(rows, np.int64)]
        return found


def make_rows(train: Examples, way: str, seed: int) -> MadeRows:
    """The rows of a training part, resampled; the same for the same seed.

    Raises InputError where the classes are too small, or columns are of categories and the way
    takes none.
    """
    cells = train.values.astype(np.float64)
    (spec,) = train.inputs.specs
    kinds = {cell: column.kind for column in spec.columns for cell in column.cells}
    named = np.array([kinds.get(cell) == "category" for cell in spec.fields], bool)
    with np.errstate(invalid="ignore"):
        middle = np.where(named, -1.0, [_median(column) for column in cells.T])
    filled = np.where(np.isnan(cells), middle, cells)
    mean, spread = filled.mean(axis=0), filled.std(axis=0)
    mean, spread = np.where(named, 0.0, mean), np.where(named | (spread == 0), 1.0, spread)
    categories = np.flatnonzero(named).tolist()
    made, targets = balance.resample(way, (filled - mean) / spread, train.targets, seed, categories)
    found = made * spread + mean
    found[:, named] = np.where(found[:, named] < 0, np.nan, found[:, named])
    if way in balance.KEEP_ALL:
        found[: len(cells)] = cells  # they come first
    return MadeRows(found.astype(np.float32), targets)


def _median(column: np.ndarray) -> float:
    there = column[~np.isnan(column)]
    return float(np.median(there)) if len(there) else 0.0
