"""How many answers are right where a rare class counts as much as a frequent one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

NAME = "balanced_accuracy"


def balance(right: np.ndarray, targets: np.ndarray) -> float:
    """The mean, over the classes that are there, of the share of each that is right.

    >>> balance(np.array([True, True, True, False]), np.array([0, 0, 0, 1]))
    0.5
    """
    n = np.bincount(targets)
    shares = np.bincount(targets, weights=right)[n > 0] / n[n > 0]
    return float(shares.mean()) if len(shares) else 0.0


def make_metric(classes: int) -> keras.metrics.Metric:
    """Balanced accuracy, as Keras counts it batch by batch."""
    import keras
    from keras import ops

    class BalancedAccuracy(keras.metrics.Metric):
        def __init__(self, classes: int, name: str = NAME, dtype: Any = None) -> None:
            super().__init__(name=name, dtype=dtype)
            self.classes = classes
            self.right = self.add_variable((classes,), "zeros", name="right")
            self.seen = self.add_variable((classes,), "zeros", name="seen")

        def update_state(self, truth: Any, predicted: Any, sample_weight: Any = None) -> None:
            truth = ops.cast(ops.reshape(truth, (-1,)), "int32")
            hot = ops.one_hot(truth, self.classes, dtype=self.dtype)
            right = ops.cast(ops.equal(ops.argmax(predicted, axis=-1), truth), self.dtype)
            self.seen.assign(self.seen + ops.sum(hot, axis=0))
            self.right.assign(self.right + ops.sum(hot * right[:, None], axis=0))

        def result(self) -> Any:
            there = ops.cast(self.seen > 0, self.dtype)
            shares = self.right / ops.maximum(self.seen, 1.0)
            return ops.sum(shares) / ops.maximum(ops.sum(there), 1.0)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "classes": self.classes}

    return BalancedAccuracy(classes)
