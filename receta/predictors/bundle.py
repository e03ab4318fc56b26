"""What is a bundle: a network in a format of its own, with names, input and proof?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import seals, trust
from receta.core.abstention import SURE
from receta.core.errors import InputError, MissingExtra, RecetaError, RunError
from receta.core.likeness import Likeness
from receta.core.own_input import refuse_values
from receta.core.predictor import refuse_names
from receta.core.registry import Shelf
from receta.core.scale import USUAL, Scale
from receta.core.shown import Shown
from receta.core.spec import Fit, Spec
from receta.predictors.described import Described, Input, Output
from receta.predictors.lists import as_list, from_list
from receta.predictors.manifest import (
    ADVICE,
    FORMAT,
    MANIFEST,
    parse_manifest,
    read_manifest,
    refuse_changes,
)
from receta.predictors.target import Target

SHELF = Shelf("receta.exporters", "target", contract=Target)

_BATCH = 256  # pictures that go through a runtime at once: bounds the memory


def code_in(module: Any, folder: Path) -> str:
    """What a bundle of a target holds that asks for --trust; '' for plain layers."""
    return str(module.code(folder))


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
    likeness: what tells a picture that is none of the classes. specs: of a run, how its examples
    were read; () of anybody's network. margins: half the width of each value's interval. '' where
    nothing tells: data_name, of what it was trained on; network, digest of the run's model.keras;
    verdict, its word on the test part. sealed: digests were compared. trusted: it may hold code.
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
    verdict: str = field(default="", compare=False)
    likeness: Likeness | None = field(default=None, compare=False)
    specs: tuple[Spec, ...] = ()
    margins: tuple[float, ...] | None = None

    @property
    def why_unchecked(self) -> str:
        """Why nobody can say whether its files are as they were written; empty where they are."""
        if self.sealed:
            return ""
        return (
            f"{self.folder} was exported by a version of receta that kept no digests: damage "
            "in it cannot be seen."
        )

    def __repr__(self) -> str:
        right = ""
        if self.accuracy is not None:
            right = f", {self.accuracy:.1%} right on {self.n:,} of {self.judged_on}"
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
        """Open a bundle; trust: whether it may hold code, which is asked when it first predicts.

        Raises RunError when it is none, incomplete, of another version, or not as receta wrote it.
        """
        folder = Path(folder)
        plain, sealed = read_manifest(folder)
        fields = parse_manifest(folder, plain)
        refuse_changes(folder, plain, fields["files"], sealed)
        return cls(folder=folder, sealed=sealed, trusted=trust, **fields)

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
        runtime: Callable[[Any], Any] = self._load(lambda module: module.opened(self.folder))
        return runtime

    @functools.cached_property
    def _judging(self) -> Callable[[Any], Any] | None:
        """The runtime that gives features too; None where nothing is there to compare with."""
        known = self.likeness
        if known is None or SHELF.module(self.target).judging is None:
            return None
        width = known.features.shape[1]
        found: Callable[[Any], Any]
        found = self._load(lambda module: module.judging(self.folder, width))
        return found

    def _load(self, opening: Callable[[Any], Any]) -> Any:
        module = SHELF.module(self.target)
        holds = code_in(module, self.folder)
        if holds:
            digest = trust.of_files({name: seals.digest(self.folder / name) for name in self.files})
            trust.ask(self.folder, holds, trusted=self.trusted, digest=digest)
        try:
            return opening(module)
        except ImportError as error:
            raise MissingExtra(
                f"{self.folder} needs {error.name or error}, which is not installed; expected the "
                f"extra {module.EXTRA}. Run: pip install 'receta[{module.EXTRA}]'"
            ) from error
        except (RecetaError, MemoryError):
            raise
        except Exception as error:  # a runtime's own words on a file that is spoilt
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> RunError:
        words = " ".join(str(error).split())[:200]
        return RunError(
            f"the network in {self.folder} cannot be used ({type(error).__name__}: {words}); "
            f"expected a {self.target} file as `receta export` writes it. {ADVICE}"
        )

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 pictures (n, *input_shape) -> probabilities (n, classes) float32.

        A bundle of somebody's own network takes what that takes. Raises InputError for another
        shape or other numbers, and for several inputs or outputs (`answers` takes those).
        """
        inputs = self._fitting(inputs)
        batches = [inputs[start : start + _BATCH] for start in range(0, len(inputs), _BATCH)]
        parts = [self._check(self._ask(self._runtime, one), len(one)) for one in batches]
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
            given, features = self._ask(judging, some)
            said.append(self._check(given, len(some)))
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
        if self.specs:
            refuse_values(self.specs[0], inputs, taken.name)
        return inputs.astype(taken.dtype, copy=False)

    def _ask(self, runtime: Callable[[Any], Any], inputs: Any) -> Any:
        try:
            return runtime(inputs)
        except (RecetaError, MemoryError):
            raise
        except Exception as error:
            raise self._unusable(error) from error

    def _check(self, given: Any, n: int) -> np.ndarray:
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
            return self._ask(self._runtime, inputs)
        names = [one.name for one in self.inputs]
        if sorted(inputs) != sorted(names):
            raise InputError(
                f"inputs are named {', '.join(map(str, inputs))}; expected {', '.join(names)}. "
                "Name them so."
            )
        given = as_list(self._ask(self._runtime, from_list([inputs[name] for name in names])))
        return dict(
            zip(
                [one.name for one in self.outputs] or map(str, range(len(given))),
                given,
                strict=True,
            )
        )
