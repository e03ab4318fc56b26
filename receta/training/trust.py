"""May this network bring code of its own along? Only where it was written here.

A SavedModel (of TensorFlow Hub) holds a graph that may read and write files, so Keras
loads a network with one outside its safe mode alone. What receta wrote itself on this
machine, with a SavedModel that the user named, is known by its digest in the cache.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from receta import models
from receta.core import disk
from receta.core.errors import RunError

if TYPE_CHECKING:
    import keras


def remember(path: Path) -> None:
    """Note that this file was written here and now."""
    disk.write_text(_note(path), str(path.absolute()))


def remember_like(path: Path, origin: Path) -> None:
    """Note a file that was made out of another one, if that was written here."""
    if _note(origin).exists():
        remember(path)


def load(path: Path) -> keras.Model:
    """A network from a file, in safe mode unless it was written here; RunError in one line."""
    try:
        return models.as_saved(path, trust=_note(path).exists())
    except (ValueError, TypeError) as error:
        if "TFSMLayer" not in str(error) and "SavedModel" not in str(error):
            raise
        raise RunError(
            f"{path} needs a SavedModel, which may bring code along, and it was not written on this machine (or the SavedModel is "
            f"gone); expected a network of plain layers. Train it here with --rung pretrained:hub/FOLDER."
        ) from error


def _note(path: Path) -> Path:
    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return disk.cache_root() / "written_here" / digest
