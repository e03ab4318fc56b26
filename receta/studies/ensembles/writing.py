"""How is an ensemble written, so that it is a run like any other: evaluated, exported, served?"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta import evaluation, kinds, tasks, training
from receta.core import disk, records, trust
from receta.core.abstention import SURE
from receta.core.conformal import judge_margins
from receta.core.errors import RunError
from receta.core.measure import Measure
from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.evaluation.usefulness import judge_usefulness, say_scores
from receta.studies.ensembles.judging import Known
from receta.studies.ensembles.members import Member
from receta.training import Run, RungResult

if TYPE_CHECKING:
    import keras

NAME = "ensemble"  # the rung of its folder
FOUND = "ensemble.json"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One network that answers for several, and what it says. known: of examples that no member
    was trained on; judged: of those that judge; answers: of the network to either.
    """

    rung: str
    network: keras.Model
    shared: Spec
    known: Known
    known_answers: np.ndarray
    judged: Known
    judged_answers: np.ndarray
    command: str = ""


def refuse_strangers(folder: Path) -> None:
    """RunError for a folder that holds anything but an ensemble."""
    if (folder / FOUND).exists() or not folder.is_dir():
        return
    strange = sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
    if strange:
        raise RunError(
            f"{folder} holds other files ({', '.join(strange[:3])}); expected an empty or new "
            "folder. Choose another one with --out."
        )


def write_run(folder: Path, made: Made, members: Sequence[Member], seconds: float) -> Run:
    """Lay out a run folder of one network; the caller holds it."""
    first = members[0].first
    recipe = Recipe(rungs=(made.rung,), seed=first.recipe.seed)
    work = _describe_work(recipe, made, members)
    run = training.lay_out(folder, _tell_about(first, made), work)
    place = folder / "rungs" / made.rung / "rung.json"
    for path in (folder / "model.keras", place.with_name("model.keras")):
        with disk.replacing(path) as temporary:
            made.network.save(temporary)
            trust.remember(temporary)
    for name, content in kinds.of_specs((made.shared,)).companions((made.shared,)).items():
        disk.write_json(folder / name, content, indent=None)
    disk.write_json(folder / "calibration.json", _calibrate(made, first))
    disk.write_text(folder / "history.csv", "rung,epoch\n")
    disk.write_json(place, _tell_rung(made, members, seconds).to_json())
    run = Run.open(folder)
    training.finish(run, (), training.LeftOut(), judge(run, made), seconds)
    return Run.open(folder)


def _describe_work(recipe: Recipe, made: Made, members: Sequence[Member]) -> training.Work:
    """What the run is of: all that any member was trained on, and the examples that it judges."""
    digests: dict[str, str] = {}
    for member in members:
        for run in member.runs:
            digests |= disk.read_json(run.folder / "data.json", records.DATA)
    known, judged = set(made.known.data.ids), set(made.judged.data.ids)
    trained = set().union(*(one.seen for one in members)) - known - judged
    splits = {
        "how": f"what {len(members)} models have not seen",
        "train": sorted(trained),
        "validation": [one for one in made.known.data.ids if one in digests],
        "test": [one for one in made.judged.data.ids if one in digests],
    }
    return training.Work(recipe, members[0].first.about["data"]["fingerprint"], splits, digests)


def _tell_about(first: Run, made: Made) -> dict[str, Any]:
    """What run.json says: as the first member has it, with the input of the ensemble."""
    known = {**first.about["input"], "shape": list(made.shared.shape)}
    return {
        **first.about,
        "receta": receta.__version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": made.command,
        "asked": [],
        "forced": False,
        "input": {**known, "specs": [made.shared.to_json()]},
    }


def _calibrate(made: Made, first: Run) -> dict[str, Any]:
    """What calibration.json says: thresholds and margins by what no member was trained on."""
    task, answers, targets = tasks.of(first.task), made.known_answers, made.known.targets
    figures = {"loss": 0.0, "ece": 0.0}
    if len(targets):
        figures = task.calibrate(answers[np.newaxis], targets).before
    return {
        "rung": made.rung,
        "temperature": 1.0,
        "n": len(targets),
        "before": figures,
        "after": figures,
        "views": "none",
        "times": 1,
        "tried": [],
        "sure_from": SURE,
        "abstention": None,
        "thresholds": task.thresholds(answers, targets) if len(targets) else first.thresholds,
        "margins": task.margins(answers, targets) if len(targets) else first.margins,
        "widened": None,
    }


def _tell_rung(made: Made, members: Sequence[Member], seconds: float) -> RungResult:
    task, targets = tasks.of(members[0].first.task), made.known.targets
    if len(targets):
        measure = task.measure(made.known_answers, targets)
        loss = float(task.losses(made.known_answers, targets).mean())
    else:  # nothing is left that none was trained on: what the members reached
        values = [one.measure.value for one in _results(members) if one.measure]
        measure = Measure(task.MEASURE, float(np.mean(values)), better=task.BETTER)
        loss = float(np.mean([one.loss or 0.0 for one in _results(members)]))
    return RungResult(
        made.rung,
        "trained",
        f"made of {sum(len(one.runs) for one in members)} networks.",
        measure=Measure(measure.name, float(measure.value), better=measure.better),
        loss=loss,
        parameters=made.network.count_params(),
        seconds=round(seconds, 2),
        epochs=0,
        input_shape=tuple(made.shared.shape),
    )


def _results(members: Sequence[Member]) -> list[RungResult]:
    return [run.best for member in members for run in member.runs]


def judge(run: Run, made: Made) -> dict[str, Any]:
    """What scores.json says of the examples that judge; {} where there is none."""
    answers, targets = made.judged_answers, made.judged.targets
    if not len(targets):
        return {}
    task = tasks.of(run.task)
    found = evaluation.scores(
        answers,
        targets,
        run.class_names,
        sure_from=run.sure_from,
        thresholds=run.thresholds,
        task=run.task,
    )
    if run.margins is not None:
        covered = judge_margins(run.margins, answers, targets.reshape(answers.shape))
        found = dataclasses.replace(found, **covered)
    measured = task.measure(answers, targets)
    kind = kinds.of_model(run).KIND
    about = {"kind": kind, "measure": measured.name, "value": float(measured.value)}
    judged = {"rung": made.rung, **about, **found.to_json()}
    before = {name: judged[name] for name in ("accuracy", "loss", "ece") if name in judged}
    judged["calibrated"] = {"temperature": 1.0, "views": "none", "times": 1, "before": before}
    from receta.core.amounts import percent

    judged["verdict"] = f"{say_scores(judged, percent, judge_usefulness(judged).word)}."
    return judged
