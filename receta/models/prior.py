"""What does somebody score who never looks at the picture?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = ""
TRAINS = False
KINDS = ("images", "table", "series", "texts")
ORIGIN = "the answer that the training targets alone tell; what every other rung has to beat"


def prior(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Nothing at all, whatever comes in: the last layer says the blind answer."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, scaled = blocks.open_inputs(specs)
    blind = layers.Rescaling(0.0, name="blind")(scaled)
    return blocks.features(inputs, blocks.mean(blind), "prior")
