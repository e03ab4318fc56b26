"""Which number is it, or which few? Each output is a value in the unit of the data.

`blind` is (values, 2): mean and spread of each in the training part. The last layer works on
standardised values and brings them back to their unit, so that a model needs no other step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.amounts import figure, shortest
from receta.core.calibration import Temperature
from receta.core.conformal import find_margins
from receta.core.errors import RecipeError
from receta.tasks._closing import most_by_heart as most_by_heart
from receta.tasks._value_scores import BETTER as BETTER
from receta.tasks._value_scores import LEAST, columns, value_scores
from receta.tasks._value_scores import MEASURE as MEASURE
from receta.tasks._value_scores import avoided as avoided
from receta.tasks._value_scores import gains as gains
from receta.tasks._value_scores import losses as losses
from receta.tasks._value_scores import measure as measure

if TYPE_CHECKING:
    import keras

    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset

AFTER = "labels"
DTYPE = "float64"
ACTIVATION = "linear"
LOSS_UNIT = "mean square error"
IS_SHARE = False
GAIN = "of the variance explained"
NOUN = ("value", "values")
TAKES = ("values", "quantiles")  # steps ahead of a series, in runs of earlier versions
IS_COUNTED = False
IS_EXCLUSIVE = False
WORDS = {
    "blind_loss": "the variance of the values",
    "blind": "always saying the mean",
    "chosen": "root mean square error on validation",
    "learnt": "of the variance explained",
    "prior": "the mean",
    "sure_of": "",
    "error": "square error",
    "guess": "a guess",
    "stratified": "stratified by the target",
    "unclassed": "the target is a value, not a class",
}
_LEARNT = 0.99  # of the variance of a batch, from which on it counts as learnt by heart


def outputs(data: Dataset) -> tuple[str, ...]:
    """The name of the column to predict; of several steps ahead each by its number."""
    source: Any = data.source
    channels = getattr(source, "channel_names", ("value",))
    name = str(getattr(source, "target_name", channels[0]))
    if data.targets.ndim == 1:
        return (name,)
    return tuple(f"{name} +{step + 1}" for step in range(data.targets.shape[1]))


def blind(targets: np.ndarray, names: int) -> np.ndarray:
    """(values, 2) float64: mean and spread."""
    flat = columns(targets)
    spread = flat.std(axis=0)
    return np.stack([flat.mean(axis=0), np.where(spread > 0, spread, 1.0)], axis=1)


def bias(blind: np.ndarray) -> np.ndarray:
    """(values,) float32: the means."""
    return np.asarray(blind[:, 0], np.float32)


def entropy(blind: np.ndarray) -> float:
    """Variance, the mean over the values."""
    return float((blind[:, 1] ** 2).mean())


def blind_loss(blind: np.ndarray, targets: np.ndarray) -> float:
    """Mean square error of who always says the mean."""
    return float(((columns(targets) - blind[:, 0]) ** 2).mean())


def bias_distance(bias: np.ndarray, blind: np.ndarray) -> float:
    """How many spreads the bias is from the mean, 1 at most; a bias in the unit of the values."""
    return float(min(1.0, (np.abs(bias - blind[:, 0]) / blind[:, 1]).max(initial=0.0)))


def close(features: Any, blind: np.ndarray, spread: float = 1.0) -> Any:
    """A linear layer, and a scale that brings its sums to mean and spread of the values."""
    import keras

    first = (
        keras.initializers.VarianceScaling(0.1 * spread, "fan_avg", "uniform")
        if spread
        else "zeros"
    )
    head = keras.layers.Dense(
        len(blind), kernel_initializer=first, dtype="float32", name="standardised"
    )
    scale = keras.layers.Rescaling(
        blind[:, 1].tolist(), offset=blind[:, 0].tolist(), dtype="float32", name="values"
    )
    return scale(head(features))


def loss(outputs: int, recipe: Recipe) -> Any:
    """Mean square error."""
    return "mean_squared_error"


def units(model: keras.Model) -> np.ndarray | None:
    """Their spreads, so that values of 1e-8 are learnt as those of 1e8; 1 in place of tiny ones."""
    scale = np.abs(np.asarray(getattr(model.layers[-1], "scale", 1.0), np.float64)).reshape(-1)
    return np.where(scale > 0, scale, 1.0)


def metric() -> keras.metrics.Metric:
    """Root of the mean square error."""
    import keras

    return keras.metrics.RootMeanSquaredError(name=MEASURE)


def fitted(figures: dict[str, Any], targets: np.ndarray) -> float:
    """Share of the variance of a batch that is explained; 1 where hardly any is left."""
    explained = 1 - float(figures[MEASURE]) ** 2 / max(
        float(columns(targets).var(axis=0).mean()), LEAST
    )
    return 1.0 if explained >= _LEARNT else max(0.0, explained)


def strict(bound: float, targets: np.ndarray) -> float:
    """The bound itself."""
    return bound


def has_enough(targets: np.ndarray, fewest: int) -> bool:
    """Always: every example tells of all values."""
    return True


def movement(watched: np.ndarray) -> np.ndarray:
    """Mean change, in spreads of the predictions."""
    return np.asarray(
        np.abs(np.diff(watched, axis=0)).mean(axis=(1, 2)) / max(float(watched.std()), LEAST)
    )


def likelihood(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) 1 where it is right, less the farther it is off."""
    return np.exp(-losses(predicted, targets) / max(float(columns(targets).var()), LEAST))


def confusion(predicted: Any, targets: np.ndarray, names: int) -> np.ndarray | None:
    """None: no value is taken for another."""
    return None


def scores(
    predicted: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> Any:
    """Errors and the share of the variance explained."""
    return value_scores(columns(np.asarray(predicted, np.float64)), columns(targets))


def worst(
    predicted: np.ndarray, targets: np.ndarray, thresholds: Sequence[float] | None
) -> np.ndarray:
    """The greatest errors."""
    return np.argsort(-losses(predicted, targets), kind="stable")[:24]


def strata(targets: np.ndarray) -> np.ndarray:
    """One for all: ranges of values are kept in proportion by the split itself."""
    return np.zeros(len(targets), np.int64)


def held(targets: np.ndarray, names: int) -> list[np.ndarray]:
    """Nothing: values have no names."""
    return []


def calibrate(predicted: np.ndarray, targets: np.ndarray) -> Temperature:
    """A temperature of 1: there is no probability to set right."""
    loss = float(losses(pool(predicted), targets).mean()) if len(targets) else 0.0
    return Temperature(1.0, len(targets), {"loss": loss, "ece": 0.0}, {"loss": loss, "ece": 0.0})


def pool(predicted: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """The plain mean over views."""
    return np.asarray(
        predicted.reshape(-1, *predicted.shape[-2:]).mean(axis=0)
        if predicted.shape[:-2]
        else predicted
    )


def thresholds(predicted: np.ndarray, targets: np.ndarray) -> list[float] | None:
    """None: values are said as they are."""
    return None


def margins(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, ...] | None:
    """By split conformal prediction."""
    return find_margins(columns(np.asarray(predicted, np.float64)), columns(targets))


def named(predicted: np.ndarray, names: Sequence[str], thresholds: Sequence[float] | None) -> str:
    """The numbers, with commas between."""
    return ", ".join(figure(float(one), 4) for one in predicted)


def answer(
    predicted: np.ndarray,
    names: Sequence[str],
    top: int,
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> dict[str, Any]:
    """The value; a list where there are several."""
    found = [shortest(one) for one in predicted]
    return {"value": found[0]} if len(found) == 1 else {"values": found}


def spread_out(targets: np.ndarray, outputs: int, smoothing: float) -> np.ndarray:
    """The values as they are."""
    return np.asarray(columns(targets), np.float32)


def say(scores: np.ndarray) -> np.ndarray:
    """The sums themselves."""
    return np.asarray(scores, np.float32)


def descend(scores: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half of the square errors, and the sums themselves."""
    return ((scores - wanted) ** 2).sum(axis=1) / 2, scores


def begin(shares: np.ndarray) -> np.ndarray:
    """The means."""
    return np.asarray(shares, np.float32)


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting that is about classes."""
    settings = (
        ("imbalance", recipe.imbalance, "none"),
        ("costs", ",".join(recipe.costs), ""),
        ("max_error", recipe.max_error, None),
        ("stop_at", recipe.stop_at, 0.0),
        ("label_smoothing", recipe.label_smoothing, 0.0),
    )
    for name, value, usual in settings:
        if value != usual:
            raise RecipeError(
                f"{name}={value} is about classes, and these data have values; expected none. "
                f"Leave it out."
            )


def read(texts: Sequence[str], names: int) -> np.ndarray:
    """Numbers that stand in brackets where there are several."""
    return np.array(
        [[float(one) for one in text.strip("[]").split()] for text in texts], np.float64
    )


def adopt(targets: np.ndarray, task: str, names: int) -> np.ndarray:
    """The targets as they are."""
    return targets
