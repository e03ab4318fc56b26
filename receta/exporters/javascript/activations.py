"""Which activations does tfjs-layers know, and how are the others put together?"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from receta.exporters.javascript.shapes import add_scale
from receta.exporters.javascript.writer import NoTwin, Tensor, Words, Writer

After = Callable[[Writer, Any, Tensor], Tensor]

# By the name of the function in keras.activations. tfjs' hard_sigmoid is the one of Keras 2 (0.2 x
# + 0.5), so it stands below.
_SAME = {
    "linear": "linear",
    "relu": "relu",
    "relu6": "relu6",
    "elu": "elu",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
    "softsign": "softsign",
    "softmax": "softmax",
    "log_softmax": "logSoftmax",
    "gelu": "gelu",
    "mish": "mish",
    "silu": "swish",
}


def name_activation(activation: Any) -> tuple[str, After]:
    """The name for a layer's own activation, and what has to follow the layer.

    Raises NoTwin for a function of somebody's own.
    """
    import keras

    if activation is None:
        return "linear", _nothing
    if isinstance(activation, keras.Layer):
        return "linear", _a_layer(activation)
    name = _find_name(activation)
    if name in _SAME:
        return _SAME[name], _nothing
    if name in _FOLLOWING:
        return "linear", _FOLLOWING[name]
    raise NoTwin(f"tfjs has no activation {getattr(activation, '__name__', activation)}")


def name_of(activation: Any) -> str:
    """The name for an activation inside a recurrent cell, where nothing can follow."""
    name = "linear" if activation is None else _find_name(activation)
    if name not in _SAME:
        raise NoTwin(f"tfjs has no activation {getattr(activation, '__name__', activation)}")
    return _SAME[name]


def following(writer: Writer, of: Any, x: Tensor, name: str) -> Tensor:
    """An activation by its Keras name, as layers of its own."""
    if name in _SAME:
        return (
            x
            if name == "linear"
            else writer.layer(of, Words("Activation", {"activation": _SAME[name]}), x, x.shape)
        )
    return _FOLLOWING[name](writer, of, x)


def _find_name(activation: Any) -> str:
    from keras import activations

    return next(
        (name for name in (*_SAME, *_FOLLOWING) if getattr(activations, name, None) is activation),
        "",
    )


def _nothing(writer: Writer, of: Any, x: Tensor) -> Tensor:
    return x


def _a_layer(activation: Any) -> After:
    def after(writer: Writer, of: Any, x: Tensor) -> Tensor:
        rule = writer.twins.get(type(activation).__name__)
        if rule is None or not type(activation).__module__.startswith("keras."):
            raise NoTwin(f"tfjs has no activation {type(activation).__name__}")
        given: Tensor = rule(writer, activation, x, x.shape)
        return given

    return after


def _hard_sigmoid(writer: Writer, of: Any, x: Tensor) -> Tensor:
    """relu6(x + 3) / 6, the one of Keras 3."""
    x = add_scale(writer, of, x, 1.0, 3.0, "hard_plus")
    x = writer.layer(of, Words("ReLU", {"max_value": 6.0}), x, x.shape, role="hard_cut")
    return add_scale(writer, of, x, 1 / 6, 0.0, "hard_sixth")


def _hard_silu(writer: Writer, of: Any, x: Tensor) -> Tensor:
    return writer.layer(
        of, Words("Multiply"), [x, _hard_sigmoid(writer, of, x)], x.shape, role="hard_silu"
    )


def _hard_tanh(writer: Writer, of: Any, x: Tensor) -> Tensor:
    """x cut to -1 .. 1, by a ReLU that is moved."""
    x = add_scale(writer, of, x, 1.0, 1.0, "tanh_plus")
    x = writer.layer(of, Words("ReLU", {"max_value": 2.0}), x, x.shape, role="tanh_cut")
    return add_scale(writer, of, x, 1.0, -1.0, "tanh_minus")


def _leaky_relu(writer: Writer, of: Any, x: Tensor) -> Tensor:
    # Keras' default; no other has a name
    return writer.layer(of, Words("LeakyReLU", {"alpha": 0.2}), x, x.shape, role="leaky_relu")


def _log_sigmoid(writer: Writer, of: Any, x: Tensor) -> Tensor:
    """-softplus(-x)."""
    x = add_scale(writer, of, x, -1.0, 0.0, "log_minus")
    x = writer.layer(
        of, Words("Activation", {"activation": "softplus"}), x, x.shape, role="log_softplus"
    )
    return add_scale(writer, of, x, -1.0, 0.0, "log_sigmoid")


def _tanh_shrink(writer: Writer, of: Any, x: Tensor) -> Tensor:
    """x - tanh(x)."""
    curved = writer.layer(
        of, Words("Activation", {"activation": "tanh"}), x, x.shape, role="shrink_tanh"
    )
    return writer.layer(
        of,
        Words("Add"),
        [x, add_scale(writer, of, curved, -1.0, 0.0, "shrink_minus")],
        x.shape,
        role="shrink",
    )


def gelu_by_tanh(writer: Writer, of: Any, x: Tensor) -> Tensor:
    """The approximate GELU: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2."""
    cube = writer.layer(of, Words("Multiply"), [x, x, x], x.shape, role="gelu_cube")
    bent = writer.layer(
        of,
        Words("Add"),
        [x, add_scale(writer, of, cube, 0.044715, 0.0, "gelu_share")],
        x.shape,
        role="gelu_bent",
    )
    curved = add_scale(writer, of, bent, math.sqrt(2 / math.pi), 0.0, "gelu_scaled")
    curved = writer.layer(
        of, Words("Activation", {"activation": "tanh"}), curved, x.shape, role="gelu_tanh"
    )
    return writer.layer(
        of,
        Words("Multiply"),
        [x, add_scale(writer, of, curved, 0.5, 0.5, "gelu_half")],
        x.shape,
        role="gelu",
    )


_FOLLOWING: dict[str, After] = {
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_tanh": _hard_tanh,
    "leaky_relu": _leaky_relu,
    "log_sigmoid": _log_sigmoid,
    "tanh_shrink": _tanh_shrink,
}
