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


def test_an_answer_costs_the_least_that_is_expected_of_it() -> None:
    """By hand: an answer costs the sum of probability x factor x cost over the other truths."""
    table = np.array([[0, 1, 5.0], [2, 0, 1], [9, 4, 0]])
    one = Decision(("a", "b", "c"), table, np.array([1.0, 2.0, 0.5]))
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 200)
    expected = [
        min(range(3), key=lambda k: sum(row[t] * one.factors[t] * table[t, k] for t in range(3)))
        for row in probabilities
    ]
    assert one.answers(probabilities).tolist() == expected
    assert len(set(expected)) == 3
    assert one.mean_cost(np.array([2, 0, 1]), np.array([0, 2, 1])) == pytest.approx(14 / 3)
    assert one.threshold is None


@pytest.mark.parametrize(
    ("costs_of", "factors", "threshold"),
    [((1, 1), (1, 1), 0.5), ((1, 3), (1, 1), 0.25), ((1, 3), (3, 1), 0.5), ((0, 0), (1, 1), None)],
)
def test_the_threshold_of_two_classes_by_hand(costs_of, factors, threshold) -> None:
    table = np.array([[0, costs_of[0]], [costs_of[1], 0.0]])
    assert Decision(NAMES, table, np.array(factors, float)).threshold == threshold


def test_figures_on_test_data_by_hand() -> None:
    one = Decision(NAMES, np.array([[0, 1.0], [3, 0]]), np.ones(2))
    probabilities = np.array([[0.7, 0.3], [0.6, 0.4], [0.9, 0.1], [0.2, 0.8]])
    found = one.judged(probabilities, np.array([0, 1, 1, 1]))
    assert found["cost"] == (1 + 0 + 3 + 0) / 4
    assert found["cost_of_likeliest"] == (0 + 3 + 3 + 0) / 4
    assert found["accuracy"] == 0.5
    assert found["recall"] == {"healthy": 0.0, "sick": pytest.approx(2 / 3)}
    assert found["threshold"] == 0.25
    alone = one.judged(probabilities[:1], np.array([0]))
    assert list(alone["recall"]) == ["healthy"]


def test_the_factors_are_the_best_of_all_and_kept_where_two_errors_of_them_are_saved() -> None:
    """Of two classes only the quotient of the factors counts: all of them are tried."""
    for n, tilt in ((30, 1.0), (300, 0.3), (300, 1.0), (2000, 0.5)):
        probabilities, targets = scene(n, tilt)
        table = costs(["sick>healthy=2"], NAMES)
        found = decide(probabilities, targets, table, NAMES)
        tried = [
            Decision(NAMES, table, np.array([1.0, 10**power])) for power in np.linspace(-4, 4, 801)
        ]
        each = [table[targets, one.answers(probabilities)] for one in tried]
        best = min(each, key=np.mean)
        saved = each[400] - best
        sure = saved.mean() > 2 * saved.std() / np.sqrt(n)
        cost = found.mean_cost(found.answers(probabilities), targets)
        assert cost == pytest.approx(
            best.mean() if sure else each[400].mean(), abs=0.4 / np.sqrt(n)
        )
        assert (found.factors.tolist() == [1, 1]) is not bool(sure)


@pytest.mark.parametrize(("classes", "moved"), [(20, True), (21, False)])
def test_of_more_than_twenty_classes_no_factor_is_learnt(classes: int, moved: bool) -> None:
    names = tuple(f"c{k}" for k in range(classes))
    truth = np.arange(40 * classes) % classes
    probabilities = np.full((len(truth), classes), 0.01)
    probabilities[np.arange(len(truth)), truth] = 0.3
    probabilities[:, 0] = 0.35  # named of everything
    found = decide(probabilities, truth, costs([], names), names)
    assert (found.mean_cost(found.answers(probabilities), truth) == 0) is moved
    assert decide(probabilities[:0], truth[:0], costs([], names), names).factors.max() == 1


def test_a_cost_is_cut_where_both_sides_are_classes() -> None:
    table = costs(["a>b>c=5"], ["a", "a>b", "c"])
    assert table.tolist() == [[0, 1, 1], [1, 0, 5], [1, 1, 0]]


def torn(changed: int, n: int, second: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Sure and right answers, but of the first few the second class is the true one."""
    targets = np.arange(n) % 2
    targets[:changed] = 1
    says = np.where(targets == 1, 0.999, 0.001)
    says[:changed] = second
    return np.stack([1 - says, says], axis=1), targets


@pytest.mark.parametrize(
    ("changed", "n", "moved"), [(3, 100, False), (4, 100, True), (2, 4, False), (3, 4, True)]
)
def test_factors_move_where_more_than_two_errors_of_what_they_save_are_saved(
    changed: int, n: int, moved: bool
) -> None:
    """Saved by k of n: k / n against 2 sqrt(k / n (1 - k / n) / n); of 2 of 4 both are a half."""
    probabilities, targets = torn(changed, n)
    found = decide(probabilities, targets, costs([], NAMES), NAMES)
    assert (found.factors.tolist() != [1, 1]) is moved


def test_of_equal_factors_the_nearest_to_one_is_taken_and_a_hundred_is_the_most() -> None:
    found = decide(*torn(20, 100), costs([], NAMES), NAMES)
    # 0.6 against 0.4 turns from 1.5 on; the next tried quotient is 10 ** 0.2
    assert found.factors[1] / found.factors[0] == pytest.approx(10**0.2)
    assert np.log(found.factors).sum() == pytest.approx(0)
    for second, moved in ((0.011, True), (0.009, False)):
        rare = decide(*torn(20, 100, second), costs([], NAMES), NAMES)
        assert (rare.factors.tolist() != [1, 1]) is moved


def test_no_factor_of_one_class_alone_would_be_cheaper() -> None:
    """Eight classes, whose logits are off by 1.5 in the mean: it takes three sweeps."""
    dice, names = np.random.default_rng(4), tuple("abcdefgh")
    targets = dice.integers(8, size=120)
    logits = dice.normal(size=(120, 8)) + 2 * np.eye(8)[targets] + dice.normal(0, 1.5, 8)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = decide(probabilities, targets, costs([], names), names)
    cost = found.mean_cost(found.answers(probabilities), targets)
    assert cost < found.mean_cost(probabilities.argmax(axis=1), targets) - 0.2
    for index in range(8):
        for factor in np.logspace(-2, 2, 81):
            factors = np.where(np.arange(8) == index, factor, found.factors)
            other = Decision(names, found.costs, factors)
            assert other.mean_cost(other.answers(probabilities), targets) >= cost
