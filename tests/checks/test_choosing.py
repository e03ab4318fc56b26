"""On which pictures, and when, is it asked which augmentations keep labels?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from receta import checks
from receta.checks import Setup
from receta.checks.augmenting import keeping_labels
from receta.core.deadline import Deadline
from receta.core.finding import Finding
from receta.core.recipe import Recipe

KNOWN = [Finding("keeps_labels", "ok", 0, "", "")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """Each trial that was asked for, and what was known before."""
    found: list[tuple[Any, Any]] = []

    def keep(trial: Any, known: Any) -> list[Finding]:
        found.append((trial, known))
        return [Finding("keeps_labels", "warn", 1, "", "")]

    monkeypatch.setattr(keeping_labels, "keeping_labels", keep)
    return found


def setup(*, pictures: np.ndarray | None = None, task: str = "classes", **settings: Any) -> Setup:
    targets, inputs = np.arange(6) % 2, np.zeros((6, 2, 2, 1), np.uint8)
    recipe = Recipe(**{"augment": 0.3, "augmentations": ("flip", "zoom"), "seed": 5, **settings})
    return Setup(
        "cnn",
        lambda recipe: None,  # type: ignore[arg-type, return-value]
        recipe,
        inputs,
        targets,
        inputs,
        targets,
        np.array([0.5, 0.5]),
        ("a", "b"),
        task,
        pictures,
    )


def test_a_rung_asks_for_the_augmentations_of_its_recipe_on_its_pictures(asked) -> None:
    ready, until = setup(), Deadline(60.0)
    found = checks.of_augmentation(ready, earlier=KNOWN, deadline=until)
    assert [one.verdict for one in found] == ["warn"]
    ((trial, known),) = asked
    assert known is KNOWN
    assert trial.inputs is ready.inputs
    assert trial.targets.tolist() == [0, 1, 0, 1, 0, 1]
    assert (trial.names, trial.strength, trial.seed) == (("flip", "zoom"), 0.3, 5)
    assert (trial.where, trial.class_names, trial.is_exclusive) == ("cnn", ("a", "b"), True)
    assert trial.deadline is until
    checks.of_augmentation(setup(task="labels"))
    assert not asked[-1][0].is_exclusive


def test_nothing_is_asked_where_nothing_is_varied(asked) -> None:
    seen = np.zeros((4, 9, 9, 3), np.uint8)
    assert checks.of_augmentation(setup(augment=0.0)) == []
    assert checks.of_augmentation(setup(pictures=seen, fine_tune=0)) == []  # features alone
    assert asked == []


def test_features_are_asked_by_the_pictures_behind_them(asked) -> None:
    seen = np.zeros((4, 9, 9, 3), np.uint8)
    checks.of_augmentation(setup(pictures=seen, fine_tune=2))
    ((trial, _),) = asked
    assert trial.inputs is seen
    assert trial.targets.tolist() == [0, 1, 0, 1]
