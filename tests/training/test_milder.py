"""Is augmentation weaker where the data are seen fewer times?"""

from __future__ import annotations

import time

import pytest

from receta import checks, models
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.training.rung import milder

OWN = Recipe().for_rung(models.defaults("cnn"))


def strength(folder, recipe: Recipe, n: int, speed: float = 0.0, seconds: float | None = None) -> float:
    own = recipe.for_rung(models.defaults("cnn"))
    return milder(own, recipe, n, folder, speed, None if seconds is None else time.monotonic() + seconds).augment


@pytest.mark.parametrize(("n", "expected"), [(1_000, 0.4), (10_000, 0.3), (60_000, 0.12)])
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
    assert strength(short, Recipe(), 60_000, speed=600, seconds=500) == pytest.approx(0.05, abs=0.001)
    assert strength(long, Recipe(), 60_000, speed=600, seconds=50_000) == 0.4
    assert strength(short, Recipe(), 60_000, speed=600, seconds=50_000) == pytest.approx(0.05, abs=0.001)  # resumed later


def test_the_speed_is_that_of_the_check(tmp_path) -> None:
    seen = Finding("beats_blind", "ok", 0.9, "accuracy", "> 0.1", shown={"real": 0.9, "blind": 0.1, "images_per_second": 321.0})
    unseen = Finding("beats_blind", "ok", 0.0, "looks", "one look", judged=False)
    assert checks.speed([unseen, seen]) == 321.0
    assert checks.speed([unseen]) == 0.0
