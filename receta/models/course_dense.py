"""What do the courses' two dense layers reach? A yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "pretrained"
KINDS = ("images", "table")
ORIGIN = "the courses' first network: 236,952 parameters on 28 x 28 grey pictures of 24 classes"
# The courses' settings: Adam at its default rate, 20 epochs, nothing else.
COURSE: dict[str, Any] = {
    "optimizer": "adam",
    "schedule": "constant",
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "epochs": 20,
    "batch_size": 128,
    "patience": 0,
    "augment": 0.0,
    "label_smoothing": 0.0,
}
DEFAULTS = {**COURSE, "dropout": 0.0, "l2": 0.0}
# Of a line through six points the courses take 500 epochs; of houses 64, 32 and 1 units.
DEFAULTS_OF_KIND = {"table": {"epochs": 500, "batch_size": 32, "learning_rate": 1e-2}}


def course_dense(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Flatten, 256 and 128 ReLU units; of rows 64 and 32, or none for one number alone."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.open_inputs(specs)
    is_row = len(x.shape) == 2
    if is_row and x.shape[-1] == 1:
        inputs, x = blocks.opened_plain(specs)
        return blocks.features(inputs, x, "course_dense")
    x = layers.Flatten(name="flat")(x)
    for units in (64, 32) if is_row else (256, 128):
        x = blocks.dense(units, recipe, f"dense_{units}")(x)
        x = blocks.dropout(x, recipe, f"drop_{units}")
    return blocks.features(inputs, x, "course_dense")
