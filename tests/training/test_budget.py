"""Does a training within a budget end in time, and go on after a stop with the decisions it took?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from receta import load, models, split, train
from receta.core.deadline import Deadline
from receta.core.errors import CheckFailed, InputError
from receta.core.measure import Measure
from receta.core.recipe import Recipe
from receta.data.dataset import Splits
from receta.training import fitting, replanning
from receta.training.decisions import Decisions
from receta.training.result import RungResult, choose
from receta.training.time_shares import explain_skipping, share_time

RECIPE = Recipe(rungs=("prior", "linear", "mlp"), budget_s=20.0, precision="float32", threads=2)


def parts() -> Splits:
    data = load("digits")
    return split(data.take(np.arange(0, len(data), 2)), RECIPE)


class Stop(keras.callbacks.Callback):
    """Ends the process, as far as the training can tell, at some step of the mlp."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= self.model.count_params() > 10_000
        if not self.left:
            raise KeyboardInterrupt


def test_a_stopped_budget_goes_on_with_its_decisions_and_ends_where_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replanning, "_REPLAN_EVERY_S", 0.0)  # at each step
    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    # a clock that jumps: on a fast machine the true one has nothing to plan anew
    clock = iter(range(100, 10**6))

    def steps_left(planner: replanning.Planner) -> int:
        return max(0, 45 + next(clock) * 7 % 5 - planner.pace.done)

    monkeypatch.setattr(replanning.Planner, "_steps_left", steps_left)
    # the seconds are many, so that the jumping clock alone decides
    recipe = RECIPE.with_settings(budget_s=600.0)
    with pytest.raises(KeyboardInterrupt):
        train(parts(), recipe, tmp_path / "run", force=True, callbacks=[Stop(6)])
    decisions = Decisions(tmp_path / "run" / "rungs" / "mlp")
    before = decisions.find("pace")
    assert before
    assert not (tmp_path / "run" / "rungs" / "mlp" / "rung.json").exists()

    run = train(parts(), recipe, tmp_path / "run", force=True)
    decided = decisions.find("pace")
    assert decided[: len(before)] == before
    assert len(decided) > len(before)
    steps = [step for step, _ in decided]
    assert steps == sorted(set(steps))
    assert 45 <= decided[-1][1] < 50  # the training ended there, far before its 160 epochs
    figures = {one.rung: one for one in run.rungs}
    assert figures["mlp"].state == "trained"
    assert figures["mlp"].epochs <= 50


def test_a_rung_is_skipped_with_the_reason_when_the_time_is_over(tmp_path: Path) -> None:
    recipe = RECIPE.with_settings(budget_s=0.01)
    run = train(parts(), recipe, tmp_path / "run", force=True)
    skipped = [one for one in run.rungs if one.state == "skipped"]
    assert [one.rung for one in skipped] == ["linear", "mlp"]
    assert all("left for training, and prior is there" in one.why for one in skipped)


def test_a_small_rung_gives_its_moment_to_a_stronger_one(tmp_path: Path) -> None:
    recipe = RECIPE.with_settings(rungs=("prior", "linear", "mlp", "cnn"), budget_s=30.0, epochs=1)
    done = [
        RungResult(
            "prior",
            "trained",
            "",
            measure=Measure("accuracy", 0.1),
            loss=2.3,
            seconds=0.5,
            wall_s=1.0,
        )
    ]
    assert "prior is there, and cnn gets the time" in explain_skipping(
        recipe.rungs[1:], done, Deadline(15)
    )
    ends, later = Deadline(40), Deadline(640)
    assert not explain_skipping(recipe.rungs[1:], done, ends)  # a yardstick at least
    done.append(dataclasses.replace(done[0], rung="linear", measure=Measure("accuracy", 0.8)))
    assert "linear is there, and cnn gets the time" in explain_skipping(
        recipe.rungs[2:], done, ends
    )
    assert not explain_skipping(recipe.rungs[2:], done, later)
    # on a starved machine that a rung of 36 s cannot pay
    done[-1] = dataclasses.replace(done[-1], wall_s=60.0)
    assert "less than it takes to build and to check it" in explain_skipping(
        recipe.rungs[2:], done, later
    )
    assert not explain_skipping(recipe.rungs[3:], done, ends)


def measured(rung: str, accuracy: float, **more: Any) -> RungResult:
    """What came of a rung that was trained."""
    measure = Measure("accuracy", accuracy)
    return RungResult(rung, "trained", "", measure=measure, loss=1.0 - accuracy, **more)


def test_one_layer_that_is_solved_makes_way_for_no_network() -> None:
    rungs, prior = ("linear", "boosting", "mlp", "tabular"), [measured("prior", 0.6)]
    for seconds, why in ((0.2, "too little time"), (8.0, "gets the time"), (20.0, "gets the time")):
        assert why in explain_skipping(rungs, prior, Deadline(seconds))
        assert not explain_skipping(rungs, prior, Deadline(seconds), is_quick=True)
    assert all(models.is_quick("linear", kind, RECIPE) for kind in ("table", "texts", "series"))
    assert not models.is_quick("linear", "images", RECIPE)


def test_a_yardstick_does_not_take_the_time_of_the_first_network() -> None:
    rungs, done = ("tf_idf", "embed_mean", "conv1d"), [measured("linear", 0.8, epochs=0)]
    assert "conv1d gets the 5 s that are left" in explain_skipping(rungs, done, Deadline(5.2))
    assert not explain_skipping(rungs, done, Deadline(25.0))
    assert not explain_skipping(rungs[:1], done, Deadline(5.2)), "nobody waits"
    done.append(measured("embed_mean", 0.7, epochs=3))
    assert not explain_skipping(("auto_ets", "hits"), done, Deadline(5.2)), "one was trained"


def test_one_epoch_is_not_chosen_before_a_better_layer_that_is_solved() -> None:
    ladder = [measured("prior", 0.6), measured("linear", 0.84), measured("tabular", 0.6, epochs=1)]
    best = choose(ladder)
    assert best
    assert best.rung == "linear"


def test_a_budget_is_kept_where_an_epoch_is_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replanning, "_REPLAN_EVERY_S", 0.02)
    recipe = RECIPE.with_settings(rungs=("mlp",), batch_size=4096, epochs=10_000, budget_s=6.0)
    run = train(parts(), recipe, tmp_path / "run", force=True)
    assert 1 < run.rungs[0].epochs < 10_000
    assert Decisions(tmp_path / "run" / "rungs" / "mlp").find("pace")


def test_a_rate_for_whose_search_there_is_no_time_is_the_usual_one(tmp_path: Path) -> None:
    recipe = RECIPE.with_settings(rungs=("mlp",), learning_rate="auto", epochs=1, budget_s=0.5)
    run = train(parts(), recipe, tmp_path / "run", force=True)
    decisions = Decisions(tmp_path / "run" / "rungs" / "mlp")
    assert decisions.find("learning_rate") == {"suggested": 0.001}
    assert run.rungs[0].recipe["learning_rate"] == 0.001


def test_a_training_that_diverges_is_stopped_with_what_to_do(tmp_path: Path) -> None:
    wild = Recipe(
        rungs=("prior", "mlp"),
        learning_rate=10.0,
        weight_decay=1.0,
        batch_size=8,
        epochs=2,
        precision="float32",
        threads=2,
    )
    with pytest.raises(CheckFailed, match=r"diverges \(mlp\).*lower the learning rate"):
        train(parts(), wild, tmp_path / "run", force=True)


def test_one_layer_has_time_for_its_closed_form_of_windows() -> None:
    rungs = ("linear", "dense", "conv_lstm", "hits", "auto_ets")
    of_windows = share_time(rungs, Deadline(150.0), "series").seconds_left()
    assert of_windows > 15.0 > 2 * share_time(rungs, Deadline(150.0)).seconds_left()


def test_a_training_part_of_one_class_is_refused_in_one_line(tmp_path: Path) -> None:
    parted = parts()
    alone = dataclasses.replace(
        parted, train=parted.train.take(np.flatnonzero(parted.train.targets == 3))
    )
    said = r"pictures of '3' and none of another class; expected at least two classes\. Near-copies"
    with pytest.raises(InputError, match=said):
        train(alone, RECIPE, tmp_path / "run")
