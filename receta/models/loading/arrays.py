"""Which arrays stand in a file of weights? Read with h5py alone, so that errors come soon."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from receta.core.errors import InputError
from receta.models.loading import files, hdf5

_FEW = 9  # numbers: the mean of three colours is no kernel


def kernels(path: Path) -> tuple[int, int, int]:
    """(arrays of two and more axes, numbers in them, numbers in all) of an .h5 or .keras file.

    Raises InputError in one line for what cannot be read, MissingExtra without h5py.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(
            f"{path} {what}; expected a file of weights (.weights.h5, .h5 or .keras). Check "
            "--weights."
        )
    source: Path | io.BytesIO = path
    if zipfile.is_zipfile(path):
        source = io.BytesIO(files.weights_in(path))
    found = [
        array
        for array in hdf5.arrays(source, path, touch=True)
        if "optimizer" not in array.name and array.size
    ]
    sizes = [array.size for array in found if len(array.shape) >= 2 and array.size > _FEW]
    return len(sizes), sum(sizes), sum(array.size for array in found)


@contextlib.contextmanager
def named_as_written(path: Path) -> Iterator[Path]:
    """The file under a name from which Keras sees how it was written, whatever it is called."""
    suffix = _suffix(path)
    if suffix == (".weights.h5" if path.name.endswith(".weights.h5") else path.suffix):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"weights{suffix}"
        link.symlink_to(path.resolve())
        yield link


def _suffix(path: Path) -> str:
    import h5py

    if zipfile.is_zipfile(path):
        return ".keras"
    # Keras 2 names its layers in an attribute, of the file or of the weights in it
    with h5py.File(path, "r") as handle:
        return (
            ".h5" if "layer_names" in handle.attrs or "model_weights" in handle else ".weights.h5"
        )
