"""How good are quantiles of the next steps, beside the seasonal naive forecast?

A target is (steps ahead, unit, stride, naive forecast of each step), see `receta.kinds._windows`:
errors are counted in units, so that series of any size count alike.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.measure import Better, Measure
from receta.core.rhythm import LEVELS as LEVELS
from receta.core.shown import Shown
from receta.tasks._seen import seen_words, without_unknown

MEASURE = "mase"
BETTER: Better = "lower"
MIDDLE = LEVELS.index(0.5)
_LEAST = 1e-12


@dataclass(frozen=True)
class Truth:
    """The columns of targets: ahead, naive (n, horizon); unit, stride (n, 1)."""

    ahead: np.ndarray
    unit: np.ndarray
    stride: np.ndarray
    naive: np.ndarray


def split_targets(targets: np.ndarray) -> Truth:
    """The columns of targets (n, 2 + 2 horizon) float64.

    >>> split_targets(np.array([[5.0, 6.0, 2.0, 1.0, 4.0, 4.5]])).ahead.tolist()
    [[5.0, 6.0]]
    """
    wide = np.asarray(targets, np.float64)
    horizon = count_steps(wide.shape[1])
    unit, stride = wide[:, horizon : horizon + 1], wide[:, horizon + 1 : horizon + 2]
    return Truth(wide[:, :horizon], unit, stride, wide[:, horizon + 2 :])


def count_steps(columns: int) -> int:
    """Steps ahead of targets of so many columns."""
    return (columns - 2) // 2


def ladder(predicted: Any) -> np.ndarray:
    """(n, horizon, levels) float64 of answers (n, horizon x levels)."""
    answers = np.asarray(predicted, np.float64)
    return answers.reshape(len(answers), -1, len(LEVELS))


@dataclass(frozen=True, repr=False)
class QuantileScores(Shown):
    """Figures of a model on n windows.

    mase: mean absolute error of the median, in that of the seasonal naive forecast on the steps
    before. rmsse: the same of root mean squares. smape in percent. pinball: the mean over levels,
    doubled, in the same unit. coverage_80, coverage_95: share of steps inside of the interval;
    width_80, width_95: how wide it is, in the same unit. interval: 95 % of mase over windows.
    """

    measure: str
    value: float
    interval: tuple[float, float]
    n: int
    mase: float
    rmsse: float
    smape: float
    pinball: float
    coverage_80: float
    coverage_95: float
    width_80: float
    width_95: float
    loss: float
    blind: float
    baselines: dict[str, float] = field(default_factory=dict)
    seen_in_training: int | None = None

    def __repr__(self) -> str:
        low, high = self.interval
        said = f"mase {self.value:.4g} on {self.n:,}; 95 % interval {low:.4g} to {high:.4g}"
        return f"QuantileScores({said}{seen_words(self.seen_in_training)})"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; without seen_in_training where it is not known."""
        return without_unknown({**asdict(self), "interval": list(self.interval)})


def quantile_scores(predicted: np.ndarray, targets: np.ndarray) -> QuantileScores:
    """Figures from answers (n, horizon x levels) and targets."""
    from scipy import stats

    n = len(targets)
    if not n:
        raise InputError("there is no window to judge the model on; expected at least one.")
    truth, said = split_targets(targets), ladder(predicted)
    middle = said[:, :, MIDDLE]
    off = np.abs(middle - truth.ahead)
    each = (off / truth.unit).mean(axis=1)
    times = float(stats.t.ppf(0.975, n - 1)) if n > 1 else 0.0
    size = np.maximum(np.abs(middle) + np.abs(truth.ahead), _LEAST)
    mase, error = float(each.mean()), _standard_error(each, truth.ahead.shape[1])
    loss = float(losses(predicted, targets).mean())
    return QuantileScores(
        measure=MEASURE,
        value=mase,
        interval=(max(0.0, mase - times * error), mase + times * error),
        n=n,
        mase=mase,
        rmsse=float(np.sqrt(((off / truth.unit) ** 2).mean(axis=1)).mean()),
        smape=float(200 * (off / size).mean()),
        pinball=loss,
        coverage_80=_coverage(said[:, :, [1, 3]], truth.ahead),
        coverage_95=_coverage(said[:, :, [0, 4]], truth.ahead),
        width_80=float(((said[:, :, 3] - said[:, :, 1]) / truth.unit).mean()),
        width_95=float(((said[:, :, 4] - said[:, :, 0]) / truth.unit).mean()),
        loss=loss,
        blind=_naive_error(truth),
    )


def _standard_error(each: np.ndarray, horizon: int) -> float:
    """Of the mean of errors (n,) of windows in their order, of which neighbours overlap.

    By Newey and West (1987), with the horizon as the number of lags; never below that of windows
    that have nothing in common.
    """
    n = len(each)
    if n < 2:
        return 0.0
    off = each - each.mean()
    total = plain = float(off @ off)
    lags = min(horizon, n // 2)
    for lag in range(1, lags):
        total += 2 * (1 - lag / lags) * float(off[lag:] @ off[:-lag])
    return float(np.sqrt(max(total, plain * n / (n - 1)))) / n


def _coverage(bounds: np.ndarray, ahead: np.ndarray) -> float:
    return float(((bounds[:, :, 0] <= ahead) & (ahead <= bounds[:, :, 1])).mean())


def _naive_error(truth: Truth) -> float:
    return float((np.abs(truth.ahead - truth.naive) / truth.unit).mean())


def losses(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) pinball losses, doubled, in units; the mean over steps and levels."""
    truth = split_targets(targets)
    return pinball(ladder(predicted), truth.ahead, truth.unit).mean(axis=(1, 2))


def pinball(said: np.ndarray, ahead: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """(n, horizon, levels): of the median it is the absolute error."""
    off = (ahead[:, :, np.newaxis] - said) / unit[:, :, np.newaxis]
    levels = np.array(LEVELS)
    return np.asarray(2 * np.maximum(levels * off, (levels - 1) * off))


def measure(predicted: Any, targets: np.ndarray) -> Measure:
    """Mean absolute scaled error of the median, beside that of the seasonal naive forecast."""
    truth = split_targets(targets)
    off = np.abs(ladder(predicted)[:, :, MIDDLE] - truth.ahead) / truth.unit
    return Measure(MEASURE, float(off.mean()), len(targets), BETTER, blind=_naive_error(truth))


def gains(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Share of the error of the seasonal naive forecast that is avoided; it avoids none."""
    truth = split_targets(targets)
    naive = (np.abs(truth.ahead - truth.naive) / truth.unit).mean(axis=1)
    off = np.abs(ladder(predicted)[:, :, MIDDLE] - truth.ahead) / truth.unit
    found = (naive - off.mean(axis=1)) / max(float(naive.mean()), _LEAST)
    return float(found.mean()), 0.0, found


def avoided(value: float, guess: float) -> float:
    """Share of the error of a guess.

    >>> avoided(0.8, 1.0).__round__(3)
    0.2
    """
    return 1 - value / guess
