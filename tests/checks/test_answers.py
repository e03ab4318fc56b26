"""Is one class that a mirror turns into another found, and by more than luck?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.checks.augmenting.answers import Judged, chance_of_losses, say_losing_class

NAMES = ("ring", "b", "d")
N = 20  # of each class
TARGETS = np.repeat(np.arange(3), N)


def judged(lost: int, won_after: int = 0, n: int = N) -> Judged:
    """So many of class b are taken for d in a mirror; all is right else.

    won_after: of b that the model learns only from copies.
    """
    targets = np.repeat(np.arange(3), n)
    plain, turned = targets.copy(), targets.copy()
    turned[n : n + lost] = 2
    plain[2 * n - won_after : 2 * n] = turned[2 * n - won_after : 2 * n] = 0
    return Judged(plain, turned, targets, targets)


def test_a_class_that_a_mirror_turns_is_named_with_what_it_is_taken_for() -> None:
    assert say_losing_class(judged(lost=12), TARGETS, NAMES) == (
        "class b does not stay itself: 12 of 20 of class b are then taken for d"
    )


@pytest.mark.parametrize(
    ("lost", "is_told"),
    [(0, False), (8, False), (9, True), (20, True)],
)
def test_it_is_told_where_luck_would_not_do_it_once_in_a_hundred_for_three_classes(
    lost, is_told
) -> None:
    # half to the power of 8 is 0.0039, of 9 is 0.0020: a hundredth by three classes lies between
    assert bool(say_losing_class(judged(lost), TARGETS, NAMES)) is is_told


def test_a_loss_of_less_than_a_quarter_of_the_class_is_let_pass_however_sure() -> None:
    n = 40
    targets = np.repeat(np.arange(3), n)
    assert say_losing_class(judged(9, n=n), targets, NAMES) == ""
    assert say_losing_class(judged(10, n=n), targets, NAMES)


def test_a_class_that_learning_from_copies_helps_keeps_the_mirror() -> None:
    # seven won and none lost by learning: 0.0078, less than a hundredth
    assert say_losing_class(judged(12, won_after=7), TARGETS, NAMES) == ""
    assert say_losing_class(judged(12, won_after=6), TARGETS, NAMES)


def test_a_class_of_fewer_than_ten_is_not_judged() -> None:
    for n, is_told in ((9, False), (10, True)):
        targets = np.repeat(np.arange(3), n)
        assert bool(say_losing_class(judged(n, n=n), targets, NAMES)) is is_told


@pytest.mark.parametrize(
    ("lost", "won", "chance"), [(0, 0, 1.0), (1, 0, 0.5), (3, 1, 5 / 16), (0, 4, 1.0)]
)
def test_the_chance_of_losses_is_that_of_a_fair_coin(lost, won, chance) -> None:
    before = np.array([True] * lost + [False] * won + [True, False])
    now = np.array([False] * lost + [True] * won + [True, False])
    assert chance_of_losses(before, now) == pytest.approx(chance)
