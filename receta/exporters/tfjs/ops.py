"""What do operations of keras.ops between layers say in the words of tfjs-layers?

A rule takes (writer, operation, (args, kwargs) of its call, the shape of what it gives).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from receta.exporters.tfjs.activations import following, gelu_by_tanh
from receta.exporters.tfjs.shapes import permuted, pooled, reshaped, scaled
from receta.exporters.tfjs.writer import NoTwin, Rule, Shape, Tensor, Writer, array


def _given(operation: Any, call: Any) -> list[Any]:
    """What an operation is called with, in the order of its signature."""
    args, kwargs = call
    bound = inspect.signature(operation.call).bind(*args, **kwargs)
    bound.apply_defaults()
    return list(bound.arguments.values())


def _arithmetic(
    both: Callable[[Writer, Any, Tensor, Tensor, Shape], Tensor],
    one: Callable[[Any, bool], tuple[Any, Any]],
) -> Rule:
    """An operation of two tensors, or of one and a constant: scale and offset by (constant, it
    stands first).
    """

    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        first, second = _given(operation, call)
        if isinstance(first, Tensor) and isinstance(second, Tensor):
            if len(first.shape) != len(second.shape):
                raise NoTwin("its two inputs have different numbers of axes")
            return both(writer, operation, first, second, shape)
        x, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        value = (
            np.asarray(constant, np.float64)
            if isinstance(constant, (int, float, list, tuple))
            else array(constant)
        )
        if len(value.shape) > len(shape) or x.shape != shape:
            raise NoTwin("its constant is larger than its input")
        return scaled(writer, operation, x, *one(value, x is second))

    return rule


def _merged(kind: str) -> Callable[[Writer, Any, Tensor, Tensor, Shape], Tensor]:
    return lambda writer, of, first, second, shape: writer.layer(of, kind, [first, second], shape)


def _difference(writer: Writer, of: Any, first: Tensor, second: Tensor, shape: Shape) -> Tensor:
    return writer.layer(of, "Add", [first, scaled(writer, of, second, -1.0, 0.0, "minus")], shape)


def _no_quotient(writer: Writer, of: Any, first: Tensor, second: Tensor, shape: Shape) -> Tensor:
    raise NoTwin("tfjs divides by constants alone")


def _divided(value: Any, behind: bool) -> tuple[Any, Any]:
    if behind:
        raise NoTwin("tfjs divides by constants alone")
    return 1 / value, 0.0


def _extreme(kind: str) -> Rule:
    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        first, second = _given(operation, call)
        if isinstance(first, Tensor) and isinstance(second, Tensor):
            return _merged(kind)(writer, operation, first, second, shape)
        x, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        if kind != "Maximum" or np.ndim(constant):
            raise NoTwin("tfjs compares tensors alone")
        return _clipped(writer, operation, x, float(constant), math.inf)

    return rule


def _clipped(writer: Writer, of: Any, x: Tensor, least: float, most: float) -> Tensor:
    """x cut to least .. most, by a ReLU that is moved."""
    x = scaled(writer, of, x, 1.0, -least, "moved")
    x = writer.layer(
        of, "ReLU", x, x.shape, {} if math.isinf(most) else {"max_value": most - least}, role="cut"
    )
    return scaled(writer, of, x, 1.0, least, "back")


def _clip(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    if np.ndim(operation.x_min) or np.ndim(operation.x_max):
        raise NoTwin("its bounds are arrays")
    return _clipped(writer, operation, x, float(operation.x_min), float(operation.x_max))


def _negative(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    return scaled(writer, operation, _given(operation, call)[0], -1.0, 0.0)


def _square(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    return writer.layer(operation, "Multiply", [x, x], shape)


def _power(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x, exponent = _given(operation, call)
    if not isinstance(x, Tensor) or exponent not in (2, 3, 4):
        raise NoTwin("tfjs multiplies; it knows powers of 2 to 4 so")
    return writer.layer(operation, "Multiply", [x] * int(exponent), shape)


def _activation(name: str) -> Rule:
    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        (x,) = _given(operation, call)
        return following(writer, operation, x, name)

    return rule


def _softmax(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    if operation.axis is None or operation.axis % len(shape) == 0:
        raise NoTwin("it goes over the pictures of a batch")
    return writer.layer(operation, "Softmax", x, shape, {"axis": operation.axis % len(shape)})


def _leaky_relu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    return writer.layer(
        operation, "LeakyReLU", x, shape, {"alpha": float(operation.negative_slope)}
    )


def _gelu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    return (
        gelu_by_tanh(writer, operation, x)
        if operation.approximate
        else following(writer, operation, x, "gelu")
    )


def _elu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    if operation.alpha != 1:
        raise NoTwin("tfjs knows ELU with alpha=1 alone")
    return following(writer, operation, x, "elu")


def _concatenate(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (parts,) = _given(operation, call)
    axis = operation.axis % len(shape)
    if axis == 0:
        raise NoTwin("it joins batches")
    return writer.layer(operation, "Concatenate", list(parts), shape, {"axis": axis})


def _reshape(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x = _given(operation, call)[0]
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
    return reshaped(writer, operation, x, shape, "")


def _transpose(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = _given(operation, call)
    axes = (
        [axis % len(shape) for axis in operation.axes]
        if operation.axes
        else list(range(len(shape)))[::-1]
    )
    if axes[0] != 0:
        raise NoTwin("it moves the axis of the batch")
    return permuted(writer, operation, x, tuple(axes[1:]), "")


def _reduced(kind: str) -> Rule:
    """Mean, sum and maximum over all places of a map, or over its last axis."""

    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        (x,) = _given(operation, call)
        rank = len(x.shape)
        axis = operation.axis if operation.axis is not None else range(rank)
        axes = sorted(one % rank for one in ([axis] if isinstance(axis, int) else axis))
        width = x.shape[-1]
        if axes == list(range(1, rank - 1)) and 3 <= rank <= 5 and kind != "sum":
            return pooled(writer, operation, x, shape, "Average" if kind == "mean" else "Max")
        if axes != [rank - 1] or kind == "max" or width is None or rank < 2:
            raise NoTwin("it goes over other axes than the places or the channels")
        kernel = np.full((width, 1), 1.0 if kind == "sum" else 1 / width, np.float32)
        y = writer.layer(
            operation,
            "Dense",
            x,
            (*x.shape[:-1], 1),
            {"units": 1, "use_bias": False},
            weights={"kernel": kernel},
        )
        return reshaped(writer, operation, y, shape, "flat")

    return rule


def _cast(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x = _given(operation, call)[0]
    if "float" not in str(operation.dtype):
        raise NoTwin("tfjs computes with float32 here")
    given: Tensor = x
    return given


def _same(writer: Writer, operation: Any, call: Any, shape: Shape) -> Any:
    return _given(operation, call)[0]


def _pad(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x, *rest = _given(operation, call)
    widths = [list(one) for one in operation.pad_width]
    if len(widths) != 4 or operation.mode != "constant" or any(widths[0] + widths[3]) or any(rest):
        raise NoTwin("tfjs pads the places of a map with zeros alone")
    return writer.layer(operation, "ZeroPadding2D", x, shape, {"padding": widths[1:3]})


def _item(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    """Some rows and columns of a map."""
    x, key = _given(operation, call)
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
    return writer.layer(operation, "Cropping2D", x, shape, {"cropping": cuts})


OPERATIONS: dict[str, Rule] = {
    "Add": _arithmetic(_merged("Add"), lambda value, behind: (1.0, value)),
    "Subtract": _arithmetic(
        _difference, lambda value, behind: (-1.0, value) if behind else (1.0, -value)
    ),
    "Multiply": _arithmetic(_merged("Multiply"), lambda value, behind: (value, 0.0)),
    "Divide": _arithmetic(_no_quotient, _divided),
    "TrueDivide": _arithmetic(_no_quotient, _divided),
    "Maximum": _extreme("Maximum"),
    "Minimum": _extreme("Minimum"),
    "Clip": _clip,
    "Negative": _negative,
    "Square": _square,
    "Power": _power,
    **{
        kind: _activation(name)
        for kind, name in {
            "Relu": "relu",
            "Relu6": "relu6",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "Softplus": "softplus",
            "Softsign": "softsign",
            "Silu": "silu",
            "Selu": "selu",
            "HardSigmoid": "hard_sigmoid",
            "HardSilu": "hard_silu",
            "HardTanh": "hard_tanh",
            "LogSigmoid": "log_sigmoid",
            "TanhShrink": "tanh_shrink",
        }.items()
    },
    "LeakyRelu": _leaky_relu,
    "Gelu": _gelu,
    "Elu": _elu,
    "Softmax": _softmax,
    "Concatenate": _concatenate,
    "Reshape": _reshape,
    "ExpandDims": _reshape,
    "Squeeze": _reshape,
    "Transpose": _transpose,
    "Mean": _reduced("mean"),
    "Sum": _reduced("sum"),
    "Max": _reduced("max"),
    "Pad": _pad,
    "GetItem": _item,
    "Cast": _cast,
    "StopGradient": _same,
    "Copy": _same,
}
