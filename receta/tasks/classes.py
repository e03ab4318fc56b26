"""Which one of several classes is it? Each output is the probability of a class; all add up to 1.

`blind` is (classes,): the share of each class in the training part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import calibration
from receta.core.calibration import Temperature
from receta.core.measure import Better, Measure
from receta.core.targets import counts
from receta.tasks import _closing, _even
from receta.tasks._class_scores import class_scores, worst_mistakes
from receta.tasks._closing import avoided as avoided
from receta.tasks._closing import most_by_heart as most_by_heart
from receta.tasks._closing import outputs as outputs

if TYPE_CHECKING:
    import keras

    from receta.core.recipe import Recipe

AFTER = ""
DTYPE = "int64"
ACTIVATION = "softmax"
MEASURE = "accuracy"
EVENLY = _even.NAME
BETTER: Better = "higher"
LOSS_UNIT = "nats"
IS_SHARE = True
GAIN = "accuracy"
NOUN = ("class", "classes")
TAKES = ("classes",)
IS_COUNTED = True
IS_EXCLUSIVE = True
WORDS = {
    "blind_loss": "the entropy of the classes",
    "blind": "always naming the most frequent class",
    "chosen": "validation accuracy",
    "learnt": "accuracy",
    "prior": "most frequent class",
    "sure_of": "",
    "stratified": "stratified by class",
    "unclassed": "",
}


def blind(targets: np.ndarray, names: int) -> np.ndarray:
    """(classes,) float64: the share of each class."""
    there = counts(targets, names).astype(np.float64)
    return np.asarray(there / there.sum())


def bias(blind: np.ndarray) -> np.ndarray:
    """(classes,) float32: the logarithms of the shares."""
    return np.asarray(np.log(np.maximum(blind, _closing.LEAST)), np.float32)


def entropy(blind: np.ndarray) -> float:
    """Entropy of the shares, in nats."""
    sizes = np.where(blind > 0, blind, 1.0)
    return float(-(sizes * np.log(sizes)).sum())


def blind_loss(blind: np.ndarray, targets: np.ndarray) -> float:
    """Mean cross-entropy of who says the shares of every example."""
    return float(losses(np.broadcast_to(blind, (len(targets), len(blind))), targets).mean())


def bias_distance(bias: np.ndarray, blind: np.ndarray) -> float:
    """Total variation between what the bias says and the shares."""
    guess = np.exp(bias - bias.max())
    return float(np.abs(guess / guess.sum() - blind).sum() / 2)


def close(features: Any, blind: np.ndarray, spread: float = 1.0) -> Any:
    """A softmax over the classes, always in float32."""
    return _closing.dense(features, bias(blind), ACTIVATION, spread)


def loss(outputs: int, recipe: Recipe) -> Any:
    """Cross-entropy; against smoothed targets where the recipe says so."""
    return (
        _closing.smoothed(outputs, recipe.label_smoothing)
        if recipe.label_smoothing
        else "sparse_categorical_crossentropy"
    )


def metric() -> keras.metrics.Metric:
    """Share of right answers."""
    import keras

    return keras.metrics.SparseCategoricalAccuracy(name=MEASURE)


def losses(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) nats: minus the logarithm of the true class's probability."""
    return calibration.losses(predicted, targets)


def hits(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the likeliest class is the true one.

    >>> hits(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 0])).tolist()
    [True, False]
    """
    return np.asarray(np.asarray(predicted).argmax(axis=1) == targets)


def measure(predicted: Any, targets: np.ndarray) -> Measure:
    """Accuracy."""
    return Measure(MEASURE, float(hits(predicted, targets).mean()), len(targets))


def measure_evenly(predicted: Any, targets: np.ndarray) -> Measure:
    """Balanced accuracy."""
    return Measure(_even.NAME, _even.balance(hits(predicted, targets), targets), len(targets))


def metric_evenly(outputs: int) -> keras.metrics.Metric:
    """Balanced accuracy."""
    return _even.make_metric(outputs)


def guess(targets: np.ndarray) -> np.ndarray:
    """(n,) bool: what the best blind guess gets right, even one that knew these shares."""
    return np.asarray(targets == np.bincount(targets).argmax())


def gains(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Accuracy, that of the best blind guess, and (n,) the difference."""
    right, blind = hits(predicted, targets), guess(targets)
    return float(right.mean()), float(blind.mean()), right.astype(np.float64) - blind


def fitted(figures: dict[str, Any], targets: np.ndarray) -> float:
    """Accuracy on the batch."""
    return float(figures[MEASURE])


def strict(bound: float, targets: np.ndarray) -> float:
    """The bound itself."""
    return bound


def has_enough(targets: np.ndarray, fewest: int) -> bool:
    """Whether a class has so many examples in the median: of 200 classes 1,024 show five each."""
    there = np.bincount(targets)
    return bool(np.median(there[there > 0]) >= fewest)


def movement(watched: np.ndarray) -> np.ndarray:
    """Mean total variation: what one class gains another loses."""
    return np.asarray(np.abs(np.diff(watched, axis=0)).sum(axis=2).mean(axis=1) / 2)


def likelihood(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) the true class's probability."""
    return np.exp(-losses(predicted, targets))


def confusion(predicted: Any, targets: np.ndarray, names: int) -> np.ndarray | None:
    """(classes, classes): rows are the truth, columns the likeliest class."""
    found = np.zeros((names, names))
    np.add.at(found, (np.asarray(targets), np.asarray(predicted).argmax(axis=1)), 1)
    return found


def scores(
    predicted: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> Any:
    """Accuracy and its interval, by class and together, and how sure the answers are."""
    return class_scores(predicted, targets, names, sure_from)


def worst(
    predicted: np.ndarray, targets: np.ndarray, thresholds: Sequence[float] | None
) -> np.ndarray:
    """The wrong answers, the surest first."""
    return worst_mistakes(predicted, targets)


def strata(targets: np.ndarray) -> np.ndarray:
    """The classes themselves."""
    return targets


def held(targets: np.ndarray, names: int) -> list[np.ndarray]:
    """For each class, which examples are of it."""
    return [targets == target for target in range(names)]


def calibrate(predicted: np.ndarray, targets: np.ndarray) -> Temperature:
    """The temperature of the least loss."""
    return calibration.fit(predicted, targets)


def pool(predicted: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """The mean over views of softmax(logits / temperature)."""
    return calibration.temper(predicted, temperature)


def thresholds(predicted: np.ndarray, targets: np.ndarray) -> list[float] | None:
    """None: the likeliest class is said."""
    return None


def named(predicted: np.ndarray, names: Sequence[str], thresholds: Sequence[float] | None) -> str:
    """The likeliest class."""
    return names[int(np.argsort(-predicted, kind="stable")[0])]


def answer(
    predicted: np.ndarray,
    names: Sequence[str],
    top: int,
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> dict[str, Any]:
    """The likeliest classes, and whether the first is sure."""
    said = _closing.likeliest(predicted, names, top)
    return {"top": said[:top], "sure": said[0]["probability"] >= sure_from}


def spread_out(targets: np.ndarray, outputs: int, smoothing: float) -> np.ndarray:
    """One where the class is, and what is smoothed over all."""
    hot = np.full((len(targets), outputs), smoothing / outputs, np.float32)
    hot[np.arange(len(hot)), targets] += 1 - smoothing
    return hot


def say(scores: np.ndarray) -> np.ndarray:
    """Softmax."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def descend(scores: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropy and probabilities."""
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    total = powers.sum(axis=1, keepdims=True)
    return np.log(total[:, 0]) - (wanted * scores).sum(axis=1), powers / total


def begin(shares: np.ndarray) -> np.ndarray:
    """The logarithms of the shares."""
    return bias(shares)


def refuse(recipe: Recipe) -> None:
    """Nothing: every setting has its meaning."""


def read(texts: Sequence[str], names: int) -> np.ndarray:
    """Numbers of classes."""
    return np.array(texts, np.int64)


def adopt(targets: np.ndarray, task: str, names: int) -> np.ndarray:
    """The targets as they are."""
    return targets
