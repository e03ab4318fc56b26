"""What do several tasks share: a dense last layer, smoothed targets, the likeliest names?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from receta.data.dataset import Dataset

LEAST = 1e-6  # of a share in a logit


def dense(features: Any, bias: np.ndarray, activation: str, spread: float) -> Any:
    """A dense layer of as many outputs as biases, always in float32.

    spread: of its first weights, as a share of the variance of Glorot's. Where features are
    large, small weights make the first answer what the bias says: the blind guess. 0: zeros.
    """
    import keras

    first = keras.initializers.VarianceScaling(spread, "fan_avg", "uniform") if spread else "zeros"
    head = keras.layers.Dense(
        len(bias),
        activation=activation,
        kernel_initializer=first,
        dtype="float32",
        name="probabilities",
    )
    answers = head(features)
    head.bias.assign(bias)
    return answers


def smoothed(outputs: int, smoothing: float) -> Any:
    """Cross-entropy against classes of which each leaves a share to all others."""
    from keras import losses, ops

    def smoothed_crossentropy(truth: Any, predicted: Any) -> Any:
        hot = ops.one_hot(ops.cast(ops.reshape(truth, (-1,)), "int32"), outputs)
        return losses.categorical_crossentropy(hot, predicted, label_smoothing=smoothing)

    return smoothed_crossentropy


def likeliest(predicted: np.ndarray, names: Sequence[str], top: int) -> list[dict[str, Any]]:
    """[{class, probability}] of the likeliest outputs, at least one."""
    order = np.argsort(-predicted, kind="stable")[: max(top, 1)].tolist()
    return [{"class": names[index], "probability": float(predicted[index])} for index in order]


def avoided(value: float, guess: float) -> float:
    """Share of the mistakes of a guess."""
    return (value - guess) / (1 - guess)


def most_by_heart(weights: int) -> int:
    """A quarter of the weights: a plane through 11 columns parts 3 rows of any names, not 32."""
    return max(2, weights // 4)


def outputs(data: Dataset) -> tuple[str, ...]:
    """The names that the data have."""
    return data.class_names
