"""What do two hidden layers add, without any notion of neighbouring pixels?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "linear"
KINDS = ("images", "table", "series")
ORIGIN = "multilayer perceptron (Rumelhart, Hinton and Williams, 1986), ReLU and dropout"
SHARE = 0.06  # of a budget, beside 1 of a network that is worth waiting for


def mlp(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """At most 32 x 32 pixels, 256 and 128 ReLU units with dropout."""
    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs, low=-1.0)
    x = blocks.flat(x)
    for units in (256, 128):
        x = blocks.dense(units, recipe, f"dense_{units}")(x)
        x = blocks.dropout(x, recipe, f"drop_{units}")
    return blocks.features(inputs, x, "mlp")
