"""What is served from a folder: a bundle, a run, the bundles of a run, or versions of any of them?

bundles/onnx      a bundle
bundles           bundles of one run: the fastest of them here, measured when it starts
runs/signs        a run: the fastest of its exports, or its network in Keras
NAME/1, NAME/2    versions of any of these, as TensorFlow Serving has them
"""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import kinds
from receta.core import seals
from receta.core.errors import InputError, RecetaError, RunError
from receta.core.predictor import Predictor
from receta.predictors import MANIFEST, Bundle, predictor_at

if TYPE_CHECKING:
    from receta.training import Run

# targets that a probe may choose between, in the order that ties are broken
FAST = ("onnx", "litert")
_PROBED = (1, 16)  # examples at once
_ROUNDS = 5

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Place:
    """A folder that is served under a name."""

    name: str
    folder: Path
    trusted: bool = False  # whether it may hold code

    @property
    def has_versions(self) -> bool:
        """Whether its versions stand in folders with numbers for names."""
        return not _holds(self.folder) and bool(_find_versions(self.folder))

    def versions(self) -> dict[int, Signature]:
        """What is there now, by version: changes when something is written anew.

        One without numbers is 1.
        """
        if self.has_versions:
            return {
                number: found
                for number, path in _find_versions(self.folder).items()
                if (found := _signature(path))
            }
        found = _signature(self.folder)
        return {1: found} if found else {}

    def open(self, version: int, say: Callable[[str], None] = lambda text: None) -> Predictor:
        """What predicts for a version.

        Raises RecetaError for what cannot be served.
        """
        folder = _find_versions(self.folder)[version] if self.has_versions else self.folder
        candidates = _candidates(folder, self.trusted)
        for one in candidates:
            if one.why_unchecked:
                say(one.why_unchecked)
        return _fastest(self.name, candidates, say)


def place(folder: str | Path, *, trust: bool = False) -> Place:
    """The place that a folder is; raises RunError when it holds nothing that can be served."""
    folder = Path(folder)
    found = Place(folder.resolve().name or "model", folder, trust)
    if not found.versions():
        predictor_at(folder)  # says what is missing
    return found


def _holds(folder: Path) -> bool:
    return (
        (folder / MANIFEST).is_file() or (folder / "run.json").is_file() or bool(_bundles(folder))
    )


def _bundles(folder: Path) -> list[Path]:
    """Bundles right inside a folder, but for those whose names are numbers."""
    inside = (path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.is_symlink())
    return sorted(
        path for path in inside if not path.name.startswith(".") and not path.name.isdigit()
    )


def _find_versions(folder: Path) -> dict[int, Path]:
    try:
        inside = [
            path
            for path in folder.iterdir()
            if path.name.isascii() and path.name.isdigit() and path.is_dir()
        ]
    except OSError:
        return {}
    return {
        int(path.name): path
        for path in sorted(inside)
        if 0 < int(path.name) < 10**15 and _holds(path)
    }


def _signature(folder: Path) -> Signature:
    """Every file of the bundles there, since what copies one may write its manifest first.

    Of a run the files that end it.
    """
    found = []
    bundles = [
        *([folder] if (folder / MANIFEST).is_file() else []),
        *_bundles(folder),
        *_bundles(folder / "exports"),
    ]
    files = [folder / "result.json", folder / "run.json"]
    for bundle in bundles:
        with contextlib.suppress(OSError):
            files += sorted(bundle.iterdir())
    for path in files:
        try:
            known = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(known.st_mode):
            found.append(
                (str(path.relative_to(folder)), known.st_mtime_ns, known.st_ino, known.st_size)
            )
    return tuple(found)


def _candidates(folder: Path, trusted: bool) -> list[Bundle | Run]:
    """What may answer for one network, all of it equal."""
    if (folder / MANIFEST).is_file():
        return [Bundle.open(folder, trust=trusted)]
    if (folder / "run.json").is_file():
        run = predictor_at(folder, trust=trusted)
        written = (folder / "run.json").stat().st_mtime
        exports = [] if (folder / "exports").is_symlink() else _bundles(folder / "exports")
        opened = [Bundle.open(path) for path in exports]
        own = seals.digest(folder / "model.keras") if (folder / "model.keras").is_file() else ""
        # Bundles of earlier versions do not say of which network they are: only newer ones than the
        # run may answer for it.
        equal = [
            one
            for one in opened
            if one.network == own
            or (not one.network and (one.folder / MANIFEST).stat().st_mtime >= written)
        ]
        return [*(one for one in equal if _is_fast(one) and _of(one) == _of(run)), run]
    bundles = [Bundle.open(path, trust=trusted) for path in _bundles(folder)]
    different = {(_of(one), one.judged_on, one.n, one.reference_accuracy) for one in bundles}
    if len(different) > 1:
        raise RunError(
            f"{folder} holds bundles of different runs "
            f"({', '.join(one.folder.name for one in bundles)}); expected those of one, "
            "of which the fastest is served. Name each: receta serve "
            f"{' '.join(str(one.folder) for one in bundles)}"
        )
    return [one for one in bundles if _is_fast(one)] or [*bundles[:1]]


def _is_fast(bundle: Bundle) -> bool:
    return bundle.target in FAST and not bundle.variant


def _of(one: Bundle | Run) -> tuple[object, ...]:
    return tuple(one.class_names), tuple(one.input_shape), one.fit


def _fastest(name: str, candidates: list[Bundle | Run], say: Callable[[str], None]) -> Predictor:
    bundles = [one for one in candidates if isinstance(one, Bundle)]
    for one in bundles:
        if not one.specs and not one.takes_pictures:
            raise InputError(
                f"{one.folder} does not name classes of pictures; expected a network of one "
                "input of pixels whose output are "
                f"probabilities. Ask it with receta.Bundle.open(...).predict instead."
            )
    if len(bundles) < 2:
        return candidates[0]
    seconds: dict[str, float] = {}
    usable: dict[str, Bundle] = {}
    for one in bundles:
        try:
            seconds[one.target] = _seconds(one)
            usable[one.target] = one
        except RecetaError as error:  # its runtime is not installed
            say(f"{name}: {one.target} is left out: {error}")
    if not usable:
        return candidates[-1]
    best = min(usable, key=lambda target: seconds[target])
    took = ", ".join(f"{target} {1e3 * seconds[target]:.2g} ms" for target in usable)
    say(f"{name}: {best} answers ({took} for {_PROBED[-1]} examples at once)")
    return usable[best]


def _seconds(bundle: Bundle) -> float:
    """The least time for a batch, and as loading does, after one to warm up."""
    took = []
    spec = kinds.specs_of(bundle)[0]
    inputs = np.zeros((_PROBED[-1], *spec.shape), spec.dtype)
    for n in _PROBED:
        bundle.predict(inputs[:n])
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        bundle.predict(inputs)
        took.append(time.perf_counter() - began)
    return min(took)
