"""What does each layer of Keras 3 say in the words of tfjs-layers?

A rule takes (writer, layer, its input or inputs, the shape of its output or outputs) and
gives what the layer gives. The name of the rule's entry is the name of the Keras layer.
Differences between the two were found in the sources of tfjs-layers 4.22.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from receta.exporters.tfjs.activations import activated
from receta.exporters.tfjs.recurrent import RECURRENT
from receta.exporters.tfjs.shapes import SHAPES, channels_last, reshaped, scaled
from receta.exporters.tfjs.writer import NoTwin, Rule, Shape, Tensor, Writer, array, weights_of


def _dense(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    activation, after = activated(layer.activation)
    x = writer.layer(
        layer,
        "Dense",
        x,
        shape,
        {"units": layer.units, "use_bias": layer.use_bias, "activation": activation},
        weights=weights_of(layer, "kernel", "bias"),
    )
    return after(writer, layer, x)


# Convolutions


def _convolution(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Conv1D to Conv3D. Groups and a causal start, which tfjs lacks, become zeros."""
    channels_last(layer)
    kernel, bias = array(layer.kernel), weights_of(layer, "bias")
    rank, width = kernel.ndim - 2, x.shape[-1] or 0
    activation, after = activated(layer.activation)
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
            layer, "DepthwiseConv2D", x, shape, config, weights={"depthwise_kernel": kernel, **bias}
        )
    else:
        kernel = _ungrouped(kernel, layer.groups)
        x = writer.layer(
            layer,
            f"Conv{rank}D",
            x,
            shape,
            {**config, "filters": layer.filters},
            weights={"kernel": kernel, **bias},
        )
    return after(writer, layer, x)


def _ungrouped(kernel: np.ndarray, groups: int) -> np.ndarray:
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
    x = reshaped(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted")
    x = writer.layer(
        layer,
        "ZeroPadding2D",
        x,
        (x.shape[0], steps, *x.shape[2:]),
        {"padding": [[before, 0], [0, 0]]},
        role="causal",
    )
    return reshaped(writer, layer, x, (x.shape[0], steps, x.shape[3]), "padded")


def _transposed(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Conv1DTranspose to Conv3DTranspose; one dimension as two of which one is 1."""
    channels_last(layer)
    if max(layer.dilation_rate) > 1 or any(
        value is not None for value in _listed(layer.output_padding)
    ):
        raise NoTwin("tfjs knows no dilation and no output padding here")
    kernel, size, strides = array(layer.kernel), list(layer.kernel_size), list(layer.strides)
    flat = len(size) == 1
    if flat:
        kernel, size, strides = kernel[:, None], [*size, 1], [*strides, 1]
        x = reshaped(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted")
    activation, after = activated(layer.activation)
    given = (shape[0], shape[1], 1, shape[2]) if flat else shape
    x = writer.layer(
        layer,
        f"Conv{len(size)}DTranspose",
        x,
        given,
        {
            "filters": layer.filters,
            "kernel_size": size,
            "strides": strides,
            "padding": layer.padding,
            "use_bias": layer.use_bias,
            "activation": activation,
        },
        weights={"kernel": kernel, **weights_of(layer, "bias")},
    )
    return after(writer, layer, reshaped(writer, layer, x, shape, "flat"))


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


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
        x = reshaped(writer, layer, x, (x.shape[0], x.shape[1], 1, x.shape[2]), "lifted_in")
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
    config["activation"], after = activated(layer.activation)
    given, weights = (
        (shape[0], shape[1], 1, shape[2]) if flat else shape,
        {**weights, **weights_of(layer, "bias")},
    )
    x = writer.layer(
        layer,
        "SeparableConv2D" if separable else "DepthwiseConv2D",
        x,
        given,
        config,
        weights=weights,
    )
    return after(writer, layer, reshaped(writer, layer, x, shape, "flat"))


def _spread(kernel: np.ndarray, rates: list[int]) -> np.ndarray:
    """(height, width, ...) with rate - 1 zeros between its values."""
    if max(rates) == 1:
        return kernel
    sides = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape, rates, strict=False)]
    spread = np.zeros((*sides, *kernel.shape[2:]), np.float32)
    spread[:: rates[0], :: rates[1]] = kernel
    return spread


# Normalisations


def _batch_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    axis = layer.axis % len(shape)
    # tfjs normalises four axes at most, and goes wrong along any but the last
    if len(shape) > 4 or axis != len(shape) - 1:
        gain = 1 / np.sqrt(array(layer.moving_variance).astype(np.float64) + layer.epsilon)
        gain = gain * array(layer.gamma) if layer.scale else gain
        offset = -array(layer.moving_mean) * gain + (array(layer.beta) if layer.center else 0)
        sides = [1] * (axis - 1) + [-1] + [1] * (len(shape) - axis - 1)
        return scaled(writer, layer, x, gain.reshape(sides), offset.reshape(sides))
    config = {
        "axis": axis,
        "epsilon": layer.epsilon,
        "center": layer.center,
        "scale": layer.scale,
        "momentum": layer.momentum,
    }
    return writer.layer(
        layer,
        "BatchNormalization",
        x,
        shape,
        config,
        weights=weights_of(layer, "gamma", "beta", "moving_mean", "moving_variance"),
    )


def _layer_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if getattr(layer, "rms_scaling", False) or len(shape) > 4:
        raise NoTwin("tfjs normalises by mean and variance, over four axes at most")
    axes = sorted(axis % len(shape) for axis in _listed(layer.axis))
    config = {"axis": axes, "epsilon": layer.epsilon, "center": layer.center, "scale": layer.scale}
    return writer.layer(
        layer, "LayerNormalization", x, shape, config, weights=weights_of(layer, "gamma", "beta")
    )


def _group_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Over (places, groups, channels of a group), which is a layer normalisation."""
    places, channels = shape[1:-1], shape[-1]
    if layer.axis % len(shape) != len(shape) - 1 or channels is None or None in places:
        raise NoTwin("its axis is not the last, or a side is not known")
    groups = channels if layer.groups == -1 else layer.groups
    x = reshaped(
        writer,
        layer,
        x,
        (shape[0], math.prod(side or 1 for side in places), groups, channels // groups),
        "grouped",
    )
    x = writer.layer(
        layer,
        "LayerNormalization",
        x,
        x.shape,
        {"axis": [1, 3], "epsilon": layer.epsilon, "center": False, "scale": False},
    )
    x = reshaped(writer, layer, x, shape, "whole")
    if not layer.scale and not layer.center:
        return x
    gamma = array(layer.gamma) if layer.scale else np.ones(channels, np.float32)
    return scaled(writer, layer, x, gamma, array(layer.beta) if layer.center else 0.0, "gain")


def _normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    from keras import backend

    mean, deviation = (
        array(layer.mean).astype(np.float64),
        np.sqrt(array(layer.variance).astype(np.float64)),
    )
    deviation = np.maximum(deviation, backend.epsilon())
    mean, deviation = (
        one.reshape(one.shape[1:]) if one.ndim == len(shape) else one for one in (mean, deviation)
    )
    if layer.invert:
        return scaled(writer, layer, x, deviation, mean)
    return scaled(writer, layer, x, 1 / deviation, -mean / deviation)


def _rescaling(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return scaled(
        writer, layer, x, np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64)
    )


# The rest


def _embedding(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    config = {
        "input_dim": layer.input_dim,
        "output_dim": layer.output_dim,
        "mask_zero": layer.mask_zero,
    }
    return writer.layer(
        layer, "Embedding", x, shape, config, weights=weights_of(layer, "embeddings")
    )


def _merged(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(layer, type(layer).__name__, x, shape)


def _subtract(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(
        layer, "Add", [x[0], scaled(writer, layer, x[1], -1.0, 0.0, "minus")], shape
    )


def _concatenate(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(layer, "Concatenate", x, shape, {"axis": layer.axis % len(shape)})


def _dot(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    if any(len(one.shape) > 3 for one in x):
        raise NoTwin("tfjs multiplies three axes at most")
    given = layer.axes if isinstance(layer.axes, (list, tuple)) else [layer.axes] * 2
    axes = [axis % len(one.shape) for axis, one in zip(given, x, strict=True)]
    return writer.layer(layer, "Dot", x, shape, {"axes": axes, "normalize": layer.normalize})


def _activation(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    activation, after = activated(layer.activation)
    if activation == "linear":
        return after(writer, layer, x)
    return writer.layer(layer, "Activation", x, shape, {"activation": activation})


def _relu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if layer.threshold:
        raise NoTwin("tfjs knows no threshold other than 0 here")
    if layer.negative_slope and layer.max_value is not None:
        raise NoTwin("tfjs knows no slope below 0 together with a largest value")
    if layer.negative_slope:
        return writer.layer(layer, "LeakyReLU", x, shape, {"alpha": float(layer.negative_slope)})
    return writer.layer(
        layer,
        "ReLU",
        x,
        shape,
        {} if layer.max_value is None else {"max_value": float(layer.max_value)},
    )


def _leaky_relu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(layer, "LeakyReLU", x, shape, {"alpha": float(layer.negative_slope)})


def _elu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if layer.alpha != 1:
        raise NoTwin("tfjs knows ELU with alpha=1 alone")
    return writer.layer(layer, "ELU", x, shape)


def _prelu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(
        layer,
        "PReLU",
        x,
        shape,
        {"shared_axes": list(layer.shared_axes) if layer.shared_axes else None},
        weights=weights_of(layer, "alpha"),
    )


def _softmax(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    axes = [axis % len(shape) for axis in _listed(layer.axis)]
    return writer.layer(layer, "Softmax", x, shape, {"axis": axes[0] if len(axes) == 1 else axes})


def _masking(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(layer, "Masking", x, shape, {"mask_value": float(layer.mask_value)})


def _layer_scale(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return scaled(writer, layer, x, array(layer.gamma), 0.0)


def _same(writer: Writer, layer: Any, x: Any, shape: Shape) -> Any:
    """What acts in training alone, or not at all."""
    return x


def _spectral(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    rule = TWINS.get(type(layer.layer).__name__)
    if rule is None:
        raise NoTwin(f"{type(layer.layer).__name__} inside it has none")
    given: Tensor = rule(writer, layer.layer, x, shape)
    return given


_ONLY_IN_TRAINING = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "StochasticDepth",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomShear",
    "RandomPerspective",
    "RandomElasticTransform",
    "RandomBrightness",
    "RandomContrast",
    "RandomHue",
    "RandomSaturation",
    "RandomSharpness",
    "RandomColorJitter",
    "RandomGrayscale",
    "RandomColorDegeneration",
    "RandomInvert",
    "RandomPosterization",
    "RandomErasing",
    "RandomGaussianBlur",
    "RandAugment",
    "AugMix",
    "MixUp",
    "CutMix",
)

TWINS: dict[str, Rule] = {
    "Dense": _dense,
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
    "DepthwiseConv1D": _by_channel,
    "DepthwiseConv2D": _by_channel,
    "SeparableConv1D": _by_channel,
    "SeparableConv2D": _by_channel,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _group_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    # the second is of keras.applications
    "SpectralNormalization": _spectral,
    "LayerScale": _layer_scale,
    "Embedding": _embedding,
    "Masking": _masking,
    "Add": _merged,
    "Multiply": _merged,
    "Average": _merged,
    "Maximum": _merged,
    "Minimum": _merged,
    "Subtract": _subtract,
    "Concatenate": _concatenate,
    "Dot": _dot,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(_ONLY_IN_TRAINING, _same),
    **SHAPES,
    **RECURRENT,
}
