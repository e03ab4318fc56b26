"""Are augmentations refused where they turn one class into another, and only there?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from receta import load
from receta.checks import without_harm
from receta.checks.augmenting import keeping_labels as probe
from receta.core.deadline import Deadline
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.pipeline import backend

CLASSES = ("b", "d", "plus", "ring")


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


def hooks(classes: int, n: int = 400, *, either_way: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """b (0) and d (1): a bar with a ball on its right or left; a plus (2) and a ring (3)."""
    rng = np.random.default_rng(0)
    targets = np.arange(n) % classes
    pictures = rng.integers(0, 40, (n, 24, 24, 1))
    for picture, target in zip(pictures, targets, strict=True):
        x, y = 11 + rng.integers(-1, 2), 5 + rng.integers(-1, 2)
        if target < 2:
            picture[y : y + 14, x : x + 2] += 180
            right = bool(rng.integers(2)) if either_way else target == 0
            ball = slice(x + 2, x + 7) if right else slice(x - 5, x)
            place = slice(y, y + 5) if either_way and target else slice(y + 9, y + 14)
            picture[place, ball] += 180
        elif target == 2:
            picture[y + 6 : y + 8, 4:20] += 180
            picture[y - 1 : y + 15, x : x + 2] += 180
        else:
            picture[y : y + 14, 5:19] += 180
            picture[y + 3 : y + 11, 8:16] -= 180
    return np.clip(pictures, 0, 255).astype(np.uint8), targets


def asked(
    pictures: np.ndarray, targets: np.ndarray, *names: str, **more: object
) -> dict[str, Finding]:
    found = probe.keeping_labels(probe.Trial(pictures, targets, CLASSES, names, 0.4, 0, **more))  # type: ignore[arg-type]
    return {finding.facts.augmentation: finding for finding in found}


def test_a_mirror_that_makes_d_of_b_is_refused_and_the_pair_is_named() -> None:
    found = asked(*hooks(2), "flip", "shift", "brightness")
    assert found["flip"].verdict == "warn"
    assert found["flip"].advice.endswith(
        "of class b are then taken for d. flip is left out of the training."
    ) or found["flip"].advice.endswith(
        "of class d are then taken for b. flip is left out of the training."
    )
    assert probe.left_out(list(found.values())) == {"flip"}


def test_a_mirror_is_refused_for_the_sake_of_two_classes_among_others() -> None:
    assert probe.left_out(list(asked(*hooks(4), "flip", "rotation").values())) == {"flip"}


def test_a_mirror_is_used_where_both_sides_occur_in_every_class() -> None:
    found = asked(*hooks(4, either_way=True), "flip", "flip_vertical")
    assert found["flip"].verdict == "ok"
    assert found["flip_vertical"].verdict == "warn"  # the ball stands below the bar, or above it


def test_digits_are_not_mirrored_but_turned_and_moved_a_little() -> None:
    data = load("digits")
    pictures = np.stack([data[row] for row in range(600)])
    names = ("flip", "flip_vertical", "rotation", "zoom")
    trial = probe.Trial(pictures, data.targets[:600], data.class_names, names, 0.4, 0)
    found = probe.keeping_labels(trial)
    assert probe.left_out(found) == {"flip", "flip_vertical"}
    assert [finding.check for finding in found] == ["keeps_labels"] * 4


def test_what_leaves_nothing_to_be_seen_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def noise(inputs: np.ndarray, name: str, strength: float, seed: int) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 256, inputs.shape).astype(np.uint8)

    monkeypatch.setattr(probe, "_copies", noise)
    finding = asked(*hooks(4), "crop")["crop"]
    assert finding.verdict == "warn"
    assert finding.advice.endswith("crop is left out of the training.")
    assert finding.mended, "nothing is left to do"


def test_what_the_recipe_names_is_used_with_a_warning() -> None:
    found = asked(*hooks(2), "flip", asked_for=("flip",))
    assert found["flip"].verdict == "warn"
    assert not found["flip"].mended
    assert probe.left_out(list(found.values())) == set()
    assert found["flip"].advice.endswith(
        "It is used, since the recipe names flip; take it out of augmentations."
    )


def test_few_examples_leave_out_mirrors_alone_and_say_so() -> None:
    pictures, targets = hooks(2, 60)
    found = asked(pictures, targets, "flip", "shift", "mixup")
    assert list(found) == ["flip", "shift"]
    assert all(not finding.judged for finding in found.values())
    assert probe.left_out(list(found.values())) == {"flip"}


def test_classes_that_cannot_be_told_apart_leave_out_mirrors() -> None:
    rng = np.random.default_rng(0)
    found = asked(
        rng.integers(0, 256, (200, 16, 16, 1)).astype(np.uint8), np.arange(200) % 2, "flip", "zoom"
    )
    assert probe.left_out(list(found.values())) == {"flip"}
    assert not found["flip"].judged


def test_the_recipe_of_a_rung_takes_what_was_found_safe() -> None:
    found = list(asked(*hooks(2), "flip", "shift").values())
    chosen = without_harm(Recipe(augment=0.4, augmentations="auto,mixup"), found)
    assert chosen.augmentations == ("rotation", "shift", "zoom", "brightness", "contrast", "mixup")
    assert without_harm(Recipe(augment=0.0), found).augmentations == ("auto",)
    assert without_harm(chosen, [Finding.from_json(one.to_json()) for one in found]) == chosen


def test_without_time_mirrors_are_left_out_and_the_rest_is_used() -> None:
    trial = probe.Trial(*hooks(4), CLASSES, ("flip", "shift"), 0.4, 0, deadline=Deadline(0.0))
    found = probe.keeping_labels(trial)
    assert probe.left_out(found) == {"flip"}
    assert not any(finding.judged for finding in found)


def test_what_was_found_for_one_rung_holds_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = probe.Trial(*hooks(4), CLASSES, ("flip", "shift"), 0.4, 0, where="cnn")
    first = probe.keeping_labels(trial)
    monkeypatch.setattr(probe, "_judge", None)  # not asked again
    second = probe.keeping_labels(dataclasses.replace(trial, where="other"), first)
    assert [finding.where for finding in second] == ["other: flip", "other: shift"]
    assert [finding.shown for finding in second] == [finding.shown for finding in first]
    with pytest.raises(TypeError):  # another strength is another question
        probe.keeping_labels(dataclasses.replace(trial, strength=0.2), first)
