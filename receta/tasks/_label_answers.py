"""What do labels need of their own: how they are told apart, split, and said?"""

from __future__ import annotations

import numpy as np

from receta.tasks._label_scores import HALF

_FEWEST = 5  # examples with a label, from which a threshold of its own is learnt


def reliance(predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) that average to how much likelier a label is said where it is than elsewhere.

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
    """(n,) int64: the rarest label of each example, counted from 0 without gaps; none is one more.

    >>> strata(np.array([[1, 1], [1, 0], [1, 0], [0, 0]])).tolist()
    [1, 0, 0, 2]
    """
    rarity = np.where(targets > 0, targets.sum(axis=0, dtype=np.int64), np.iinfo(np.int64).max)
    rarest = np.where(targets.any(axis=1), rarity.argmin(axis=1), targets.shape[1])
    return np.asarray(np.unique(rarest, return_inverse=True)[1].reshape(-1), np.int64)


def thresholds(predicted: np.ndarray, targets: np.ndarray) -> list[float] | None:
    """From which probability each label is said, for the best F1 here.

    Half-way between two probabilities; 0.5 for a label that fewer than five examples have.
    Source: Lipton, Elkan and Naryanaswamy (2014), "Optimal thresholding of classifiers to
    maximize F1 measure".

    >>> thresholds(np.array([[0.4], [0.3], [0.1]] * 5), np.array([[1], [1], [0]] * 5))
    [0.2]
    """
    found = np.full(targets.shape[1], HALF)
    for label, (said, truth) in enumerate(
        zip(np.asarray(predicted, np.float64).T, targets.T > 0, strict=True)
    ):
        if truth.sum() < _FEWEST:
            continue
        order = np.argsort(-said, kind="stable")
        falling = said[order]
        after = np.append(falling[1:], 0.0)
        f1 = 2 * np.cumsum(truth[order]) / (np.arange(1, len(said) + 1) + truth.sum())
        # equal probabilities are said together
        best = int(np.where(falling > after, f1, -1.0).argmax())
        found[label] = (falling[best] + after[best]) / 2
    return [round(float(one), 6) for one in found]
