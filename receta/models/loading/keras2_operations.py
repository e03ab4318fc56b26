"""What stands in Keras 3 for the functions of TensorFlow that Keras 2 saved as layers?"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.models.loading.keras2_calls import plain_name

OPERATIONS = ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda")


def make_operation(config: dict[str, Any]) -> Callable[..., Any]:
    """What stands for one of TensorFlow's functions: a scaling of pixels as a layer, which all
    exports know; else keras.ops.
    """
    import keras
    from keras import layers, ops

    name = (
        str(config.get("function") or config.get("node_def", ""))
        .removeprefix("__operators__.")
        .removeprefix("compat.v1.")
    )
    # by a number, or one a channel -> (scale, offset)
    scaled: dict[str, Callable[[np.ndarray], tuple[Any, Any]]] = {
        **dict.fromkeys(("truediv", "divide"), lambda y: (1 / y, 0.0)),
        **dict.fromkeys(("multiply", "mul"), lambda y: (y, 0.0)),
        **dict.fromkeys(("add", "bias_add"), lambda y: (1.0, y)),
        **dict.fromkeys(("subtract", "sub"), lambda y: (1.0, -y)),
    }
    word = name.rpartition(".")[2]
    two: dict[str, Callable[[Any, Any], Any]] = {
        "math.truediv": operator.truediv,
        "truediv": operator.truediv,
        "math.divide": operator.truediv,
        "math.multiply": operator.mul,
        "mul": operator.mul,
        "math.add": operator.add,
        "add": operator.add,
        "math.subtract": operator.sub,
        "sub": operator.sub,
        "nn.bias_add": operator.add,
        "math.maximum": ops.maximum,
        "math.minimum": ops.minimum,
        "math.pow": ops.power,
        "linalg.matmul": ops.matmul,
    }
    one: dict[str, Callable[..., Any]] = {
        "nn.relu": ops.relu,
        "nn.relu6": ops.relu6,
        "nn.softmax": ops.softmax,
        "math.sigmoid": ops.sigmoid,
        "nn.sigmoid": ops.sigmoid,
        "math.tanh": ops.tanh,
        "nn.gelu": ops.gelu,
        "nn.silu": ops.silu,
        "nn.swish": ops.silu,
        "math.square": ops.square,
        "math.sqrt": ops.sqrt,
        "math.exp": ops.exp,
        "math.log": ops.log,
        "math.abs": ops.abs,
        "math.negative": ops.negative,
        "reshape": ops.reshape,
        "cast": ops.cast,
        "expand_dims": ops.expand_dims,
        "squeeze": ops.squeeze,
        "transpose": ops.transpose,
    }
    across: dict[str, Callable[..., Any]] = {
        "math.reduce_mean": ops.mean,
        "math.reduce_sum": ops.sum,
        "math.reduce_max": ops.max,
        "math.reduce_min": ops.min,
    }

    def plain(value: Any) -> bool:
        return isinstance(value, int | float) or (
            isinstance(value, list) and all(isinstance(each, int | float) for each in value)
        )

    def call(x: Any, **words: Any) -> Any:
        words.pop("name", None)
        y = words.pop("y", words.pop("bias", words.pop("value", None)))
        if name in two and y is not None:
            if plain(y) and word in scaled and not plain(x):
                scale, offset = (
                    np.asarray(value).tolist() for value in scaled[word](np.asarray(y, np.float64))
                )
                return layers.Rescaling(scale, offset=offset, name=plain_name(config["name"]))(x)
            return two[name](x, y)
        if name in one:
            words.pop("conjugate", None)
            return one[name](
                x,
                **{
                    {"perm": "axes", "shape": "newshape"}.get(key, key): value
                    for key, value in words.items()
                },
            )
        if name in across:
            return across[name](x, axis=words.get("axis"), keepdims=bool(words.get("keepdims")))
        if name in ("concat", "stack"):
            return (
                ops.concatenate(x, axis=words["axis"])
                if name == "concat"
                else ops.stack(x, axis=words.get("axis", 0))
            )
        if name == "getitem":
            key = _slices(words["slice_spec"])
            # which knows no negative steps
            if key == (Ellipsis, slice(None, None, -1)) and keras.config.backend() == "torch":
                return ops.flip(x, axis=-1)
            return x[key]
        raise InputError(
            f"TensorFlow's function {name or config.get('name')} between layers has no place in "
            "Keras 3; expected layers, or arithmetic. Build it without, and load_weights."
        )

    return call


def _slices(written: Any) -> Any:
    """x[..., ::-1] as Keras 2 wrote it."""
    if isinstance(written, list):
        return tuple(_slices(each) for each in written)
    if isinstance(written, dict) and "start" in written:
        return slice(written["start"], written["stop"], written["step"])
    if isinstance(written, dict):  # an Ellipsis
        return Ellipsis
    return written
