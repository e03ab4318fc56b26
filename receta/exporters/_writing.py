"""How is a bundle written whole or not at all, and only when it is proven?"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

import receta
from receta.core import disk
from receta.core.errors import ExportRefused, InputError, MissingExtra, RecetaError, RunError
from receta.core.progress import Progress
from receta.exporters import _parity
from receta.exporters._bundle import FORMAT, MANIFEST, Bundle
from receta.exporters._subject import Subject
from receta.pipeline import backend

TOLERANCE = 1e-4  # of a probability in float32; sound exports differ by 1e-6 at most (export facts, section 1)


def require(target: str, module: Any) -> None:
    """Raise MissingExtra unless the packages, the backend and the files of a target are here."""
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
    if hasattr(module, "ready"):
        module.ready()


def write(subject: Subject, module: Any, target: str, variant: str, folder: Path, tolerance: float, progress: Progress) -> Bundle:
    """Write, reopen, compare; only then does the folder get its files."""
    name = f"{target}:{variant}" if variant else target
    folder = Path(os.path.abspath(folder))
    _only_a_bundle(folder, name)
    lossy = variant in getattr(module, "LOSSY", ())
    with disk.writable(folder), disk.room_on_disk(folder), _beside(folder) as temporary:
        _convert(subject, module, target, variant, temporary)
        files = tuple(sorted(path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file()))
        runtime = _reopened(module, name, temporary)
        parity = _parity.compare(subject.model.predict_on_batch, runtime, subject.evidence, subject.thresholds)
        _prove(name, parity, tolerance if lossy else None)
        told = parity.told
        bundle = Bundle(folder, target, files, subject.class_names, subject.inputs, subject.fit, parity.max_gap,
                        told.top_agreement, told.accuracy, told.reference_accuracy, told.on, told.n, receta.__version__,
                        subject.sure_from, variant, parity.validation.to_json(), tolerance if lossy else None,
                        parity.one_ms, parity.probable, subject.thresholds)  # fmt: skip
        _publish(temporary, folder, bundle)
    progress.say(f"{name}: {folder / module.FILE} differs from Keras by {parity.max_gap:.2g} at most")
    return bundle


def _convert(subject: Subject, module: Any, target: str, variant: str, folder: Path) -> None:
    """Let the target write its files; what a converter cannot do is a refusal in one line."""
    write = getattr(module, target)
    takes = inspect.signature(write).parameters
    name = f"{target}:{variant}" if variant else target
    options: dict[str, Any] = {"variant": variant} if "variant" in takes else {}
    if "rows" in takes:
        options["rows"] = subject.evidence.rows
    if "parts" in takes:
        options["parts"] = subject.evidence.parts
    try:
        with _silently():
            write(subject.model, folder, subject.about, **options)
    except (ExportRefused, InputError) as error:
        words = str(error)
        raise ExportRefused(words if name in words else f"{name}: {words}") from error
    except (RecetaError, OSError, MemoryError):
        raise
    except Exception as error:  # a converter's own words on a layer that it does not know
        raise ExportRefused(_impossible(name, "written", error)) from error


def _reopened(module: Any, name: str, folder: Path) -> Callable[[Any], Any]:
    """The runtime of what was written; its own words on a file that it does not take are a refusal."""
    try:
        with _silently():
            runtime: Callable[[Any], Any] = module.opened(folder)
    except (RecetaError, ImportError, MemoryError):
        raise
    except Exception as error:
        raise ExportRefused(_impossible(name, "reopened", error)) from error

    def answers(inputs: Any) -> Any:
        try:
            return runtime(inputs)
        except (RecetaError, MemoryError):
            raise
        except Exception as error:
            raise ExportRefused(_impossible(name, "asked", error)) from error

    return answers


def _impossible(name: str, done: str, error: Exception) -> str:
    words = " ".join(str(error).split())
    return (
        f"the {name} file cannot be {done} ({type(error).__name__}: {words[:300]}); expected layers that the target knows. "
        f"Nothing was written: choose another target."
    )


def _prove(name: str, parity: _parity.Parity, tolerance: float | None) -> None:
    """ExportRefused, with figures, unless the file equals its network, or loses little where it is smaller.

    tolerance: share of accuracy that may be lost; None where nothing may.
    """
    decided = parity.validation
    if tolerance is None:
        if parity.max_gap <= TOLERANCE:  # NaN is refused too
            return
        measure, expected = f"differs from its network by {parity.max_gap:.2g} {_unit(parity)}", f"at most {TOLERANCE:g}"
        advice = "choose another target"
    elif decided.lost is None:  # nothing is classified: what is lost is measured by the values
        if parity.max_gap <= tolerance:
            return
        measure, expected = f"differs from its network by {parity.max_gap:.2g} of its values", f"at most {tolerance:g}"
        advice = "choose another variant, or allow more with --tolerance"
    else:
        if decided.lost <= tolerance and np.isfinite(parity.max_gap):
            return
        measure = f"differs from its network by {parity.max_gap:.2g} {_unit(parity)} and loses up to {decided.lost:.2%} of accuracy"
        expected, advice = f"at most {tolerance:.2%} lost", "choose another variant, or allow more with --tolerance"
    figures = f" (accuracy {decided.accuracy:.4f}, Keras {decided.reference_accuracy:.4f})" if decided.accuracy is not None else ""
    same = "" if decided.top_agreement is None else f" and names the same class for {decided.top_agreement:.2%} of {decided.n} {decided.on}"
    raise ExportRefused(f"the {name} file {measure}{same}{figures}; expected {expected}. Nothing was written: {advice}.")


def _unit(parity: _parity.Parity) -> str:
    return "in a probability" if parity.probable else "in a value"


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Hold back what converters write: to stdout from Python, to stderr from C++."""
    kept: BaseException | None = None
    with backend.hushed(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            yield
        except Exception as error:  # raised again below: what was held back would else be told before it
            kept = error
    if kept is not None:
        raise kept


def _only_a_bundle(folder: Path, name: str) -> None:
    """Refuse a folder that holds anything but an older bundle of this target and variant."""
    if not folder.exists():
        return
    with disk.writable(folder):
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not names:
        return
    if MANIFEST not in names:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(sorted(names)[:3])}); expected a new or empty folder, or a bundle of "
            f"{name}. Choose another one."
        )
    old = disk.read_json(folder / MANIFEST)
    held = ":".join(filter(None, (str(old.get("target")), old.get("variant")))) if isinstance(old, dict) else None
    if held != name or old.get("format") != FORMAT:
        raise RunError(f"{folder} holds another bundle (target {held}); expected one of {name}. Choose another folder.")
    strange = sorted(names - {MANIFEST, *(PurePosixPath(file).parts[0] for file in map(str, old.get("files", ())))})
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
    for name in (*bundle.files, MANIFEST):
        with open(temporary / name, "rb") as handle:
            os.fsync(handle.fileno())
    if not folder.exists():
        os.replace(temporary, folder)
        return
    old = disk.read_json(folder / MANIFEST)["files"] if (folder / MANIFEST).exists() else []
    (folder / MANIFEST).unlink(missing_ok=True)  # from here to the last line it is no bundle, rather than a mixed one
    for name in set(old) - set(bundle.files):
        (folder / name).unlink(missing_ok=True)
    for name in (*bundle.files, MANIFEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary / name, folder / name)
