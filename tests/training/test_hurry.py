"""Is too little time told where it was too little, and nowhere else?"""

from __future__ import annotations

from typing import Any

import pytest

from receta.training.hurry import had_no_time, tell_hurry
from receta.training.result import RungResult


def rung(**more: Any) -> RungResult:
    plain = {
        "rung": "cnn",
        "state": "trained",
        "why": "",
        "findings": [],
        "epochs_run": 1,
        "validation_accuracy": 0.9,
        "validation_loss": 0.1,
        "recipe": {"epochs": None, "stop_at": 0.0},
    }
    return RungResult.from_json({**plain, **more})


def test_a_training_that_time_cut_short_is_told() -> None:
    assert "hardly any training (epochs: cnn 1)" in tell_hurry(60, [rung()])
    assert "cnn 1" in tell_hurry(60, [rung(recipe={"epochs": 20, "stop_at": 0.95})])


def test_who_had_no_time_is_told_without_guesses_and_yardsticks() -> None:
    skipped = [rung(rung=name, state="skipped", epochs_run=0) for name in ("linear", "hits")]
    guesses = [rung(rung=name, epochs_run=0) for name in ("naive", "seasonal_naive")]
    yardstick = rung(rung="auto_ets", epochs_run=0, yardstick=True)
    ladder = [*guesses, *skipped, yardstick]
    assert had_no_time(ladder)
    assert "No network was trained: the 40 s were over" in tell_hurry(40, ladder)
    solved = rung(rung="linear", epochs_run=0)
    ladder = [*guesses, solved, skipped[1], yardstick]
    assert not had_no_time(ladder)
    assert "was time for linear alone. Give it more time" in tell_hurry(40, ladder)
    assert not tell_hurry(0, ladder)
    best = rung(rung="linear", epochs_run=0, validation_accuracy=1.0, validation_loss=0.0)
    assert not tell_hurry(40, [best, skipped[1]]), "nothing better could be seen"


@pytest.mark.parametrize(
    "more",
    [
        {"recipe": {"epochs": 1, "stop_at": 0.0}},
        {"recipe": {"epochs": None, "stop_at": 0.9}},
        {"fine_tuned_layers": 0},
        {"epochs_run": 3},
    ],
)
def test_what_was_wanted_so_is_not(more: dict[str, Any]) -> None:
    assert tell_hurry(60, [rung(**more)]) == ""
