"""What is a bundle: a network in a format of its own, with names, input and proof?"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from receta.core import disk, outside, sealing, seals, shapes, trust
from receta.core.abstention import SURE
from receta.core.errors import InputError, MissingExtra, RecetaError, RunError
from receta.core.likeness import SHAPE as LIKENESS
from receta.core.likeness import Likeness
from receta.core.predictor import refuse_names
from receta.core.records import SPEC
from receta.core.registry import Shelf
from receta.core.scale import SHAPE, USUAL, Scale
from receta.core.shapes import Between
from receta.core.shown import Shown
from receta.core.spec import Fit, Spec
from receta.predictors.described import Described as Described
from receta.predictors.described import Input as Input
from receta.predictors.described import Output as Output
from receta.predictors.described import judged_words as judged_words
from receta.predictors.lists import listed, unlisted
from receta.predictors.target import Target

SHELF = Shelf("receta.exporters", "target", contract=Target)
MANIFEST = "bundle.json"
FORMAT = 1  # of bundle.json; a bundle of another one is refused, not guessed at

_DTYPES = ("uint8", "float32", "float16", "int32", "int64", "bool")
ADVICE = "Restore it from a copy, or export the run again."  # for whoever finds a file spoilt
_BATCH = 256  # pictures that go through a runtime at once: bounds the memory
_MOST_VALUES = 1 << 28  # of one input; a picture of 9,000 pixels a side
_INPUT = {"shape": [(Between(int, 1, _MOST_VALUES), None)], "dtype": set(_DTYPES)}


def code_in(module: Any, folder: Path) -> str:
    """What a bundle of a target holds that asks for --trust; '' for plain layers."""
    holds: str = module.code(folder)
    return holds


_SHARE = (Between(float, 0, 1), None)
_SHAPE = {
    "target": str,
    "files": [str],
    "class_names": [str],
    "input": _INPUT,
    "fit": {"stretch", "crop", "pad"},
    "receta": str,
    "inputs?": [{**_INPUT, "name": str, "below": Between(int, 0, 2**62), "highest": float}],
    "max_gap": float,
    "top_agreement": _SHARE,
    "accuracy": _SHARE,
    "reference_accuracy": _SHARE,
    "judged_on": str,
    "n": Between(int, 0, 2**48),
    "sure_from?": Between(float, 0, 2),
    "thresholds?": ([float], None),
    "variant?": str,
    "outputs?": [{"name": str, "shape": [(int, None)], "dtype": str, "gives": str}],
    "calibrated_on?": (str, None),
    "validation?": ({str: Any}, None),
    "tolerance?": (float, None),
    "one_ms?": (float, None),
    "probable?": bool,
    "scale?": SHAPE,
    "data_name?": str,
    "network?": str,
    "likeness?": (LIKENESS, None),
    "specs?": [SPEC],
}


@dataclass(frozen=True, repr=False)
class Bundle(Described, Shown):
    """A network for one target: a Predictor with proof of its equality.

    Open one with `Bundle.open(folder)`. max_gap: the largest difference of a probability
    from Keras' own, top_agreement: the share of pictures whose class is the same; accuracy
    is the bundle's and reference_accuracy that of Keras, on the same n pictures of the run's
    part `judged_on`; None where there is nothing to judge by. validation: the same on what
    decided whether a smaller variant may be written. one_ms: milliseconds for one picture.
    An answer is sure from the probability sure_from on. thresholds: of a network of labels, from
    which probability each is said; top_agreement is then of all labels of a picture, and
    accuracy the share of labels right at 0.5. outputs: in the order of `answers`; bundles of
    earlier versions have none. calibrated_on: where the ranges of a smaller variant come from.
    likeness: what tells a picture that is none of the classes, None where nothing does. specs: of
    a run, how its examples were read; () of anybody's network. data_name: what its run was trained
    on; network: digest of the run's model.keras; '' where nothing tells. sealed: whether its files
    were compared with their digests. trusted: whether it may hold code.
    """

    folder: Path
    target: str
    files: tuple[str, ...]
    class_names: tuple[str, ...]
    inputs: tuple[Input, ...]
    fit: Fit
    max_gap: float
    top_agreement: float | None
    accuracy: float | None
    reference_accuracy: float | None
    judged_on: str
    n: int
    receta: str
    sure_from: float = SURE
    variant: str = ""
    validation: dict[str, Any] | None = field(default=None, hash=False)
    tolerance: float | None = None
    one_ms: float | None = field(default=None, compare=False)
    probable: bool = True
    thresholds: tuple[float, ...] | None = None
    outputs: tuple[Output, ...] = ()
    calibrated_on: str | None = None
    sealed: bool = field(default=True, compare=False)
    trusted: bool = field(default=False, compare=False)
    scale: Scale = USUAL
    data_name: str = field(default="", compare=False)
    network: str = field(default="", compare=False)
    likeness: Likeness | None = field(default=None, compare=False)
    specs: tuple[Spec, ...] = ()

    @property
    def unchecked(self) -> str:
        """Why nobody can say whether its files are as they were written, in one line.

        Empty where they are.
        """
        if self.sealed:
            return ""
        return (
            f"{self.folder} was exported by a version of receta that kept no digests: damage "
            "in it cannot be seen."
        )

    def __repr__(self) -> str:
        right = (
            ""
            if self.accuracy is None
            else f", {self.accuracy:.1%} right on {self.n:,} of {self.judged_on}"
        )
        return (
            f"Bundle({self.folder}: {self.name}, {len(self.class_names):,} classes{right}, "
            f"largest gap {self.max_gap:.2g})"
        )

    @property
    def name(self) -> str:
        """Target and variant, as `--to` takes them."""
        return f"{self.target}:{self.variant}" if self.variant else self.target

    @property
    def takes_pictures(self) -> bool:
        """Whether it names classes of pictures: one input of pixels, probabilities as output."""
        return self.probable and len(self.inputs) == 1 and self.inputs[0].pictures

    @property
    def bytes(self) -> int:
        """Size of its files, without the manifest."""
        return sum((self.folder / name).stat().st_size for name in self.files)

    @classmethod
    def open(cls, folder: str | Path, *, trust: bool = False) -> Bundle:
        """Open a bundle; RunError when it is none, incomplete, of another version, or not as
        receta wrote it.

        trust: whether it may hold code, which is asked when it first predicts.
        """
        folder = Path(folder)
        if not (folder / MANIFEST).is_file():
            raise RunError(
                f"{folder} is no bundle (it has no {MANIFEST}); expected a folder that `receta "
                "export` made."
            )
        try:
            content = outside.read_file(folder / MANIFEST, disk.MOST_JSON)
        except OSError as error:
            raise RunError(
                f"{folder / MANIFEST} cannot be read ({error.strerror}); expected a bundle. Mend "
                "that, then repeat."
            ) from error
        plain, sealed = sealing.unseal_json(content, folder / MANIFEST, ADVICE)
        if not isinstance(plain, dict) or plain.get("format") != FORMAT:
            known = plain.get("receta") if isinstance(plain, dict) else None
            written = str(known or "of an unknown version")[:40]
            raise RunError(
                f"{folder / MANIFEST} was written by receta {written} in another format; expected "
                f"format {FORMAT}. Export the run again."
            )
        bundle = cls._read(folder, plain, sealed, trust)
        missing = [name for name in bundle.files if not (folder / name).is_file()]
        if missing:
            raise RunError(
                f"{folder} lacks {', '.join(missing)}; expected every file that {MANIFEST} "
                "names. Export the run again."
            )
        for name in bundle.files:
            seals.inside(folder, name, ADVICE)
        if sealed:
            digests: dict[str, str] = plain.get("digests") or {}
            if shapes.mismatch(digests, {str: str}) or digests.keys() != set(bundle.files):
                raise RunError(
                    f"{folder / MANIFEST} is spoilt (its digests are not of its files); expected "
                    f"one of each. {ADVICE}"
                )
            seals.refuse_changes(folder, digests, ADVICE)
        return bundle

    @classmethod
    def _read(cls, folder: Path, plain: dict[str, Any], sealed: bool, trusted: bool) -> Bundle:
        """The values of bundle.json, each of the kind it must be."""
        spoilt = (
            f"{folder / MANIFEST} is spoilt; expected what `receta export` writes. Export "
            "the run again."
        )
        said = shapes.mismatch(plain, _SHAPE)
        if said:
            raise RunError(spoilt.replace(";", f" ({said});", 1))
        names, files, first = plain["class_names"], plain["files"], plain["input"]
        pixels = {"name": "pixels", "highest": 255.0, "below": 0, **first}
        inputs = [
            Input(
                one["name"], tuple(one["shape"]), one["dtype"], one["below"], float(one["highest"])
            )
            # bundles of earlier versions have the one
            for one in plain.get("inputs", [pixels])
        ]
        said_from = plain.get("thresholds")
        thresholds = None if said_from is None else tuple(map(float, said_from))
        sound = (
            names
            and inputs
            and inputs[0].dtype == first["dtype"]
            and list(inputs[0].shape) == first["shape"]
            and (inputs[0].dtype != "uint8" or inputs[0].pictures)
            and all(math.prod(side or 1 for side in one.shape) <= _MOST_VALUES for one in inputs)
            and (thresholds is None or len(thresholds) == len(names))
            and all(
                name and not PurePath(name).is_absolute() and ".." not in PurePath(name).parts
                for name in files
            )
        )
        if not sound:
            raise RunError(spoilt)
        try:
            scale = Scale.from_json(plain.get("scale", {}))
            likeness = Likeness.from_json(plain["likeness"]) if plain.get("likeness") else None
        except ValueError as error:
            raise RunError(spoilt.replace(";", f" ({error});", 1)) from error
        agreement, accuracy, reference = (
            None if plain[name] is None else float(plain[name])
            for name in ("top_agreement", "accuracy", "reference_accuracy")
        )
        gap, n, judged_on, version = (
            float(plain["max_gap"]),
            plain["n"],
            plain["judged_on"],
            plain["receta"],
        )
        sure_from = float(plain.get("sure_from", SURE))  # bundles of earlier versions have none
        outputs = tuple(
            Output(one["name"], tuple(one["shape"]), one["dtype"], one["gives"])
            for one in plain.get("outputs", [])
        )
        more = {
            name: plain[name]
            for name in (
                "variant",
                "validation",
                "tolerance",
                "one_ms",
                "probable",
                "calibrated_on",
                "data_name",
                "network",
            )
            if name in plain
        }
        return cls(
            folder,
            plain["target"],
            tuple(files),
            tuple(names),
            tuple(inputs),
            plain["fit"],
            gap,
            agreement,
            accuracy,
            reference,
            judged_on,
            n,
            version,
            sure_from,
            thresholds=thresholds,
            outputs=outputs,
            sealed=sealed,
            trusted=trusted,
            scale=scale,
            likeness=likeness,
            specs=tuple(map(Spec.from_json, plain.get("specs", ()))),
            **more,
        )

    def to_json(self) -> dict[str, Any]:
        """What bundle.json holds, but for the features that pictures are compared with."""
        plain = asdict(replace(self, likeness=None))
        for name in ("folder", "receta", "sealed", "trusted", "likeness"):
            del plain[name]
        if self.likeness is not None:
            plain["none"] = self.likeness.figures()
        first = {"shape": list(self.inputs[0].shape), "dtype": self.inputs[0].dtype}
        return {
            **plain,
            "scale": self.scale.to_json(),
            "specs": [one.to_json() for one in self.specs],
            "task": self.task,
            "input": first,
            "receta": self.receta,
            "format": FORMAT,
        }

    @functools.cached_property
    def _runtime(self) -> Callable[[np.ndarray], np.ndarray]:
        runtime: Callable[[Any], Any] = self._opened(lambda module: module.opened(self.folder))
        return runtime

    @functools.cached_property
    def _judging(self) -> Callable[[Any], Any] | None:
        """The runtime that gives features too; None where nothing is there to compare with."""
        known = self.likeness
        if known is None or SHELF.module(self.target).judging is None:
            return None
        width = known.features.shape[1]
        runtime: Callable[[Any], Any] = self._opened(
            lambda module: module.judging(self.folder, width)
        )
        return runtime

    def _opened(self, opening: Callable[[Any], Any]) -> Any:
        module = SHELF.module(self.target)
        holds = code_in(module, self.folder)
        if holds:
            digest = trust.of_files({name: seals.digest(self.folder / name) for name in self.files})
            trust.ask(self.folder, holds, trusted=self.trusted, digest=digest)
        try:
            runtime = opening(module)
        except ImportError as error:
            raise MissingExtra(
                f"{self.folder} needs {error.name or error}, which is not installed; expected the "
                f"extra {module.EXTRA}. Run: pip install 'receta[{module.EXTRA}]'"
            ) from error
        except (RecetaError, MemoryError):
            raise
        except Exception as error:  # a runtime's own words on a file that is spoilt
            raise self._unusable(error) from error
        return runtime

    def _unusable(self, error: Exception) -> RunError:
        words = " ".join(str(error).split())[:200]
        return RunError(
            f"the network in {self.folder} cannot be used ({type(error).__name__}: {words}); "
            f"expected a {self.target} file as `receta export` writes it. {ADVICE}"
        )

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 pictures (n, *input_shape) -> probabilities (n, classes) float32.

        A bundle of somebody's own network takes what that takes. Raises InputError for
        another shape or other numbers, and for a network of several inputs or outputs
        (`answers` takes those).
        """
        inputs = self._fitting(inputs)
        parts = [
            self._asked(inputs[start : start + _BATCH]) for start in range(0, len(inputs), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.class_names)), np.float32)

    def judge(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """What `predict` gives, and how unlike the training pictures each is (n,).

        None in place of the second where the bundle cannot tell.
        """
        known, judging = self.likeness, self._judging
        if known is None or judging is None or not len(inputs):
            return self.predict(inputs), None
        inputs = self._fitting(inputs)
        said, unlike = [], []
        for start in range(0, len(inputs), _BATCH):
            some = inputs[start : start + _BATCH]
            given, features = self._guarded(judging, some)
            said.append(self._named(given, len(some)))
            unlike.append(known.fitting(features, self.folder / MANIFEST, ADVICE).unlike(features))
        return np.concatenate(said), np.concatenate(unlike)

    def _fitting(self, inputs: Any) -> np.ndarray:
        """The inputs as its one input takes them; InputError for what does not fit."""
        refuse_names(inputs)
        inputs = np.asarray(inputs)
        taken = self.inputs[0]
        fits = (
            len(self.inputs) == 1
            and inputs.ndim == len(taken.shape) + 1
            and all(
                side in (None, given)
                for side, given in zip(taken.shape, inputs.shape[1:], strict=True)
            )
            and (
                inputs.dtype == taken.dtype
                or (taken.dtype != "uint8" and np.can_cast(inputs.dtype, taken.dtype, "same_kind"))
            )
        )
        if not fits:
            what = "pixels" if self.takes_pictures else "values"
            ends = " Decode pictures with receta.data.image.decode." if self.takes_pictures else ""
            sides = ", ".join("any" if side is None else str(side) for side in taken.shape)
            several = f" for each of {len(self.inputs)} inputs" if len(self.inputs) > 1 else ""
            raise InputError(
                f"inputs of shape {inputs.shape} and type {inputs.dtype} do not fit; expected "
                f"{taken.dtype} {what} (n, "
                f"{sides}){', 0 to 255' if taken.pictures else ''}{several}.{ends}"
            )
        return inputs.astype(taken.dtype, copy=False)

    def _given(self, inputs: Any) -> Any:
        return self._guarded(self._runtime, inputs)

    def _guarded(self, runtime: Callable[[Any], Any], inputs: Any) -> Any:
        try:
            return runtime(inputs)
        except (RecetaError, MemoryError):
            raise
        except Exception as error:
            raise self._unusable(error) from error

    def _asked(self, inputs: np.ndarray) -> np.ndarray:
        return self._named(self._given(inputs), len(inputs))

    def _named(self, given: Any, n: int) -> np.ndarray:
        """What a runtime gave for n inputs; RunError where that is no value for each class."""
        if self.takes_pictures and getattr(given, "shape", None) != (n, len(self.class_names)):
            shape = getattr(given, "shape", type(given).__name__)
            raise RunError(
                f"the network in {self.folder} gives {shape} for {n} pictures; expected one value "
                f"for each of its {len(self.class_names)} class names. {ADVICE}"
            )
        return np.asarray(given)

    def answers(self, inputs: Any) -> Any:
        """What its runtime gives for one batch, of any number of inputs and outputs.

        inputs: an array; of several inputs a list in the order of `inputs`, or a dict by their
        names, of which a dict by the names of the outputs comes back. Raises InputError for
        other names.
        """
        if not isinstance(inputs, dict):
            return self._given(inputs)
        names = [one.name for one in self.inputs]
        if sorted(inputs) != sorted(names):
            raise InputError(
                f"inputs are named {', '.join(map(str, inputs))}; expected {', '.join(names)}. "
                "Name them so."
            )
        given = listed(self._given(unlisted([inputs[name] for name in names])))
        return dict(
            zip(
                [one.name for one in self.outputs] or map(str, range(len(given))),
                given,
                strict=True,
            )
        )
