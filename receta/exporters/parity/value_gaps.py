"""How far apart are two networks in each column of values, by its own range?"""

from __future__ import annotations

import numpy as np

from receta.predictors.described import Output

# of a value, by the order in which float32 numbers are added up
_ROUNDED = 16 * float(np.finfo(np.float32).eps)
_MANY = 256  # numbers of one answer (n, a, b) that are judged each by itself


class Columns:
    """Range and differences of each column of one output."""

    def __init__(self, n: int) -> None:
        self.n, self._rows = n, 0
        self._low, self._high = np.full(n, np.inf), np.full(n, -np.inf)
        self._squares, self._worst = np.zeros(n), np.zeros(n)

    def add(self, meant: np.ndarray, said: np.ndarray) -> None:
        """Values (n, columns) of Keras and of what was written."""
        # of infinities nothing is left but NaN, which is refused
        with np.errstate(invalid="ignore"):
            gaps = np.abs(meant.astype(np.float64) - said)
        self._rows += len(meant)
        self._low, self._high = (
            np.minimum(self._low, meant.min(axis=0)),
            np.maximum(self._high, meant.max(axis=0)),
        )
        self._squares, self._worst = (
            self._squares + (gaps**2).sum(axis=0),
            np.maximum(self._worst, gaps.max(axis=0)),
        )

    def off(self, *, relative: bool) -> tuple[np.ndarray, np.ndarray]:
        """(root mean square, largest difference) of each column; relative: as shares of its range.

        What float32 itself rounds away of values this large is no difference; a column that
        never changes is measured by its size.
        """
        mean = np.sqrt(self._squares / self._rows)
        if not relative:
            return mean, self._worst
        largest = np.maximum(np.abs(self._low), np.abs(self._high))
        rounded, span = _ROUNDED * largest, self._high - self._low
        span = np.where(span > rounded, span, np.where(largest > 0, largest, 1.0))
        return np.maximum(mean - rounded, 0) / span, np.maximum(self._worst - rounded, 0) / span

    def plain(self) -> float:
        """The largest difference, of values above 1 as a share of the largest."""
        return float(
            np.max(self._worst) / max(1.0, np.max(np.abs(self._low)), np.max(np.abs(self._high)))
        )


def gives_values(values: np.ndarray, output: Output) -> np.ndarray:
    """(n, columns): each number of a small answer is one, of maps and long series the last axis."""
    small = (
        values.ndim == 3 and None not in output.shape and values.shape[1] * values.shape[2] <= _MANY
    )
    if values.ndim < 2 or small:
        return values.reshape(len(values), -1)
    return values.reshape(-1, values.shape[-1])
