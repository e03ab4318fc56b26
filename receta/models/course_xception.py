"""What does a small Xception reach on photos? A yardstick of the courses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE

if TYPE_CHECKING:
    import keras

AFTER = "course_simple_conv"
ORIGIN = (
    "the courses' small Xception (Chollet, 2017): 2,782,649 parameters on colour pictures "
    "with one output"
)
# The courses advise 3e-4 for their large networks.
DEFAULTS = {**COURSE, "learning_rate": 3e-4, "batch_size": 32, "dropout": 0.5}

WIDTHS = (128, 256, 512, 728)


def course_xception(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Four residual blocks of separable convolutions, 1024 more, mean."""
    return xception(specs, recipe, 1, "course_xception")


def xception(specs: tuple[Spec, ...], recipe: Recipe, repeats: int, name: str) -> keras.Model:
    """Blocks of each width, `repeats` of them; the first of a width halves the sides."""
    from keras import layers

    from receta.models.parts import blocks

    penalty = blocks.penalty(recipe)

    def norm(x: Any, place: str) -> Any:
        return blocks.norm(x, recipe, f"norm_{place}", momentum=0.99)  # the courses have Keras' own

    def relu(x: Any, place: str) -> Any:
        return layers.Activation("relu", name=f"relu_{place}")(x)

    def convolution(x: Any, width: int, size: int, stride: int, place: str) -> Any:
        return layers.Conv2D(
            width, size, stride, padding="same", kernel_regularizer=penalty, name=f"conv_{place}"
        )(x)

    def separable(x: Any, width: int, place: str) -> Any:
        x = layers.SeparableConv2D(
            width,
            3,
            padding="same",
            depthwise_regularizer=penalty,
            pointwise_regularizer=penalty,
            name=f"conv_{place}",
        )(x)
        return norm(x, place)

    inputs, x = blocks.open_inputs(specs)
    x = relu(norm(convolution(x, 32, 3, 2, "entry_1"), "entry_1"), "entry_1")
    x = relu(norm(convolution(x, 64, 3, 1, "entry_2"), "entry_2"), "entry_2")
    for block in range(len(WIDTHS) * repeats):
        width, halves, place = WIDTHS[block // repeats], block % repeats == 0, f"{block + 1}"
        shortcut = convolution(x, width, 1, 2, f"{place}_shortcut") if halves else x
        for half in "ab":
            x = separable(relu(x, place + half), width, place + half)
        if halves:
            x = layers.MaxPooling2D(3, 2, padding="same", name=f"pool_{place}")(x)
        x = blocks.stochastic_depth(
            shortcut, x, blocks.depth_rate(recipe, block + 1, len(WIDTHS) * repeats), f"sum_{place}"
        )
    x = relu(separable(x, 1024, "exit"), "exit")
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = blocks.dropout(x, recipe, "drop")
    return blocks.features(inputs, x, name)
