"""Which arrays stand in a file of weights? Read with h5py alone, so that a wrong file is told quickly."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from receta.core.errors import InputError, MissingExtra

_FEW = 9  # numbers: the mean of three colours is no kernel


def kernels(path: Path) -> tuple[int, int, int]:
    """(arrays of two and more axes, numbers in them, numbers in all) of an .h5 or .keras file.

    Raises InputError in one line for what cannot be read, MissingExtra without h5py.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtra(
            f"reading weights from {path} needs h5py, which is not installed; expected it with a backend. "
            f"Run: pip install 'receta[tensorflow]'"
        ) from error
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InputError(f"{path} {what}; expected a file of weights (.weights.h5, .h5 or .keras). Check --weights.")
    sizes: list[int] = []
    numbers: list[int] = []

    def note(name: str, item: object) -> None:
        if not isinstance(item, h5py.Dataset) or "optimizer" in name or not item.size:
            return
        numbers.append(int(item.size))
        if len(item.shape) >= 2 and item.size > _FEW:
            sizes.append(int(item.size))
            item[(0,) * len(item.shape)]  # a file that was cut short has names, but no numbers

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                content = io.BytesIO(archive.read("model.weights.h5"))
            with h5py.File(content, "r") as handle:
                handle.visititems(note)
        else:
            with h5py.File(path, "r") as handle:
                handle.visititems(note)
    except (OSError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile) as error:
        what = "is cut short" if "truncated" in str(error) else f"cannot be read ({str(error).splitlines()[0][:100]})"
        raise InputError(
            f"{path} {what}; expected a whole file of weights in HDF5 (.weights.h5, .h5 or .keras). "
            f"Fetch it again, or name another one with --weights."
        ) from error
    return len(sizes), sum(sizes), sum(numbers)


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
    with h5py.File(path, "r") as handle:  # Keras 2 names its layers in an attribute, of the file or of the weights in it
        return ".h5" if "layer_names" in handle.attrs or "model_weights" in handle else ".weights.h5"
