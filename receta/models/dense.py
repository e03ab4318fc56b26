"""What do two hidden layers find in a window that a linear forecast does not?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "linear"
KINDS = ("series",)
ORIGIN = "two ReLU layers beside a linear forecast, for all steps ahead at once"
DEFAULTS = {"dropout": 0.3}  # of a few hundred windows more is learnt by heart than holds
DEFAULTS_FOR_MANY = {"dropout": 0.1}
SHARE = 0.4  # of a budget, beside 1 of a network that is worth waiting for


def dense(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """256 and 128 units, and the window itself beside them."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, seen = blocks.open_inputs(specs)
    window = x = layers.Flatten(name="flat")(seen)
    for units in (256, 128):
        x = blocks.dense(units, recipe, f"dense_{units}")(x)
        x = blocks.dropout(x, recipe, f"drop_{units}")
    return blocks.features(inputs, layers.Concatenate(name="beside")([x, window]), "dense")
