"""How is a network that Keras 2 saved built again in Keras 3?

Its configuration is read here and its layers are made and called anew, since Keras 3 refuses
words that Keras 2 wrote (LOG.md, "Which files of Keras 2 does receta load?"); the weights are
then loaded by Keras 3 itself, which knows the layout of both.
"""

from __future__ import annotations

import importlib
import inspect
import operator
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import InputError
from receta.models._allowed import OF_APPLICATIONS

if TYPE_CHECKING:
    import keras

# Words of a layer that say nothing in Keras 3: defaults there, or known once it is called.
_SILENT = {
    "batch_input_shape",
    "time_major",
    "rng_type",
    "implementation",
    "ragged",
    "input_length",
    "query_shape",
    "key_shape",
    "value_shape",
    "renorm",
    "virtual_batch_size",
    "fused",
    "vocabulary_size",
}
# of layers that have two kernels
_KERNEL = {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"}
_ALSO_SILENT = {
    "SeparableConv2D": _KERNEL,
    "SeparableConv1D": _KERNEL,
    "DepthwiseConv2D": _KERNEL,
    "DepthwiseConv1D": _KERNEL,
    "Conv2DTranspose": {"groups"},
    "Conv1DTranspose": {"groups"},
    "Conv3DTranspose": {"groups"},
}
# Layers of Keras 2 that another layer of Keras 3 is in use, with what it takes beside. A RandomCrop
# of Keras 2 cuts the
# middle of the same shape and resizes it; that of Keras 3 does nothing then. The height and width
# of others change in training alone.
_AS: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomCrop": ("Resizing", {"crop_to_aspect_ratio": True, "seed": None}),
    "RandomHeight": ("Identity", dict.fromkeys(("factor", "interpolation", "seed"))),
    "RandomWidth": ("Identity", dict.fromkeys(("factor", "interpolation", "seed"))),
}
_INNER = ("layer", "backward_layer", "forward_layer", "cell", "cells")  # layers inside of a layer
_MODELS = ("Sequential", "Functional", "Model")
_CONSTANT = "_CONSTANT_VALUE"  # stands where the name of a layer would


def built(config: dict[str, Any]) -> keras.Model:
    """The network of a configuration, with fresh weights.

    Its Lambda layers are code, which `_admission` asks for.

    Raises InputError that names what Keras 3 has nothing for.
    """
    return _Builder().layer(config)


class _Builder:
    def layer(self, written: dict[str, Any]) -> Any:
        """A layer, or a network used as one, from {"class_name", "config"}."""
        kind, config = written["class_name"], written["config"]
        if kind == "Sequential":
            return self._sequential(config if isinstance(config, dict) else {"layers": config})
        if kind in _MODELS:
            return self._functional(config)
        if kind == "Lambda":
            return self._code(config)
        return self._plain(kind, dict(config))

    def _plain(self, kind: str, config: dict[str, Any]) -> Any:
        import keras

        if kind == "InputLayer":
            shape = config.get("batch_input_shape") or config.get("batch_shape")
            return keras.layers.InputLayer(
                batch_shape=shape, dtype=config.get("dtype"), name=_named(config.get("name"))
            )
        if kind in _AS:
            kind, config = _AS[kind][0], {**config, **_AS[kind][1]}
        made = getattr(keras.layers, kind, None)
        if kind in OF_APPLICATIONS:
            made = getattr(
                importlib.import_module(f"keras.src.applications.{OF_APPLICATIONS[kind]}"), kind
            )
        if made is None:
            own = keras.saving.get_registered_object(kind)
            if own is not None:
                return own.from_config({**config, "name": _named(config.get("name"))})
            raise InputError(
                f"the layer {kind} is not in Keras 3; expected layers that are. Build it "
                "without, and load_weights."
            )
        if "hard_sigmoid" in (config.get("activation"), config.get("recurrent_activation")):
            raise InputError(
                f"{config.get('name')} has a hard_sigmoid, which is 0.2 x + 0.5 between its "
                "bounds in Keras 2 and x / 6 + 0.5 "
                "in Keras 3; expected another activation. Its answers would be wrong without a "
                "word."
            )
        config["name"] = _named(config.get("name"))
        if isinstance(config.get("dtype"), dict):  # a policy, such as mixed_float16
            config["dtype"] = config["dtype"]["config"]["name"]
        if kind == "BatchNormalization" and isinstance(config.get("axis"), list):
            (config["axis"],) = config["axis"]
        if kind == "LeakyReLU" and "alpha" in config:
            config["negative_slope"] = config.pop("alpha")
        for name in _INNER:
            if isinstance(config.get(name), dict):
                config[name] = self.layer(config[name])
            elif isinstance(config.get(name), list):
                config[name] = [self.layer(one) for one in config[name]]
        taken = inspect.signature(made).parameters
        known = set(taken)
        if any(one.kind is one.VAR_KEYWORD for one in taken.values()):
            known |= {"name", "trainable", "dtype", "activity_regularizer"}
        trainable = config.pop("trainable", True) if "trainable" not in known else True
        for name in config.keys() - known:
            if (
                name not in _SILENT
                and name not in _ALSO_SILENT.get(kind, ())
                and config[name] not in (None, False)
            ):
                raise InputError(
                    f"{name}={config[name]!r} of a {kind} of Keras 2 is unknown to Keras 3; "
                    "expected it unset. "
                    "Build it without, and load_weights."
                )
        drop = (_SILENT | _ALSO_SILENT.get(kind, set()) | (config.keys() - known)) - (
            {"rng_type"} & known
        )
        layer = made(**{name: value for name, value in config.items() if name not in drop})
        if not trainable:
            layer.trainable = False
        return layer

    def _sequential(self, config: dict[str, Any]) -> Any:
        import keras

        written = config["layers"]
        layers = [self.layer(one) for one in written]
        shape = (
            written[0]["config"].get("batch_input_shape")
            if written and isinstance(written[0]["config"], dict)
            else None
        )
        # as the first versions of Keras 2 had it
        if shape and written[0]["class_name"] != "InputLayer":
            layers.insert(0, keras.layers.InputLayer(batch_shape=shape))
        return keras.Sequential(layers, name=config.get("name"))

    def _code(self, config: dict[str, Any]) -> Any:
        import keras

        function = config["function"]
        if isinstance(function, list):  # marshalled code, its defaults, its closure
            function = {
                "class_name": "__lambda__",
                "config": dict(zip(("code", "defaults", "closure"), function, strict=True)),
            }
        kept = ("name", "trainable", "dtype", "output_shape", "mask", "arguments")
        return keras.layers.Lambda.from_config(
            {**{name: config.get(name) for name in kept}, "function": function}, safe_mode=False
        )

    def _functional(self, config: dict[str, Any]) -> Any:
        """The graph, walked in the order in which its tensors come to be."""
        import keras

        # (layer, which of its calls) -> what it gave
        tensors: dict[tuple[str, int], list[Any]] = {}
        layers: dict[str, Any] = {}
        if any(
            isinstance(node, dict)
            for one in config["layers"]
            for node in one.get("inbound_nodes") or []
        ):
            raise InputError(
                "it says that Keras 2 wrote it, and calls its layers as Keras 3 does; expected "
                "one of both. Save it again."
            )
        works: list[tuple[dict[str, Any], int, Any]] = []  # (layer, which of its calls, on what)
        for one in config["layers"]:
            name = one.get("name") or one["config"]["name"]
            if one["class_name"] == "InputLayer":
                inputs = self.layer(one)
                layers[name], tensors[name, 0] = inputs, [inputs.output]
            works += [
                ({**one, "name": name}, number, node)
                for number, node in enumerate(one.get("inbound_nodes") or [], _first(one))
            ]
        missing = [{ref for ref in _references(node) if ref not in tensors} for _, _, node in works]
        waiting: dict[tuple[str, int], list[int]] = {}  # what works wait for a tensor
        for place, refs in enumerate(missing):
            for ref in refs:
                waiting.setdefault(ref, []).append(place)
        ready = deque(place for place, refs in enumerate(missing) if not refs)
        done = 0
        while ready:
            one, number, node = works[ready.popleft()]
            name, done = one["name"], done + 1
            if name not in layers:
                layers[name] = (
                    _operation({"name": name, **one["config"]})
                    if one["class_name"] in _OPERATIONS
                    else self.layer(one)
                )
            _refuse_training(one, node)
            tensors[name, number] = keras.tree.flatten(_called(layers[name], node, tensors))
            for place in waiting.pop((name, number), ()):
                missing[place].discard((name, number))
                if not missing[place]:
                    ready.append(place)
        if done < len(works):
            raise InputError(
                f"the graph of {config.get('name')} does not begin at its inputs; expected one "
                "that Keras 2 saved."
            )

        def ends(written: Any) -> Any:
            if isinstance(written, dict):
                return {name: ends(one) for name, one in written.items()}
            found = [
                tensors[name, node][place]
                for name, node, place, *_ in ([written] if isinstance(written[0], str) else written)
            ]
            return found[0] if len(found) == 1 else found

        network = keras.Model(
            ends(config["input_layers"]),
            ends(config["output_layers"]),
            name=_named(config.get("name")),
        )
        order = {
            id(layers[one["name"]]): place
            for place, one in enumerate(config["layers"])
            if one.get("name") in layers
        }
        places = [
            order[id(layer)] for layer in network.layers if layer.weights and id(layer) in order
        ]
        if places != sorted(places):  # weights are given to layers by their place alone
            raise InputError(
                f"the layers of {network.name} come in another order in Keras 3; expected the "
                "same, for weights go by it."
            )
        return network


# Layers that do something else in training than in use; with a share of 0 dropout does nothing.
_IN_TRAINING = (
    "BatchNormalization",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)
_SHARES = ("rate", "stddev", "dropout", "recurrent_dropout")


def _refuse_training(written: dict[str, Any], node: Any) -> None:
    """InputError for a call with training=True, which Keras 2 keeps for good and Keras 3 does
    not.
    """
    calls = [node] if isinstance(node, list) and node and isinstance(node[0], str) else node
    if not any(
        isinstance(one[3], dict) and one[3].get("training") not in (None, False, 0)
        for one in calls
        if len(one) > 3
    ):
        return
    changed = _in_training(written)
    if changed:
        raise InputError(
            f"the layer {written['name']!r} is called with training=True, so that in Keras 2 "
            f"{changed} works as in training for good "
            "(statistics of the batch, answers by chance); expected it unset, for Keras 3 would "
            "answer otherwise. Build it without, and "
            f"load_weights."
        )


def _in_training(value: Any) -> str:
    """The first layer in a configuration that training changes; nothing where there is none."""
    if isinstance(value, list):
        return next((found for one in value if (found := _in_training(one))), "")
    if not isinstance(value, dict):
        return ""
    kind, config = value.get("class_name"), value.get("config")
    if isinstance(kind, str) and isinstance(config, dict):
        shares = [config[name] for name in _SHARES if isinstance(config.get(name), int | float)]
        if kind.startswith("Random") or any(shares) or (kind in _IN_TRAINING and not shares):
            return f"{kind} ({config.get('name')})"
    return _in_training(list(value.values()))


def _named(name: str | None) -> str | None:
    """A name that Keras 3 takes: "conv1/bn" of DenseNet it does not."""
    return name and name.replace("/", "_")


def _first(written: dict[str, Any]) -> int:
    """Number of a layer's first call: for Keras 2 a network with inputs was called when it was
    made.
    """
    layers: list[dict[str, Any]] = (
        written["config"].get("layers", []) if written["class_name"] in _MODELS else []
    )
    return int(bool(layers) and layers[0]["class_name"] == "InputLayer")


def _is_reference(value: Any) -> bool:
    """["layer", call, place] or with the call's words behind: a tensor."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(type(one) is int for one in value[1:3])
    )


def _references(value: Any) -> list[tuple[str, int]]:
    """Tensors that a node needs, wherever they stand in it."""
    if isinstance(value, dict):
        return [ref for one in value.values() for ref in _references(one)]
    if not isinstance(value, list):
        return []
    if _is_reference(value):
        return [(value[0], value[1]), *_references(value[3:])]
    if len(value) > 2 and value[0] == _CONSTANT:
        return _references(value[3:])
    return [ref for one in value for ref in _references(one)]


def _called(layer: Any, node: Any, tensors: dict[tuple[str, int], list[Any]]) -> Any:
    """A layer on the tensors of one node, with the words of that call."""

    def given(value: Any) -> Any:
        if _is_reference(value):
            return tensors[value[0], value[1]][value[2]]
        if isinstance(value, list):
            return (
                value[2]
                if len(value) > 2 and value[0] == _CONSTANT
                else [given(one) for one in value]
            )
        return (
            {name: given(one) for name, one in value.items()} if isinstance(value, dict) else value
        )

    refs = [node] if isinstance(node[0], str) else node
    words = {
        name: given(one) for one in refs for name, one in (one[3] if len(one) > 3 else {}).items()
    }
    if words.get("name") is None:
        words.pop("name", None)
    taken = [given(one[:3]) for one in refs]
    # a recurrent layer, and the states that it begins with
    if len(taken) > 1 and hasattr(layer, "return_sequences"):
        taken, words["initial_state"] = taken[:1], taken[1:]
        if getattr(taken[0], "_keras_mask", None) is not None:
            raise InputError(
                f"{layer.name} begins with given states on a masked input, of which Keras 2 and "
                "3 make different answers; "
                "expected no mask there. Build it anew, and train it."
            )
    return layer(taken[0] if len(taken) == 1 else taken, **words)


# Operators and functions of TensorFlow between layers, which Keras 2 saved as layers.

_OPERATIONS = ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda")


def _operation(config: dict[str, Any]) -> Callable[..., Any]:
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
                return layers.Rescaling(scale, offset=offset, name=_named(config["name"]))(x)
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
            "Keras 3; expected layers, "
            "or arithmetic. Build it without, and load_weights."
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
