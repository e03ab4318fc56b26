"""What do operations of keras.ops between layers say in the words of tfjs-layers?

A rule takes (writer, operation, (args, kwargs) of its call, the shape of what it gives).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from receta.exporters.javascript.activations import following, gelu_by_tanh
from receta.exporters.javascript.op_shapes import OF_SHAPES
from receta.exporters.javascript.shapes import add_scale
from receta.exporters.javascript.writer import (
    NoTwin,
    Rule,
    Shape,
    Tensor,
    Words,
    Writer,
    arguments_of,
    array,
)


def _arithmetic(
    both: Callable[[Writer, Any, Tensor, Tensor, Shape], Tensor],
    one: Callable[[Any, bool], tuple[Any, Any]],
) -> Rule:
    """An operation of two tensors, or of one and a constant: scale and offset by (constant, it
    stands first).
    """

    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        first, second = arguments_of(operation, call)
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
        return add_scale(writer, operation, x, *one(value, x is second))

    return rule


def _merge(kind: str) -> Callable[[Writer, Any, Tensor, Tensor, Shape], Tensor]:
    return lambda writer, of, first, second, shape: writer.layer(
        of, Words(kind), [first, second], shape
    )


def _difference(writer: Writer, of: Any, first: Tensor, second: Tensor, shape: Shape) -> Tensor:
    return writer.layer(
        of, Words("Add"), [first, add_scale(writer, of, second, -1.0, 0.0, "minus")], shape
    )


def _no_quotient(writer: Writer, of: Any, first: Tensor, second: Tensor, shape: Shape) -> Tensor:
    raise NoTwin("tfjs divides by constants alone")


def _divide(value: Any, behind: bool) -> tuple[Any, Any]:
    if behind:
        raise NoTwin("tfjs divides by constants alone")
    return 1 / value, 0.0


def _extreme(kind: str) -> Rule:
    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        first, second = arguments_of(operation, call)
        if isinstance(first, Tensor) and isinstance(second, Tensor):
            return _merge(kind)(writer, operation, first, second, shape)
        x, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        if kind != "Maximum" or np.ndim(constant):
            raise NoTwin("tfjs compares tensors alone")
        return _add_clip(writer, operation, x, float(constant), math.inf)

    return rule


def _add_clip(writer: Writer, of: Any, x: Tensor, least: float, most: float) -> Tensor:
    """x cut to least .. most, by a ReLU that is moved."""
    x = add_scale(writer, of, x, 1.0, -least, "moved")
    x = writer.layer(
        of,
        Words("ReLU", {} if math.isinf(most) else {"max_value": most - least}),
        x,
        x.shape,
        role="cut",
    )
    return add_scale(writer, of, x, 1.0, least, "back")


def _clip(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    if np.ndim(operation.x_min) or np.ndim(operation.x_max):
        raise NoTwin("its bounds are arrays")
    return _add_clip(writer, operation, x, float(operation.x_min), float(operation.x_max))


def _negative(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    return add_scale(writer, operation, arguments_of(operation, call)[0], -1.0, 0.0)


def _square(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    return writer.layer(operation, Words("Multiply"), [x, x], shape)


def _power(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    x, exponent = arguments_of(operation, call)
    if not isinstance(x, Tensor) or exponent not in (2, 3, 4):
        raise NoTwin("tfjs multiplies; it knows powers of 2 to 4 so")
    return writer.layer(operation, Words("Multiply"), [x] * int(exponent), shape)


def _activation(name: str) -> Rule:
    def rule(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
        (x,) = arguments_of(operation, call)
        return following(writer, operation, x, name)

    return rule


def _softmax(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    if operation.axis is None or operation.axis % len(shape) == 0:
        raise NoTwin("it goes over the pictures of a batch")
    return writer.layer(
        operation, Words("Softmax", {"axis": operation.axis % len(shape)}), x, shape
    )


def _leaky_relu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    return writer.layer(
        operation, Words("LeakyReLU", {"alpha": float(operation.negative_slope)}), x, shape
    )


def _gelu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    return (
        gelu_by_tanh(writer, operation, x)
        if operation.approximate
        else following(writer, operation, x, "gelu")
    )


def _elu(writer: Writer, operation: Any, call: Any, shape: Shape) -> Tensor:
    (x,) = arguments_of(operation, call)
    if operation.alpha != 1:
        raise NoTwin("tfjs knows ELU with alpha=1 alone")
    return following(writer, operation, x, "elu")


def _same(writer: Writer, operation: Any, call: Any, shape: Shape) -> Any:
    return arguments_of(operation, call)[0]


OPERATIONS: dict[str, Rule] = {
    "Add": _arithmetic(_merge("Add"), lambda value, behind: (1.0, value)),
    "Subtract": _arithmetic(
        _difference, lambda value, behind: (-1.0, value) if behind else (1.0, -value)
    ),
    "Multiply": _arithmetic(_merge("Multiply"), lambda value, behind: (value, 0.0)),
    "Divide": _arithmetic(_no_quotient, _divide),
    "TrueDivide": _arithmetic(_no_quotient, _divide),
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
    **OF_SHAPES,
    "StopGradient": _same,
    "Copy": _same,
}
