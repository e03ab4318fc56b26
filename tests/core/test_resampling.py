"""Do intervals of errors hold the truth as often as they say, and are they always the same?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.core.conformal import find_margins, judge_margins, tell_interval
from receta.core.resampling import interval_of_mean, interval_of_median, interval_of_ratio


@pytest.mark.parametrize(("law", "least"), [("normal", 0.87), ("laplace", 0.86)])
def test_the_interval_of_a_square_error_holds_it(law: str, least: float) -> None:
    """Simulated (LOG.md): 0.93 and 0.92 at 66; 200 draws fall below these once in 500 times."""
    chance = np.random.default_rng(5)
    truth = {"normal": 1.0, "laplace": 2.0}[law]
    held = 0
    for _ in range(200):
        low, high = interval_of_mean(getattr(chance, law)(size=66) ** 2)
        held += low <= truth <= high
    assert held / 200 >= least


def test_heavy_tails_get_a_wider_interval_than_the_normal_law_gives() -> None:
    squares = np.random.default_rng(1).standard_t(3, size=66) ** 2
    low, high = interval_of_mean(squares)
    error = squares.std(ddof=1) / np.sqrt(66) / squares.mean()
    assert high > squares.mean() * np.exp(1.96 * error)
    assert 0 < low < squares.mean()


def test_the_same_errors_give_the_same_interval() -> None:
    squares = np.random.default_rng(2).exponential(size=99)
    assert interval_of_mean(squares) == interval_of_mean(squares.copy())


def test_errors_of_many_examples_take_the_normal_law() -> None:
    squares = np.random.default_rng(3).exponential(size=20_000)
    low, high = interval_of_mean(squares)
    assert np.isclose(np.log(high / low), 2 * 1.96 / np.sqrt(20_000), rtol=0.05)


@pytest.mark.parametrize("values", [np.zeros(5), np.ones(7), np.ones(1)])
def test_errors_that_are_all_alike_have_no_width(values: np.ndarray) -> None:
    low, high = interval_of_mean(values)
    assert low == high == values[0]


def test_a_ratio_of_the_same_examples_is_surer_than_of_its_parts() -> None:
    apart = np.random.default_rng(4).exponential(size=200)
    low, high = interval_of_ratio(0.5 * apart, apart)
    assert np.isclose(low, 0.5)
    assert np.isclose(high, 0.5)


def test_the_median_lies_between_two_of_the_values_at_least_19_times_of_20() -> None:
    """Of 300 draws at least 0.95 each: fewer than 0.9 comes once in 10,000 times."""
    chance, held = np.random.default_rng(6), 0
    for _ in range(300):
        low, high = interval_of_median(chance.exponential(size=25))
        held += low <= np.log(2) <= high
    assert held / 300 >= 0.9


def test_margins_hold_four_new_errors_of_five() -> None:
    """Split conformal: at least 0.8 in the mean; 100 sets of 40 fall below 0.77 by no chance."""
    chance, held = np.random.default_rng(7), []
    for _ in range(100):
        margins = find_margins(np.zeros((40, 1)), chance.standard_t(3, size=(40, 1)))
        truth = chance.standard_t(3, size=(200, 1))
        held.append(judge_margins(margins, np.zeros((200, 1)), truth)["coverage_80"])
    assert 0.77 < np.mean(held) < 0.85


def test_three_examples_promise_no_interval() -> None:
    assert find_margins(np.zeros((3, 1)), np.ones((3, 1))) is None
    assert tell_interval(None, np.ones(1)) == {}
    assert judge_margins(None, np.zeros((3, 1)), np.ones((3, 1))) == {}


def test_an_interval_is_two_margins_wide_and_holds_its_ends() -> None:
    told = judge_margins((2.0,), np.zeros((4, 1)), np.array([[2.0], [-2.0], [2.1], [0.0]]))
    assert (told["width_80"], told["coverage_80"]) == (4.0, 0.75)
    two = judge_margins((1.0, 3.0), np.zeros((1, 2)), np.zeros((1, 2)))
    assert two == {"coverage_80": 1.0, "width_80": 4.0}
