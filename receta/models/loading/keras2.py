"""How is a network that Keras 2 saved built again in Keras 3?

Its configuration is read here and its layers are made and called anew, since Keras 3 refuses
words that Keras 2 wrote (LOG.md, "Which files of Keras 2 does receta load?"); the weights are
then loaded by Keras 3 itself, which knows the layout of both.
"""

from __future__ import annotations

import importlib
import inspect
from collections import deque
from typing import TYPE_CHECKING, Any

from receta.core.errors import InputError
from receta.models.loading.allowed import OF_APPLICATIONS
from receta.models.loading.keras2_calls import (
    MODELS,
    call_layer,
    find_references,
    number_of_first_call,
    plain_name,
)
from receta.models.loading.keras2_operations import OPERATIONS, make_operation
from receta.models.loading.keras2_training import refuse_training

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
# of Keras 2 cuts the middle of the same shape and resizes it; that of Keras 3 does nothing then.
# The height and width of others change in training alone.
_AS: dict[str, tuple[str, dict[str, Any]]] = {
    "RandomCrop": ("Resizing", {"crop_to_aspect_ratio": True, "seed": None}),
    "RandomHeight": ("Identity", dict.fromkeys(("factor", "interpolation", "seed"))),
    "RandomWidth": ("Identity", dict.fromkeys(("factor", "interpolation", "seed"))),
}
_INNER = ("layer", "backward_layer", "forward_layer", "cell", "cells")  # layers inside of a layer


def build(config: dict[str, Any]) -> keras.Model:
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
        if kind in MODELS:
            return self._functional(config)
        if kind == "Lambda":
            return self._code(config)
        return self._plain(kind, dict(config))

    def _plain(self, kind: str, config: dict[str, Any]) -> Any:
        import keras

        if kind == "InputLayer":
            shape = config.get("batch_input_shape") or config.get("batch_shape")
            return keras.layers.InputLayer(
                batch_shape=shape, dtype=config.get("dtype"), name=plain_name(config.get("name"))
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
                return own.from_config({**config, "name": plain_name(config.get("name"))})
            raise InputError(
                f"the layer {kind} is not in Keras 3; expected layers that are. Build it "
                "without, and load_weights."
            )
        if "hard_sigmoid" in (config.get("activation"), config.get("recurrent_activation")):
            raise InputError(
                f"{config.get('name')} has a hard_sigmoid, which is 0.2 x + 0.5 between its bounds "
                "in Keras 2 and x / 6 + 0.5 in Keras 3; expected another activation. Its answers "
                "would be wrong without a word."
            )
        config["name"] = plain_name(config.get("name"))
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
                    "expected it unset. Build it without, and load_weights."
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
                for number, node in enumerate(
                    one.get("inbound_nodes") or [], number_of_first_call(one)
                )
            ]
        missing = [
            {ref for ref in find_references(node) if ref not in tensors} for _, _, node in works
        ]
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
                    make_operation({"name": name, **one["config"]})
                    if one["class_name"] in OPERATIONS
                    else self.layer(one)
                )
            refuse_training(one, node)
            tensors[name, number] = keras.tree.flatten(call_layer(layers[name], node, tensors))
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
            name=plain_name(config.get("name")),
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


# Operators and functions of TensorFlow between layers, which Keras 2 saved as layers.
