"""What do two convolutions reach on photos? A yardstick of the courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE

if TYPE_CHECKING:
    import keras

AFTER = "course_cnn"
ORIGIN = (
    "the courses' first network for photos: 10,177 parameters on colour pictures with one output"
)
DEFAULTS = {**COURSE, "epochs": 100, "batch_size": 32, "dropout": 0.0}


def course_simple_conv(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """32 convolutions 3x3 at every third pixel, maximum, 32 more, mean."""
    return two_convolutions(specs, recipe, (32, 32), "course_simple_conv")


def two_convolutions(
    specs: tuple[Spec, ...], recipe: Recipe, filters: tuple[int, int], name: str
) -> keras.Model:
    """The same network with so many filters."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs)
    penalty = blocks.penalty(recipe)
    x = layers.Conv2D(
        filters[0],
        3,
        3,
        padding="same",
        activation="relu",
        kernel_regularizer=penalty,
        name="conv_1",
    )(x)
    x = layers.MaxPooling2D(padding="same", name="pool")(x)
    x = layers.Conv2D(
        filters[1], 3, padding="same", activation="relu", kernel_regularizer=penalty, name="conv_2"
    )(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = blocks.dropout(x, recipe, "drop")
    return blocks.features(inputs, x, name)
