"""How is a bundle written whole or not at all, and only when it is proven?"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

import receta
from receta.core import disk, leftovers, sealing, seals, trust
from receta.core.errors import (
    ExportRefused,
    InputError,
    MissingExtra,
    RecetaError,
    RunError,
    Uncalibrated,
)
from receta.core.progress import Progress
from receta.exporters import _likening, _parity, _refusals
from receta.exporters._made_up import MadeUp
from receta.exporters._subject import Subject
from receta.pipeline import backend
from receta.predictors.bundle import FORMAT, MANIFEST, Bundle, code_in, judged_words

_BEFORE = f".{MANIFEST}.before"  # the older manifest, while the files of a bundle are replaced
# of a probability in float32; sound exports differ by 1e-6 at most (export facts, section 1)
TOLERANCE = 1e-4
# of the range of a column of values: rounding within a network may be more than 1e-4 of one that
# hardly moves
COLUMN = 1e-2


def require(target: str, module: Any) -> None:
    """Raise MissingExtra unless the packages, the backend and the files of a target are here."""
    missing = [name for name in module.NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the target {target} needs {' and '.join(missing)}, which is not installed; expected "
            f"the extra {module.EXTRA}. Run: pip install 'receta[{module.EXTRA}]'"
        )
    computing = backend.start().backend
    if computing not in module.BACKENDS:
        raise MissingExtra(
            f"the target {target} cannot be written with the backend {computing}; expected "
            f"{' or '.join(module.BACKENDS)}. Run: pip install 'receta[{module.EXTRA}]', then "
            f"repeat with KERAS_BACKEND={module.BACKENDS[0]}"
        )
    module.ready()


def write(
    subject: Subject,
    module: Any,
    target: str,
    variant: str,
    folder: Path,
    tolerance: float,
    progress: Progress,
) -> Bundle:
    """Write, reopen, compare; only then does the folder get its files."""
    name = f"{target}:{variant}" if variant else target
    folder = Path(os.path.abspath(folder))
    _only_a_bundle(folder, name)
    lossy = variant in module.LOSSY
    if lossy and subject.evidence.untold:
        raise Uncalibrated(uncalibrated([name], subject))
    with disk.writable(folder), disk.room_on_disk(folder), _beside(folder) as temporary:
        featured = None if lossy else _likening.featured(subject, module)
        calibrated = _convert(subject, module, target, variant, temporary, featured) and lossy
        files = tuple(
            sorted(
                path.relative_to(temporary).as_posix()
                for path in temporary.rglob("*")
                if path.is_file()
            )
        )
        runtime = _reopened(subject, module, name, temporary)
        reference = subject.model.predict_on_batch
        parity = _parity.compare(
            reference, runtime, subject.evidence, subject.outputs, subject.thresholds
        )
        _prove(name, subject, parity, tolerance if lossy else None)
        likeness = _likening.proven(subject, module, temporary, featured)
        told = parity.told
        bundle = Bundle(
            folder,
            target,
            files,
            subject.class_names,
            subject.inputs,
            subject.fit,
            parity.max_gap,
            told.top_agreement,
            told.accuracy,
            told.reference_accuracy,
            told.on,
            told.n,
            receta.__version__,
            subject.sure_from,
            variant,
            parity.validation.to_json(),
            tolerance if lossy else None,
            parity.one_ms,
            _parity.probable(subject.outputs, labels=subject.thresholds is not None),
            subject.thresholds,
            subject.outputs,
            subject.evidence.source if calibrated else None,
            scale=subject.scale,
            data_name=subject.about.get("data_name", ""),
            network=subject.about.get("network", ""),
            likeness=likeness,
        )
        digests = _publish(temporary, folder, bundle)
    if code_in(module, folder):
        trust.remember_digest(trust.of_files(digests), folder)
    of = (
        "" if all(one.gives != "values" for one in subject.outputs) else " of the range of a column"
    )
    if target == "web" and subject.scale.differs_in_browsers:
        progress.say(
            f"{name}: a browser takes the upper 8 of 16 bits and lays transparency over white, "
            "which this run did otherwise; let `receta serve` name such pictures"
        )
    none = "" if featured is None or likeness is not None else _likening.UNPROVEN
    progress.say(
        f"{name}: {folder / module.FILE} differs from Keras by {parity.max_gap:.2g}{of} at "
        f"most{none}"
    )
    if lossy:
        words = f"calibrated on {bundle.calibrated_on}, judged on" if calibrated else "judged on"
        progress.say(f"{name}: {words} {parity.validation.n} {judged_words(parity.validation.on)}")
    return bundle


def uncalibrated(names: Sequence[str], subject: Subject) -> str:
    """Why smaller variants cannot be proven, and what to give."""
    untold = ", ".join(subject.evidence.untold)
    pixels = len(subject.inputs) == 1 and len(subject.inputs[0].shape) == 3
    hint = (
        "--pixels 0..1 (or 0..255, -1..1) for pictures, or --calibrate DATA"
        if pixels
        else "--calibrate DATA (.npz, .npy or .csv)"
    )
    return (
        f"{', '.join(names)} would be calibrated and judged on values that are made up: nothing "
        f"tells which values {subject.where.name} takes ({untold}); expected real rows, or a first "
        f"layer that scales. Give {hint}."
    )


def _convert(
    subject: Subject, module: Any, target: str, variant: str, folder: Path, featured: Any
) -> bool:
    """Let the target write its files; whether it asked for rows to calibrate on.

    What a converter cannot do is a refusal in one line.
    """
    asked: list[int] = []

    def rows(n: int) -> Any:
        asked.append(n)
        return subject.evidence.rows(n)

    write = getattr(module, target)
    takes = inspect.signature(write).parameters
    name = f"{target}:{variant}" if variant else target
    options: dict[str, Any] = {"variant": variant} if "variant" in takes else {}
    if "rows" in takes:
        options["rows"] = rows
    if "parts" in takes:
        options["parts"] = subject.evidence.parts
    if "featured" in takes:
        options["featured"] = featured
    try:
        with _silently():
            write(subject.model, folder, _likening.about(subject, featured), **options)
    except (ExportRefused, InputError) as error:
        words = str(error)
        raise ExportRefused(words if name in words else f"{name}: {words}") from error
    except (RecetaError, OSError, MemoryError):
        raise
    except Exception as error:  # a converter's own words on a layer that it does not know
        raise ExportRefused(_refusals.refusal(name, "written", error, subject.model)) from error
    return bool(asked)


def _reopened(subject: Subject, module: Any, name: str, folder: Path) -> Callable[[Any], Any]:
    """The runtime of what was written.

    Its own words on a file that it does not take are a refusal.
    """
    try:
        with _silently():
            runtime: Callable[[Any], Any] = module.opened(folder)
    except (RecetaError, ImportError, MemoryError):
        raise
    except Exception as error:
        raise ExportRefused(_refusals.refusal(name, "reopened", error, subject.model)) from error

    def answers(inputs: Any) -> Any:
        try:
            return runtime(inputs)
        except (RecetaError, MemoryError):
            raise
        except Exception as error:
            raise ExportRefused(_refusals.refusal(name, "asked", error, subject.model)) from error

    return answers


def _prove(name: str, subject: Subject, parity: _parity.Parity, tolerance: float | None) -> None:
    """ExportRefused, with figures, unless the file equals its network, or loses little where it
    is smaller.

    tolerance: share of accuracy, or of the range of a column of values, that may be lost; None
    where nothing may.
    """
    decided = parity.validation
    on = f"{decided.n} {judged_words(parity.validation.on)}"
    if tolerance is None:
        first = max(parity.everywhere, key=lambda one: _as_bad(one.worst))
        values = first.gives == "values"
        # never NaN
        if all(
            one.plain <= TOLERANCE and (one.gives != "values" or one.worst <= COLUMN)
            for one in parity.everywhere
        ):
            return
        unit = "of the range" if values else "in a probability"
        measure = f"differs from its network by {first.worst:.2g} {unit}{_where(subject, first)}"
        expected = (
            f"at most {COLUMN:g}, and {TOLERANCE:g} of the largest value"
            if values
            else f"at most {TOLERANCE:g}"
        )
        advice = "choose another target"
        guess = _refusals.suspect(subject.model)
        if guess is not None:
            measure, advice = (
                f"{measure}, likely because of {guess}",
                f"{_refusals.advice(guess)}, or choose another target",
            )
    else:
        expected, advice = (
            f"at most {tolerance:.2%} lost",
            "choose another variant, or allow more with --tolerance",
        )
        if isinstance(subject.evidence, MadeUp):
            advice = (
                "choose another variant, judge on real rows with --calibrate DATA, or allow "
                "more with --tolerance"
            )
        columns = [
            one
            for one in decided.outputs
            if one.off is not None and (one.gives == "values" or subject.thresholds is None)
        ]
        worst = max(columns, key=lambda one: _as_bad(one.off), default=None)
        classified = decided.lost is None or decided.lost <= tolerance
        if (
            classified
            and (worst is None or _as_bad(worst.off) <= tolerance)
            and np.isfinite(parity.max_gap)
        ):
            return
        if classified and worst is not None:
            share = "of its range" if worst.gives == "values" else "of a probability"
            measure = (
                f"is off{_where(subject, worst, always=True)} by {worst.off:.2%} {share} "
                f"(root mean square over {on})"
            )
            expected = f"at most {tolerance:.2%} for each column"
        else:
            lost = 1.0 if decided.lost is None else decided.lost
            least = min(
                (one for one in decided.outputs if one.same is not None),
                key=lambda one: one.same or 0,
                default=None,
            )
            where = (
                f" in the output {least.name}"
                if least is not None and len(subject.outputs) > 1
                else ""
            )
            measure = (
                f"differs from its network by {parity.max_gap:.2g} in a probability and "
                f"loses up to {lost:.3%} of accuracy{where}"
            )
    figures = (
        f" (accuracy {decided.accuracy:.4f}, Keras {decided.reference_accuracy:.4f})"
        if decided.accuracy is not None
        else ""
    )
    same = (
        ""
        if decided.top_agreement is None
        else f" and names the same class for {decided.top_agreement:.2%} of {on}"
    )
    raise ExportRefused(
        f"the {name} file {measure}{same}{figures}; expected {expected}. Nothing was written: "
        f"{advice}."
    )


def _as_bad(off: float | None) -> float:
    """What is not a number is as bad as can be."""
    return float("inf") if off is None or np.isnan(off) else off


def _where(subject: Subject, off: _parity.Off, *, always: bool = False) -> str:
    """The output, where there are several, and the column of values, where there are several."""
    shape = next(one.shape for one in subject.outputs if one.name == off.name)
    several, columns = len(subject.outputs) > 1, shape[-1] if shape else 1
    named = len(shape) == 1 and not several and len(subject.class_names) == columns
    column = subject.class_names[off.column] if named else str(off.column)
    words = [f"in the output {off.name}"] if several or (always and columns == 1) else []
    if columns != 1 and off.gives != "classes":
        words.append(f"in column {column}{'' if several else f' of {columns}'}")
    return f" {', '.join(words)}" if words else ""


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Hold back what converters write: to stdout from Python, to stderr from C++."""
    kept: BaseException | None = None
    with (
        backend.hushed(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        try:
            yield
        except Exception as error:
            # raised again below: what was held back would else be told before it
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
    cut_off = (folder / _BEFORE).is_file() and MANIFEST not in names
    if MANIFEST not in names and not cut_off:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(sorted(names)[:3])}); expected a new or empty "
            f"folder, or a bundle of {name}. Choose another one."
        )
    old = disk.read_json(folder / (_BEFORE if cut_off else MANIFEST))
    held = (
        ":".join(filter(None, (str(old.get("target")), old.get("variant"))))
        if isinstance(old, dict)
        else None
    )
    if held != name or old.get("format") != FORMAT:
        raise RunError(
            f"{folder} holds another bundle (target {held}); expected one of {name}. Choose "
            "another folder."
        )
    if cut_off:  # files of the older and of the newer one stand there
        return
    strange = sorted(
        names
        - {MANIFEST, *(PurePosixPath(file).parts[0] for file in map(str, old.get("files", ())))}
    )
    if strange:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(strange[:3])}) beside its bundle; expected "
            "none. Choose another folder."
        )


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, gone in the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    leftovers.tidy(folder.parent)
    temporary = folder.with_name(f".{folder.name}.{leftovers.mark()}")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, folder: Path, bundle: Bundle) -> dict[str, str]:
    """Bring the files to where they belong, the manifest last; returns their digests."""
    digests = {name: seals.digest(temporary / name) for name in bundle.files}
    known = None if bundle.likeness is None else bundle.likeness.to_json()
    plain = {**bundle.to_json(), "likeness": known, "digests": digests}
    disk.write_bytes(temporary / MANIFEST, sealing.seal_json(plain))
    for name in (*bundle.files, MANIFEST):
        with open(temporary / name, "rb") as handle:
            os.fsync(handle.fileno())
    if not folder.exists():
        os.replace(temporary, folder)
        return digests
    if (folder / MANIFEST).exists():
        # from here to the end it is no bundle, rather than a mixed one
        os.replace(folder / MANIFEST, folder / _BEFORE)
    old = (
        disk.read_json(folder / _BEFORE, {"files": [str]})["files"]
        if (folder / _BEFORE).exists()
        else []
    )
    for name in set(old) - set(bundle.files):
        seals.inside(folder, name).unlink(missing_ok=True)
    for name in (*bundle.files, MANIFEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary / name, folder / name)
    (folder / _BEFORE).unlink(missing_ok=True)
    return digests
