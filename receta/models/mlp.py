"""What do two hidden layers add, without any notion of neighbouring pixels?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe

if TYPE_CHECKING:
    import keras

AFTER = "linear"
ORIGIN = "multilayer perceptron (Rumelhart, Hinton and Williams, 1986), ReLU and dropout"
SHARE = 0.06  # of a budget, beside 1 of a network that is worth waiting for


def mlp(input_shape: tuple[int, int, int], recipe: Recipe) -> keras.Model:
    """At most 32 x 32 pixels, 256 and 128 ReLU units with dropout."""
    from receta.models.parts import blocks

    inputs, x = blocks.pixels(input_shape, low=-1.0)
    x = blocks.thumbnail(x, input_shape)
    for units in (256, 128):
        x = blocks.dense(units, recipe, f"dense_{units}")(x)
        x = blocks.dropout(x, recipe, f"drop_{units}")
    return blocks.features(inputs, x, "mlp")
