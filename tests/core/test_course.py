"""Is the time that a run still takes reckoned as it is said to be?"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.core.course import Course, fit_words, say_left, stage_of
from receta.core.deadline import Deadline


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def begin(seconds: float = math.inf) -> tuple[Course, Clock]:
    clock = Clock()
    return Course(Deadline(seconds, clock=clock)), clock


@pytest.mark.parametrize(
    ("took", "pace"),
    [(10.0, 1.0), (28.0, 2.0), (300.0, 12.0), (208.0, 12.0), (0.0, 8 / 18), (1.0, 0.5)],
)
def test_what_ended_says_how_fast_the_machine_is(took: float, pace: float) -> None:
    """8 s more on both sides, so that little says little; a dozen times as slow at most."""
    course, clock = begin()
    course.enter("first", {"first": 10.0, "second": 100.0, "third": 50.0})
    clock.now = took
    course.enter("second")
    assert course.seconds_left() == pytest.approx(150 * pace)


def test_a_fast_machine_is_believed_to_be_three_times_as_fast_at_most() -> None:
    course, _ = begin()
    course.enter("first", {"first": 100.0, "second": 10.0})
    course.enter("second")
    assert course.seconds_left() == pytest.approx(3.0)


def test_a_stage_is_reckoned_by_its_own_speed_once_a_part_of_it_is_done() -> None:
    course, clock = begin()
    course.enter("cnn", {"cnn": 100.0, "report": 5.0})
    clock.now = 4.0
    course.within(2, 100)
    assert course.seconds_left() == pytest.approx(100 - 4 + 5)
    course.within(3, 100)
    assert course.seconds_left() == pytest.approx(4 * 97 / 3 + 5)
    course.within(0, 0)
    clock.now = 200.0
    assert course.seconds_left() == pytest.approx(
        20 + 5
    )  # a tenth of what it took, when it is late
    course.within(7, 5)
    assert (course.part, course.seconds_left()) == (1.0, 5.0)


@pytest.mark.parametrize(
    ("elapsed", "part", "words"),
    [
        (0.0, 0.0, "at least 1 min 40 s left"),
        (4.0, 0.029, "at least 1 min 40 s left"),
        (4.0, 0.03, "about 2 min 10 s left"),
    ],
)
def test_how_well_the_time_left_is_known_is_said(elapsed, part, words) -> None:
    course, clock = begin()
    course.enter("cnn", {"cnn": 100.0})
    clock.now = elapsed
    course.within(part, 1.0)
    assert course.say_left() == words
    assert begin()[0].say_left() == ""
    assert begin(60.0)[0].say_left() == "1 min left"


def test_a_pace_that_was_measured_is_about_right_until_a_stage_takes_longer() -> None:
    course, clock = begin()
    course.enter("a", {"a": 10.0, "b": 100.0})
    clock.now = 10.0
    course.enter("b")
    assert course.say_left() == "about 1 min 40 s left"
    clock.now = 110.0
    assert not course.say_left().startswith("about")


@pytest.mark.parametrize(("more", "said"), [(10.0, "about"), (10.1, "longer: about")])
def test_an_end_that_moves_by_more_than_ten_seconds_is_said_for_ten_seconds(more, said) -> None:
    course, clock = begin()
    course.enter("a", {"a": 5.0, "b": 20.0})
    clock.now = 5.0
    course.enter("b")
    assert course.say_left() == "about 20 s left"
    course.enter("b", {"b": 20.0 + more})
    assert course.say_left().startswith(f"{said} ")
    clock.now = 14.9
    assert course.say_left().startswith(f"{said} ")
    clock.now = 15.0
    assert course.say_left().startswith("about ")


@pytest.mark.parametrize(("more", "later"), [(17.6, False), (17.7, True)])
def test_of_a_long_time_the_end_may_move_by_15_percent(more: float, later: bool) -> None:
    course, clock = begin()
    course.enter("a", {"a": 5.0, "b": 100.0})
    clock.now = 5.0
    course.enter("b")
    course.say_left()
    course.enter("b", {"b": 100.0 + more})
    assert course.say_left().startswith("longer") is later


def test_what_was_passed_over_does_not_come_and_a_stage_goes_on_under_its_name() -> None:
    course, clock = begin()
    course.enter("a", {"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0})
    clock.now = 5.0
    course.within(1, 2)
    course.enter("a")
    assert (course.part, course.seconds_left()) == (0.5, 5 + 90)
    clock.now = 10.0
    course.enter("c")
    assert course.seconds_left() == pytest.approx(70.0)
    course.enter("unexpected")
    assert course.seconds_left() == pytest.approx(40 * (8 + 10) / (8 + 40))


def test_without_a_plan_only_a_budget_says_what_is_left() -> None:
    assert begin()[0].seconds_left() is None
    course, clock = begin(60.0)
    clock.now = 20.0
    assert (course.seconds_left(), course.share()) == (40.0, pytest.approx(1 / 3))
    clock.now = 70.0
    assert course.seconds_left() == 0.0


def test_a_budget_ends_a_run_sooner_but_says_nothing_once_it_is_over() -> None:
    course, clock = begin(50.0)
    course.enter("cnn", {"cnn": 100.0})
    assert course.seconds_left() == 50.0
    clock.now = 60.0
    assert course.seconds_left() == pytest.approx(40.0)


def test_the_share_never_falls_and_never_says_all_but_where_more_is_known() -> None:
    course, clock = begin()
    course.enter("a", {"a": 10.0})
    clock.now = 5.0
    assert course.share() == 0.5
    course.within(4, 100)
    assert course.share() == 0.5  # 120 s are left now
    course.within(100, 100)
    assert course.share() == 0.99
    course.enter("b", {"b": 15.0})
    assert course.share() == pytest.approx(5 / (5 + 15 * 13 / 18))


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 1e6))
def test_a_time_in_words_is_off_by_half_of_its_last_place(seconds: float) -> None:
    words = say_left(seconds).removesuffix(" left").split()
    units = {"s": 1, "min": 60}
    told = sum(int(n) * units[u] for n, u in zip(words[::2], words[1::2], strict=True))
    last = 1 if seconds < 10 else 10 if seconds < 300 else 60
    assert abs(told - max(seconds, 1)) <= last / 2


def test_times_at_their_bounds_in_words() -> None:
    told = [say_left(seconds) for seconds in (0, 9.4, 10, 60, 294, 299, 300, 329, 331)]
    assert told == [
        *("1 s left", "9 s left", "10 s left", "1 min left", "4 min 50 s left"),
        *("5 min left", "5 min left", "5 min left", "6 min left"),
    ]


def test_a_line_is_filled_to_its_last_column() -> None:
    assert [fit_words(["abc", "de"], width) for width in (2, 3, 6, 7)] == [
        "de",
        "abc",
        "abc",
        "abc  de",
    ]


def test_an_epoch_is_a_part_of_its_training() -> None:
    assert stage_of("pretrained:B0 epoch 12/40") == ("pretrained:B0", 12, 40)
    assert stage_of("cnn epoch 3") == ("cnn epoch 3", 1, 1)


def test_of_a_stage_that_has_just_begun_nothing_is_done() -> None:
    course, clock = begin()
    course.enter("first", {"first": 10.0, "second": 30.0})
    course.within(1, 2)
    course.enter("second")
    assert course.part == 0
    course.within(1, 2)
    clock.now = 7.0
    assert course.seconds_left() == pytest.approx(7.0)


def test_before_anything_is_known_nothing_is_done() -> None:
    assert begin()[0].share() == 0
