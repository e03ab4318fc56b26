"""What does each normalisation of Keras 3 say in the words of tfjs-layers?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from receta.exporters.javascript.shapes import add_reshape, add_scale
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


def _batch_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    axis = layer.axis % len(shape)
    # tfjs normalises four axes at most, and goes wrong along any but the last
    if len(shape) > 4 or axis != len(shape) - 1:
        gain = 1 / np.sqrt(array(layer.moving_variance).astype(np.float64) + layer.epsilon)
        gain = gain * array(layer.gamma) if layer.scale else gain
        offset = -array(layer.moving_mean) * gain + (array(layer.beta) if layer.center else 0)
        sides = [1] * (axis - 1) + [-1] + [1] * (len(shape) - axis - 1)
        return add_scale(writer, layer, x, gain.reshape(sides), offset.reshape(sides))
    config = {
        "axis": axis,
        "epsilon": layer.epsilon,
        "center": layer.center,
        "scale": layer.scale,
        "momentum": layer.momentum,
    }
    return writer.layer(
        layer,
        Words(
            "BatchNormalization",
            config,
            weights_of(layer, "gamma", "beta", "moving_mean", "moving_variance"),
        ),
        x,
        shape,
    )


def _layer_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if getattr(layer, "rms_scaling", False) or len(shape) > 4:
        raise NoTwin("tfjs normalises by mean and variance, over four axes at most")
    axes = sorted(axis % len(shape) for axis in as_tuple(layer.axis))
    config = {"axis": axes, "epsilon": layer.epsilon, "center": layer.center, "scale": layer.scale}
    return writer.layer(
        layer, Words("LayerNormalization", config, weights_of(layer, "gamma", "beta")), x, shape
    )


def _group_normalization(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Over (places, groups, channels of a group), which is a layer normalisation."""
    places, channels = shape[1:-1], shape[-1]
    if layer.axis % len(shape) != len(shape) - 1 or channels is None or None in places:
        raise NoTwin("its axis is not the last, or a side is not known")
    groups = channels if layer.groups == -1 else layer.groups
    x = add_reshape(
        writer,
        layer,
        x,
        (shape[0], math.prod(side or 1 for side in places), groups, channels // groups),
        "grouped",
    )
    x = writer.layer(
        layer,
        Words(
            "LayerNormalization",
            {"axis": [1, 3], "epsilon": layer.epsilon, "center": False, "scale": False},
        ),
        x,
        x.shape,
    )
    x = add_reshape(writer, layer, x, shape, "whole")
    if not layer.scale and not layer.center:
        return x
    gamma = array(layer.gamma) if layer.scale else np.ones(channels, np.float32)
    return add_scale(writer, layer, x, gamma, array(layer.beta) if layer.center else 0.0, "gain")


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
        return add_scale(writer, layer, x, deviation, mean)
    return add_scale(writer, layer, x, 1 / deviation, -mean / deviation)


def _rescaling(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return add_scale(
        writer, layer, x, np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64)
    )


def _layer_scale(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return add_scale(writer, layer, x, array(layer.gamma), 0.0)


NORMALISATIONS: dict[str, Rule] = {
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _group_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "LayerScale": _layer_scale,  # of keras.applications
}
