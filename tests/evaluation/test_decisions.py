"""Is the class of the least cost named, and is a threshold moved only where it pays?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.core.errors import RecipeError
from receta.evaluation.decisions import Decision, costs, decide

NAMES = ("healthy", "sick")


def scene(n: int, tilt: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of two classes whose logits are off by `tilt`, and the truth."""
    dice = np.random.default_rng(0)
    logits = dice.normal(0, 2, n)
    targets = (dice.random(n) < 1 / (1 + np.exp(-logits))).astype(int)
    second = 1 / (1 + np.exp(-(logits - tilt)))
    return np.stack([1 - second, second], axis=1), targets


def test_with_equal_costs_and_sound_probabilities_nothing_moves():
    probabilities, targets = scene(2000, 0)
    decision = decide(probabilities, targets, costs([], NAMES), NAMES)
    assert decision.threshold == pytest.approx(0.5, abs=0.1)


def test_a_dear_mistake_moves_the_threshold():
    probabilities, targets = scene(4000, 0)
    table = costs(["sick>healthy=9"], NAMES)
    decision = decide(probabilities, targets, table, NAMES)
    # Elkan: cost of a false alarm over both costs
    assert decision.threshold == pytest.approx(0.1, abs=0.06)
    assert decision.mean_cost(decision.answers(probabilities), targets) < decision.mean_cost(
        probabilities.argmax(axis=1), targets
    )


def test_probabilities_that_are_off_are_set_right_by_validation_data():
    probabilities, targets = scene(4000, 2.0)
    fresh, truth = scene(8000, 2.0)
    table = costs([], NAMES)
    decision = decide(probabilities, targets, table, NAMES)
    assert (
        decision.mean_cost(decision.answers(fresh), truth)
        < decision.mean_cost(fresh.argmax(axis=1), truth) - 0.02
    )


def test_few_examples_move_nothing():
    probabilities, targets = scene(6, 0)
    assert decide(probabilities, targets, costs([], NAMES), NAMES).factors.tolist() == [1, 1]


def test_a_decision_comes_back_from_json():
    one = Decision(NAMES, costs(["sick>healthy=20"], NAMES), np.array([0.5, 2.0]))
    again = Decision.from_json(one.to_json())
    probabilities, _ = scene(50, 0)
    assert np.array_equal(one.answers(probabilities), again.answers(probabilities))
    assert again.threshold == one.threshold


def test_threshold_is_where_the_answer_changes():
    one = Decision(NAMES, costs(["sick>healthy=3"], NAMES), np.array([1.0, 1.0]))
    t = one.threshold
    assert one.answers(
        np.array([[1 - t + 0.001, t - 0.001], [1 - t - 0.001, t + 0.001]])
    ).tolist() == [0, 1]


@pytest.mark.parametrize("stated", ["sik>healthy=3", "sick>sick=3", "sick>well=1"])
def test_a_class_that_is_not_there_is_said_in_one_line(stated):
    with pytest.raises(RecipeError, match="expected two different classes of 'healthy', 'sick'"):
        costs([stated], NAMES)


def test_class_names_may_hold_the_sign():
    assert costs(["a>b>c=2"], ["a>b", "c"])[0, 1] == 2
