"""How far are predicted numbers off?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core import resampling
from receta.core.errors import InputError
from receta.core.measure import Better, Measure
from receta.core.shown import Shown
from receta.tasks._seen import seen_words, without_unknown

MEASURE = "rmse"
BETTER: Better = "lower"
LEAST = 1e-36  # of a variance, in whatever unit


@dataclass(frozen=True, repr=False)
class ValueScores(Shown):
    """Figures of a model on n examples, in the unit of the values but r2.

    value: of the measure; interval: 95 %, as all of `intervals` (`receta.core.resampling`). mae:
    mean absolute error. median_ae: the median of the absolute errors. r2: share of the variance
    explained. loss: mean square error. coverage_80: share of the truths that lie in the intervals
    of the model, which are width_80 wide; None of a model that gives none.
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
    median_ae: float = 0.0
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    baselines: dict[str, float] = field(default_factory=dict)
    seen_in_training: int | None = None
    coverage_80: float | None = None
    coverage_80_interval: list[float] | None = None
    width_80: float | None = None

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
    """Figures from predictions and truth (n, values), with their intervals.

    >>> value_scores(np.array([[1.0], [3.0]]), np.array([[1.0], [5.0]])).mae
    1.0
    """
    n = len(targets)
    if not n:
        raise InputError("there is no example to judge the model on; expected at least one.")
    off = predicted - targets
    squares, far = (off**2).mean(axis=1), np.abs(off).mean(axis=1)
    apart = ((targets - targets.mean(axis=0)) ** 2).mean(axis=1)
    mean, variance = float(squares.mean()), float(apart.mean())
    rmse = float(np.sqrt(mean))
    low, high = resampling.interval_of_mean(squares)
    intervals = {
        "rmse": (float(np.sqrt(low)), float(np.sqrt(high))),
        "mae": resampling.interval_of_mean(far),
        "median_ae": resampling.interval_of_median(far),
    }
    if variance:
        less, more = resampling.interval_of_ratio(squares, apart)
        intervals["r2"] = (1 - more, 1 - less)
    return ValueScores(
        measure="rmse",
        value=rmse,
        interval=intervals["rmse"],
        n=n,
        rmse=rmse,
        mae=float(np.abs(off).mean()),
        r2=1 - mean / variance if variance else 0.0,
        loss=mean,
        blind=float(np.sqrt(variance)),
        median_ae=float(np.median(far)),
        intervals=intervals,
    )


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
    """Share of the variance explained; a blind guess explains none.

    0 where the targets do not vary, as of one example: there is nothing to explain.
    """
    flat = columns(targets)
    variance = float(((flat - flat.mean(axis=0)) ** 2).mean())
    if variance <= LEAST * max(float((flat**2).mean()), LEAST):
        return 0.0, 0.0, np.zeros(len(flat))
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
