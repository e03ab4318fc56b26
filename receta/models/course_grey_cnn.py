"""What do three convolutions reach on grey photos? A yardstick of the courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE

if TYPE_CHECKING:
    import keras

AFTER = "course_xception_large"
ORIGIN = (
    "the courses' network for grey photos of 100 x 100: three convolutions, dense 250 after "
    "dropout (or 100 without)"
)
DEFAULTS = {**COURSE, "batch_size": 32, "dropout": 0.5, "augment": 0.5}

SIDE = 100  # pixels; what is larger is brought to it, what is smaller stays
SMALLEST = 22  # pixels: below, three unpadded convolutions and pools leave nothing


def course_grey_cnn(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Convolutions of 32, 64, 128 with maxima, dense, on grey pictures."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs)
    x = blocks.grey(x, SIDE)
    padding = "valid" if min(x.shape[1:3]) >= SMALLEST else "same"
    for width in (32, 64, 128):
        x = layers.Conv2D(
            width,
            3,
            padding=padding,
            activation="relu",
            kernel_regularizer=blocks.penalty(recipe),
            name=f"conv_{width}",
        )(x)
        x = layers.MaxPooling2D(padding=padding, name=f"pool_{width}")(x)
    x = blocks.dropout(x, recipe, "drop")
    x = layers.Flatten(name="flat")(x)
    x = blocks.dense(250 if recipe.dropout else 100, recipe, "dense")(x)
    return blocks.features(inputs, x, "course_grey_cnn")
