"""Is augmentation weaker where the data are seen fewer times?"""

from __future__ import annotations

import math

import pytest

from receta import checks, models
from receta.core.deadline import Deadline
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.training import planning
from receta.training.planning import settle_strength

OWN = Recipe().for_rung(models.defaults("cnn"))


def strength(
    folder, recipe: Recipe, n: int, speed: float = 0.0, seconds: float | None = None
) -> float:
    own = recipe.for_rung(models.defaults("cnn"))
    session = Session(folder, deadline=Deadline(math.inf if seconds is None else seconds))
    return settle_strength(own, recipe, n, speed, session).augment


@pytest.mark.parametrize(("n", "expected"), [(1_000, 0.4), (10_000, 0.275), (60_000, 0.05)])
def test_strength_falls_with_the_passes_over_the_data(tmp_path, n, expected) -> None:
    assert OWN.augment == 0.4
    assert strength(tmp_path, Recipe(), n) == expected


def test_few_epochs_that_the_user_asks_for_are_few(tmp_path) -> None:
    assert strength(tmp_path, Recipe(epochs=4), 1_000) == 0.04


def test_what_the_user_states_stays(tmp_path) -> None:
    assert strength(tmp_path, Recipe(augment=0.7), 60_000) == 0.7
    assert strength(tmp_path, Recipe(augment=0.0), 60_000) == 0.0


def test_a_budget_counts_by_the_speed_that_the_checks_saw_and_decides_once(tmp_path) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    short.mkdir(), long.mkdir()
    assert strength(short, Recipe(), 60_000, speed=600, seconds=1200) == pytest.approx(
        0.05, abs=0.001
    )
    assert strength(long, Recipe(), 60_000, speed=600, seconds=50_000) == 0.4
    # resumed later
    assert strength(short, Recipe(), 60_000, speed=600, seconds=50_000) == pytest.approx(
        0.05, abs=0.001
    )


def test_much_data_seen_a_few_times_are_not_varied_and_a_few_pictures_a_little(tmp_path) -> None:
    much, few = tmp_path / "much", tmp_path / "few"
    much.mkdir(), few.mkdir()
    assert strength(much, Recipe(), 8_500, speed=1_400, seconds=30) == 0
    assert strength(few, Recipe(), 1_200, speed=1_400, seconds=8) == pytest.approx(0.093, abs=0.001)


def test_what_will_not_be_varied_is_not_asked_about(tmp_path, monkeypatch) -> None:
    from training import scene

    from receta import train
    from receta.checks.augmenting import keeping_labels

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the probe was asked")

    monkeypatch.setattr(planning, "_LITTLE", 10)
    monkeypatch.setattr(planning, "_MUCH", 20)
    monkeypatch.setattr(keeping_labels, "keeping_labels", never)
    run = train(
        scene.parts(),
        Recipe(rungs=("cnn",), epochs=1, precision="float32", threads=2),
        tmp_path / "run",
        force=True,
    )
    assert run.rungs[0].recipe["augment"] == 0
    with pytest.raises(AssertionError, match="the probe was asked"):
        train(
            scene.parts(),
            Recipe(rungs=("cnn",), epochs=1, augment=0.2, threads=2),
            tmp_path / "stated",
            force=True,
        )


def test_the_speed_is_that_of_the_check(tmp_path) -> None:
    seen = Finding(
        "beats_blind",
        "ok",
        0.9,
        "accuracy",
        "> 0.1",
        facts=Facts(images_per_second=321.0),
    )
    unseen = Finding("beats_blind", "ok", 0.0, "looks", "one look", judged=False)
    assert checks.speed([unseen, seen]) == 321.0
    assert checks.speed([unseen]) == 0.0
