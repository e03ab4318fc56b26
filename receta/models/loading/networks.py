"""How is a network that was saved anywhere loaded, without running code that it brings along?

One way for all: the file is read within bounds (`_files`), what it asks for is looked through
(`_admission`), its arrays are counted (`_hdf5`), and only then does Keras build it, watched
(`_watch`).
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core import outside
from receta.core import trust as trust_rule
from receta.core.errors import InputError, MissingExtra, RecetaError
from receta.models.loading import admission, files, hdf5, keras2, watch
from receta.models.loading.configurations import without_compiling

if TYPE_CHECKING:
    import keras


def load(path: Path, *, trust: bool = False) -> keras.Model:
    """A network from a file or folder, for inference; Keras must have been started.

    FILE.keras, or a folder with what is in it; FILE.h5; FILE.json, an architecture with its
    weights beside it; each of Keras 3, and of Keras 2 where its layers still exist; the folder
    of a SavedModel. trust: whether what is code may be loaded, which Lambda layers and
    SavedModels are. Raises InputError in one line that says what stands in the way.
    """
    if not path.exists():
        raise InputError(
            f"{path} does not exist; expected a saved network (FILE.keras, .h5, .json or a "
            "SavedModel). Check the path."
        )
    if path.is_dir() and not files.is_folder(path):
        return _saved_model(path, trust)
    return load_saved(path, trust=trust)


def load_saved(path: Path, *, trust: bool = False) -> keras.Model:
    """The network in a file or folder that Keras wrote.

    InputError in one line, MissingExtra for layers of KerasHub without it.
    """
    written = files.read(path)
    if written.config is None and written.form == "hdf5":
        raise InputError(
            f"{path} holds weights without an architecture; expected a whole network. Give its "
            "architecture as FILE.json beside "
            f"FILE.weights.h5, or build it in code, load_weights, and save it as .keras."
        )
    config = without_compiling(written.config)
    _register_hub(path, config)
    # Of an archive or an architecture Keras gets this configuration; HDF5 it reads itself.
    admission.check(written.config if written.form == "hdf5" else config, path, trusted=trust)
    try:
        with tempfile.TemporaryDirectory(prefix="receta-") as folder:
            return _build_loaded(written, config, Path(folder), trust)
    except RecetaError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{path} cannot be loaded: {error}") from error
    except Exception as error:  # Keras raises anything on a file that is none
        raise InputError(_why(path, error)) from error


def _build_loaded(written: files.Written, config: Any, folder: Path, trust: bool) -> keras.Model:
    """The network of a configuration that was looked through, with its weights."""
    import keras

    path = written.path
    if written.form in ("archive", "folder"):
        files.lay_out(written, config, folder)
    weights = files.weights(written, folder)
    numbers = sum(
        array.size
        for array in hdf5.arrays(weights, path if written.form != "architecture" else weights)
    )
    with watch.building(path, numbers), warnings.catch_warnings(record=True) as told:
        if written.of_keras2 or written.form == "architecture":
            made = _rebuild(written, config, trust)
            made.load_weights(_with_suffix(weights, folder))
        else:
            place = _with_suffix(path, folder) if written.form == "hdf5" else folder
            made = keras.saving.load_model(place, compile=False, safe_mode=not trust)
    for one in told:
        # of a list of layers, from Keras 3.0 to 3.13
        if "freshly-initialized weights" in str(one.message):
            raise InputError(
                "some of its layers would stay as they were made, at random; expected weights "
                "for all. Save it anew."
            )
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if not isinstance(made, keras.Model):
        raise InputError(
            f"{path} holds a {type(made).__name__}; expected a network. Name the file of one."
        )
    for layer in made._flatten_layers():
        table = getattr(layer, "lookup_table", None)
        # an archive keeps it beside, the other forms nowhere
        if type(getattr(table, "_initializer", None)).__name__ == "NullInitializer":
            raise InputError(
                f"{path}: the layer {layer.name!r} has no vocabulary in it; expected one. Save "
                "the network as .keras."
            )
    watch.refuse_large(made, path)
    return made


def _rebuild(written: files.Written, config: Any, trust: bool) -> Any:
    import keras

    if written.of_keras2:
        return keras2.build(config)
    return keras.saving.deserialize_keras_object(config, safe_mode=not trust)


def _with_suffix(path: Path, folder: Path) -> Path:
    """A name for an HDF5 file by which Keras knows what it is."""
    if path.suffix in (".h5", ".hdf5"):
        return path
    link = folder / "network.h5"
    link.symlink_to(path.absolute())
    return link


def _register_hub(path: Path, config: Any) -> None:
    """Import KerasHub where a file holds layers of its own: Keras knows only what was imported.

    Raises MissingExtra where it is not installed.
    """
    if not _names_hub(config):
        return
    try:
        import keras_hub  # noqa: F401
    except ImportError as error:
        raise MissingExtra(
            f"{path} holds layers of KerasHub, which is not installed; expected the extra hub. "
            "Run: pip install 'receta[hub]'"
        ) from error


def _names_hub(value: Any) -> bool:
    if isinstance(value, dict):
        return str(value.get("module") or value.get("registered_name")).startswith(
            "keras_hub"
        ) or any(map(_names_hub, value.values()))
    return isinstance(value, list) and any(map(_names_hub, value))


def _saved_model(folder: Path, trusted: bool) -> keras.Model:
    """A SavedModel as one frozen layer: its signature's first output."""
    import keras

    from receta.models.loading import saved_model as saved

    if (folder / "saved_model.pb").is_file():
        trust_rule.ask(folder, trust_rule.GRAPH, trusted=trusted)
    layer, name, taken = saved.layer(folder)
    inputs = keras.Input(tuple(taken.shape[1:]), dtype=taken.dtype.name, name=name)
    outputs = layer(inputs)
    return keras.Model(inputs, outputs[min(outputs)] if isinstance(outputs, dict) else outputs)


def _why(path: Path, error: Exception) -> str:
    return (
        f"{path} cannot be loaded ({outside.tell_error(error, 200)}); expected a network that "
        "Keras 3 saved. "
        f"Where its code is at hand: build it there, load_weights, save it anew as .keras."
    )
