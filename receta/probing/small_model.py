"""What does a small model say of examples that it has not learnt from?

A Gaussian kernel on a thousand landmarks (Williams and Seeger, 2001, "Using the Nystroem
method to speed up kernel machines") with ridge regression: on pictures as right as a
support vector machine on the same features, on tables as boosted trees; linear in n, and
10,000 examples take seconds (LOG.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FOLDS = 5
ENOUGH = 5  # others of its class to learn from; with fewer an example is not judged
_WIDTHS = (0.5, 1.0)  # of the kernel, over the vectors' own variance
_RIDGES = (1e-5, 1e-4, 1e-3)
_TEMPERATURES = np.geomspace(0.5, 64, 29)
_CHUNK = 4096


def folds(
    targets: np.ndarray, groups: Sequence[str] | None, rng: np.random.Generator, most: int = FOLDS
) -> np.ndarray:
    """(n,) fold of each example: classes spread evenly, a group in one fold only.

    >>> sorted(folds(np.array([0, 0, 1, 1]), None, np.random.default_rng(0), 2).tolist())
    [0, 0, 1, 1]
    """
    chosen = np.zeros(len(targets), np.int64)
    if groups is None:
        for own in by_class(targets):
            members = rng.permutation(own)
            chosen[members] = (np.arange(len(members)) + rng.integers(most)) % most
        return chosen
    _, whose = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(whose)
    counts = np.zeros((most, int(targets.max(initial=0)) + 1))
    order = np.argsort(whose, kind="stable")
    members_of = np.split(order, np.cumsum(sizes)[:-1])
    shuffled = rng.permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        members = members_of[group]
        labels, own = np.unique(targets[members], return_counts=True)
        # The fold that has fewest of these classes; of equal ones the emptiest.
        fold = np.lexsort((counts.sum(axis=1), counts[:, labels] @ own))[0]
        chosen[members] = fold
        counts[fold, labels] += own
    return chosen


def by_class(targets: np.ndarray) -> list[np.ndarray]:
    """Positions of each class, ascending; sorted once, for there may be a class a row.

    >>> [own.tolist() for own in by_class(np.array([1, 0, 1]))]
    [[1], [0, 2]]
    """
    counts = np.unique(targets, return_counts=True)[1]
    return (
        np.split(np.argsort(targets, kind="stable"), np.cumsum(counts)[:-1]) if len(targets) else []
    )


def can_be_judged(targets: np.ndarray, fold: np.ndarray, enough: int = ENOUGH) -> np.ndarray:
    """(n,) bool: whether other folds hold enough examples of its class, and of another."""
    counts = np.zeros((int(fold.max(initial=0)) + 1, int(targets.max(initial=0)) + 1), np.int64)
    np.add.at(counts, (fold, targets), 1)
    others = counts.sum(axis=0) - counts
    return (others[fold, targets] >= enough) & ((others > 0).sum(axis=1) >= 2)[fold]


def kernel_scores(
    vectors: np.ndarray,
    targets: np.ndarray,
    fold: np.ndarray,
    rng: np.random.Generator,
    *,
    classes: int,
    landmarks: int = 1000,
) -> np.ndarray:
    """(n, classes) float32 probabilities of each example by a model without its fold.

    vectors: (n, d) float32. Width, ridge and temperature are those of the smallest
    out-of-fold log-loss.
    """
    n = len(vectors)
    spread = max(float(vectors.var(axis=0, dtype=np.float64).sum()), 1e-12)
    marks = vectors[np.sort(rng.permutation(n)[: min(landmarks, max(100, n // 2))])]
    wanted = np.eye(classes, dtype=np.float32)[targets]
    sure = can_be_judged(targets, fold)
    best: tuple[float, np.ndarray] = (np.inf, np.full((n, classes), 1 / classes, np.float32))
    for width in _WIDTHS:
        mapped = on_landmarks(vectors, marks, width / spread)
        grams = np.stack(
            [mapped[fold == one].T @ mapped[fold == one] for one in range(int(fold.max()) + 1)]
        )
        sums = np.stack(
            [mapped[fold == one].T @ wanted[fold == one] for one in range(int(fold.max()) + 1)]
        )
        scores = [np.zeros((n, classes), np.float32) for _ in _RIDGES]
        for one in range(len(grams)):
            here = fold == one
            gram = (grams.sum(axis=0) - grams[one]).astype(np.float64)
            answers = (sums.sum(axis=0) - sums[one]).astype(np.float64)
            for score, ridge in zip(scores, _RIDGES, strict=True):
                held = gram + ridge * max(1, n - int(np.count_nonzero(here))) * np.eye(len(gram))
                score[here] = mapped[here] @ np.linalg.solve(held, answers)
        for score in scores:
            loss, probabilities = temper(score, targets, sure)
            if loss < best[0]:
                best = (loss, probabilities)
    return best[1]


def on_landmarks(vectors: np.ndarray, marks: np.ndarray, width: float) -> np.ndarray:
    """(n, k) float32 coordinates whose products are about the kernel's values."""
    values, axes = np.linalg.eigh(_kernel(marks, marks, width).astype(np.float64))
    kept = values > 1e-5 * values.max()
    whiten = (axes[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return np.concatenate(
        [
            _kernel(vectors[start : start + _CHUNK], marks, width) @ whiten
            for start in range(0, len(vectors), _CHUNK)
        ]
    )


def _kernel(some: np.ndarray, marks: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-width * distances(some, marks))


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n, m) squared distances, at least 0."""
    apart = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * some @ others.T
    return np.maximum(apart, 0)


def temper(scores: np.ndarray, targets: np.ndarray, sure: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-loss and probabilities under the temperature that makes the loss smallest.

    Source: Guo et al., 2017, "On calibration of modern neural networks".
    """
    rows = np.flatnonzero(sure) if sure.any() else np.arange(len(targets))

    def softmax(some: np.ndarray, temperature: float) -> np.ndarray:
        raised = np.exp((some - some.max(axis=1, keepdims=True)) * np.float32(temperature))
        return raised / raised.sum(axis=1, keepdims=True)

    def loss(temperature: float) -> float:
        own = softmax(scores[rows], temperature)[np.arange(len(rows)), targets[rows]]
        return float(-np.log(np.maximum(own, 1e-12)).mean())

    losses = [loss(float(temperature)) for temperature in _TEMPERATURES]
    return min(losses), softmax(scores, float(_TEMPERATURES[int(np.argmin(losses))]))
