"""What does a small modern convolutional network reach?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe

if TYPE_CHECKING:
    import keras

ORDER = 30
ORIGIN = "blocks of two 3x3 convolutions (Simonyan and Zisserman, 2014) with batch normalisation (Ioffe and Szegedy, 2015)"
DEFAULTS = {"augment": 0.4, "learning_rate": 3e-3, "weight_decay": 1e-3, "dropout": 0.3}

WIDTHS = (32, 64, 128)
LARGE = 64  # pixels: from here on the picture is brought to a quarter of its sides first, or that takes most of the time
SMALLEST = 3  # pixels: a 3x3 convolution on less than this sees nothing but padding


def cnn(input_shape: tuple[int, int, int], outputs: int, recipe: Recipe) -> keras.Model:
    """Up to three blocks of convolutions, global average, dropout, softmax."""
    from keras import layers

    from receta.models import _parts

    def convolution(x: Any, width: int, name: str, stride: int = 1) -> Any:
        x = _parts.convolution(width, 3, recipe, f"conv_{name}", strides=stride)(x)
        x = _parts.norm(x, recipe, f"norm_{name}")
        return layers.Activation("relu", name=f"relu_{name}")(x)

    inputs, x = _parts.pixels(input_shape, low=-1.0)
    side = min(input_shape[:2])
    if side >= LARGE:
        x = convolution(x, WIDTHS[0], "stem", stride=2)
        x = layers.MaxPooling2D(name="pool_stem")(x)
        side //= 4
    for block, width in enumerate(WIDTHS, start=1):
        if block > 1:
            if side // 2 < SMALLEST:
                break
            x = layers.MaxPooling2D(name=f"pool_{block - 1}")(x)
            side //= 2
        x = convolution(x, width, f"{block}a")
        x = convolution(x, width, f"{block}b")
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = _parts.dropout(x, recipe, "drop")
    return _parts.probabilities(inputs, x, outputs, "cnn")
