"""Does the one look at the test part tell the chosen network, and what is plainer than it?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from receta.core import disk
from receta.core.likeness import Likeness
from receta.core.measure import Measure
from receta.data.dataset import Dataset, Splits
from receta.evaluation.judging import Judged, judge_run
from receta.training import RungResult
from tests.fakes import Rows

NAMES = ("cat", "dog")
TARGETS = [0, 0, 0, 1, 1, 1, 0, 0]
RIGHT = 0.8  # of the truth, wherever a network is right


def answers(wrong: int) -> np.ndarray:
    """Sure of the truth, but for the first few."""
    truth = np.asarray(TARGETS) ^ (np.arange(len(TARGETS)) < wrong)
    return np.where(np.arange(2) == truth[:, None], RIGHT, 1 - RIGHT)


def rung(name: str, accuracy: float, **more: Any) -> RungResult:
    known = {"measure": Measure("accuracy", accuracy), "loss": 0.5, "train_loss": 0.4, **more}
    return RungResult(name, "trained", "", **known)


class Trained:
    """A run of which only the answers count: so many of the first examples are wrong."""

    task, class_names, sure_from, thresholds, margins = "classes", NAMES, 0.5, None, None
    likeness, specs = None, (SimpleNamespace(columns=()),)

    def __init__(self, *rungs: RungResult, folder: Path = Path(), costs: tuple = ()) -> None:
        self.rungs, self.folder = rungs, folder
        self.recipe = SimpleNamespace(costs=costs, seed=0)
        self.wrong = {"": 1, "cnn": 2, "linear": 3, "prior": 5}
        self.networks = {"cnn": "in memory"}
        words = ("temperature", "views", "times", "tried", "n", "before", "after", "abstention")
        self.calibration = {word: f"the {word}" for word in words}

    def predict_rows(self, examples: Dataset, rung: str = "") -> np.ndarray:
        return answers(self.wrong[rung])[: len(examples)]

    def unlike_rows(self, examples: Dataset) -> None:
        return None

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        raise AssertionError("pictures have no columns to be asked about")


def judge(run: Trained, n_test: int = len(TARGETS)) -> Judged:
    data = Dataset.of(Rows(TARGETS, class_names=NAMES))
    parts = Splits(data, data, data.take(np.arange(n_test)))
    return judge_run(run, parts)  # type: ignore[arg-type]


def test_the_calibrated_answers_are_judged_beside_those_as_trained() -> None:
    run = Trained(rung("cnn", 0.9))
    found = judge(run)
    assert found.answers is not None
    assert np.array_equal(found.answers, answers(1))
    scores = found.scores
    assert (scores["rung"], scores["kind"], scores["accuracy"]) == ("cnn", "images", 7 / 8)
    assert (scores["measure"], scores["value"]) == ("accuracy", 7 / 8)
    assert scores["calibrated"]["before"]["accuracy"] == 6 / 8
    assert scores["calibrated"]["temperature"] == "the temperature"
    assert scores["calibrated"]["validation"] == {
        "n": "the n",
        "before": "the before",
        "after": "the after",
    }
    assert scores["abstention"] == "the abstention"
    assert not {"better", "decision", "importance"} & scores.keys()
    assert not run.networks, "memory is free again"


def test_without_a_network_or_a_test_part_nothing_is_judged() -> None:
    assert judge(Trained()) == Judged()
    assert judge(Trained(rung("cnn", 0.9)), n_test=0) == Judged()


def test_simple_networks_are_baselines_though_a_check_stopped_them() -> None:
    stopped = RungResult("linear", "stopped", "a check", train_loss=0.3)
    skipped = RungResult("linear", "skipped", "no time")
    prior, best = rung("prior", 0.5), rung("cnn", 0.9)
    assert judge(Trained(prior, stopped, best)).scores["baselines"] == {
        "prior": 3 / 8,
        "linear": 5 / 8,
    }
    assert judge(Trained(prior, skipped, best)).scores["baselines"] == {"prior": 3 / 8}


def test_a_yardstick_is_judged_by_the_answers_that_it_left(tmp_path: Path) -> None:
    boosting = rung("boosting", 0.95, is_yardstick=True)
    left = tmp_path / "rungs" / "boosting" / "answers.npz"
    ids = np.asarray(Dataset.of(Rows(TARGETS)).ids)
    left.parent.mkdir(parents=True)
    np.savez(left, test_ids=ids[::-1], test=answers(4)[::-1])
    scores = judge(Trained(rung("cnn", 0.9), boosting, folder=tmp_path)).scores
    assert scores["baselines"] == {"boosting": 4 / 8}
    better = scores["better"]
    assert (better["rung"], better["value"], better["is_network"]) == ("boosting", 0.95, False)
    assert (better["network"], better["network_value"]) == ("cnn", 0.9)
    assert "boosting" in scores["verdict"]


@pytest.mark.parametrize(
    ("rungs", "network"),
    [
        ((rung("prior", 0.5), rung("linear", 0.9), rung("dense", 0.8), rung("cnn", 0.7)), "dense"),
        ((rung("prior", 0.5), rung("linear", 0.9)), None),  # nothing else was trained
        ((rung("linear", 0.8), rung("cnn", 0.9)), None),
    ],
)
def test_a_linear_model_is_told_as_better_only_than_trained_ones(rungs, network) -> None:
    better = judge(Trained(*rungs)).scores.get("better")
    assert (better and (better["rung"], better["is_network"], better["network"])) == (
        network and ("linear", True, network)
    )


def test_stated_costs_are_decided_by_and_kept(tmp_path: Path) -> None:
    run = Trained(rung("cnn", 0.9), folder=tmp_path, costs=("cat>dog=9",))
    decided = judge(run).scores["decision"]
    kept = disk.read_json(tmp_path / "decision.json", dict)
    assert kept["costs"] == [[0.0, 9.0], [1.0, 0.0]]
    # a cat is named from a tenth on: no cat is missed, and every dog is taken for one
    assert decided["recall"] == {"cat": 1.0, "dog": 0.0}
    assert decided["cost"] == 3 / 8
    assert decided["cost_of_likeliest"] == 9 / 8


def test_without_figures_of_refusals_none_are_told() -> None:
    known = Likeness(np.ones((1, 2), np.int8), 0.5, 9)
    for likeness, unlike, told in ((known, 0.6, 1.0), (known, None, None), (None, 0.6, None)):
        run = Trained(rung("cnn", 0.9))
        run.likeness = likeness
        run.unlike_rows = lambda examples, unlike=unlike: unlike and np.full(len(examples), unlike)
        assert (judge(run).scores.get("none") or {}).get("refused") == told


def test_intervals_of_the_run_are_measured_on_the_test_part() -> None:
    run = Trained(rung("mlp", 0.9))
    run.margins, run.task, run.class_names = (0.5,), "values", ("y",)
    run.predict_rows = lambda examples, rung="": (
        np.asarray(TARGETS)[:, None] + 0.4 * (np.arange(len(TARGETS)) % 4 < 3)[:, None]
    )
    data = Dataset.of(Rows(TARGETS, class_names=NAMES))
    data = dataclasses.replace(data, targets=np.asarray(TARGETS, np.float64))
    run.margins = (0.3,)
    scores = judge_run(run, Splits(data, data, data)).scores  # type: ignore[arg-type]
    assert (scores["coverage_80"], scores["width_80"]) == (0.25, 0.6)


def test_it_is_told_why_no_network_came_out() -> None:
    prior = rung("prior", 0.5)
    skipped = RungResult("cnn", "skipped", "no time")
    assert judge(Trained(prior, skipped)).scores["no_network"] == "time"
    assert judge(Trained(prior, rung("cnn", 0.4))).scores["no_network"] == "worse"
    assert "no_network" not in judge(Trained(prior, rung("cnn", 0.9))).scores
