"""How far are predicted numbers off?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.measure import Better, Measure
from receta.core.shown import Shown
from receta.tasks._seen import seen_words, without_unknown

MEASURE = "rmse"
BETTER: Better = "lower"
LEAST = 1e-12  # of a variance
_NORMAL = 1.959964  # standard deviations that hold 95 %


@dataclass(frozen=True, repr=False)
class ValueScores(Shown):
    """Figures of a model on n examples, in the unit of the values but r2.

    value: of the measure; interval: 95 %, see `_interval`. mae: mean absolute error. r2: share of
    the variance explained. loss: mean square error.
    """

    measure: str
    value: float
    interval: tuple[float, float]
    n: int
    rmse: float
    mae: float
    r2: float
    loss: float
    blind: float
    baselines: dict[str, float] = field(default_factory=dict)
    seen_in_training: int | None = None

    def __repr__(self) -> str:
        low, high = self.interval
        said = (
            f"{self.measure} {self.value:.4g} on {self.n:,}; 95 % interval {low:.4g} to {high:.4g}"
        )
        return f"ValueScores({said}{seen_words(self.seen_in_training)})"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; without seen_in_training where it is not known."""
        return without_unknown({**asdict(self), "interval": list(self.interval)})


def value_scores(predicted: np.ndarray, targets: np.ndarray) -> ValueScores:
    """Figures from predictions and truth (n, values).

    >>> value_scores(np.array([[1.0], [3.0]]), np.array([[1.0], [5.0]])).mae
    1.0
    """
    n = len(targets)
    if not n:
        raise InputError("there is no example to judge the model on; expected at least one.")
    off = predicted - targets
    squares = (off**2).mean(axis=1)
    mean = float(squares.mean())
    variance = float(((targets - targets.mean(axis=0)) ** 2).mean())
    rmse = float(np.sqrt(mean))
    return ValueScores(
        measure="rmse",
        value=rmse,
        interval=_interval(squares),
        n=n,
        rmse=rmse,
        mae=float(np.abs(off).mean()),
        r2=1 - mean / variance if variance else 0.0,
        loss=mean,
        blind=float(np.sqrt(variance)),
    )


def _interval(squares: np.ndarray) -> tuple[float, float]:
    """95 % for the root of the mean of square errors (n,), by the normal law of its logarithm.

    An error is never below 0, and few examples with one large error never show that it is 0.

    >>> low, high = _interval(np.array([0.0, 0.0, 0.0, 100.0]))
    >>> 0 < low < 5 < high
    True
    """
    mean, n = float(squares.mean()), len(squares)
    if n < 2 or not mean:
        return (float(np.sqrt(mean)),) * 2
    error = float(squares.std(ddof=1)) / np.sqrt(n) / mean  # of the logarithm (delta method)
    low, high = (float(np.sqrt(mean * np.exp(way * _NORMAL * error))) for way in (-1, 1))
    return low, high


def losses(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) square errors, the mean over the values."""
    return np.asarray(
        ((columns(np.asarray(predicted, np.float64)) - columns(targets)) ** 2).mean(axis=1)
    )


def measure(predicted: Any, targets: np.ndarray) -> Measure:
    """Root of the mean square error, beside that of the mean.

    >>> measure(np.array([[1.0], [3.0]]), np.array([1.0, 5.0])).value.__round__(3)
    1.414
    """
    blind = float(np.sqrt(((columns(targets) - columns(targets).mean(axis=0)) ** 2).mean()))
    return Measure(
        MEASURE,
        float(np.sqrt(losses(predicted, targets).mean())),
        len(targets),
        BETTER,
        blind=blind,
    )


def gains(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Share of the variance explained; a blind guess explains none."""
    flat = columns(targets)
    variance = max(float(((flat - flat.mean(axis=0)) ** 2).mean()), LEAST)
    found = ((flat - flat.mean(axis=0)) ** 2).mean(axis=1) / variance - losses(
        predicted, targets
    ) / variance
    return float(found.mean()), 0.0, found


def avoided(value: float, guess: float) -> float:
    """Share of the square error of a guess.

    >>> avoided(1.0, 2.0)
    0.75
    """
    return 1 - (value / guess) ** 2


def columns(values: np.ndarray) -> np.ndarray:
    """(n, values) of what may be one value an example."""
    return values.reshape(len(values), -1)
