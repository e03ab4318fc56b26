"""Is what a search asks, and gives up, a pure function of what it knows?"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from receta.core.errors import InputError, RunError
from receta.studies.tuning.findings import choose_best, measure_importance
from receta.studies.tuning.past import Goal, Past
from receta.studies.tuning.pruning import Pruner, find_end, take_snapshot
from receta.studies.tuning.record import Record
from receta.studies.tuning.searches import SEARCHES, Asking, ask
from receta.studies.tuning.space import Space
from receta.studies.tuning.space_file import make_space

GOAL = Goal("accuracy")
SPACE = make_space(
    {
        "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
        "optimizer": ["adamw", "sgd"],
        "weight_decay": {"low": 1e-5, "high": 0.1, "log": True, "when": {"optimizer": "adamw"}},
        "schedule": "cosine",
    },
    "here",
)


def asking(search: str, space: Space = SPACE) -> Asking:
    return Asking(search, space, 0, GOAL, space.clip({}))


def value(settings: dict[str, object]) -> float:
    """Best at a rate of 0.01."""
    return 1 - abs(math.log10(float(str(settings["learning_rate"])) / 0.01)) / 3


def search_on(search: str, n: int) -> list[Past]:
    past: list[Past] = []
    for number in range(n):
        settings = ask(asking(search), number, past)
        past.append(Past(number, settings, "finished", value(settings)))
    return past


@pytest.fixture(scope="module")
def by_bayes() -> list[Past]:
    return search_on("bayes", 25)


@pytest.mark.parametrize("search", [one for one in SEARCHES if one != "bayes"])
def test_the_same_is_asked_again_of_the_same_past(search: str) -> None:
    past = search_on(search, 5)
    assert [ask(asking(search), n, past[:n]) for n in range(5)] == [one.settings for one in past]


def test_bayes_comes_nearer_than_chance(by_bayes: list[Past]) -> None:
    late = [value(one.settings) for one in by_bayes[12:]]
    chance = [value(one.settings) for one in search_on("random", 25)]
    assert sum(late) / len(late) > sum(chance) / len(chance)
    assert ask(asking("bayes"), 24, by_bayes[:24]) == by_bayes[24].settings


def test_two_of_one_generation_are_asked_for_different_points(by_bayes: list[Past]) -> None:
    first = ask(asking("bayes"), 20, by_bayes[:20])
    second = ask(asking("bayes"), 21, [*by_bayes[:20], Past(20, first)])
    assert first != second


def test_what_failed_is_not_the_best_and_does_not_stop_a_search(by_bayes: list[Past]) -> None:
    failed = Past(25, by_bayes[0].settings, "failed", why="it diverges")
    assert ask(asking("bayes"), 26, [*by_bayes, failed])
    assert choose_best([*by_bayes, failed], GOAL) == max(by_bayes, key=lambda one: one.value or 0)


def test_of_equals_the_one_of_the_lowest_loss_is_the_best() -> None:
    past = [
        Past(0, {}, "finished", 0.5, loss=0.9),
        Past(1, {}, "finished", 0.5, loss=0.2),
        Past(2, {}, "pruned", 0.7),
    ]
    assert choose_best(past, GOAL) == past[1]
    assert choose_best(past[2:], GOAL) is None


def test_the_setting_that_matters_is_found(by_bayes: list[Past]) -> None:
    found = measure_importance(by_bayes, SPACE, GOAL)
    assert max(found, key=lambda name: found[name]) == "learning_rate"
    assert measure_importance(by_bayes[:2], SPACE, GOAL) == {}


def curve(level: float) -> tuple[tuple[int, float], ...]:
    return tuple((epoch, level + epoch / 1000) for epoch in range(1, 28))


EARLIER = [Past(n, {}, "finished", 0.1 * n, curve(0.1 * n)) for n in range(9)]


@pytest.mark.parametrize("pruner", ["median", "asha", "hyperband"])
def test_a_bad_trial_is_given_up_and_the_best_is_not(pruner: str) -> None:
    snapshot = take_snapshot(pruner, GOAL, 9, longest=27, past=EARLIER)
    rows = [{"epoch": e, "val_accuracy": v} for e, v in curve(0.0)]
    best = [{"epoch": e, "val_accuracy": v + 1} for e, v in curve(0.0)]
    end = find_end(snapshot, rows)
    assert end is not None
    assert end < 27
    assert find_end(snapshot, best) is None
    assert find_end(snapshot, rows[: end - 1]) is None
    assert find_end(None, rows) is None


def test_a_trial_of_an_error_is_given_up_where_it_is_high() -> None:
    lower = Goal("rmse", "lower")
    snapshot = take_snapshot("asha", lower, 9, longest=27, past=EARLIER)
    rows = [{"epoch": e, "val_rmse": v} for e, v in curve(5.0)]
    assert find_end(snapshot, rows) == 1


def test_folds_that_are_all_worse_are_not_gone_on_with() -> None:
    known = [Past(0, {}, "finished", 0.9, tuple((f, 0.9 + f / 100) for f in range(8)))]
    snapshot = take_snapshot("wilcoxon", GOAL, 1, longest=8, past=known)
    pruner = Pruner(snapshot)
    said = [pruner.report(fold, 0.5 - fold / 50) for fold in range(6)]
    assert not any(said[:3])
    assert said[-1]


def test_a_damaged_snapshot_is_refused() -> None:
    snapshot = take_snapshot("asha", GOAL, 9, longest=27, past=EARLIER)
    with pytest.raises(RunError, match=r"asked\.json of a trial is damaged"):
        Pruner({**snapshot, "longest": "27"})


def stored(record: Record) -> list[tuple[str, float | None]]:
    return [(one.state.name, one.value) for one in record.study.get_trials(deepcopy=False)]


def test_a_copy_holds_the_trials_and_is_made_anew_where_it_was_lost(
    tmp_path: Path, by_bayes: list[Past]
) -> None:
    record = Record(tmp_path, "", GOAL, SPACE)
    record.keep(by_bayes[:2])
    again = Record(tmp_path, "", GOAL, SPACE)
    again.keep(by_bayes[:3])
    assert stored(again) == [("COMPLETE", one.value) for one in by_bayes[:3]]
    again.keep([by_bayes[4]])  # others than it holds
    assert stored(Record(tmp_path, "", GOAL, SPACE)) == [("COMPLETE", by_bayes[4].value)]
    (tmp_path / "study.db").write_bytes(b"torn")
    anew = Record(tmp_path, "", GOAL, SPACE)
    anew.keep(by_bayes[:1])
    assert stored(anew) == [("COMPLETE", by_bayes[0].value)]


@pytest.mark.parametrize(
    "address", ["postgresql://me:secret@127.0.0.1:9/none", "nonsense", "grpc://127.0.0.1:9"]
)
def test_a_storage_that_cannot_be_reached_is_said_without_its_password(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(InputError, match=r"the storage .* cannot be used") as caught:
        Record(tmp_path, address, GOAL, SPACE)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
