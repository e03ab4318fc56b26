"""Which last layer on given features is best?

Logistic regression, its penalty chosen on validation data.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from receta import tasks
from receta.core.session import Session

# Penalties on the squared weights of standardised features, beside the mean loss; from strong to
# weak.
PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5)
_IN_VAIN = 2  # weaker penalties without a lower validation loss, after which the search ends
_STEPS = 200
_LARGE = 1e9  # multiplications a step, from which several threads are worth it


@dataclass(frozen=True)
class Head:
    """kernel (width, classes) and bias (classes,) float32; the penalty it was found with.

    task: says what its sums mean.
    """

    kernel: np.ndarray
    bias: np.ndarray
    penalty: float
    task: str = "classes"

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n, classes) float32 for features (n, width)."""
        return tasks.of(self.task).say(features @ self.kernel + self.bias)


@dataclass(frozen=True)
class Featured:
    """What a head is fitted to: features (n, width) float32, targets (n,) or (n, labels),
    weights (n,) that average 1 or None.
    """

    features: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None = None
    task: str = "classes"


def fit(
    train: Featured,
    validation: Featured,
    classes: int,
    *,
    penalties: tuple[float, ...] = PENALTIES,
    smoothing: float = 0.0,
    session: Session,
) -> tuple[Head, list[dict[str, float]]]:
    """The head of the lowest validation loss, and a line for each penalty tried.

    Deterministic: convex, found by L-BFGS (Liu and Nocedal, 1989) from strong to weak, each
    from the last. After the session's deadline no further penalty is tried.
    """
    began = time.monotonic()
    mean = train.features.mean(axis=0, dtype=np.float64)
    spread = train.features.std(axis=0, dtype=np.float64)
    spread[spread < 1e-6] = np.inf  # what never changes tells nothing
    scaled = ((train.features - mean.astype(np.float32)) / spread.astype(np.float32)).astype(
        np.float32
    )
    task = tasks.of(train.task)
    wanted = task.spread_out(train.targets, classes, smoothing)
    weights = (
        np.ones(len(wanted), np.float32)
        if train.weights is None
        else train.weights.astype(np.float32)
    )
    start = task.begin((wanted * weights[:, None]).sum(axis=0) / weights.sum())
    flat = np.concatenate([np.zeros(scaled.shape[1] * classes), start.astype(np.float64)])
    best: tuple[float, Head] | None = None
    history: list[dict[str, float]] = []
    in_vain = 0
    with session.progress.bar("head", len(penalties), "penalties") as bar:
        for penalty in penalties:
            flat = _minimum(flat, scaled, wanted, weights, penalty, task=task)
            kernel = flat[:-classes].reshape(-1, classes) / spread[:, None]
            head = Head(
                kernel.astype(np.float32),
                (flat[-classes:] - mean @ kernel).astype(np.float32),
                penalty,
                train.task,
            )
            lines = {"": _judge(head, train), "val_": _judge(head, validation)}
            history.append(
                {
                    "epoch": len(history) + 1,
                    **{
                        f"{part}{name}": value
                        for part, line in lines.items()
                        for name, value in line.items()
                    },
                    "learning_rate": 0.0,
                    "seconds": round(time.monotonic() - began, 3),
                    "penalty": penalty,
                }
            )
            bar.advance(
                1,
                val_loss=f"{history[-1]['val_loss']:.4f}",
                val_accuracy=f"{history[-1]['val_accuracy']:.4f}",
            )
            if best is None or history[-1]["val_loss"] < best[0]:
                best, in_vain = (history[-1]["val_loss"], head), 0
            else:
                in_vain += 1
            if in_vain >= _IN_VAIN or session.deadline.is_over():
                break
    if best is None:
        raise ValueError("no penalty to try")
    return best[1], history


def _minimum(
    start: np.ndarray,
    features: np.ndarray,
    wanted: np.ndarray,
    weights: np.ndarray,
    penalty: float,
    *,
    task: tasks.Task,
) -> np.ndarray:
    """Kernel and bias, flat, of the lowest penalised loss."""
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    n, width = features.shape
    classes = wanted.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        kernel, bias = flat[:-classes].reshape(width, classes), flat[-classes:]
        scores = features @ kernel.astype(np.float32) + bias.astype(np.float32)
        each, said = task.descend(scores, wanted)
        value = float((each * weights).sum(dtype=np.float64)) / n
        slope = (said - wanted) * (weights / n)[:, None]
        kernel_slope = (features.T @ slope).astype(np.float64) + penalty * kernel
        return value + penalty / 2 * float((kernel**2).sum()), np.concatenate(
            [kernel_slope.ravel(), slope.sum(axis=0, dtype=np.float64)]
        )

    # Threads that wait for each other take 20 times as long on a busy machine, and their sums
    # depend on their number.
    with threadpool_limits(1 if features.size * classes < _LARGE else None, user_api="blas"):
        found = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _STEPS, "gtol": 1e-5, "ftol": 1e-7},
        )
    return np.asarray(found.x, np.float64)


def _judge(head: Head, examples: Featured) -> dict[str, float]:
    predicted, task = head.probabilities(examples.features), tasks.of(examples.task)
    found = task.measure(predicted, examples.targets)
    return {"loss": float(task.losses(predicted, examples.targets).mean()), found.name: found.value}
