"""Which last layer on given features is best? Logistic regression, its penalty chosen on validation data."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from receta.core import labels
from receta.core.deadline import NEVER, Deadline
from receta.core.progress import Progress

# Penalties on the squared weights of standardised features, beside the mean loss; from strong to weak.
PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)
_IN_VAIN = 2  # weaker penalties without a lower validation loss, after which the search ends
_STEPS = 200
_LARGE = 1e9  # multiplications a step, from which several threads are worth it


@dataclass(frozen=True)
class Head:
    """kernel (width, classes) and bias (classes,) float32; the penalty it was found with.

    by_label: each output is a label by itself (a sigmoid), not one class of all (a softmax).
    """

    kernel: np.ndarray
    bias: np.ndarray
    penalty: float
    by_label: bool = False

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n, classes) float32 for features (n, width)."""
        scores = features @ self.kernel + self.bias
        return _sigmoid(scores) if self.by_label else _softmax(scores)


@dataclass(frozen=True)
class Examples:
    """features (n, width) float32, targets (n,) or (n, labels), weights (n,) that average 1 or None."""

    features: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None


def fit(train: Examples, validation: Examples, classes: int, *, penalties: tuple[float, ...] = PENALTIES,
        smoothing: float = 0.0, progress: Progress, deadline: Deadline = NEVER) -> tuple[Head, list[dict[str, float]]]:  # fmt: skip
    """The head of the lowest validation loss, and a line for each penalty tried.

    Deterministic: convex, found by L-BFGS (Liu and Nocedal, 1989) from strong to weak, each
    from the last. deadline: after which no further penalty is tried.
    """
    began = time.monotonic()
    mean = train.features.mean(axis=0, dtype=np.float64)
    spread = train.features.std(axis=0, dtype=np.float64)
    spread[spread < 1e-6] = np.inf  # what never changes tells nothing
    scaled = ((train.features - mean.astype(np.float32)) / spread.astype(np.float32)).astype(np.float32)
    by_label = labels.several(train.targets)
    if by_label:
        hot = (train.targets * (1 - smoothing) + smoothing / 2).astype(np.float32)
    else:
        hot = np.full((len(train.targets), classes), smoothing / classes, np.float32)
        hot[np.arange(len(hot)), train.targets] += 1 - smoothing
    weights = np.ones(len(hot), np.float32) if train.weights is None else train.weights.astype(np.float32)
    shares = (hot * weights[:, None]).sum(axis=0) / weights.sum()
    start = labels.logits(np.stack([1 - shares, shares], axis=1) if by_label else shares)
    flat = np.concatenate([np.zeros(scaled.shape[1] * classes), start.astype(np.float64)])
    best: tuple[float, Head] | None = None
    history: list[dict[str, float]] = []
    in_vain = 0
    with progress.bar("head", len(penalties), "penalties") as bar:
        for penalty in penalties:
            flat = _minimum(flat, scaled, hot, weights, penalty, by_label=by_label)
            kernel = flat[: -classes].reshape(-1, classes) / spread[:, None]
            head = Head(kernel.astype(np.float32), (flat[-classes:] - mean @ kernel).astype(np.float32), penalty, by_label)
            lines = {"": _judged(head, train), "val_": _judged(head, validation)}
            history.append({
                "epoch": len(history) + 1, **{f"{part}{name}": value for part, line in lines.items() for name, value in line.items()},
                "learning_rate": 0.0, "seconds": round(time.monotonic() - began, 3), "penalty": penalty,
            })  # fmt: skip
            bar.advance(1, val_loss=f"{history[-1]['val_loss']:.4f}", val_accuracy=f"{history[-1]['val_accuracy']:.4f}")
            if best is None or history[-1]["val_loss"] < best[0]:
                best, in_vain = (history[-1]["val_loss"], head), 0
            else:
                in_vain += 1
            if in_vain >= _IN_VAIN or deadline.over():
                break
    if best is None:
        raise ValueError("no penalty to try")
    return best[1], history


def _minimum(start: np.ndarray, features: np.ndarray, hot: np.ndarray, weights: np.ndarray, penalty: float, *,
             by_label: bool = False) -> np.ndarray:  # fmt: skip
    """Kernel and bias, flat, of the lowest penalised loss; of labels that of all together."""
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    n, width = features.shape
    classes = hot.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        kernel, bias = flat[:-classes].reshape(width, classes), flat[-classes:]
        scores = features @ kernel.astype(np.float32) + bias.astype(np.float32)
        if by_label:
            each, said = (np.logaddexp(0, scores) - hot * scores).sum(axis=1), _sigmoid(scores)
        else:
            scores -= scores.max(axis=1, keepdims=True)
            powers = np.exp(scores)
            total = powers.sum(axis=1, keepdims=True)
            each, said = np.log(total[:, 0]) - (hot * scores).sum(axis=1), powers / total
        value = float((each * weights).sum(dtype=np.float64)) / n
        slope = (said - hot) * (weights / n)[:, None]
        kernel_slope = (features.T @ slope).astype(np.float64) + penalty * kernel
        return value + penalty / 2 * float((kernel**2).sum()), np.concatenate([kernel_slope.ravel(), slope.sum(axis=0, dtype=np.float64)])

    # Threads that wait for each other take 20 times as long on a busy machine, and their sums depend on their number.
    with threadpool_limits(1 if features.size * classes < _LARGE else None, user_api="blas"):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "gtol": 1e-5, "ftol": 1e-7})
    return np.asarray(found.x, np.float64)


def _judged(head: Head, examples: Examples) -> dict[str, float]:
    predicted = head.probabilities(examples.features)
    return {"loss": float(labels.crossentropy(predicted, examples.targets).mean()),
            "accuracy": float(labels.hits(predicted, examples.targets).mean())}  # fmt: skip


def _sigmoid(scores: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * scores), np.float32)  # without overflow


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
