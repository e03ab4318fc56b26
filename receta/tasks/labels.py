"""Which of several labels has it, if any? Each output is the probability of a label by itself.

`blind` is (labels, 2): how often each label is absent and present in the training part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.calibration import TINY, Temperature, ece
from receta.core.errors import RecipeError
from receta.core.measure import Better, Measure
from receta.core.targets import NOTHING, SETS, counts
from receta.tasks import _closing, _label_scores
from receta.tasks._closing import avoided as avoided
from receta.tasks._closing import most_by_heart as most_by_heart
from receta.tasks._closing import outputs as outputs
from receta.tasks._label_answers import reliance as reliance
from receta.tasks._label_answers import strata as strata
from receta.tasks._label_answers import thresholds as thresholds
from receta.tasks._label_scores import HALF

if TYPE_CHECKING:
    import keras

    from receta.core.recipe import Recipe

AFTER = "classes"
DTYPE = "int8"
ACTIVATION = "sigmoid"
MEASURE = "accuracy"
BETTER: Better = "higher"
LOSS_UNIT = "nats"
IS_SHARE = True
GAIN = "more probability for a label that is there"
NOUN = ("label", "labels")
TAKES = ("labels", "classes")
IS_COUNTED = True
IS_EXCLUSIVE = False
WORDS = {
    "blind_loss": "the entropy of the labels",
    "blind": "saying of every picture what most have",
    "chosen": "share of labels right on validation",
    "learnt": "accuracy",
    "prior": "what most pictures have",
    "sure_of": "of a label ",
    "stratified": "stratified by the rarest label of each",
    "unclassed": "a picture may have several labels, not one class",
}


def blind(targets: np.ndarray, names: int) -> np.ndarray:
    """(labels, 2) float64: shares of absence and of presence."""
    present = counts(targets, names).astype(np.float64) / max(len(targets), 1)
    return np.stack([1 - present, present], axis=1)


def bias(blind: np.ndarray) -> np.ndarray:
    """(labels,) float32: the logits of the shares of presence."""
    logs = np.log(np.maximum(blind, _closing.LEAST))
    return np.asarray(logs[:, 1] - logs[:, 0], np.float32)


def entropy(blind: np.ndarray) -> float:
    """Entropy in nats, the mean over the labels."""
    sizes = np.where(blind > 0, blind, 1.0)
    return float(-(sizes * np.log(sizes)).sum() / len(blind))


def blind_loss(blind: np.ndarray, targets: np.ndarray) -> float:
    """Mean cross-entropy of who says the shares of every example."""
    said = blind[:, 1]
    return float(losses(np.broadcast_to(said, (len(targets), len(said))), targets).mean())


def bias_distance(bias: np.ndarray, blind: np.ndarray) -> float:
    """The farthest of the labels; each is two classes, absent and present."""
    return float(np.abs(1 / (1 + np.exp(-bias)) - blind[:, 1]).max())


def close(features: Any, blind: np.ndarray, spread: float = 1.0) -> Any:
    """A sigmoid for each label, always in float32."""
    return _closing.dense(features, bias(blind), ACTIVATION, spread)


def loss(outputs: int, recipe: Recipe) -> Any:
    """Cross-entropy, the mean over the labels."""
    import keras

    return keras.losses.BinaryCrossentropy(label_smoothing=recipe.label_smoothing)


def metric() -> keras.metrics.Metric:
    """Share of right labels."""
    import keras

    return keras.metrics.BinaryAccuracy(name=MEASURE)


def losses(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) nats: the mean over the labels."""
    predicted = np.asarray(predicted)
    likely = np.where(targets > 0, predicted, 1 - predicted.astype(np.float64))
    return np.asarray(-np.log(np.maximum(likely, TINY)).mean(axis=1))


def hits(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n, labels) bool: which labels are right, each said from 0.5 on.

    >>> hits(np.array([[0.9, 0.6], [0.2, 0.1]]), np.array([[1, 0], [0, 0]])).tolist()
    [[True, False], [True, True]]
    """
    return np.asarray((np.asarray(predicted) >= HALF) == (targets > 0))


def measure(predicted: Any, targets: np.ndarray) -> Measure:
    """Share of labels right."""
    return Measure(MEASURE, float(hits(predicted, targets).mean()), len(targets))


def guess(targets: np.ndarray) -> np.ndarray:
    """(n, labels) bool: what the best blind guess gets right, even one that knew these shares."""
    return np.asarray((targets > 0) == (targets.mean(axis=0) > HALF))


def gains(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, float, np.ndarray]:
    """How much likelier a label is said where it is; a blind guess gains nothing."""
    found = reliance(predicted, targets)
    return float(found.mean()), 0.0, found


def fitted(figures: dict[str, Any], targets: np.ndarray) -> float:
    """Share of labels right in the batch."""
    return float(figures[MEASURE])


def strict(bound: float, targets: np.ndarray) -> float:
    """The share that may be wrong is one of what a blind guess gets wrong.

    >>> strict(0.9, np.array([[0, 1], [0, 0]]))
    0.975
    """
    return 1 - (1 - bound) * (1 - float(guess(targets).mean()))


def has_enough(targets: np.ndarray, fewest: int) -> bool:
    """Always: labels share their examples."""
    return True


def movement(watched: np.ndarray) -> np.ndarray:
    """Mean change: labels move each by itself."""
    return np.asarray(np.abs(np.diff(watched, axis=0)).mean(axis=(1, 2)))


def likelihood(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) probability of the truth, the geometric mean over the labels."""
    return np.exp(-losses(predicted, targets))


def confusion(predicted: Any, targets: np.ndarray, names: int) -> np.ndarray | None:
    """None: no label is taken for another."""
    return None


def scores(
    predicted: np.ndarray,
    targets: np.ndarray,
    names: Sequence[str],
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> Any:
    """Share of labels right, average precision, F1, and how sure the answers are."""
    return _label_scores.label_scores(predicted, targets, names, thresholds)


def worst(
    predicted: np.ndarray, targets: np.ndarray, thresholds: Sequence[float] | None
) -> np.ndarray:
    """Examples with a wrong label, those of the greatest loss first."""
    from_on = (HALF,) * targets.shape[1] if thresholds is None else thresholds
    return _label_scores.worst(predicted, targets, from_on)


def held(targets: np.ndarray, names: int) -> list[np.ndarray]:
    """For each label, which examples have it."""
    return [targets[:, target] > 0 for target in range(names)]


def calibrate(predicted: np.ndarray, targets: np.ndarray) -> Temperature:
    """A temperature of 1: each label has a threshold of its own."""
    bins, found = _label_scores.believed(pool(predicted), targets), losses(pool(predicted), targets)
    before = (
        {"loss": float(found.mean()), "ece": ece(bins)}
        if len(targets)
        else {"loss": 0.0, "ece": 0.0}
    )
    return Temperature(1.0, len(targets), before, before)


def pool(predicted: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """The plain mean over views."""
    return np.asarray(
        predicted.reshape(-1, *predicted.shape[-2:]).mean(axis=0)
        if predicted.shape[:-2]
        else predicted
    )


def named(predicted: np.ndarray, names: Sequence[str], thresholds: Sequence[float] | None) -> str:
    """The labels that are said, with commas between."""
    from_on = np.full(len(names), HALF) if thresholds is None else np.asarray(thresholds)
    return (
        ", ".join(names[index] for index in np.flatnonzero(predicted >= from_on).tolist())
        or NOTHING
    )


def answer(
    predicted: np.ndarray,
    names: Sequence[str],
    top: int,
    *,
    sure_from: float,
    thresholds: Sequence[float] | None,
) -> dict[str, Any]:
    """The likeliest labels, those that are said, and whether all of it is sure."""
    from_on = (HALF,) * len(names) if thresholds is None else thresholds
    said = [
        name
        for name, probability, least in zip(names, predicted, from_on, strict=True)
        if probability >= least
    ]
    return {
        "top": _closing.likeliest(predicted, names, top)[:top],
        "labels": said,
        "sure": bool(_label_scores.sure(predicted, from_on)),
    }


def spread_out(targets: np.ndarray, outputs: int, smoothing: float) -> np.ndarray:
    """0 and 1, brought towards a half by the smoothing."""
    return np.asarray(targets * (1 - smoothing) + smoothing / 2, np.float32)


def say(scores: np.ndarray) -> np.ndarray:
    """Sigmoid, without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * scores), np.float32)


def descend(scores: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropy of all labels together, and probabilities."""
    return (np.logaddexp(0, scores) - wanted * scores).sum(axis=1), say(scores)


def begin(shares: np.ndarray) -> np.ndarray:
    """The logits of the shares."""
    return bias(np.stack([1 - shares, shares], axis=1))


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting that means nothing where an example may have several labels."""
    settings = (
        (
            "imbalance",
            recipe.imbalance,
            "none",
            "since examples of rare labels have frequent ones too",
        ),
        ("costs", ",".join(recipe.costs), "", "since no class is taken for another"),
        ("max_error", recipe.max_error, None, "since an answer is of several labels"),
    )
    for name, value, usual, why in settings:
        if value != usual:
            raise RecipeError(
                f"{name}={value} is for one class a picture, and these may have several labels; "
                f"expected none, {why}. "
                f"Leave it out."
            )


def read(texts: Sequence[str], names: int) -> np.ndarray:
    """(n, names) int8 from numbers of labels with commas between.

    >>> read(["0,2", ""], 3).tolist()
    [[1, 0, 1], [0, 0, 0]]
    """
    found = np.zeros((len(texts), names), np.int8)
    for row, text in enumerate(texts):
        found[row, [int(one) for one in text.split(",") if one]] = 1
    return found


def adopt(targets: np.ndarray, task: str, names: int) -> np.ndarray:
    """(n, names) int8: a class is one label."""
    return targets if targets.dtype == SETS else np.asarray(np.eye(names, dtype=np.int8)[targets])
