"""What does somebody score who never looks at the picture?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe

if TYPE_CHECKING:
    import keras

AFTER = ""
TRAINS = False
ORIGIN = "the class shares of the training part; what every other rung has to beat"


def prior(input_shape: tuple[int, int, int], recipe: Recipe) -> keras.Model:
    """Nothing at all, whatever comes in: the last layer says the blind answer."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, scaled = blocks.pixels(input_shape)
    blind = layers.GlobalAveragePooling2D(name="mean")(layers.Rescaling(0.0, name="blind")(scaled))
    return blocks.features(inputs, blind, "prior")
