"""Do comparisons of pairs say what the books say, and are they as often wrong as they admit?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from receta.core import comparing


def test_pairs_are_compared_as_scipy_compares_them() -> None:
    chance = np.random.default_rng(0)
    first, second = chance.normal(1, 1, 12), chance.normal(0.5, 1, 12)
    found = comparing.compare_pairs(first - second)
    wanted = stats.ttest_rel(first, second)
    assert found.p == pytest.approx(wanted.pvalue)
    assert found.interval == pytest.approx(tuple(wanted.confidence_interval(0.95)))
    assert found.is_real == (wanted.pvalue < 0.05)


def test_equal_pairs_differ_by_nothing_and_one_pair_says_nothing() -> None:
    same = comparing.compare_pairs(np.zeros(5))
    assert (same.value, same.interval, same.p, same.is_real) == (0.0, (0.0, 0.0), 1.0, False)
    assert not comparing.compare_pairs(np.array([0.3])).is_real


def test_the_bootstrap_of_a_mean_is_near_the_normal_law() -> None:
    differences = np.random.default_rng(1).normal(0.1, 1, 500)
    found = comparing.bootstrap_pairs(lambda rows: float(differences[rows].mean()), 500)
    error = differences.std(ddof=1) / np.sqrt(500)
    assert found.value == differences.mean()
    wanted = (found.value - 1.96 * error, found.value + 1.96 * error)
    assert found.interval == pytest.approx(wanted, abs=0.2 * error)
    again = comparing.bootstrap_pairs(lambda rows: float(differences[rows].mean()), 500)
    assert found == again


def test_the_bootstrap_calls_luck_a_difference_once_in_twenty_times() -> None:
    """200 draws under no difference: 25 false alarms or more come once in 1,000 times."""
    chance = np.random.default_rng(2)
    alarms = 0
    for _ in range(200):
        gained = chance.normal(0, 1, 80)
        found = comparing.bootstrap_pairs(lambda rows: float(gained[rows].mean()), 80, times=300)  # noqa: B023
        alarms += found.is_real
    assert alarms < 25


def judge_disagreements_are_tested_as_the_binomial_law_has_them() -> None:
    assert comparing.judge_disagreements(0, 6) == pytest.approx(2 * 0.5**6)
    assert comparing.judge_disagreements(6, 0) == comparing.judge_disagreements(0, 6)
    assert comparing.judge_disagreements(0, 0) == 1.0


def test_who_always_wins_has_a_share_of_one() -> None:
    won, interval = comparing.better_share(np.arange(1.0, 6), np.zeros(5))
    assert (won, interval) == (1.0, (1.0, 1.0))
    even, (low, high) = comparing.better_share(np.array([1.0, 0, 1, 0]), np.array([0.0, 1, 0, 1]))
    assert even == 0.5
    assert low < 0.5 < high


@pytest.mark.parametrize("ps", [[0.01, 0.02, 0.03, 0.04], [0.5, 0.001, 0.2], [0.03], []])
def test_many_comparisons_are_corrected_as_holm_does(ps: list[float]) -> None:
    """By the rule of the paper: the i-th smallest is refused if all before it are."""
    corrected = comparing.correct_many(ps)
    for alpha in (0.01, 0.05, 0.1, 0.3):
        refused, standing = set(), len(ps)
        for at in sorted(range(len(ps)), key=ps.__getitem__):
            if ps[at] * standing > alpha:
                break
            refused.add(at)
            standing -= 1
        assert {at for at, p in enumerate(corrected) if p <= alpha} == refused


def test_the_interval_of_folds_is_wider_than_a_plain_one_by_the_shared_examples() -> None:
    values = np.array([0.8, 0.9, 0.85, 0.95, 0.9])
    mean, (low, high) = comparing.interval_of_folds(values, 80, 20)
    plain = stats.t.interval(0.95, 4, loc=mean, scale=stats.sem(values))
    assert (high - low) / (plain[1] - plain[0]) == pytest.approx(np.sqrt((1 / 5 + 1 / 4) * 5))
    assert mean == pytest.approx(0.88)


def test_the_smallest_detectable_difference_is_found_in_four_of_five_studies() -> None:
    """2,000 studies: a share outside of 0.77 to 0.83 comes once in 1,000 times."""
    n, spread = 6, 2.0
    least = comparing.smallest_detectable(spread, n)
    drawn = np.random.default_rng(3).normal(least, spread, (2_000, n))
    found = np.mean(stats.ttest_1samp(drawn, 0.0, axis=1).pvalue < 0.05)
    assert 0.77 < found < 0.83
    assert comparing.smallest_detectable(1.0, 1) == float("inf")
