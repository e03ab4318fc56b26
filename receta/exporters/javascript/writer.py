"""How is a network written down in the words of tfjs-layers, layer by layer?"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Shape = tuple[int | None, ...]


class NoTwin(Exception):
    """A layer or an operation that tfjs-layers has no words for; says which, and why."""


@dataclass(frozen=True)
class Tensor:
    """What a layer gave at one of its calls: (n, ...) is its shape, None where it varies."""

    layer: str
    call: int
    index: int
    shape: Shape


@dataclass(frozen=True)
class Words:
    """What tfjs-layers calls a layer: its class, how it is set, and its weights by name."""

    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)


Rule = Callable[["Writer", Any, Any, Any], Any]


@dataclass
class _Written:
    kind: str
    config: dict[str, Any]
    calls: list[list[list[Any]]]


class Writer:
    """Collects layers, their calls and their weights.

    A layer that is called twice is written once with two calls, so it shares its weights
    as it does in Keras. weights: by the name that tfjs gives them, float32. named: layers
    that keep their names, which are those of the outputs, whatever others are called.
    twins: by the name of a layer of Keras, how it is said; for layers that hold others.
    """

    def __init__(self, twins: Mapping[str, Rule], named: Sequence[Any] = ()) -> None:
        self.twins = twins
        self._own = {id(one): one.name for one in named}
        self.weights: dict[str, np.ndarray] = {}
        self._layers: dict[str, _Written] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._kept: list[Any] = []  # so that no id is used twice

    def input(self, name: str, shape: Shape, dtype: str) -> Tensor:
        """An input of the network; dtype float32, int32 or bool."""
        name = self._free(name)
        self._layers[name] = _Written(
            "InputLayer", {"batch_input_shape": list(shape), "dtype": dtype, "sparse": False}, []
        )
        return Tensor(name, 0, 0, shape)

    def layer(
        self,
        of: Any,
        words: Words,
        inputs: Tensor | Sequence[Tensor],
        shape: Shape | Sequence[Shape],
        *,
        role: str = "",
    ) -> Any:
        """Call the layer that stands for (a part, the role, of) a Keras layer.

        shape: (n, ...) of its output, or one for each of several. Its weights are written at
        the first call, under `layer name/weight name`. Gives a Tensor, or a list of them.
        """
        key = (id(of), role)
        if key not in self._names:
            own = None if role else self._own.get(id(of))
            name = self._names[key] = own or self._free(f"{of.name}_{role}" if role else of.name)
            self._kept.append(of)
            self._layers[name] = _Written(words.kind, dict(words.config), [])
            for weight, value in words.weights.items():
                self.weights[f"{name}/{weight}"] = array(value)
        name = self._names[key]
        if self._layers[name].kind != words.kind:
            raise ValueError(
                f"{name} is a {self._layers[name].kind} and no {words.kind}: a part of a layer "
                "needs a role of its own"
            )
        taken = [inputs] if isinstance(inputs, Tensor) else inputs
        calls = self._layers[name].calls
        calls.append([[one.layer, one.call, one.index, {}] for one in taken])
        if shape and isinstance(shape[0], (tuple, list)):
            call = len(calls) - 1
            shapes = [tuple(one) for one in shape if isinstance(one, (tuple, list))]
            return [Tensor(name, call, index, one) for index, one in enumerate(shapes)]
        return Tensor(name, len(calls) - 1, 0, tuple(shape))  # type: ignore[arg-type]

    def alone(self) -> tuple[str, dict[str, Any], dict[str, np.ndarray]]:
        """Kind, config and weights of the only layer, where there is only one, called once."""
        found = [(name, one) for name, one in self._layers.items() if one.kind != "InputLayer"]
        if len(found) != 1 or len(found[0][1].calls) != 1:
            raise NoTwin("the layer inside is more than one layer in TensorFlow.js")
        name, one = found[0]
        return (
            one.kind,
            {"name": "inner", **one.config},
            {key.removeprefix(f"{name}/"): value for key, value in self.weights.items()},
        )

    def topology(
        self, name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
    ) -> dict[str, Any]:
        """The network as Keras 2 would write its configuration, which is what tfjs reads."""
        numbers = self._numbers()

        def place(layer: str, call: int, *rest: Any) -> list[Any]:
            return [layer, numbers[layer, call], *rest]

        layers: list[dict[str, Any]] = [
            {
                "class_name": one.kind,
                "name": key,
                "config": {"name": key, **one.config},
                "inbound_nodes": [[place(*taken) for taken in call] for call in one.calls],
            }
            for key, one in self._layers.items()
        ]
        return {
            "class_name": "Functional",
            "config": {
                "name": valid(name),
                "layers": layers,
                "input_layers": [place(one.layer, one.call, one.index) for one in inputs],
                "output_layers": [place(one.layer, one.call, one.index) for one in outputs],
            },
        }

    def _numbers(self) -> dict[tuple[str, int], int]:
        """The number that tfjs gives each call of each layer when it reads the network.

        It goes over the layers again and again and makes the calls whose inputs are there, so
        a layer's later call may come first; others refer to it by the number it got.
        """
        numbers = {(name, 0): 0 for name, one in self._layers.items() if not one.calls}
        waiting = {name: list(range(len(one.calls))) for name, one in self._layers.items()}
        made: Counter[str] = Counter()
        while any(waiting.values()):
            for name, one in self._layers.items():
                queue, waiting[name] = waiting[name], []
                for call in queue:
                    if all((taken[0], taken[1]) in numbers for taken in one.calls[call]):
                        numbers[name, call] = made[name]
                        made[name] += 1
                    else:
                        waiting[name].append(call)
        return numbers

    def _free(self, name: str) -> str:
        name = plain = valid(name)
        number = 1
        # layers of two nested models may share a name
        while name in self._layers or name in self._own.values():
            name, number = f"{plain}_{number}", number + 1
        return name


def valid(name: str) -> str:
    """A name that tfjs takes for a tensor: letters, digits, dots, dashes and lines.

    >>> valid("block 1/conv"), valid("_x")
    ('block_1_conv', 'layer_x')
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return name if name[:1].isalnum() else f"layer{name}"


def array(value: Any) -> np.ndarray:
    """A weight of any backend and precision as float32."""
    if isinstance(value, np.ndarray):
        return value.astype(np.float32)
    from keras import ops

    return np.asarray(ops.convert_to_numpy(ops.cast(value, "float32")), np.float32)


def weights_of(layer: Any, *names: str) -> dict[str, Any]:
    """Weights of a layer by name; those that it does without are left out."""
    if getattr(layer, "quantization_mode", None):
        raise NoTwin("its weights are quantised in Keras")
    found = {name: getattr(layer, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def arguments_of(operation: Any, call: Any) -> list[Any]:
    """What an operation is called with, in the order of its signature."""
    args, kwargs = call
    bound = inspect.signature(operation.call).bind(*args, **kwargs)
    bound.apply_defaults()
    return list(bound.arguments.values())


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A value of one number, or of one an axis, as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)
