"""What is reckoned with where an example has one class, or several labels, or none?

Targets say which of the two it is: (n,) classes, or (n, labels) of 0 and 1. So do shares:
(classes,) that add up to 1, or (labels, 2), how often each label is absent and present.
Whoever asks here need not know the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import RecipeError

if TYPE_CHECKING:
    from receta.core.recipe import Recipe

HALF = 0.5  # from here on a label is likelier than not
NOTHING = "no label"  # what a picture without any is called
_TINY, _LEAST = 1e-7, 1e-6  # of a probability in a loss, of a share in a logit
_FEWEST = 5  # examples with a label, from which a threshold of its own is learnt


def several(array: np.ndarray) -> bool:
    """Whether targets, shares or a truth are of labels instead of classes."""
    return array.ndim == 2


def counts(targets: np.ndarray, names: int) -> np.ndarray:
    """(names,) int64: how many examples have each class or label.

    >>> counts(np.array([[1, 1], [0, 1]], np.int8), 2).tolist(), counts(np.array([0, 0]), 2).tolist()
    ([1, 2], [2, 0])
    """
    found = targets.sum(axis=0, dtype=np.int64) if several(targets) else np.bincount(targets, minlength=names)
    return np.asarray(found, np.int64)


def shares(targets: np.ndarray, names: int) -> np.ndarray:
    """Class shares (classes,), or shares of absence and presence (labels, 2), float64."""
    there = counts(targets, names).astype(np.float64)
    if not several(targets):
        return np.asarray(there / there.sum())
    present = there / max(len(targets), 1)
    return np.stack([1 - present, present], axis=1)


def logits(shares: np.ndarray) -> np.ndarray:
    """(outputs,) float32: the output bias at which a network says the shares."""
    logs = np.log(np.maximum(shares, _LEAST))
    return np.asarray(logs[:, 1] - logs[:, 0] if several(shares) else logs, np.float32)


def entropy(shares: np.ndarray) -> float:
    """Loss of a blind guess in nats; of labels the mean over them."""
    sizes = np.where(shares > 0, shares, 1.0)
    return float(-(sizes * np.log(sizes)).sum() / (len(shares) if several(shares) else 1))


def hits(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """What was said right: (n,) bool of classes, (n, labels) of labels, each said from 0.5 on.

    >>> hits(np.array([[0.9, 0.6], [0.2, 0.1]]), np.array([[1, 0], [0, 0]])).tolist()
    [[True, False], [True, True]]
    """
    predicted = np.asarray(predicted)
    return np.asarray((predicted >= HALF) == (targets > 0) if several(targets) else predicted.argmax(axis=1) == targets)


def crossentropy(predicted: Any, targets: np.ndarray) -> np.ndarray:
    """(n,) nats: minus the logarithm of the truth's probability; of labels the mean over them."""
    predicted = np.asarray(predicted)
    if not several(targets):
        likely = predicted[np.arange(len(targets)), targets].astype(np.float64)
        return np.asarray(-np.log(np.maximum(likely, _TINY)))
    likely = np.where(targets > 0, predicted, 1 - predicted.astype(np.float64))
    return np.asarray(-np.log(np.maximum(likely, _TINY)).mean(axis=1))


def blind_loss(shares: np.ndarray, targets: np.ndarray) -> float:
    """Mean cross-entropy of who says the shares of every example."""
    said = shares[:, 1] if several(targets) else shares
    return float(crossentropy(np.broadcast_to(said, (len(targets), len(said))), targets).mean())


def guess(targets: np.ndarray) -> np.ndarray:
    """What the best blind guess gets right, even one that knew these shares: shape of `hits`."""
    if several(targets):
        return np.asarray((targets > 0) == (targets.mean(axis=0) > HALF))
    return np.asarray(targets == np.bincount(targets).argmax())


def as_strict(accuracy: float, targets: np.ndarray) -> float:
    """A bound on accuracy that asks as much of labels, of which most are right before anything is learnt.

    The share that may be wrong is then one of what a blind guess gets wrong.

    >>> as_strict(0.9, np.array([0, 1])), as_strict(0.9, np.array([[0, 1], [0, 0]]))
    (0.9, 0.975)
    """
    return 1 - (1 - accuracy) * (1 - float(guess(targets).mean())) if several(targets) else accuracy


def reliance(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) that average to how much likelier a label is said of examples that have it than of others.

    Predictions that do not depend on the example average to 0, perfect ones to 1; rare labels
    count as much as frequent ones, also where none reaches a probability of 0.5. targets:
    (n, labels). Source: Tjur (2009), "Coefficients of determination in logistic regression
    models"; the mean over labels.
    """
    truth, said = targets.astype(np.float64), np.asarray(predicted, np.float64)
    spread = truth.mean(axis=0) * (1 - truth.mean(axis=0))
    told = spread > 0  # a label that all have, or none, tells nothing
    if not told.any():
        return np.zeros(len(targets))
    both = (said - said.mean(axis=0)) * (truth - truth.mean(axis=0))
    return np.asarray((both[:, told] / spread[told]).mean(axis=1))


def strata(targets: np.ndarray) -> np.ndarray:
    """(n,) int64: the rarest label that each example has, counted from 0 without gaps; none is one more.

    >>> strata(np.array([[1, 1], [1, 0], [1, 0], [0, 0]])).tolist()
    [1, 0, 0, 2]
    """
    rarity = np.where(targets > 0, targets.sum(axis=0, dtype=np.int64), np.iinfo(np.int64).max)
    rarest = np.where(targets.any(axis=1), rarity.argmin(axis=1), targets.shape[1])
    return np.asarray(np.unique(rarest, return_inverse=True)[1].reshape(-1), np.int64)


def moved(targets: np.ndarray, places: np.ndarray, names: int) -> np.ndarray:
    """Targets among other names: places (old names,) are the new positions, -1 for none."""
    if not several(targets):
        return np.asarray(places[targets])
    known = places >= 0
    found = np.zeros((len(targets), names), targets.dtype)
    found[:, places[known]] = targets[:, known]
    return found


def one_hot(targets: np.ndarray, names: int) -> np.ndarray:
    """(n, names) int8: classes (n,) as labels, one each."""
    return np.asarray(np.eye(names, dtype=np.int8)[targets])


def spelled(target: Any) -> str:
    """A target as a short text: a class's number, the numbers of labels with commas between, or values."""
    is_labels = isinstance(target, np.ndarray) and target.ndim == 1 and target.dtype.kind == "i"
    return ",".join(map(str, np.flatnonzero(target))) if is_labels else f"{target}"


def read(texts: Sequence[str], names: int, *, labels: bool) -> np.ndarray:
    """Targets that `spelled` wrote.

    >>> read(["0,2", ""], 3, labels=True).tolist()
    [[1, 0, 1], [0, 0, 0]]
    """
    if not labels:
        return np.array(texts, np.int64)
    found = np.zeros((len(texts), names), np.int8)
    for row, text in enumerate(texts):
        found[row, [int(one) for one in text.split(",") if one]] = 1
    return found


def named(target: Any, class_names: Sequence[str]) -> str:
    """A target for people: the class, or the labels with commas between.

    >>> named(np.array([1, 0, 1]), ("cat", "dog", "snow")), named(1, ("cat", "dog"))
    ('cat, snow', 'dog')
    """
    if np.ndim(target) == 0:
        return class_names[int(target)]
    return ", ".join(class_names[index] for index in np.flatnonzero(target).tolist()) or NOTHING


def thresholds(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(labels,) float64: from which probability each label is said, for the best F1 here.

    Half-way between two probabilities; 0.5 for a label that fewer than five examples have.
    Source: Lipton, Elkan and Naryanaswamy (2014), "Optimal thresholding of classifiers to
    maximize F1 measure".

    >>> thresholds(np.array([[0.4], [0.3], [0.1]] * 5), np.array([[1], [1], [0]] * 5)).round(2).tolist()
    [0.2]
    """
    found = np.full(targets.shape[1], HALF)
    for label, (said, truth) in enumerate(zip(np.asarray(probabilities, np.float64).T, targets.T > 0, strict=True)):
        if truth.sum() < _FEWEST:
            continue
        order = np.argsort(-said, kind="stable")
        falling = said[order]
        after = np.append(falling[1:], 0.0)
        f1 = 2 * np.cumsum(truth[order]) / (np.arange(1, len(said) + 1) + truth.sum())
        best = int(np.where(falling > after, f1, -1.0).argmax())  # equal probabilities are said together
        found[label] = (falling[best] + after[best]) / 2
    return found


def sure(probabilities: np.ndarray, thresholds: Any) -> np.ndarray:
    """(n,) bool: whether each label said is likelier than not, and each other one is not."""
    said = np.asarray(probabilities)
    return np.asarray(((said >= np.asarray(thresholds)) == (said >= HALF)).all(axis=-1))


def accept(recipe: Recipe) -> None:
    """RecipeError for a setting that means nothing where a picture may have several labels."""
    settings = (("imbalance", recipe.imbalance, "none", "since examples of rare labels have frequent ones too"),
                ("costs", ",".join(recipe.costs), "", "since no class is taken for another"),
                ("max_error", recipe.max_error, None, "since an answer is of several labels"))  # fmt: skip
    for name, value, usual, why in settings:
        if value != usual:
            raise RecipeError(f"{name}={value} is for one class a picture, and these may have several labels; expected none, {why}. "
                              f"Leave it out.")  # fmt: skip
