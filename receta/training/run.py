"""What is a run: a folder that holds everything needed to use, judge and repeat it?"""

from __future__ import annotations

import csv
import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models, tasks
from receta.core import disk, recipe_files, records, seals, shapes, trust
from receta.core.abstention import SURE
from receta.core.errors import RunError
from receta.core.measure import Measure
from receta.core.notebook import show_page
from receta.core.own_input import take_values
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.core.scale import Scale
from receta.core.shown import Shown, as_frame
from receta.core.spec import Fit, Spec, of_pixels
from receta.data.dataset import Dataset, Task
from receta.data.examples import Examples, readable
from receta.pipeline import backend
from receta.training.comparing import Comparing
from receta.training.networks import predict
from receta.training.result import ADVICE, RungResult, choose, read_result
from receta.training.run_folder import parse_part, read_about

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, repr=False)
class Run(Comparing, Shown):
    """A run folder, read: a Predictor with its recipe, figures and scores.

    Open one with `Run.open(folder)`. Nothing heavy is loaded before it is asked for. sealed:
    whether its files were compared with their digests. trusted: whether its networks may hold code.
    """

    folder: Path
    about: dict[str, Any]
    sealed: bool = True
    trusted: bool = False

    def __repr__(self) -> str:
        chosen, scores = choose(self.rungs), self.scores
        if chosen is None:
            return f"Run({self.folder}: no model yet)"
        if scores is None:
            reached = tasks.say(chosen.measure) if chosen.measure else "not measured"
            return f"Run({self.folder}: {chosen.rung}, {reached} on validation)"
        task = tasks.of_scores(scores)
        low, high = (tasks.show(task, end) for end in scores["interval"])
        value = scores["accuracy"] if "accuracy" in scores else scores["value"]
        reached = tasks.say(Measure(task.MEASURE, value, better=task.BETTER))
        return (
            f"Run({self.folder}: {chosen.rung}, {reached} on {scores['n']:,} test examples; "
            f"95 % interval {low} to {high})"
        )

    def frame(self) -> Any:
        """A pandas DataFrame of the rungs, one a row; MissingExtra without pandas."""
        return as_frame([rung.figures() for rung in self.rungs])

    def history(self, rung: str) -> list[dict[str, float]]:
        """Loss and accuracy of a rung by epoch; empty before it was trained."""
        path = self.folder / "rungs" / models.folder_name(rung) / "history.csv"
        if not path.exists():
            return []
        lines = csv.DictReader(disk.read_text(path).splitlines())
        return [
            {name: float(value) for name, value in line.items() if name != "rung"} for line in lines
        ]

    def show(self) -> Path:
        """Show the report: inside of a notebook, else in the browser; its path is returned.

        Raises RunError before there is one.
        """
        path = self.folder / "report.html"
        if not path.exists():
            raise RunError(
                f"{self.folder} has no report; expected a run that was judged, for train alone "
                "writes none. "
                f"Make one with receta.judge(run, parts)."
            )
        show_page(path)
        return path

    @classmethod
    def open(cls, folder: str | Path, *, trust: bool = False) -> Run:
        """Open a run folder; RunError when it is none, of another version, or not as receta
        left it.

        trust: whether its networks may hold code, also where they were not written on this machine.
        """
        folder = Path(folder)
        if not (folder / "run.json").is_file():
            raise RunError(
                f"{folder} is no run folder (it has no run.json); expected one that `receta run` "
                "made."
            )
        about = read_about(folder)
        sealed = seals.check(folder, ADVICE)
        if said := shapes.mismatch(about, records.RUN):
            raise RunError(f"{folder / 'run.json'} is damaged ({said}). {ADVICE}")
        return cls(folder, about, sealed, trust)

    @property
    def why_unchecked(self) -> str:
        """Why nobody can say whether its files are as they were written; '' where they are."""
        if self.sealed:
            return ""
        return (
            f"{self.folder} was made by a version of receta that kept no digests: damage in it "
            "cannot be seen."
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the columns of `predict`."""
        return tuple(self.about["data"]["class_names"])

    @property
    def task(self) -> Task:
        """classes, or labels: whether a picture has exactly one of the names."""
        task: Task = self.about["data"].get("task", "classes")
        return task

    @property
    def thresholds(self) -> tuple[float, ...] | None:
        """From which probability on each label is said; None of others."""
        return self._find_decision("thresholds")

    @property
    def margins(self) -> tuple[float, ...] | None:
        """Half the width of the interval of each value; None of classes and labels."""
        return self._find_decision("margins")

    def _find_decision(self, name: str) -> tuple[float, ...] | None:
        found = self.calibration.get(name)
        return None if found is None else tuple(map(float, found))

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of what `predict` takes of an example; of pictures (height, width, channels).

        That of the chosen rung, which may want larger pictures than the others.
        """
        chosen = choose(self.rungs)
        return tuple((chosen.input_shape if chosen else ()) or self.about["input"]["shape"])

    @property
    def specs(self) -> tuple[Spec, ...]:
        """What its network takes, as new examples are to be read."""
        known = self.about["input"].get("specs") or [of_pixels(self.input_shape)[0].to_json()]
        first, *others = (parse_part(self.folder, Spec.from_json, one) for one in known)
        return (dataclasses.replace(first, shape=self.input_shape), *others)

    @property
    def fit(self) -> Fit:
        """How pictures of another shape are brought to `input_shape`."""
        fit: Fit = self.about["input"].get("fit", "stretch")
        return fit

    @property
    def scale(self) -> Scale:
        """How more than 8 bits became 8 in the pictures that it was trained on."""
        return parse_part(self.folder, Scale.from_json, self.about["input"].get("scale", {}))

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The recipe as the user gave it."""
        return recipe_files.read(self.folder / "recipe.toml")

    @functools.cached_property
    def rungs(self) -> list[RungResult]:
        """What came of every rung, in the order they were climbed."""
        paths = [
            self.folder / "rungs" / models.folder_name(rung) / "rung.json"
            for rung in self.recipe.rungs
        ]
        return [read_result(path) for path in paths if path.exists()]

    @property
    def best(self) -> RungResult:
        """The rung that was chosen; RunError before one is."""
        chosen = choose(self.rungs)
        if chosen is None or not (self.folder / "model.keras").exists():
            raise RunError(
                f"{self.folder} holds no finished network; expected one. Repeat the command that "
                "began it."
            )
        return chosen

    @functools.cached_property
    def scores(self) -> dict[str, Any] | None:
        """Scores on test data, None before they were taken."""
        path = self.folder / "scores.json"
        return disk.read_json(path, records.SCORES) if path.exists() else None

    @functools.cached_property
    def decision(self) -> dict[str, Any] | None:
        """How answers are chosen when costs were stated, as `Decision.to_json` wrote it."""
        path = self.folder / "decision.json"
        return disk.read_json(path, records.DECISION) if path.exists() else None

    @functools.cached_property
    def calibration(self) -> dict[str, Any]:
        """How the best network was made ready for use, as `deliver` wrote it; empty before."""
        path = self.folder / "calibration.json"
        return disk.read_json(path, records.CALIBRATION) if path.exists() else {}

    @property
    def sure_from(self) -> float:
        """Probability of the first class from which on an answer is sure."""
        return float(self.calibration.get("sure_from", SURE))

    def model(self, rung: str | None = None) -> keras.Model:
        """The best network, or a rung's; loaded in safe mode (`receta.core.trust`)."""
        self.best  # noqa: B018  says so in one line when there is none
        return self.rung_model(rung) if rung else self._load(self.folder / "model.keras")

    @functools.cached_property
    def networks(self) -> dict[str, keras.Model]:
        """Networks of rungs that are in memory already: loading one takes seconds."""
        return {}

    def rung_model(self, rung: str) -> keras.Model:
        """A rung's network as it was trained, also before one is chosen."""
        if rung in self.networks:
            return self.networks[rung]
        return self._load(self.folder / "rungs" / models.folder_name(rung) / "model.keras")

    def _load(self, path: Path) -> keras.Model:
        backend.start(self.about["machine"]["threads"])
        if not path.is_file():
            raise RunError(f"{path} is missing; expected a network of this run. {ADVICE}")
        trusted = self.trusted or trust.written_here(path)
        try:
            model = models.load_saved(path, trust=trusted)
        except models.NeedsTrust as error:
            raise RunError(
                f"{path} needs a SavedModel or code of its own, which may do anything here, and "
                "it was not written on this machine "
                f"(or the SavedModel is gone); expected plain layers. {trust.ADVICE}"
            ) from error
        if model.output_shape != (None, len(self.class_names)):
            raise RunError(
                f"{path} gives {model.output_shape}; expected a value for each of "
                f"{len(self.class_names)} classes. {ADVICE}"
            )
        return model

    @functools.cached_property
    def _model(self) -> keras.Model:
        return self.model()

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Examples (n, *input_shape), such as uint8 pictures -> answers (n, outputs)."""
        taken = take_values(self.specs[0], inputs)
        return np.asarray(self._model.predict(taken, batch_size=256, verbose=0))

    def predict_rows(self, examples: Examples, rung: str | None = None) -> np.ndarray:
        """Answers (n, outputs) of a view, in its order; of a rung if named."""
        return self.answers(self.model(rung) if rung else self._model, examples)

    def answers(self, model: keras.Model, examples: Examples) -> np.ndarray:
        """Answers (n, outputs) that one of the run's networks gives.

        Decodes the pictures at the network's own size where the examples are of another.
        """
        examples = self.at_size_of(model, examples)
        # its features are kept: five looks at the same pictures cost one
        if parts := models.cut_at_head(model):
            body, top = parts
            stored = self.stored_features(body, examples)
            return np.asarray(top.predict(stored, batch_size=1024, verbose=0))
        return predict(model, examples)

    def examples(self, data: Dataset) -> Examples:
        """The readable examples of some data, as this run's networks take them."""
        return readable(data, self.inputs(data))

    def inputs(self, data: Dataset) -> Any:
        """The data read as this run's networks take them."""
        return kinds.of_model(self).decode_as(self, data, Unasked())
