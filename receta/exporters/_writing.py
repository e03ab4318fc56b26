"""How is a bundle written whole or not at all, and only when it is proven?"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta.core import disk
from receta.core.errors import ExportRefused, MissingExtra, RecetaError, RunError
from receta.core.progress import Progress
from receta.exporters import _parity
from receta.exporters._bundle import FORMAT, MANIFEST, Bundle
from receta.pipeline import backend
from receta.training.run import Run

if TYPE_CHECKING:
    from keras import Model

TOLERANCE = 1e-4  # of a probability in float32; sound exports differ by 1e-6 at most (export facts, section 1)


def require(target: str, module: Any) -> None:
    """Raise MissingExtra unless the packages and the backend of a target are here."""
    missing = [name for name in module.NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the target {target} needs {' and '.join(missing)}, which is not installed; expected the extra {module.EXTRA}. "
            f"Run: pip install 'receta[{module.EXTRA}]'"
        )
    computing = backend.start().backend
    if computing not in module.BACKENDS:
        raise MissingExtra(
            f"the target {target} cannot be written with the backend {computing}; expected {' or '.join(module.BACKENDS)}. "
            f"Run: pip install 'receta[{module.EXTRA}]', then repeat with KERAS_BACKEND={module.BACKENDS[0]}"
        )


def write(run: Run, module: Any, target: str, folder: Path, progress: Progress) -> Bundle:
    """Write, reopen, compare; only then does the folder get its files."""
    folder = Path(os.path.abspath(folder))
    _only_a_bundle(folder, target)
    height, width, channels = run.input_shape
    model = _inference(run.model(), (height, width, channels))
    pictures = _parity.pictures(run)
    about = {
        "class_names": list(run.class_names), "input": {"shape": [height, width, channels], "dtype": "uint8"}, "fit": run.fit,
        "test_accuracy": (run.scores or {}).get("accuracy"), "data_fingerprint": run.about["data"]["fingerprint"],
        "sure_from": run.sure_from, "receta": receta.__version__,
    }  # fmt: skip
    with disk.writable(folder), disk.room_on_disk(folder), _beside(folder) as temporary:
        getattr(module, target)(model, temporary, about)
        files = tuple(sorted(path.name for path in temporary.iterdir()))
        parity = _parity.compare(model.predict_on_batch, module.opened(temporary), pictures)
        if not parity.max_gap <= TOLERANCE:  # NaN is refused too
            raise ExportRefused(
                f"the {target} file differs from its network by {parity.max_gap:.2g} in a probability and names the same class "
                f"for {parity.top_agreement:.2%} of {parity.n} pictures (accuracy {parity.accuracy:.4f}, Keras "
                f"{parity.reference_accuracy:.4f}); expected at most {TOLERANCE:g}. Nothing was written: choose another target."
            )
        bundle = Bundle(folder, target, files, run.class_names, (height, width, channels), run.fit, parity.max_gap,
                        parity.top_agreement, parity.accuracy, parity.reference_accuracy, parity.judged_on, parity.n,
                        receta.__version__, run.sure_from)  # fmt: skip
        _publish(temporary, folder, bundle)
    progress.say(f"{target}: {folder / files[0]} differs from Keras by {parity.max_gap:.2g} at most")
    return bundle


def _inference(model: Model, shape: tuple[int, int, int]) -> Model:
    """The network with dropout and augmentation off for good.

    Layers of augmentation would else switch the whole network to training wherever
    nobody says otherwise (export facts, section 0).
    """
    import keras

    inputs = keras.Input(shape, dtype="uint8", name="pixels")
    inference = keras.Model(inputs, model(inputs, training=False), name="inference")
    inference(np.zeros((1, *shape), np.uint8), training=False)  # keras exports only what was called once
    return inference


def _only_a_bundle(folder: Path, target: str) -> None:
    """Refuse a folder that holds anything but an older bundle of this target."""
    if not folder.exists():
        return
    with disk.writable(folder):
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not names:
        return
    if MANIFEST not in names:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(sorted(names)[:3])}); expected a new or empty folder, or a bundle of "
            f"{target}. Choose another one."
        )
    old = disk.read_json(folder / MANIFEST)
    if not isinstance(old, dict) or old.get("target") != target or old.get("format") != FORMAT:
        held = old.get("target") if isinstance(old, dict) else None
        raise RunError(f"{folder} holds another bundle (target {held}); expected one of {target}. Choose another folder.")
    strange = sorted(names - {MANIFEST, *map(str, old.get("files", ()))})
    if strange:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(strange[:3])}) beside its bundle; expected none. Choose another folder."
        )


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, gone in the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, folder: Path, bundle: Bundle) -> None:
    """Bring the files to where they belong, the manifest last."""
    disk.write_json(temporary / MANIFEST, bundle.to_json())
    for path in temporary.iterdir():
        with open(path, "rb") as handle:
            os.fsync(handle.fileno())
    if not folder.exists():
        os.replace(temporary, folder)
        return
    (folder / MANIFEST).unlink(missing_ok=True)  # from here to the last line it is no bundle, rather than a mixed one
    for name in (*bundle.files, MANIFEST):
        os.replace(temporary / name, folder / name)
