"""How does a trained network leave the house, proven equal to itself? The door `export`.

The shelf of targets: one file a target, which declares

    ABOUT      what it is for, in one line
    FILE       name of the file that holds the network
    EXTRA      the optional packages it needs (`pip install 'receta[EXTRA]'`)
    NEEDS      the modules that must be there to write it and to reopen it
    BACKENDS   the backends of Keras that can write it
    NAME(model, folder, about)   the function of the file's own name: writes `folder / FILE`;
               about: what is known of the model, for formats that can carry it inside
    opened(folder) -> runtime    reopens it in the target's own runtime: a function that takes
               uint8 pixels (n, height, width, channels) and gives (n, classes) float32

`model` is the inference function alone: uint8 pixels in, probabilities out, dropout and
augmentation off. Nothing is imported before it is needed, and `opened` imports no Keras
unless the target is Keras.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core.errors import RunError
from receta.core.progress import Progress, Quiet
from receta.exporters._bundle import MANIFEST, SHELF, Bundle

if TYPE_CHECKING:
    from receta.training import Run

__all__ = ["SHELF", "Bundle", "export", "predictor_at", "ready"]


def export(run: Run, target: str, folder: str | Path, *, progress: Progress = Quiet()) -> Bundle:  # noqa: B008
    """Write a run's network for one target, and prove it equal to Keras.

    The folder gets the network and bundle.json; an older bundle of the same target in it
    gives way. The written file is reopened in its own runtime and compared on the run's
    validation and test pictures, alone and 16 at a time. Raises ExportRefused when the
    probabilities differ by more than 1e-4 (nothing stays behind then), MissingExtra,
    UnknownName, and RunError for a run without a network or whose pictures are gone.
    """
    from receta.exporters import _writing

    module = ready(target)
    return _writing.write(run, module, target, Path(folder), progress)


def ready(target: str) -> Any:
    """The module of a target that can be written here, before any work is done.

    Raises UnknownName for a target that is not on the shelf and MissingExtra for one
    whose packages or backend are not installed.
    """
    from receta.exporters import _writing

    module = SHELF.module(target)
    _writing.require(target, module)
    return module


def predictor_at(folder: str | Path) -> Bundle | Run:
    """What predicts in a folder: the bundle or the run that it holds.

    Raises RunError when it is neither.
    """
    folder = Path(folder)
    if (folder / MANIFEST).is_file():
        return Bundle.open(folder)
    if (folder / "run.json").is_file():
        from receta.training import Run

        return Run.open(folder)
    inside = sorted(path.parent.name for path in folder.glob(f"*/{MANIFEST}"))
    hint = f" It has bundles inside: name {folder / inside[0]}." if inside else " Check the path."
    what = "holds neither bundle.json nor run.json" if folder.exists() else "does not exist"
    raise RunError(f"{folder} {what}; expected a folder that `receta export` or `receta run` made.{hint}")
