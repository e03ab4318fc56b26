"""What does the courses' convolutional network reach? A yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE

if TYPE_CHECKING:
    import keras

AFTER = "course_dense_regularised"
ORIGIN = "the courses' third network: 5,575,320 parameters on 28 x 28 grey pictures of 24 classes"
DEFAULTS = {**COURSE, "dropout": 0.2, "l2": 1e-5}


def course_cnn(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """128 convolutions 3x3, maximum, dense 256 and 128."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs)
    x = layers.Conv2D(128, 3, activation="relu", name="conv")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Flatten(name="flat")(x)
    x = blocks.dense(256, recipe, "dense_256")(x)
    x = blocks.dropout(x, recipe, "drop")
    x = blocks.dense(128, recipe, "dense_128")(x)
    return blocks.features(inputs, x, "course_cnn")
