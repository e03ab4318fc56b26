"""What does a small residual network reach?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "mlp"
ORIGIN = (
    "residual blocks of 3x3 convolutions (He et al., 2015), pooled early and trained with "
    "one warm-up and one cosine"
)
# Measured one by one: LOG.md, "Which small network is best in ten minutes?".
DEFAULTS = {
    "augment": 0.4,
    "learning_rate": 3e-3,
    "weight_decay": 0.05,
    "warm_up": 0.2,
    "dropout": 0.2,
}
# Twice the batch is up to a third faster, and what has steps enough loses nothing by it. Smoothed
# labels gain 0.1 points of accuracy and make probabilities worse: left out (LOG.md, "What brings
# Fashion-MNIST to 94 % in ten minutes?").
DEFAULTS_FOR_MANY = {"batch_size": 128, "learning_rate": 4e-3, "dropout": 0.3}
SPACE = {
    "learning_rate": {"low": 3e-4, "high": 1e-2, "log": True},
    "batch_size": {"low": 16, "high": 128, "log": True},
    "dropout": {"low": 0.0, "high": 0.6, "step": 0.05},
    "augment": {"low": 0.0, "high": 0.8, "step": 0.1},
    "weight_decay": {"low": 1e-4, "high": 0.3, "log": True},
}

WIDTHS = (32, 64, 128, 256)
# pixels: from here on the picture is brought to a quarter of its sides first, or that takes most of
# the time
LARGE = 64
POOLED = 16  # pixels: from here on to a half
# With all of it the first answers are 0.1 to 1 nats worse than a blind guess, for the means of its
# features are 0.9 and more, where the mlp's are 0.3; with a tenth of the variance 0.1 nats at most,
# and what is learnt is the same (LOG.md, 2026-11-30).
HEAD_SPREAD = 0.1
SMALLEST = 3  # pixels: a 3x3 convolution on less than this sees nothing but padding


def cnn(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """A stem, up to four stages of which all but the first are residual, mean."""
    from keras import layers

    from receta.models.parts import blocks

    def convolution(x: Any, width: int, name: str, stride: int = 1, pooled: bool = False) -> Any:
        x = blocks.convolution(width, 3, recipe, f"conv_{name}", strides=stride)(x)
        # first, so that a quarter is normalised: 15 % faster at 28 x 28, no worse (LOG.md)
        if pooled:
            x = layers.MaxPooling2D(name=f"pool_{name}")(x)
        x = blocks.norm(x, recipe, f"norm_{name}")
        return layers.Activation("relu", name=f"relu_{name}")(x)

    inputs, x = blocks.open_inputs(specs, low=-1.0)
    side = min(specs[0].shape[:2])
    widths = WIDTHS if side >= LARGE else WIDTHS[:3]
    stride = 2 if side >= LARGE else 1
    side //= stride
    pooled = side >= POOLED
    x = convolution(x, widths[0], "stem", stride, pooled)
    side //= 2 if pooled else 1
    for stage, width in enumerate(widths, start=1):
        pooled = stage > 1 and side // 2 >= SMALLEST
        x = convolution(x, width, f"{stage}a", pooled=pooled)
        side //= 2 if pooled else 1
        if stage == 1:
            continue
        residual = convolution(convolution(x, width, f"{stage}b"), width, f"{stage}c")
        x = blocks.stochastic_depth(
            x, residual, blocks.depth_rate(recipe, stage - 1, len(widths) - 1), f"sum_{stage}"
        )
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = blocks.dropout(x, recipe, "drop")
    return blocks.features(inputs, x, "cnn")
