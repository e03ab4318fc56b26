"""What may a network's configuration ask for, before Keras reads it?

A configuration names classes and functions, and Keras makes and calls them. Its own safe mode
refuses code, but only where it goes through it, and lets a layer open any file that the
configuration names. So all that may be named is listed in `_allowed`, of Keras 2 and 3 alike;
the rest is refused here, in one line that names the layer and the reason.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from receta.core import trust
from receta.core.errors import InputError
from receta.models.loading import allowed
from receta.models.loading.configurations import count_calls


class NeedsTrust(InputError):
    """A network brings code of its own along, or would read files, and nobody said that it may."""


class OwnLayer(InputError):
    """A network holds a layer whose code neither Keras has nor the file."""


def check(config: Any, place: Path, *, trusted: bool = False) -> None:
    """Look through a whole configuration before Keras does.

    trusted: whether code and paths may be in it; bounds hold all the same. Raises NeedsTrust,
    OwnLayer or InputError in one line for what may not be there.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise InputError(
            f"{place} says nothing of layers (no class_name); expected a network that Keras saved. "
            "Save it again."
        )
    checker = _Checker(place, trusted)
    kind, _ = checker.kind(config, "")
    name = config["class_name"]
    if kind not in ("own", "hub") and name not in allowed.NETWORKS and name not in allowed.CODE:
        raise InputError(
            f"{place} holds a {_short(name)}; expected a network. Name the file of one."
        )
    if count_calls(config, allowed.MOST_CALLS) > allowed.MOST_CALLS:
        raise InputError(
            f"{place} calls more than {allowed.MOST_CALLS:,} layers, those of a network within it "
            "as often as it is called; expected fewer. Save a smaller network."
        )
    checker.object(config, "", True)


class _Checker:
    def __init__(self, place: Path, trusted: bool) -> None:
        import keras

        self.place, self.trusted = place, trusted
        self.shelves = {
            name: {entry for entry in dir(getattr(keras, name)) if entry[:1] != "_"}
            for name in allowed.SHELVES
        }
        self.shelves["schedules"] = set(dir(keras.optimizers.schedules))
        self.activations = {entry for entry in dir(keras.activations) if entry[:1] != "_"} - {
            "get",
            "serialize",
            "deserialize",
        }
        self.registered = keras.saving.get_registered_object

    def object(self, written: dict[str, Any], layer: str, layers_allowed: bool) -> None:
        """Check {"class_name", "config"} and all in it; layer: the name of what holds it."""
        kind, holds = self.kind(written, layer)
        config = written.get("config")
        layer = self.name(written) if kind in ("layer", "own", "hub") else layer
        if kind == "layer" and not layers_allowed:
            raise self.refusal(
                f"a {_short(written['class_name'])} inside of the layer {layer!r}, which takes none"
            )
        if kind in ("layer", "own", "hub") and isinstance(config, dict):
            self.bounds(config, layer)
            # also where a class of one's own has that name
            if allowed.ALLOWED.get(written["class_name"]) == allowed.VOCABULARY:
                self.vocabulary(config, written["class_name"], layer)
        inner = holds == allowed.LAYERS or kind == "own"
        for name, value in written.items():
            if name == "config":
                self.values(value, "", layer, inner)
            elif name in ("inbound_nodes", "items", "value", "build_config", "compile_config"):
                self.values(value, name, layer, False)

    def kind(self, written: dict[str, Any], layer: str) -> tuple[str, str]:
        """(layer, function, value or own; what it may hold); raises where it may not be."""
        name, module, registered = (
            written["class_name"],
            written.get("module"),
            written.get("registered_name"),
        )
        if (
            not isinstance(name, str)
            or not isinstance(module, str | None)
            or not isinstance(registered, str | None)
        ):
            raise self.refusal(f"a class whose name is no text, in the layer {layer!r}")
        if name == "__lambda__":
            self.needs_trust("Lambda", layer)
            return "value", allowed.NOTHING
        if name in allowed.VALUES:
            self.tensor(written, layer)
            return "value", allowed.NOTHING
        if name == "function":
            self.function(written, layer)
            return "function", allowed.NOTHING
        root = (module or "keras").partition(".")[0]
        if name in allowed.CODE:  # first: HDF5 files are read by this name alone
            self.needs_trust(name, self.name(written))
            return "layer", allowed.LAYERS
        if root in allowed.HUB or (registered or name).startswith(allowed.HUB):
            return self.of_hub(written)
        if self.registered(registered or name) is not None:
            return "own", allowed.LAYERS
        if (registered and ">" in registered and root != "keras") or (
            module is None and ">" in (registered or "")
        ):
            raise self.own_layer(registered or name)
        if root not in ("keras", "tf_keras", "builtins"):
            raise self.own_layer(registered or f"{module}.{name}")
        if module and allowed.OPERATIONS.fullmatch(module):
            self.operation(name, layer)
            return "layer", allowed.NOTHING
        if name in allowed.ALLOWED:
            return "layer", allowed.ALLOWED[name]
        if name in allowed.OPERATIONS_OF_TENSORFLOW:
            return "layer", allowed.NOTHING
        if name in allowed.NO_LAYER:
            raise self.refusal(f"{name} ({self.name(written)!r}), which {allowed.NO_LAYER[name]}")
        if name in allowed.POLICIES or any(name in entries for entries in self.shelves.values()):
            return "value", allowed.NOTHING
        if module is None and _is_operation(name):
            raise self.refusal(
                f"the operation {name} of keras.ops, which Keras reads from .keras alone"
            )
        if module and module not in ("builtins", "keras") and not registered:
            raise self.refusal(
                f"{_short(name)} of {_short(module)} in the layer {layer!r}, which no network needs"
            )
        raise self.own_layer(registered or name)

    def values(self, value: Any, key: str, layer: str, layers_allowed: bool) -> None:
        """Check whatever stands in a configuration under a key."""
        if isinstance(value, dict):
            if "class_name" in value:
                self.object(value, layer, layers_allowed or "activation" in key)
            else:
                for name, one in value.items():
                    self.values(one, name, layer, layers_allowed)
        elif isinstance(value, list):
            for one in value:
                self.values(one, key, layer, layers_allowed)
        elif isinstance(value, str):
            self.text(value, key, layer)

    def text(self, value: str, key: str, layer: str) -> None:
        if key == "vocabulary":
            return
        if len(value) > allowed.MOST_TEXT:
            raise self.refusal(f"{len(value):,} characters for {key} in the layer {layer!r}")
        if (
            "activation" in key
            and "regularizer" not in key
            and value not in self.activations
            and self.registered(value) is None
        ):
            raise self.own_layer(value)
        if "dtype" in key and not allowed.DTYPES.fullmatch(value):
            raise self.refusal(f"the type {_short(value)!r} in the layer {layer!r}")
        if key not in allowed.FREE_TEXT and allowed.PATH.search(value) and not self.trusted:
            raise NeedsTrust(
                f"{self.place} holds the path {_short(value)!r} ({key} of the layer {layer!r}), "
                f"which would be read here; expected no files. {trust.ADVICE}"
            )

    def vocabulary(self, config: dict[str, Any], kind: str, layer: str) -> None:
        """A lookup's words stand in the file itself; a path would be opened, wherever it leads."""
        for key in ("vocabulary", "idf_weights"):
            value = config.get(key)
            if isinstance(value, str) and not self.trusted:
                raise NeedsTrust(
                    f"{self.place} holds a {kind} that reads the file {_short(value)!r} ({key} of "
                    f"the layer {layer!r}); expected its words in "
                    f"the network itself. {trust.ADVICE}"
                )
            if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
                raise self.refusal(f"a {key} of the layer {layer!r} that is no list of words")

    def bounds(self, config: dict[str, Any], layer: str) -> None:
        for key, most in allowed.BOUNDS.items():
            value = config.get(key)
            # of a shape the first side, which layers that keep a state make
            if key.startswith("batch"):
                value = value[0] if isinstance(value, list) and value else value
            numbers = [
                one
                for one in (value if isinstance(value, list) else [value])
                if isinstance(one, int | float)
            ]
            if numbers and not abs(math.prod(numbers)) <= most:
                raise self.refusal(
                    f"{key}={_short(str(value))} in the layer {layer!r}, more than the {most:,} "
                    "that are built"
                )

    def function(self, written: dict[str, Any], layer: str) -> None:
        name, module = written.get("config"), written.get("module")
        if not isinstance(name, str):
            raise self.refusal(f"a function without a name in the layer {layer!r}")
        if (
            self.registered(name) is not None
            or self.registered(written.get("registered_name")) is not None
        ):
            return
        shelves = {**self.shelves, "activations": self.activations}
        shelf = (module or "").removeprefix("keras.").removeprefix("src.").partition(".")[0]
        known = (
            set().union(*shelves.values()) if module == "builtins" else shelves.get(shelf, set())
        )
        if name not in known:
            raise self.own_layer(name)

    def operation(self, name: str, layer: str) -> None:
        """A function of keras.ops between layers, as a class of its own."""
        if name in allowed.CALL_FUNCTIONS:
            raise self.refusal(
                f"the operation {name} in {layer!r}, which calls functions of its own"
            )

    def of_hub(self, written: dict[str, Any]) -> tuple[str, str]:
        """Layers and backbones of KerasHub; its tokenizers and tasks read files."""
        module, name, registered = (
            str(written.get("module")),
            written["class_name"],
            written.get("registered_name"),
        )
        sound = (
            re.fullmatch(r"keras_(hub|nlp|cv)(\.src)?\.(layers|models)\b.*", module)
            and (registered or name).rpartition(">")[2] == name
        )
        if not sound or name.endswith(("Tokenizer", "Preprocessor", "Packer")):
            raise self.refusal(
                f"{_short(name)} of {_short(module)}; of KerasHub layers and backbones are read"
            )
        return "hub", allowed.LAYERS

    def tensor(self, written: dict[str, Any], layer: str) -> None:
        config = written.get("config")
        dtype = config.get("dtype") if isinstance(config, dict) else None
        if isinstance(dtype, str) and not allowed.DTYPES.fullmatch(dtype):
            raise self.refusal(f"the type {_short(dtype)!r} in the layer {layer!r}")

    def needs_trust(self, kind: str, layer: str) -> None:
        if not self.trusted:
            raise NeedsTrust(
                f"{self.place} holds a {kind} layer, which {allowed.CODE[kind]} ({layer!r}); "
                f"expected plain layers. {trust.ADVICE}"
            )

    def own_layer(self, name: str) -> OwnLayer:
        return OwnLayer(
            f"{self.place} needs {_short(name)!r}, which is no layer or function of Keras and "
            "whose code is not in the file; expected plain layers. In Python, import the module "
            "that registers it (keras.saving.register_keras_serializable), then call "
            f"receta.export({self.place.name!r}, TARGET, FOLDER)."
        )

    def refusal(self, what: str) -> InputError:
        return InputError(
            f"{self.place} holds {what}; expected a network that Keras saved. Save it again."
        )

    def name(self, written: dict[str, Any]) -> str:
        config = written.get("config")
        found = (
            written.get("name")
            or (config.get("name") if isinstance(config, dict) else None)
            or written["class_name"]
        )
        return _short(str(found))


def _short(text: str) -> str:
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 80 else f"{text[:60]}…{text[-19:]}"


def _is_operation(name: str) -> bool:
    from keras.src.ops import linalg, math, nn, numpy

    return any(isinstance(getattr(shelf, name, None), type) for shelf in (linalg, math, nn, numpy))
