"""Which pieces do several rungs share?"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from receta.core.recipe import Recipe


def pixels(input_shape: tuple[int, int, int], low: float = 0.0) -> tuple[Any, Any]:
    """Input of raw uint8 pixels, and the same scaled to low..1 (low is 0 or -1)."""
    inputs = keras.Input(input_shape, dtype="uint8", name="pixels")
    scale = (1.0 - low) / 255
    return inputs, layers.Rescaling(scale, offset=low, name="scale")(inputs)


THUMBNAIL = 32  # pixels: what a network without any notion of neighbours can make use of


def thumbnail(scaled: Any, input_shape: tuple[int, int, int]) -> Any:
    """Flat means of small squares: at most 32 x 32 of them, for layers on single pixels.

    On 96 x 96 x 3 pixels the mlp would have 7 million weights for 1,000 pictures, and the
    linear rung diverges at a rate that suits small pictures (LOG.md).
    """
    factor = -(-max(input_shape[:2]) // THUMBNAIL)
    small = layers.AveragePooling2D(factor, name="thumbnail")(scaled) if factor > 1 else scaled
    return layers.Flatten(name="flat")(small)


def probabilities(inputs: Any, features: Any, outputs: int, name: str) -> keras.Model:
    """Close a network with a softmax over the classes, always in float32."""
    head = layers.Dense(outputs, activation="softmax", dtype="float32", name="probabilities")
    return keras.Model(inputs, head(features), name=name)


def dense(units: int, recipe: Recipe, name: str) -> Any:
    """A ReLU layer with the recipe's L2 penalty."""
    penalty = keras.regularizers.L2(recipe.l2) if recipe.l2 else None
    return layers.Dense(units, activation="relu", kernel_regularizer=penalty, name=name)


def dropout(features: Any, recipe: Recipe, name: str) -> Any:
    """Silence units at the recipe's rate; nothing at rate 0."""
    return layers.Dropout(recipe.dropout, name=name)(features) if recipe.dropout else features
