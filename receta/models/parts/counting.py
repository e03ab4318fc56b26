"""How much arithmetic does one picture take on its way through a network?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

_KERNELS = (
    layers.Dense,
    layers.EinsumDense,
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.DepthwiseConv1D,
    layers.DepthwiseConv2D,
)
_SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
_TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
_POOLS = (
    layers.MaxPooling1D,
    layers.MaxPooling2D,
    layers.MaxPooling3D,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.AveragePooling3D,
)
_WHOLE = (
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
)
_FREE = (
    layers.InputLayer,
    layers.Flatten,
    layers.Reshape,
    layers.Permute,
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.GaussianNoise,
    layers.GaussianDropout,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    layers.ZeroPadding3D,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Cropping3D,
    layers.Concatenate,
    layers.UpSampling2D,
    layers.RepeatVector,
    layers.Identity,
)
# Operations a value of the output. A normalisation in use is a product and a sum where its
# statistics are fixed; where they are those of the picture, they are taken first (sum, difference,
# square, sum). A cubic resize sees 16 neighbours, a linear 4.
_EACH = (
    (layers.BatchNormalization, 2),
    (layers.LayerNormalization, 6),
    (layers.GroupNormalization, 6),
    (layers.UnitNormalization, 3),
    (layers.Rescaling, 2),
    (layers.Normalization, 2),
    (layers.Resizing, 8),
    (layers.Softmax, 3),
)
_NONLINEAR = {
    "linear": 0,
    "relu": 1,
    "softmax": 3,
    "sigmoid": 3,
    "swish": 4,
    "silu": 4,
    "gelu": 8,
    "tanh": 3,
}


def count_flops(model: keras.Model) -> int | None:
    """Floating-point operations of a forward pass for one example.

    A multiply-add is two. Exact for dense layers and convolutions, in use (not in training);
    pools, normalisations and activations are counted by what they write down. None for a
    network that cannot be seen into: subclassed, or of open sizes.
    """
    total = 0
    uses = _uses(model)
    if uses is None:
        return None
    for operation, inputs, outputs in uses:
        if isinstance(operation, keras.Model):
            work = count_flops(operation)
        elif any(None in shape for shape in (*inputs, *outputs)):
            work = None
        else:
            work = _work(operation, inputs, outputs)
        if work is None:
            return None
        total += work
    return total


def _uses(model: keras.Model) -> list[tuple[Any, list[Sequence[int]], list[Sequence[int]]]] | None:
    """Each use of a layer or operation, with shapes of one example: a shared layer comes as
    often as it works.
    """
    if isinstance(model, keras.Sequential):
        model = getattr(model, "_functional", None) or model
    # No public name gives the uses of a layer in this very model (Keras 3.15.1).
    by_depth = getattr(model, "_nodes_by_depth", None)
    if by_depth is None:
        return None
    return [
        (
            node.operation,
            [x.shape[1:] for x in node.input_tensors],
            [x.shape[1:] for x in node.outputs],
        )
        for nodes in by_depth.values()
        for node in nodes
        if not node.is_input
    ]


def _work(layer: Any, inputs: list[Sequence[int]], outputs: list[Sequence[int]]) -> int | None:
    """Operations of one layer; None for one that is made of others and says nothing of them."""
    taken, given = math.prod(inputs[0]) if inputs else 0, math.prod(outputs[0])
    places = math.prod(outputs[0][:-1])
    if isinstance(layer, _FREE):
        return 0
    if isinstance(layer, _SEPARABLE):
        kernels = math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape)
        return 2 * kernels * places + _finish(layer, given)
    if isinstance(layer, _TRANSPOSED):
        return 2 * math.prod(layer.kernel.shape) * math.prod(inputs[0][:-1]) + _finish(layer, given)
    if isinstance(layer, layers.EinsumDense):
        joined, kept = layer.equation.split("->")
        sizes = dict(zip(joined.split(",")[1], layer.kernel.shape, strict=True))
        return 2 * given * math.prod(
            size for letter, size in sizes.items() if letter not in kept
        ) + _finish(layer, given)
    if isinstance(layer, _KERNELS):
        return 2 * math.prod(layer.kernel.shape) * places + _finish(layer, given)
    if isinstance(layer, _POOLS):
        return given * math.prod(layer.pool_size)
    if isinstance(layer, _WHOLE):
        return taken
    if isinstance(layer, layers.Activation):
        return _NONLINEAR.get(getattr(layer.activation, "__name__", ""), 1) * given
    for kind, operations in _EACH:
        if isinstance(layer, kind):
            return operations * given
    if isinstance(layer, layers.Layer) and (
        layer.weights or layer._flatten_layers(include_self=False)
    ):
        return None
    # Sums, products and whatever else has no weights: once a value that is read.
    return max(given, sum(map(math.prod, inputs)) - given)


def _finish(layer: Any, given: int) -> int:
    """Bias and activation of a layer that has them."""
    return given * (
        bool(getattr(layer, "use_bias", getattr(layer, "bias", None) is not None))
        + _NONLINEAR.get(getattr(layer.activation, "__name__", ""), 1)
    )
