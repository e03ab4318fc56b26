"""What is a bundle: a network in a format of its own, with names, input and proof?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.abstention import SURE
from receta.core.errors import InputError, MissingExtra, RunError
from receta.core.image import Fit
from receta.core.registry import Shelf

SHELF = Shelf("receta.exporters", "target")
MANIFEST = "bundle.json"
FORMAT = 1  # of bundle.json; a bundle of another one is refused, not guessed at

_BATCH = 256  # pictures that go through a runtime at once: bounds the memory


@dataclass(frozen=True)
class Bundle:
    """A network for one target: a Predictor with proof of its equality.

    Open one with `Bundle.open(folder)`. max_gap: the largest difference of a probability
    from Keras' own, top_agreement: the share of pictures whose class is the same; accuracy
    is the bundle's and reference_accuracy that of Keras, on the same n pictures of the run's
    part `judged_on`. An answer is sure from the probability sure_from on. Predicts without Keras unless its target is keras.
    """

    folder: Path
    target: str
    files: tuple[str, ...]
    class_names: tuple[str, ...]
    input_shape: tuple[int, int, int]
    fit: Fit
    max_gap: float
    top_agreement: float
    accuracy: float
    reference_accuracy: float
    judged_on: str
    n: int
    receta: str
    sure_from: float = SURE

    @classmethod
    def open(cls, folder: str | Path) -> Bundle:
        """Open a bundle; RunError when it is none, incomplete or of another version."""
        folder = Path(folder)
        if not (folder / MANIFEST).is_file():
            raise RunError(f"{folder} is no bundle (it has no {MANIFEST}); expected a folder that `receta export` made.")
        plain = disk.read_json(folder / MANIFEST)
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            written = plain.get("receta", "of an unknown version") if isinstance(plain, dict) else "of an unknown version"
            raise RunError(
                f"{folder / MANIFEST} was written by receta {written} in another format; expected format {FORMAT}. "
                f"Export the run again."
            )
        bundle = cls._read(folder, plain)
        missing = [name for name in bundle.files if not (folder / name).is_file()]
        if missing:
            raise RunError(
                f"{folder} lacks {', '.join(missing)}; expected every file that {MANIFEST} names. Export the run again."
            )
        return bundle

    @classmethod
    def _read(cls, folder: Path, plain: dict[str, Any]) -> Bundle:
        """The values of bundle.json, each of the kind it must be."""
        spoilt = f"{folder / MANIFEST} is spoilt; expected what `receta export` writes. Export the run again."
        try:
            names, shape, files = plain["class_names"], plain["input"]["shape"], plain["files"]
            sound = (
                all(isinstance(given, list) for given in (names, shape, files))
                and all(isinstance(text, str) for text in (plain["target"], *names, *files))
                and len(shape) == 3 and all(type(side) is int and side > 0 for side in shape) and len(names) > 1
                and plain["input"]["dtype"] == "uint8" and plain["fit"] in ("stretch", "crop", "pad")
                and all(PurePath(name).name == name for name in files)  # none of another folder
            )  # fmt: skip
            figures = {name: float(plain[name]) for name in ("max_gap", "top_agreement", "accuracy", "reference_accuracy")}
            n, judged_on, version = int(plain["n"]), str(plain["judged_on"]), str(plain["receta"])
            sure_from = float(plain.get("sure_from", SURE))  # bundles of earlier versions have none
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(spoilt.replace(";", f" ({error!r});", 1)) from error
        if not sound or not 0 <= sure_from <= 2:
            raise RunError(spoilt)
        return cls(folder, plain["target"], tuple(files), tuple(names), (shape[0], shape[1], shape[2]), plain["fit"],
                   **figures, judged_on=judged_on, n=n, receta=version, sure_from=sure_from)  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """What bundle.json holds."""
        plain = {name: value for name, value in asdict(self).items() if name not in ("folder", "input_shape", "receta")}
        return {**plain, "input": {"shape": list(self.input_shape), "dtype": "uint8"}, "receta": self.receta, "format": FORMAT}

    @functools.cached_property
    def _runtime(self) -> Callable[[np.ndarray], np.ndarray]:
        module = SHELF.module(self.target)
        try:
            runtime: Callable[[np.ndarray], np.ndarray] = module.opened(self.folder)
        except ImportError as error:
            raise MissingExtra(
                f"{self.folder} needs {error.name or error}, which is not installed; expected the extra {module.EXTRA}. "
                f"Run: pip install 'receta[{module.EXTRA}]'"
            ) from error
        return runtime

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 pictures (n, *input_shape) -> probabilities (n, classes) float32.

        Raises InputError for another shape or other numbers than uint8.
        """
        inputs = np.asarray(inputs)
        if inputs.dtype != np.uint8 or inputs.shape[1:] != self.input_shape:
            raise InputError(
                f"inputs of shape {inputs.shape} and type {inputs.dtype} do not fit; expected uint8 pixels (n, "
                f"{', '.join(map(str, self.input_shape))}), 0 to 255. Decode pictures with receta.core.image.decode."
            )
        parts = [self._runtime(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.class_names)), np.float32)
