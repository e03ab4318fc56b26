"""Is a stated error kept, is the threshold no higher than it must be, and is it said when it cannot be?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from receta.core import abstention


def scene(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes, confidence uniform in 0.5..1 and wrong as often as it says: risk above t is
    (1 - t) / 2.
    """
    dice = np.random.default_rng(seed)
    confidence = dice.uniform(0.5, 1, n)
    return np.stack([confidence, 1 - confidence], axis=1), (dice.random(n) > confidence).astype(int)


def test_the_stated_error_is_kept_as_often_as_is_said() -> None:
    """Promised: broken in at most 5 % of 400 draws.

    False alarm: more than 34 of 400 at exactly 5 %, once in 1,000.
    """
    broken = sum(
        found.kept and (1 - max(found.threshold, 0.5)) / 2 > 0.1
        for found in (abstention.choose(*scene(600, seed), 0.1) for seed in range(400))
    )
    assert broken <= stats.binom.ppf(0.999, 400, 0.05)


def test_with_many_examples_the_threshold_nears_the_best_one() -> None:
    found = abstention.choose(*scene(20_000, 0), 0.1)
    assert found.kept
    # the best is 0.8, and the shares of the examples are steps of 10 %
    assert 0.8 < found.threshold < 0.92
    assert found.error < found.bound <= 0.1


def test_a_network_that_is_always_right_answers_everything() -> None:
    found = abstention.choose(np.tile([0.9, 0.1], (400, 1)), np.zeros(400, int), 0.02)
    assert (found.kept, found.coverage, found.threshold) == (True, 1, 0)


def test_what_cannot_be_promised_is_never_sure_where_it_would_not_be_unasked() -> None:
    """A weak network whose likeliest answers are right by chance: 0.24 once passed for sure."""
    draw = np.random.default_rng(0)
    weak = draw.dirichlet(np.full(10, 2.0), 60)
    found = abstention.choose(weak, draw.integers(0, 10, 60), 0.05)
    assert not found.kept
    assert found.threshold >= abstention.SURE
    assert found.coverage < 0.2


def test_what_cannot_be_promised_is_said_with_what_can() -> None:
    found = abstention.choose(*scene(100, 0), 0.001)
    assert not found.kept
    assert found.bound > 0.001
    assert found.sentence().startswith(
        "max_error=0.001 cannot be promised from 100 validation examples; what can be is "
    )
    attainable = abstention.choose(*scene(100, 0), found.bound + 1e-9)
    assert (attainable.kept, attainable.bound) == (True, pytest.approx(found.bound))


def test_of_zero_errors_the_bound_is_that_of_clopper_and_pearson() -> None:
    found = abstention.choose(np.tile([0.9, 0.1], (300, 1)), np.zeros(300, int), 0.02)
    assert found.bound == pytest.approx(1 - 0.005 ** (1 / 300))  # a tenth of 5 %


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_equal_probabilities_are_sure_together_or_not_at_all(kind: type) -> None:
    probabilities = np.tile([0.9, 0.1], (100, 1)).astype(kind)
    probabilities[:40] = [1.0, 0.0]
    targets = np.zeros(100, int)
    targets[40:] = np.arange(60) % 2
    found = abstention.choose(probabilities, targets, 0.2)
    assert (found.kept, found.coverage, found.error) == (True, 0.4, 0.0)
    assert 0.9 - 1e-6 < found.threshold <= 1.0, (
        "what was sure on validation must be so where it is compared in double precision"
    )
    assert abstention.judge_threshold(found.threshold, probabilities, targets)["coverage"] == 0.4


@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_handful_of_examples_promises_nothing(n: int) -> None:
    assert not abstention.choose(*scene(n, 1), 0.05).kept


def test_figures_on_test_data_by_hand() -> None:
    found = abstention.judge_threshold(
        0.7, np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]]), np.array([0, 1, 0])
    )
    assert (found["coverage"], found["sure"], found["error"]) == (pytest.approx(2 / 3), 2, 0.5)
    assert abstention.judge_threshold(0.99, np.array([[0.9, 0.1]]), np.array([0]))["error"] is None


def test_shares_are_tried_from_all_to_a_fifth_and_the_first_that_holds_is_taken() -> None:
    """Of 100 examples the surest are right, all others wrong. A share holds where so few errors
    had a chance of 0.5 % at most, if the stated error were the true one.
    """
    confidence = np.linspace(0.99, 0.6, 100)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    shares = (100, 98, 95, 90, 80, 70, 60, 50, 35, 20)
    taken = set()
    for right in range(101):
        found = abstention.choose(probabilities, (np.arange(100) >= right).astype(int), 0.25)
        errors = {m: max(0, m - right) for m in shares}
        holds = [m for m in shares if stats.binom.cdf(errors[m], m, 0.25) <= 0.005]
        assert found.kept == bool(holds)
        if holds:
            assert (found.coverage, found.n) == (holds[0] / 100, 100)
            assert found.error == pytest.approx(errors[holds[0]] / holds[0])
            taken.add(holds[0])
    assert taken == set(shares)


def test_where_nothing_holds_the_lowest_bound_from_one_half_on_is_taken() -> None:
    confidence = np.linspace(0.99, 0.3, 100)
    probabilities = np.stack([confidence, *[(1 - confidence) / 9] * 9], axis=1)
    found = abstention.choose(probabilities, np.zeros(100, int), 0.001)
    assert (found.kept, found.coverage) == (False, 0.7)  # 0.5 is at rank 71
    assert found.threshold == np.nextafter(confidence[70], 2.0)
    below = abstention.choose(np.full((50, 4), 0.25), np.zeros(50, int), 0.001)
    assert (below.kept, below.threshold, below.coverage, below.bound) == (False, 0.5, 0.0, 1.0)
    nothing_right = abstention.choose(probabilities, np.ones(100, int), 0.001)
    assert (nothing_right.bound, nothing_right.error) == (1.0, 1.0)


def test_an_answer_of_just_the_threshold_counts() -> None:
    found = abstention.judge_threshold(0.9, np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([1, 0]))
    assert (found["coverage"], found["sure"], found["n"], found["error"]) == (0.5, 1, 2, 1.0)
    assert found["interval"] == pytest.approx([0.2065, 1.0], abs=1e-4)
    empty = abstention.judge_threshold(0.5, np.zeros((0, 2)), np.zeros(0, int))
    assert (empty["coverage"], empty["interval"]) == (0.0, [0.0, 1.0])


def test_what_can_be_relied_on_is_said_in_words() -> None:
    one = abstention.Abstention(0.02, 0.75, True, 0.01, 0.9, 0.005, 300)
    assert one.sentence() == (
        "sure from 0.75 on: of such answers at most 0.02 are wrong (95 % confidence; the surest "
        "90% of 300 validation examples, of which 0.50% were wrong)"
    )
