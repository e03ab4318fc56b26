"""How is a network that was saved anywhere loaded, without running code that it brings along?"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core.errors import InputError, MissingExtra
from receta.models import _keras2

if TYPE_CHECKING:
    import keras


def network(path: Path, *, trust: bool = False) -> keras.Model:
    """A network from a file or folder, for inference; Keras must have been started.

    FILE.keras; FILE.h5; FILE.json, an architecture with its weights beside it; each of Keras 3,
    and of Keras 2 where its layers still exist; the folder of a SavedModel. trust: whether what
    is code may be loaded, which Lambda layers and SavedModels are. Raises InputError in one
    line that says what stands in the way.
    """
    import keras

    if not path.exists():
        raise InputError(f"{path} does not exist; expected a saved network (FILE.keras, .h5, .json or a SavedModel). Check the path.")
    if path.is_dir():
        return _saved_model(path, trust)
    kind = {".keras": "ZIP", ".h5": "HDF5", ".hdf5": "HDF5", ".json": ""}.get(path.suffix, "HDF5")
    if (kind == "ZIP" and not zipfile.is_zipfile(path)) or (kind == "HDF5" and not _is_hdf5(path)):
        raise InputError(
            f"{path} cannot be loaded: it is no {kind} file, or it is cut off; expected a network that Keras saved (.keras, .h5, .json "
            f"with its weights beside it, or the folder of a SavedModel). Save or copy it again."
        )
    try:
        old = _keras2.configuration(path)
        if old is not None:
            loaded = _keras2.built(old, trust=trust)
            _filled(loaded, path)
        elif path.suffix == ".json":
            loaded = keras.saving.deserialize_keras_object(json.loads(path.read_text(encoding="utf-8")), safe_mode=not trust)
            loaded.load_weights(_weights(path))
        else:
            if path.suffix in (".h5", ".hdf5"):
                _refuse_weights_alone(path)
            loaded = as_saved(path, trust=trust)
    except MissingExtra:
        raise
    except InputError as error:
        words = str(error)
        whole = words if str(path) in words else f"{path} {words}" if words == _keras2.CODE else f"{path} cannot be loaded: {words}"
        raise InputError(whole) from error
    except Exception as error:  # Keras raises anything on a file that is none
        raise InputError(_why(path, error)) from error
    return loaded


def as_saved(path: Path, *, trust: bool) -> keras.Model:
    """The network in a file of Keras 3; what is wrong with it Keras says. Raises MissingExtra as `_registered` does."""
    import keras

    _registered(path)
    return keras.saving.load_model(path, compile=False, safe_mode=not trust)


def graph(network: keras.Model) -> Any:
    """The network as a graph of layers: what a Sequential holds inside, else itself."""
    return getattr(network, "_functional", None) or network


def unnested(network: keras.Model) -> keras.Model:
    """The same network with the layers of those nested in it in their place, so that each can be named, cut at and thawed.

    For use as it was learnt: what a nested one was told of `training` is not kept. A network of
    somebody's own class stays one layer.
    """
    import keras

    if not any(_nested(layer) for layer in network.layers):
        return network
    names: dict[str, Any] = {}

    def called(operation: Any) -> Any:
        if not _nested(operation):
            while names.setdefault(operation.name, operation) is not operation:
                operation.name += "_"
            return operation

        def inline(*given: Any, **words: Any) -> Any:
            tensors = keras.tree.flatten(given[0] if given else words["inputs"])
            return run(operation, [tensor if tensor.dtype == wanted.dtype else keras.ops.cast(tensor, wanted.dtype)
                                   for tensor, wanted in zip(tensors, graph(operation).inputs, strict=True)])  # fmt: skip

        return inline

    def run(model: Any, given: list[Any]) -> Any:
        made = keras.tree.flatten(graph(model)._run_through_graph(given, called))
        return made[0] if len(made) == 1 else made

    return keras.Model(network.inputs, run(network, network.inputs), name=network.name)


def _nested(layer: Any) -> bool:
    import keras

    return isinstance(layer, keras.Model) and hasattr(graph(layer), "_nodes_by_depth") and len(graph(layer).inputs) == 1


def scales(network: keras.Model) -> bool:
    """Whether a network brings pixels of 0 to 255 to the values that it learnt from itself.

    It takes whole numbers, or there is arithmetic before the first layer with weights: a layer
    that scales, or x / 127.5 - 1 as keras.applications writes it.
    """
    from keras import layers

    if network.inputs[0].dtype == "uint8":
        return True
    for operation in _in_order(network):
        if isinstance(operation, layers.Rescaling | layers.Normalization) or type(operation).__name__ in _ARITHMETIC:
            return True
        if getattr(operation, "weights", None):
            return False
    return False


def _in_order(network: keras.Model) -> Iterator[Any]:
    """Layers and operations as they work, those of nested networks in their place; nothing is built for it."""
    for operation in graph(network).operations:
        if _nested(operation):
            yield from _in_order(operation)
        else:
            yield operation


_ARITHMETIC = ("Add", "Divide", "Multiply", "Subtract", "TrueDivide")  # operations of keras.ops, and layers


def _registered(path: Path) -> None:
    """Import KerasHub where a .keras file holds layers of its own: Keras knows only what was imported.

    Raises MissingExtra where it is not installed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if b'"keras_hub' not in archive.read("config.json"):
                return
    except (OSError, KeyError, zipfile.BadZipFile):
        return  # HDF5, or broken
    try:
        import keras_hub  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            f"{path} holds layers of KerasHub, which is not installed; expected the extra hub. Run: pip install 'receta[hub]'"
        ) from error


def _is_hdf5(path: Path) -> bool:
    import h5py

    return bool(h5py.is_hdf5(path))


def _weights(path: Path) -> Path:
    """The file of weights that stands beside an architecture."""
    tried = [path.with_suffix(".weights.h5"), path.with_suffix(".h5"), path.with_name("model.weights.h5")]
    found = [one for one in tried if one.is_file()]
    if not found:
        raise InputError(f"{path} has no weights beside it; expected {' or '.join(one.name for one in tried)}. Put them there.")
    return found[0]


def _filled(network: keras.Model, path: Path) -> None:
    """Give a network that was built anew the weights that Keras 2 saved."""
    if path.suffix == ".json":
        network.load_weights(_weights(path))
    elif path.suffix == ".keras":
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            network.load_weights(archive.extract("model.weights.h5", folder))
    else:
        network.load_weights(path)


def _refuse_weights_alone(path: Path) -> None:
    import h5py

    with h5py.File(path, "r") as handle:
        if handle.attrs.get("model_config") is None:
            raise InputError(
                f"{path} holds weights without an architecture; expected a whole network. Give its architecture as FILE.json beside "
                f"FILE.weights.h5, or build it in code, load_weights, and save it as .keras."
            )


def _saved_model(folder: Path, trust: bool) -> keras.Model:
    """A SavedModel as one frozen layer: its signature's first output."""
    import keras

    from receta.models import _saved_model as saved

    if (folder / "saved_model.pb").is_file() and not trust:
        raise InputError(
            f"{folder} is a SavedModel, whose graph may read and write files here; expected plain layers. "
            f"Give --trust if you know where it is from."
        )
    layer, name, taken = saved.layer(folder)
    inputs = keras.Input(tuple(taken.shape[1:]), dtype=taken.dtype.name, name=name)
    outputs = layer(inputs)
    return keras.Model(inputs, outputs[min(outputs)] if isinstance(outputs, dict) else outputs)


def _why(path: Path, error: Exception) -> str:
    words = " ".join(str(error).split())
    if "Lambda" in words and "safe_mode" in words.lower().replace(" ", "_"):
        return f"{path} {_keras2.CODE}"
    return (
        f"{path} cannot be loaded ({words[:200] or type(error).__name__}); expected a network that Keras 3 saved. "
        f"Where its code is at hand: build it there, load_weights, save it anew as .keras."
    )
