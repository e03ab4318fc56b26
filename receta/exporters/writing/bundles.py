"""How does a network become a bundle, proven before anybody sees it?"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import receta
from receta.core import disk, trust
from receta.core.errors import (
    MissingExtra,
    Uncalibrated,
)
from receta.core.progress import Progress
from receta.exporters.parity import comparison
from receta.exporters.parity.answers import probable
from receta.exporters.subjects.subject import Subject
from receta.exporters.writing import likening
from receta.exporters.writing.converting import convert, reopen
from receta.exporters.writing.folders import make_beside, publish, refuse_other_files
from receta.exporters.writing.form import Form
from receta.exporters.writing.proof import prove, say_uncalibrated
from receta.pipeline import backend
from receta.predictors.bundle import Bundle, code_in
from receta.predictors.described import judged_words


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
    subject: Subject, form: Form, folder: Path, tolerance: float, progress: Progress
) -> Bundle:
    """Write, reopen, compare; only then does the folder get its files."""
    module, name, lossy = form.module, form.name, form.is_lossy
    folder = Path(os.path.abspath(folder))
    refuse_other_files(folder, name)
    if lossy and subject.evidence.untold:
        raise Uncalibrated(say_uncalibrated([name], subject))
    with disk.writable(folder), disk.room_on_disk(folder), make_beside(folder) as temporary:
        featured = None if lossy else likening.add_features(subject, module)
        calibrated = convert(subject, form, temporary, featured) and lossy
        for companion, content in subject.companions().items():
            disk.write_json(temporary / companion, content, indent=None)
        files = tuple(
            sorted(
                path.relative_to(temporary).as_posix()
                for path in temporary.rglob("*")
                if path.is_file()
            )
        )
        runtime = reopen(subject, form, temporary)
        reference = subject.model.predict_on_batch
        parity = comparison.compare(
            reference, runtime, subject.evidence, subject.outputs, subject.thresholds
        )
        prove(name, subject, parity, tolerance if lossy else None)
        likeness = likening.proven(subject, module, temporary, featured)
        told = parity.told
        bundle = Bundle(
            folder,
            form.target,
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
            form.variant,
            parity.validation.to_json(),
            tolerance if lossy else None,
            parity.one_ms,
            probable(subject.outputs, labels=subject.thresholds is not None),
            subject.thresholds,
            subject.outputs,
            subject.evidence.source if calibrated else None,
            scale=subject.scale,
            data_name=subject.about.get("data_name", ""),
            network=subject.about.get("network", ""),
            verdict=subject.about.get("verdict", ""),
            likeness=likeness,
            specs=subject.specs,
            margins=subject.margins,
        )
        digests = publish(temporary, folder, bundle)
    if code_in(module, folder):
        trust.remember_digest(trust.of_files(digests), folder)
    of = "" if all(one.is_share for one in subject.outputs) else " of the range of a column"
    if form.target == "web" and subject.scale.differs_in_browsers:
        progress.say(
            f"{name}: a browser takes the upper 8 of 16 bits and lays transparency over white, "
            "which this run did otherwise; let `receta serve` name such pictures"
        )
    none = "" if featured is None or likeness is not None else likening.UNPROVEN
    progress.say(
        f"{name}: {folder / module.FILE} differs from Keras by {parity.max_gap:.2g}{of} at "
        f"most{none}"
    )
    if lossy:
        words = f"calibrated on {bundle.calibrated_on}, judged on" if calibrated else "judged on"
        progress.say(f"{name}: {words} {parity.validation.n} {judged_words(parity.validation.on)}")
    return bundle
