"""What do operations of keras.ops that move or reduce values say in the words of tfjs-layers?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from receta.exporters.javascript.shapes import add_permute, add_pooling, add_reshape
from receta.exporters.javascript.writer import (
    NoTwin,
    Rule,
    Shape,
    Tensor,
    Words,
    Writer,
    arguments_of,
)


def _concatenate(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (parts,) = arguments_of(operation, call)
    axis = operation.axis % len(shape)
    if axis == 0:
        raise NoTwin("it joins batches")
    return writer.layer(operation, Words("Concatenate", {"axis": axis}), list(parts), shape)


def _reshape(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x = arguments_of(operation, call)[0]
    if (
        not shape
        or shape[0] is not None
        or not x.shape
        or x.shape[0] is not None
        or list(shape[1:]).count(None) > 0
    ):
        raise NoTwin("it moves values between the pictures of a batch")
    if math.prod(side or 0 for side in x.shape[1:]) != math.prod(side or 0 for side in shape[1:]):
        raise NoTwin("it moves values between the pictures of a batch")
    return add_reshape(writer, operation, x, shape, "")


def _transpose(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    axes = (
        [axis % len(shape) for axis in operation.axes]
        if operation.axes
        else list(range(len(shape)))[::-1]
    )
    if axes[0] != 0:
        raise NoTwin("it moves the axis of the batch")
    return add_permute(writer, operation, x, tuple(axes[1:]), "")


def _reduce(kind: str) -> Rule:
    """Mean, sum and maximum over all places of a map, or over its last axis."""

    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        (x,) = arguments_of(operation, call)
        rank = len(x.shape)
        axis = operation.axis if operation.axis is not None else range(rank)
        axes = sorted(one % rank for one in ([axis] if isinstance(axis, int) else axis))
        width = x.shape[-1]
        if axes == list(range(1, rank - 1)) and 3 <= rank <= 5 and kind != "sum":
            return add_pooling(writer, operation, x, shape, "Average" if kind == "mean" else "Max")
        if axes != [rank - 1] or kind == "max" or width is None or rank < 2:
            raise NoTwin("it goes over other axes than the places or the channels")
        kernel = np.full((width, 1), 1.0 if kind == "sum" else 1 / width, np.float32)
        y = writer.layer(
            operation,
            Words("Dense", {"units": 1, "use_bias": False}, {"kernel": kernel}),
            x,
            (*x.shape[:-1], 1),
        )
        return add_reshape(writer, operation, y, shape, "flat")

    return rule


def _cast(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x = arguments_of(operation, call)[0]
    if "float" not in str(operation.dtype):
        raise NoTwin("tfjs computes with float32 here")
    given: Tensor = x
    return given


def _pad(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x, *rest = arguments_of(operation, call)
    widths = [list(one) for one in operation.pad_width]
    if len(widths) != 4 or operation.mode != "constant" or any(widths[0] + widths[3]) or any(rest):
        raise NoTwin("tfjs pads the places of a map with zeros alone")
    return writer.layer(operation, Words("ZeroPadding2D", {"padding": widths[1:3]}), x, shape)


def _item(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    """Some rows and columns of a map."""
    x, key = arguments_of(operation, call)
    key = list(key) if isinstance(key, (tuple, list)) else [key]
    if Ellipsis in key:
        place = key.index(Ellipsis)
        key[place : place + 1] = [slice(None)] * (len(x.shape) - len(key) + 1)
    key += [slice(None)] * (len(x.shape) - len(key))
    places = all(isinstance(one, slice) and one.step in (None, 1) for one in key)
    if (
        not places
        or len(key) != 4
        or None in x.shape[1:3]
        or key[0] != slice(None)
        or key[3] != slice(None)
    ):
        raise NoTwin("tfjs cuts the places of a map alone")
    cuts = []
    for one, side in zip(key[1:3], x.shape[1:3], strict=True):
        start, stop, _ = one.indices(side or 0)
        cuts.append([start, (side or 0) - stop])
    return writer.layer(operation, Words("Cropping2D", {"cropping": cuts}), x, shape)


OF_SHAPES: dict[str, Rule] = {
    "Concatenate": _concatenate,
    "Reshape": _reshape,
    "ExpandDims": _reshape,
    "Squeeze": _reshape,
    "Transpose": _transpose,
    "Mean": _reduce("mean"),
    "Sum": _reduce("sum"),
    "Max": _reduce("max"),
    "Pad": _pad,
    "GetItem": _item,
    "Cast": _cast,
}
