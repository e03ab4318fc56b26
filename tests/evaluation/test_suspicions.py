"""Does the better judge decide which suspected labels stay suspected?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.measure import Measure, wilson
from receta.data.dataset import Dataset
from receta.data.examples import Parts, readable
from receta.evaluation import suspicions
from receta.evaluation.suspicions import Judge
from receta.training import RungResult
from tests.fakes import FakePixels, Rows

N = 300  # examples of each part, cats, dogs and pigs by turns
# What the winner calls otherwise than the label says: all three as the audit does but the last,
# which it calls a third name.
OTHERWISE = {"train-3": "dog", "test-3": "dog", "test-6": "pig"}
AGREED = ("train-0", "validation-0", "test-0")
SUSPECTS = (*AGREED, *OTHERWISE, "gone")  # all are labelled cat, and the audit says dog


def review(
    *, right: float, learnt: float | None, wrong: int = 0, suspects: tuple[str, ...] = SUSPECTS
) -> Finding:
    """The finding after a run.

    right: the share of the audit's small model. learnt: of the winner on what it learnt. wrong:
    how many more validation examples the winner calls otherwise than their labels say.
    """
    names = ["cat", "dog", "pig"]
    ids = [f"{part}-{n}" for part in ("train", "validation", "test") for n in range(N)]
    data = Dataset.of(Rows([n % 3 for n in range(3 * N)], ids=ids, class_names=names))
    pixels = FakePixels(data)
    views = [readable(data.take(np.arange(at * N, at * N + N)), pixels) for at in range(3)]
    parts = Parts(*views)

    def predict_rows(examples: Dataset) -> np.ndarray:
        off = {f"validation-{n}": "pig" for n in range(30, 30 + 3 * wrong, 3)} | OTHERWISE
        classes = [
            names.index(off[one]) if one in off else target
            for one, target in zip(examples.ids, examples.targets.tolist(), strict=True)
        ]
        return np.eye(3)[classes]

    best = RungResult("cnn", "trained", "", train=learnt and Measure("accuracy", learnt))
    best = dataclasses.replace(best, measure=Measure("accuracy", 1.0), loss=0.1, train_loss=0.1)
    run: Any = SimpleNamespace(rungs=[best], folder=Path("a run"), predict_rows=predict_rows)
    finding = Finding(
        *("label_error", "warn", len(suspects), "examples", "0"),
        ids=suspects,
        advice="Look. `receta clean photos --fix label_error=relabel --out x` relabels them.",
        shown={one: ["cat", "dog", 0.9] for one in suspects},
        facts=Facts(labels=dict.fromkeys(suspects, ("dog", 0.9)), right=right),
    )
    other = Finding("dark", "warn", 1, "images", "0", ids=("train-0",))
    found, same = suspicions.review([finding, other], run, parts, predict_rows(parts.test))
    assert same is other
    return found


def test_labels_that_the_better_judge_confirms_are_no_longer_suspected() -> None:
    found = review(right=0.92, learnt=0.99)
    assert found.ids == ("train-3", "test-3", "test-6", "gone")
    assert (found.verdict, found.measured) == ("warn", 4)
    assert found.advice.startswith(
        "cnn gives 3 of the 7 the label that they have, and is the better judge: right in 598 of "
        "600 cases that it did not learn from. On 3 of those that stay both judges agree. Look."
    )


def test_only_what_both_judges_call_alike_is_to_be_relabelled() -> None:
    found = review(right=0.92, learnt=0.99)
    assert set(found.facts.labels) == {
        "train-3",
        "test-3",
        "gone",
    }  # test-6 is a third name to the winner
    assert "`receta clean photos --run 'a run' --fix label_error=relabel --out x`" in found.advice


def test_what_the_winner_may_only_repeat_stays_suspected_and_is_not_to_be_relabelled() -> None:
    found = review(right=0.92, learnt=1.0, wrong=3)
    assert found.ids == ("train-3", "test-3", "test-6", "gone", "train-0")
    assert set(found.facts.labels) == {"train-3", "test-3", "gone"}
    assert "From 1 of these it learnt, and may only repeat their labels." in found.advice


@pytest.mark.parametrize(("right", "wrong"), [(0.97, 20), (0.992, 1)])
def test_a_winner_that_is_not_shown_to_be_better_confirms_nothing(right: float, wrong: int) -> None:
    found = review(right=right, learnt=0.9, wrong=wrong)
    assert found.ids == SUSPECTS
    assert set(found.facts.labels) == set(SUSPECTS)
    assert "--run" not in found.advice


def test_a_finding_without_a_suspicion_left_is_ok() -> None:
    found = review(right=0.92, learnt=0.99, suspects=AGREED)
    assert (found.verdict, found.measured, found.ids, found.facts.labels) == ("ok", 0, (), {})
    assert "receta clean" not in found.advice


def test_what_is_shown_of_examples_that_are_no_longer_suspected_goes_too() -> None:
    found = review(right=0.92, learnt=0.99)
    assert set(found.shown or {}) == {"train-3", "test-3", "test-6", "gone"}


def test_a_winner_that_was_not_measured_on_what_it_learnt_may_repeat_it() -> None:
    judge = Judge("cnn", 9, 10, learnt=0.0)
    low, high = wilson(9, 10)
    assert not judge.is_better_than(low), "only more than the share is better"
    assert judge.is_better_than(low - 1e-9)
    assert not dataclasses.replace(judge, learnt=high).repeats_labels()
    assert dataclasses.replace(judge, learnt=high + 1e-9).repeats_labels()
    assert "train-0" in review(right=0.92, learnt=None, wrong=3).ids


def test_other_findings_stay_though_they_know_a_share() -> None:
    finding = Finding("dark", "warn", 1, "images", "0", ids=("a",), facts=Facts(right=0.1))
    best = RungResult("cnn", "trained", "", measure=Measure("accuracy", 1.0), loss=0.1)
    run: Any = SimpleNamespace(rungs=[best])
    assert suspicions.review([finding], run, None, None) == [finding]  # type: ignore[arg-type]
