"""What predicts: a run, a bundle, or the network of anybody? The door `predictor_at`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from receta.core.errors import RunError
from receta.predictors.bundle import Bundle
from receta.predictors.described import judged_words
from receta.predictors.manifest import MANIFEST

if TYPE_CHECKING:
    from receta.training import Run

__all__ = [
    "MANIFEST",
    "Bundle",
    "bundle",
    "described",
    "is_network",
    "judged_words",
    "lists",
    "manifest",
    "predictor_at",
    "target",
]


def is_network(path: str | Path) -> bool:
    """Whether a path is anybody's network, not a run or a bundle.

    A file, or the folder of a SavedModel or of a network that Keras 3 saved unpacked.
    """
    from receta import models

    path = Path(path)
    if path.is_file():
        return True
    return models.is_folder(path) and not any(
        (path / name).is_file() for name in (MANIFEST, "run.json")
    )


def predictor_at(folder: str | Path, *, trust: bool = False) -> Bundle | Run:
    """What predicts in a folder: the bundle or the run that it holds.

    trust: whether it may hold code. Raises RunError when it is neither.
    """
    folder = Path(folder)
    if (folder / MANIFEST).is_file():
        return Bundle.open(folder, trust=trust)
    if (folder / "run.json").is_file():
        from receta.training import Run

        return Run.open(folder, trust=trust)
    inside = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    hint = f" It has bundles inside: name {folder / inside[0]}." if inside else " Check the path."
    what = "holds neither bundle.json nor run.json" if folder.exists() else "does not exist"
    if is_network(folder):
        what, hint = "is a network by itself", f" Make one of it: receta export {folder} --to onnx"
    raise RunError(
        f"{folder} {what}; expected a folder that `receta export` or `receta run` made.{hint}"
    )
