"""How is a network that was saved anywhere loaded, without running code that it brings along?"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    import keras

# What Keras 2 wrote of a layer and Keras 3 does not know; each is a default there or has another name (export facts, section 7).
_KERNEL = ("groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint")
_OLD: dict[str, tuple[str, ...]] = {
    "LSTM": ("time_major",), "GRU": ("time_major",), "SimpleRNN": ("time_major",), "RNN": ("time_major",),
    "SeparableConv2D": _KERNEL, "SeparableConv1D": _KERNEL, "DepthwiseConv2D": _KERNEL, "Conv2DTranspose": ("groups",),
    "Conv1DTranspose": ("groups",), "Conv3DTranspose": ("groups",),
}  # fmt: skip


def network(path: Path, *, trust: bool = False) -> keras.Model:
    """A network from a file or folder, for inference; Keras must have been started.

    FILE.keras; FILE.h5 of Keras 3, and of Keras 2 where its layers still exist; FILE.json, an
    architecture with its weights beside it; the folder of a SavedModel. trust: whether what
    is code may be loaded, which Lambda layers and SavedModels are. Raises InputError in one
    line that says what stands in the way.
    """
    import keras

    if not path.exists():
        raise InputError(f"{path} does not exist; expected a saved network (FILE.keras, .h5, .json or a SavedModel). Check the path.")
    if path.is_dir():
        return _saved_model(path, trust)
    try:
        if path.suffix == ".json":
            loaded = keras.saving.deserialize_keras_object(json.loads(path.read_text(encoding="utf-8")), safe_mode=not trust)
            loaded.load_weights(_weights(path))
        elif path.suffix in (".h5", ".hdf5"):
            loaded = _h5(path, trust)
        else:
            loaded = keras.saving.load_model(path, compile=False, safe_mode=not trust)
    except InputError:
        raise
    except Exception as error:  # Keras raises anything on a file that is none
        raise InputError(_why(path, error)) from error
    return loaded


def _weights(path: Path) -> Path:
    """The file of weights that stands beside an architecture."""
    tried = [path.with_suffix(".weights.h5"), path.with_suffix(".h5"), path.with_name("model.weights.h5")]
    found = [one for one in tried if one.is_file()]
    if not found:
        raise InputError(f"{path} has no weights beside it; expected {' or '.join(one.name for one in tried)}. Put them there.")
    return found[0]


def _h5(path: Path, trust: bool) -> keras.Model:
    """A whole network from HDF5; what Keras 2 wrote is brought to what Keras 3 reads."""
    import h5py
    import keras

    with h5py.File(path, "r") as handle:
        written = handle.attrs.get("model_config")
    if written is None:
        raise InputError(
            f"{path} holds weights without an architecture; expected a whole network. Give its architecture as FILE.json beside "
            f"FILE.weights.h5, or build it in code, load_weights, and save it as .keras."
        )
    config = json.loads(written)
    if not _renewed(config):
        return keras.saving.load_model(path, compile=False, safe_mode=not trust)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        with h5py.File(copy, "r+") as handle:
            handle.attrs["model_config"] = json.dumps(config)
        return keras.saving.load_model(copy, compile=False, safe_mode=not trust)


def _renewed(config: Any) -> bool:
    """Take out of a configuration, and of all inside it, what Keras 3 does not know; whether there was any."""
    if isinstance(config, list):
        return bool(sum(map(_renewed, config)))  # every one of them: `any` would stop at the first
    if not isinstance(config, dict):
        return False
    changed = bool(sum(map(_renewed, config.values())))
    inner = config.get("config")
    if isinstance(inner, dict):
        for name in _OLD.get(str(config.get("class_name")), ()):
            changed |= inner.pop(name, inner) is not inner
    return changed


def _saved_model(folder: Path, trust: bool) -> keras.Model:
    """A SavedModel as one frozen layer: its signature's first output."""
    import keras

    if not (folder / "saved_model.pb").is_file():
        raise InputError(f"{folder} is no SavedModel (it has no saved_model.pb); expected one, or a file of a network. Check the path.")
    if not trust:
        raise InputError(
            f"{folder} is a SavedModel, whose graph may read and write files here; expected plain layers. "
            f"Give --trust if you know where it is from."
        )
    if keras.config.backend() != "tensorflow":
        raise MissingExtra(f"{folder} is a SavedModel, which TensorFlow alone reads. Run: pip install 'receta[tensorflow]'")
    try:
        layer = keras.layers.TFSMLayer(str(folder), call_endpoint="serving_default", trainable=False)
        taken = layer._reloaded_obj.signatures["serving_default"].structured_input_signature[1]
        if len(taken) != 1:
            raise InputError(f"{folder} takes {len(taken)} inputs; expected a signature serving_default of one. Name another one.")
        ((name, spec),) = taken.items()
        inputs = keras.Input(tuple(spec.shape[1:]), dtype=spec.dtype.name, name=name)
        outputs = layer(inputs)
        return keras.Model(inputs, outputs[min(outputs)] if isinstance(outputs, dict) else outputs)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"{folder} cannot be used ({' '.join(str(error).split())[:150]}); expected a SavedModel with the signature "
            f"serving_default. Name another one."
        ) from error


def _why(path: Path, error: Exception) -> str:
    words = " ".join(str(error).split())
    if "Lambda" in words and "safe_mode" in words.lower().replace(" ", "_"):
        return (
            f"{path} holds a Lambda layer, which is code that would run here; expected plain layers. "
            f"Give --trust if you know where the file is from."
        )
    return (
        f"{path} cannot be loaded ({words[:200] or type(error).__name__}); expected a network that Keras 3 saved. "
        f"Where its code is at hand: build it there, load_weights, save it anew as .keras."
    )
