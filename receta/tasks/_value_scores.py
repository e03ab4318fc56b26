"""How far are predicted numbers off?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.shown import Shown
from receta.tasks._seen import seen_words, without_unknown

_NORMAL = 1.959964  # standard deviations that hold 95 %


@dataclass(frozen=True, repr=False)
class ValueScores(Shown):
    """Figures of a model on n examples, in the unit of the values but r2.

    value: of the measure; interval: 95 %, with the square errors of examples as draws. mae: mean
    absolute error. r2: share of the variance explained. loss: mean square error.
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
    mean, error = float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    low, high = (float(np.sqrt(max(0.0, mean + way * _NORMAL * error))) for way in (-1, 1))
    variance = float(((targets - targets.mean(axis=0)) ** 2).mean())
    rmse = float(np.sqrt(mean))
    return ValueScores(
        measure="rmse",
        value=rmse,
        interval=(low, high),
        n=n,
        rmse=rmse,
        mae=float(np.abs(off).mean()),
        r2=1 - mean / variance if variance else 0.0,
        loss=mean,
        blind=float(np.sqrt(variance)),
    )
