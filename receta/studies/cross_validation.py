"""How good is a recipe, whichever examples are kept for the test? The door `cross_validate`.

Each fold, or each drawing of a bootstrap, is a trial. Every example is answered by networks that
never saw it; these answers are kept in one file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta import tasks
from receta.core import comparing, disk, records
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import RecipeError, RunError
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.data.options import spell_options
from receta.studies.answers import read_answers, refuse_other_outputs
from receta.studies.dividing import divide
from receta.studies.ensembles import OUT_OF_FOLD
from receta.studies.limits import refuse_counts
from receta.studies.preparing import Question, begin, read
from receta.studies.running import UNWATCHED, Watch, open_workers, run_trials
from receta.studies.study import StudyFolder, hold
from receta.studies.trial import Division, Outcome, Trial

WAYS = ("folds", "bootstrap")


@dataclass(frozen=True)
class Fold:
    """What one fold reached on its test part, and on the validation part that chose the model."""

    fold: int
    rung: str
    value: float
    validation: float
    n: int
    trained: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """What a recipe reaches, by folds.

    mean, interval: of the measure over the folds; the interval knows that they share examples.
    pooled: the measure of all answers out of fold together. out_of_fold: the file that holds them.
    """

    folder: Path
    way: str
    measure: str
    better: str
    folds: tuple[Fold, ...]
    mean: float
    interval: tuple[float, float]
    pooled: float
    out_of_fold: Path

    def to_json(self) -> dict[str, Any]:
        """What `receta run --cv K --json` prints."""
        return {
            "study": str(self.folder),
            "way": self.way,
            "measure": self.measure,
            "better": self.better,
            "folds": [vars(one) for one in self.folds],
            "mean": self.mean,
            "interval": list(self.interval),
            "pooled": self.pooled,
            "out_of_fold": str(self.out_of_fold),
            "seconds": round(sum(one.seconds for one in self.folds), 1),
        }


@spell_options
def cross_validate(
    data: str | Path,
    *,
    k: int = 5,
    way: str = "folds",
    jobs: int = 1,
    recipe: Recipe | None = None,
    test: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    deadline: Deadline = NEVER,
    watch: Watch = UNWATCHED,
    progress: Progress = Unasked(),
    **options: Any,
) -> CrossValidation:
    """Train a recipe k times, each time tested on other examples.

    way: folds, of which each example is in one, or bootstrap, which draws with replacement and
    tests on what was not drawn. jobs: trainings at a time. A test part of the data's own, or
    `test`, is left aside: `receta.combine` judges on it. The same call goes on with what it began.
    Raises RecipeError for a k out of bounds, InputError where the data are too few for it, RunError
    where a fold cannot be trained.
    """
    if way not in WAYS:
        raise RecipeError(f"way={way!r} is unknown; expected one of {', '.join(WAYS)}. Name one.")
    refuse_counts(jobs=jobs)
    asked = recipe or Recipe()
    question = Question(
        verb="cv",
        data=data,
        recipe=asked,
        asked={"way": way, "k": k},
        test=test,
        options=options,
        jobs=jobs,
        out=out,
        force=force,
    )
    everything, examples = read(question, progress)
    trials = list_trials(k, way, asked.seed)
    divide(examples, asked, trials[0].division)  # what cannot be divided is told before anything
    with hold(question.folder):
        folder = begin(question, everything, examples, progress)
        tell_stage(progress, way)
        found: dict[int, Outcome] = {}
        with open_workers(jobs) as workers:
            for outcome in run_trials(folder, trials, workers, deadline=deadline, watch=watch):
                _refuse_failed(outcome, way)
                found[outcome.number] = outcome
        if len(found) < k:
            raise RunError(
                f"{len(found)} of {k} {way} are done in the time that was given; expected all. "
                "Repeat the command with a longer --budget: it goes on."
            )
        return conclude(folder, trials, found, way)


def list_trials(k: int, way: str, seed: int) -> list[Trial]:
    """One trial a fold, all with one seed."""
    is_drawn = way == "bootstrap"
    return [
        Trial(
            number=fold,
            name=f"{'drawing' if is_drawn else 'fold'} {fold + 1} of {k}",
            settings={},
            division=Division(seed=seed, folds=k, fold=fold, is_drawn=is_drawn),
        )
        for fold in range(k)
    ]


def _refuse_failed(outcome: Outcome, way: str) -> None:
    if outcome.state != "finished" or outcome.test is None or outcome.measure is None:
        raise RunError(
            f"number {outcome.number + 1} of the {way} could not be trained: {outcome.why} "
            "Expected a model of each. Mend that, then repeat the command."
        )


def conclude(
    folder: StudyFolder, trials: Sequence[Trial], found: dict[int, Outcome], way: str
) -> CrossValidation:
    """Keep all answers out of fold, and say what was reached; result.json is written last."""
    folds = [_tell_fold(folder, trial, found[trial.number]) for trial in trials]
    pooled = _gather(folder, trials)
    values = np.array([one.value for one in folds])
    tested, trained = (float(np.mean([getattr(one, of) for one in folds])) for of in _SIZES)
    mean, (low, high) = comparing.interval_of_folds(values, trained, tested)
    if _task_of(folder, trials).IS_SHARE:
        low, high = max(low, 0.0), min(high, 1.0)
    first = found[trials[0].number].test
    result = CrossValidation(
        folder=folder.path,
        way=way,
        measure=first.name if first else "",
        better=first.better if first else "higher",
        folds=tuple(folds),
        mean=mean,
        interval=(low, high),
        pooled=pooled,
        out_of_fold=folder.path / OUT_OF_FOLD,
    )
    disk.write_json(folder.result_path, result.to_json())
    return result


_SIZES = ("n", "trained")


def _tell_fold(folder: StudyFolder, trial: Trial, outcome: Outcome) -> Fold:
    split = disk.read_json(folder.folder_of(trial.number) / "run" / "split.json", records.SPLIT)
    return Fold(
        fold=trial.division.fold,
        rung=outcome.rung,
        value=outcome.test.value if outcome.test else float("nan"),
        validation=outcome.measure.value if outcome.measure else float("nan"),
        n=len(split["test"]),
        trained=len(split["train"]) + len(split["validation"]),
        seconds=outcome.seconds,
    )


def _gather(folder: StudyFolder, trials: Sequence[Trial]) -> float:
    """Write the answers of all trials to what they were tested on; the measure of all of them.

    What several drawings tested on has the mean of their answers.
    """
    paths = [folder.folder_of(trial.number) / "answers.npz" for trial in trials]
    parts = [read_answers(path, before="test_") for path in paths]
    refuse_other_outputs(paths, parts)
    joined = {
        name: np.concatenate([part[name] for part in parts])
        for name in ("ids", "targets", "answers")
    }
    folds = np.repeat([trial.division.fold for trial in trials], [len(one["ids"]) for one in parts])
    ids, first, which = np.unique(joined["ids"], return_index=True, return_inverse=True)
    summed = np.zeros((len(ids), joined["answers"].shape[1]))
    np.add.at(summed, which, joined["answers"])
    answers = (summed / np.bincount(which)[:, None]).astype(np.float32)
    targets = joined["targets"][first]
    with (
        disk.replacing(folder.path / OUT_OF_FOLD) as temporary,
        open(temporary, "wb") as handle,
    ):
        np.savez(handle, ids=ids, targets=targets, answers=answers, folds=folds[first])
    return float(_task_of(folder, trials).measure(answers, targets).value)


def _task_of(folder: StudyFolder, trials: Sequence[Trial]) -> tasks.Task:
    """The task of all folds."""
    run = disk.read_json(folder.folder_of(trials[0].number) / "run" / "run.json", records.RUN)
    return tasks.of(run["data"].get("task", "classes"))
