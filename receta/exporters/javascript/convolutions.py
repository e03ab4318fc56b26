"""What does each convolution of Keras 3 say in the words of tfjs-layers?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.exporters.javascript.activations import name_activation
from receta.exporters.javascript.shapes import add_reshape, channels_last
from receta.exporters.javascript.writer import (
    NoTwin,
    Rule,
    Shape,
    Tensor,
    Words,
    Writer,
    array,
    as_tuple,
    weights_of,
)


def _convolution(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Conv1D to Conv3D. Groups and a causal start, which tfjs lacks, become zeros."""
    channels_last(layer)
    kernel, bias = array(layer.kernel), weights_of(layer, "bias")
    rank, width = kernel.ndim - 2, x.shape[-1] or 0
    activation, after = name_activation(layer.activation)
    config = {
        "kernel_size": list(layer.kernel_size),
        "strides": list(layer.strides),
        "padding": layer.padding,
        "dilation_rate": list(layer.dilation_rate),
        "use_bias": layer.use_bias,
        "activation": activation,
    }
    if layer.padding == "causal":
        x = _causal(writer, layer, x, (kernel.shape[0] - 1) * layer.dilation_rate[0])
        config["padding"] = "valid"
    if rank == 2 and layer.groups == width > 1 and max(layer.dilation_rate) == 1:
        config["depth_multiplier"] = layer.filters // width
        kernel = kernel.reshape(*kernel.shape[:2], width, -1)
        x = writer.layer(
            layer, Words("DepthwiseConv2D", config, {"depthwise_kernel": kernel, **bias}), x, shape
        )
    else:
        kernel = _ungroup(kernel, layer.groups)
        x = writer.layer(
            layer,
            Words(f"Conv{rank}D", {**config, "filters": layer.filters}, {"kernel": kernel, **bias}),
            x,
            shape,
        )
    return after(writer, layer, x)


def _ungroup(kernel: np.ndarray, groups: int) -> np.ndarray:
    """The kernel of the same convolution in one group: zeros between what does not meet."""
    if groups == 1:
        return kernel
    depth, filters = kernel.shape[-2], kernel.shape[-1] // groups
    whole = np.zeros((*kernel.shape[:-2], depth * groups, kernel.shape[-1]), np.float32)
    for group in range(groups):
        taken = slice(group * filters, (group + 1) * filters)
        whole[..., group * depth : (group + 1) * depth, taken] = kernel[..., taken]
    return whole


def _causal(writer: Writer, layer: Any, x: Tensor, before: int) -> Tensor:
    """(n, steps, channels) with zeros before the first step."""
    steps = None if x.shape[1] is None else x.shape[1] + before
    x = add_reshape(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted")
    x = writer.layer(
        layer,
        Words("ZeroPadding2D", {"padding": [[before, 0], [0, 0]]}),
        x,
        (x.shape[0], steps, *x.shape[2:]),
        role="causal",
    )
    return add_reshape(writer, layer, x, (x.shape[0], steps, x.shape[3]), "padded")


def _transpose(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Conv1DTranspose to Conv3DTranspose; one dimension as two of which one is 1."""
    channels_last(layer)
    if max(layer.dilation_rate) > 1 or any(
        value is not None for value in as_tuple(layer.output_padding)
    ):
        raise NoTwin("tfjs knows no dilation and no output padding here")
    kernel, size, strides = array(layer.kernel), list(layer.kernel_size), list(layer.strides)
    flat = len(size) == 1
    if flat:
        kernel, size, strides = kernel[:, None], [*size, 1], [*strides, 1]
        x = add_reshape(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted")
    activation, after = name_activation(layer.activation)
    given = (shape[0], shape[1], 1, shape[2]) if flat else shape
    x = writer.layer(
        layer,
        Words(
            f"Conv{len(size)}DTranspose",
            {
                "filters": layer.filters,
                "kernel_size": size,
                "strides": strides,
                "padding": layer.padding,
                "use_bias": layer.use_bias,
                "activation": activation,
            },
            {"kernel": kernel, **weights_of(layer, "bias")},
        ),
        x,
        given,
    )
    return after(writer, layer, add_reshape(writer, layer, x, shape, "flat"))


def _by_channel(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """DepthwiseConv and SeparableConv in one or two dimensions.

    tfjs forgets the dilation of a depthwise convolution, so its kernel is spread instead.
    """
    channels_last(layer)
    separable = hasattr(layer, "pointwise_kernel")
    kernel = array(layer.depthwise_kernel if separable else layer.kernel)
    flat = kernel.ndim == 3
    strides, padding = list(layer.strides), layer.padding
    if padding == "causal":
        x, padding = (
            _causal(writer, layer, x, (kernel.shape[0] - 1) * layer.dilation_rate[0]),
            "valid",
        )
    if flat:
        kernel, strides = kernel[:, None], strides * 2
        x = add_reshape(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted_in")
    kernel = _spread(kernel, [*layer.dilation_rate, 1] if flat else list(layer.dilation_rate))
    weights = {"depthwise_kernel": kernel}
    config = {
        "kernel_size": list(kernel.shape[:2]),
        "strides": strides,
        "padding": padding,
        "use_bias": layer.use_bias,
        "depth_multiplier": layer.depth_multiplier,
    }
    if separable:
        pointwise = array(layer.pointwise_kernel)
        weights["pointwise_kernel"] = pointwise[:, None] if flat else pointwise
        config["filters"] = layer.filters
    config["activation"], after = name_activation(layer.activation)
    given, weights = (
        (shape[0], shape[1], 1, shape[2]) if flat else shape,
        {**weights, **weights_of(layer, "bias")},
    )
    x = writer.layer(
        layer,
        Words("SeparableConv2D" if separable else "DepthwiseConv2D", config, weights),
        x,
        given,
    )
    return after(writer, layer, add_reshape(writer, layer, x, shape, "flat"))


def _spread(kernel: np.ndarray, rates: list[int]) -> np.ndarray:
    """(height, width, ...) with rate - 1 zeros between its values."""
    if max(rates) == 1:
        return kernel
    sides = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape, rates, strict=False)]
    spread = np.zeros((*sides, *kernel.shape[2:]), np.float32)
    spread[:: rates[0], :: rates[1]] = kernel
    return spread


CONVOLUTIONS: dict[str, Rule] = {
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "Conv1DTranspose": _transpose,
    "Conv2DTranspose": _transpose,
    "Conv3DTranspose": _transpose,
    "DepthwiseConv1D": _by_channel,
    "DepthwiseConv2D": _by_channel,
    "SeparableConv1D": _by_channel,
    "SeparableConv2D": _by_channel,
}
