"""How large will the next steps be, and between what? Quantiles of each of them.

Outputs are, step by step, those of the levels 0.025, 0.1, 0.5, 0.9 and 0.975; they never cross. The
median is the forecast. The last layer answers in strides of the window, counted from the seasonal
naive forecast; the kind brings it to the unit of the data. `blind` is (outputs, 2): the quantiles
of the training targets in such strides, and what each adds to the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.amounts import shortest
from receta.core.calibration import Temperature
from receta.tasks import _quantile_layers, _widening, values
from receta.tasks._quantile_layers import metric as metric
from receta.tasks._quantile_scores import BETTER as BETTER
from receta.tasks._quantile_scores import (
    LEVELS,
    MIDDLE,
    ladder,
    pinball,
    quantile_scores,
    split_targets,
)
from receta.tasks._quantile_scores import MEASURE as MEASURE
from receta.tasks._quantile_scores import avoided as avoided
from receta.tasks._quantile_scores import gains as gains
from receta.tasks._quantile_scores import losses as losses
from receta.tasks._quantile_scores import measure as measure

if TYPE_CHECKING:
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset

AFTER = "values"
DTYPE = "float32"
ACTIVATION = "linear"
LOSS_UNIT = "of the error of the seasonal naive forecast"
IS_SHARE = False
FEWEST = 5  # forecasts, each of which has many steps
GOOD = 0.2  # of who repeats the last season; the best of M4 avoid a tenth to a half
IS_RELATIVE = True
IS_BLIND_POOR = False
GAIN = "of the error of the seasonal naive forecast avoided"
NOUN = ("step", "steps")
TAKES = ("quantiles",)
IS_COUNTED = False
IS_EXCLUSIVE = False
WORDS = {
    "blind_loss": "that of repeating the last season",
    "blind": "repeating the last season",
    "chosen": "mean absolute scaled error on validation",
    "learnt": "of the error of the seasonal naive forecast avoided",
    "prior": "the last season again",
    "sure_of": "",
    "error": "error",
    "guess": "repeating the last season",
    "stratified": "in the order of time",
    "unclassed": "the target is what comes next, not a class",
}
# What each level is called beside the name of its step.
BOUNDS = ("lo-95", "lo-80", "", "hi-80", "hi-95")
_WORTH_SAYING = 0.5  # percent
_LEARNT = 0.9  # of the error of a batch, from which on it counts as learnt by heart
_HARDLY = 0.02  # of a unit, that a window varies
_LEAST = 1e-12


def outputs(data: Dataset) -> tuple[str, ...]:
    """Step by step the name of the column with the number of the step, and of its bound."""
    source: Any = data.source
    name = source.channel_names[0]
    return tuple(
        f"{name} +{step + 1} {bound}".rstrip() for step in range(source.horizon) for bound in BOUNDS
    )


def blind(targets: np.ndarray, names: int) -> np.ndarray:
    """(outputs, 2) float64: quantiles in strides, and the loss of each output.

    Windows that hardly vary say nothing of how far a step goes in strides.
    """
    truth = split_targets(targets)
    usual = truth.stride[:, 0] > _HARDLY * truth.unit[:, 0]
    some = usual if usual.sum() >= len(LEVELS) else np.ones(len(usual), bool)
    off = (truth.ahead - truth.naive)[some] / truth.stride[some]
    found = np.quantile(off, LEVELS, axis=0).T
    losses = _blind_losses(found, targets).mean(axis=0).ravel() * len(LEVELS) * len(found)
    return np.stack([found.ravel(), losses], axis=1)


def _blind_losses(found: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n, outputs) shares of the loss of who always says the same in strides."""
    truth = split_targets(targets)
    said = truth.naive[:, :, np.newaxis] + truth.stride[:, :, np.newaxis] * found
    each = pinball(said, truth.ahead, truth.unit)
    return np.asarray(each.reshape(len(each), -1) / each[0].size)


def bias(blind: np.ndarray) -> np.ndarray:
    """(outputs,) float32: the quantiles in strides."""
    return np.asarray(blind[:, 0], np.float32)


def output_bias(model: Any) -> np.ndarray | None:
    """The quantiles that median and gaps say of features of zeros; None of other networks."""
    return _quantile_layers.read_bias(model)


def entropy(blind: np.ndarray) -> float:
    """The mean of the losses."""
    return float(blind[:, 1].mean())


def blind_loss(blind: np.ndarray, targets: np.ndarray) -> float:
    """Loss of who always says the same quantiles in strides."""
    found = blind[:, 0].reshape(-1, len(LEVELS))
    return float(_blind_losses(found, targets).sum(axis=1).mean())


def bias_distance(bias: np.ndarray, blind: np.ndarray) -> float:
    """Farthest distance of a bias from the quantiles, in strides; 1 at most."""
    return float(min(1.0, np.abs(bias - blind[:, 0]).max(initial=0.0)))


def close(features: Any, blind: np.ndarray, spread: float = 1.0) -> Any:
    """A median and gaps beside it, which begin at the quantiles."""
    return _quantile_layers.close(features, blind, spread)


def loss(outputs: int, recipe: Recipe) -> Any:
    """Pinball loss in units."""
    return _quantile_layers.loss_of(outputs)


def fitted(figures: dict[str, Any], targets: np.ndarray) -> float:
    """Share of the naive error of a batch that is avoided; 1 where hardly any is left."""
    truth = split_targets(targets)
    naive = float((np.abs(truth.ahead - truth.naive) / truth.unit).mean())
    avoided = 1 - float(figures[MEASURE]) / max(naive, _LEAST)
    return 1.0 if avoided >= _LEARNT else max(0.0, avoided)


def strict(bound: float, targets: np.ndarray) -> float:
    """Half of the bound: an error in absolutes falls slowly, and a naive one is no bad start."""
    return bound / 2


def has_enough(targets: np.ndarray, fewest: int) -> bool:
    """Never: that nothing beats the seasonal naive forecast is a finding, and no fault."""
    return False


most_by_heart = values.most_by_heart
movement = values.movement
confusion = values.confusion


def likelihood(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) 1 where it is right, less the farther it is off."""
    return np.exp(-losses(predicted, targets))


def scores(
    predicted: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> Any:
    """Scaled errors, and how often the steps lie between the bounds."""
    return quantile_scores(predicted, targets)


def worst(
    predicted: np.ndarray, targets: np.ndarray, thresholds: Sequence[float] | None
) -> np.ndarray:
    """The greatest losses."""
    return np.argsort(-losses(predicted, targets), kind="stable")[:24]


strata = values.strata
held = values.held


def calibrate(predicted: np.ndarray, targets: np.ndarray) -> Temperature:
    """A temperature of 1: there is no probability to set right."""
    loss = float(losses(pool(predicted), targets).mean()) if len(targets) else 0.0
    return Temperature(1.0, len(targets), {"loss": loss, "ece": 0.0}, {"loss": loss, "ece": 0.0})


pool = values.pool
thresholds = values.thresholds


def named(predicted: np.ndarray, names: Sequence[str], thresholds: Sequence[float] | None) -> str:
    """The medians, with commas between."""
    return ", ".join(f"{float(one):.4g}" for one in predicted[MIDDLE :: len(LEVELS)])


def answer(
    predicted: np.ndarray,
    names: Sequence[str],
    top: int,
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> dict[str, Any]:
    """The median of each step, and what it lies between with 80 and with 95 percent."""
    steps = ladder(np.asarray(predicted)[np.newaxis])[0]
    return {
        "steps": [
            {(bound or "yhat"): shortest(one) for bound, one in zip(BOUNDS, step, strict=True)}
            for step in steps
        ]
    }


def truth(target: np.ndarray) -> dict[str, Any]:
    """What came next, step by step."""
    return {"ahead": split_targets(target[np.newaxis]).ahead[0].astype(float).tolist()}


def find_widening(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, ...] | None:
    """By split conformal prediction."""
    return _widening.find_widening(ladder(predicted), split_targets(targets).ahead)


widen = _widening.widen


def say_reached(value: float, guess: float | None) -> str:
    """How much less is wrong than who repeats the last season, in percent.

    >>> say_reached(0.6, 1.2)
    'Wrong by 50 % less than repeating the last season (MASE 0.6 against 1.2)'
    >>> say_reached(1.2, 1.2)
    'Nothing is better than repeating the last season (MASE 1.2)'
    """
    if not guess:
        return f"Its mean absolute scaled error (MASE) is {value:.3g}"
    less = 100 * (1 - value / guess)
    if less >= _WORTH_SAYING:
        return (
            f"Wrong by {less:.0f} % less than repeating the last season (MASE {value:.3g} against "
            f"{guess:.3g})"
        )
    if less <= -_WORTH_SAYING:
        return (
            f"Wrong by {-less:.0f} % more than repeating the last season (MASE {value:.3g} against "
            f"{guess:.3g})"
        )
    return f"Nothing is better than repeating the last season (MASE {value:.3g})"


spread_out = values.spread_out
say = values.say
descend = values.descend
begin = values.begin
refuse = values.refuse
read = values.read
adopt = values.adopt
