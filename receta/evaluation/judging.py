"""How good is the model of a run on its test part? One look, and the yardsticks beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta import kinds, models, tasks, yardsticks
from receta.core import disk, likeness
from receta.core.amounts import percent
from receta.core.conformal import judge_margins
from receta.data.examples import Examples, Parts
from receta.evaluation import decisions, scores
from receta.evaluation.columns import judge_columns
from receta.evaluation.usefulness import judge_usefulness, say_scores
from receta.training import Run, RungResult, choose, find_better, had_no_time, read_answers

_SIMPLE = ("prior", "linear")  # networks that others are compared with


@dataclass(frozen=True)
class Judged:
    """scores: as scores.json has them. answers (n, outputs): on the test part, if any."""

    scores: dict[str, Any] = field(default_factory=dict)
    answers: np.ndarray | None = None


def judge_run(run: Run, parts: Parts) -> Judged:
    """The chosen rung on the test part; nothing where there is no rung or no test part."""
    best = choose(run.rungs)
    if best is None or not len(parts.test):
        return Judged()
    test, task = parts.test, tasks.of(run.task)
    answers = run.predict_rows(test)
    names, sure, said_from = run.class_names, run.sure_from, run.thresholds
    found = scores(
        answers, test.targets, names, sure_from=sure, thresholds=said_from, task=run.task
    )
    measured = task.measure(answers, test.targets)
    if run.margins is not None:
        covered = judge_margins(run.margins, answers, test.targets.reshape(answers.shape))
        found = dataclasses.replace(found, **covered)
    about = {"kind": kinds.of(test).KIND, "measure": measured.name, "value": measured.value}
    judged = {"rung": best.rung, **about, **found.to_json()}
    calibrated = run.calibration
    judged["calibrated"] = {
        one: calibrated[one] for one in ("temperature", "views", "times", "tried")
    }
    judged["calibrated"]["validation"] = {one: calibrated[one] for one in ("n", "before", "after")}
    # As the rung was trained.
    plain = scores(
        run.predict_rows(test, best.rung), test.targets, run.class_names, task=run.task
    ).to_json()
    before = ("accuracy", "loss", "ece", "calibration")
    judged["calibrated"]["before"] = {one: plain[one] for one in before if one in plain}
    judged["abstention"] = calibrated["abstention"]
    unlike = run.unlike_rows(test)
    if run.likeness is not None and unlike is not None:
        judged["none"] = likeness.judge_refusals(run.likeness, unlike)
    plainer = [*kinds.of(test).baselines(test).items(), *_ask_baselines(run, test)]
    judged["baselines"] = {
        rung: task.measure(answered, test.targets).value for rung, answered in plainer
    }
    judged |= judge_columns(
        run.predict, parts.validation, run.specs[0].columns, run.class_names, seed=run.recipe.seed
    )
    if run.recipe.costs:
        judged["decision"] = _decide(run, parts, answers)
    run.networks.clear()
    if better := _find_better(run, best):
        judged["better"] = better
    if not models.is_trained(best.rung):
        judged["no_network"] = _say_why_none(run)
    word = judge_usefulness(judged).word
    judged["verdict"] = f"{say_scores(judged, percent, word)}."
    return Judged(judged, answers)


def _say_why_none(run: Run) -> str:
    """Why no network came out: none had time, some had none, or they are worse."""
    if had_no_time(run.rungs):
        return "time"
    skipped = any(one.state == "skipped" and models.is_trained(one.rung) for one in run.rungs)
    return "some" if skipped else "worse"


def _find_better(run: Run, best: RungResult) -> dict[str, Any] | None:
    """What is plainer than the networks and better than all of them on validation.

    A yardstick; or the linear model, where it is chosen before others that were trained.
    """
    found, called = find_better(run.rungs), "a plain linear model"
    if found is not None:
        called = yardsticks.SHELF.module(found.rung).CALLED
    networks = [one for one in run.rungs if one.measure is not None and not one.is_yardstick]
    if found is None and best.rung == _SIMPLE[-1]:
        networks = [
            one for one in networks if one.rung not in _SIMPLE and models.is_trained(one.rung)
        ]
        found = best if networks else None
    if found is None or found.measure is None:
        return None
    other = max(networks, key=lambda one: one.score)
    return {
        "rung": found.rung,
        "called": called,
        "is_network": found is best,
        "measure": found.measure.name,
        "value": found.measure.value,
        "network": other.rung,
        "network_value": other.measure.value if other.measure else None,
    }


def _ask_baselines(run: Run, test: Examples) -> Iterator[tuple[str, np.ndarray]]:
    """(rung, its answers) of what the chosen network is compared with.

    Also a simple network that a check stopped after training: it is compared with, not chosen.
    """
    for one in run.rungs:
        if one.is_yardstick:
            yield one.rung, read_answers(run.folder, one.rung, "test", test)
        elif one.rung in _SIMPLE and one.train_loss is not None:
            yield one.rung, run.predict_rows(test, one.rung)


def _decide(run: Run, parts: Parts, answers: np.ndarray) -> dict[str, Any]:
    """Which class is named at the stated costs, kept in decision.json; figures on the test part."""
    table, known = decisions.costs(run.recipe.costs, run.class_names), parts.validation
    decision = decisions.decide(run.predict_rows(known), known.targets, table, run.class_names)
    disk.write_json(run.folder / "decision.json", decision.to_json())
    return decision.judged(answers, parts.test.targets)
