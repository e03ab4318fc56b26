"""What do two dense layers reach on grey photos? A yardstick of the courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE
from receta.models.course_grey_cnn import SIDE

if TYPE_CHECKING:
    import keras

AFTER = "course_grey_cnn"
ORIGIN = "the courses' dense network for grey photos of 100 x 100: it overfits"
DEFAULTS = {**COURSE, "batch_size": 32, "dropout": 0.0}


def course_grey_dense(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Flatten, 150 ReLU units twice, on grey pictures."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs)
    x = layers.Flatten(name="flat")(blocks.grey(x, SIDE))
    for place in (1, 2):
        x = blocks.dense(150, recipe, f"dense_{place}")(x)
        x = blocks.dropout(x, recipe, f"drop_{place}")
    return blocks.features(inputs, x, "course_grey_dense")
