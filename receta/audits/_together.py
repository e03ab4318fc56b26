"""Do several columns of numbers together give values away, as parts give a sum?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.data.table import Column

# Of the variance of rows that were not fitted to: what is left then is rounding, not chance.
EXACT = 1 - 1e-6
_MOST_COLUMNS = 200  # a plane through more is not looked for
_ROWS_A_COLUMN = 5
_PART = 1e-4  # of the spread of the target, below which a column takes no part
_WHOLE = 1e-3  # of 1, by which a factor may differ from it


@dataclass(frozen=True)
class Together:
    """The columns that together are the target, and their factors; total: the one that is the sum
    of the others and the target, '' where there is none.
    """

    names: tuple[str, ...]
    factors: tuple[float, ...]
    total: str


def find_together(columns: Sequence[Column], targets: np.ndarray) -> Together | None:
    """Columns whose weighted sum is the target (n,), on rows that the weights were not fitted to.

    None where they are not, where one column alone is enough, and of too few rows to tell.
    """
    numbers = [one for one in columns if one.kind == "number" and not one.missing.all()]
    rows = np.isfinite(targets)
    for column in numbers:
        rows &= np.isfinite(column.numbers())
    if not 2 <= len(numbers) <= _MOST_COLUMNS or rows.sum() < _ROWS_A_COLUMN * len(numbers):
        return None
    cells, sizes = _shrink(np.stack([one.numbers()[rows] for one in numbers], axis=1))
    truth, size = _shrink(targets[rows])
    spreads = cells.std(axis=0)
    varied = np.flatnonzero(spreads > 0)
    spread = float(truth.std())
    if len(varied) < 2 or not spread > 0 or not np.isfinite([*spreads, spread]).all():
        return None
    scaled = (cells[:, varied] - cells[:, varied].mean(axis=0)) / spreads[varied]
    wanted = (truth - truth.mean()) / spread
    fitted = np.arange(len(wanted)) % 3 != 0
    weights = np.linalg.lstsq(scaled[fitted], wanted[fitted], rcond=None)[0]
    left = (wanted[~fitted] - scaled[~fitted] @ weights) ** 2
    if left.mean() > 1 - EXACT:
        return None
    part = np.flatnonzero(np.abs(weights) > _PART)
    if len(part) < 2:
        return None
    with np.errstate(over="ignore", under="ignore"):
        factors = weights[part] * spread / spreads[varied][part] * (size / sizes[varied][part])
    if not np.isfinite(factors).all():
        return None
    names = tuple(numbers[varied[one]].name for one in part)
    up = [name for name, factor in zip(names, factors, strict=True) if factor > 0]
    is_sum = len(up) == 1 and bool((np.abs(np.abs(factors) - 1) < _WHOLE).all())
    return Together(names, tuple(factors.tolist()), up[0] if is_sum else "")


def _shrink(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(values in -1 to 1 by column, the largest size of each): squares of them do not overflow."""
    sizes = np.abs(values).max(axis=0)
    sizes = np.where(sizes > 0, sizes, 1.0)
    return values / sizes, sizes
