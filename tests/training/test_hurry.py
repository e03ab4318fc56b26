"""Is too little time told where it was too little, and nowhere else?"""

from __future__ import annotations

from typing import Any

import pytest

from receta.training.hurry import tell_hurry
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
