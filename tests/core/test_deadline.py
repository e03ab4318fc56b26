"""Is the time that is left right at its bounds, and a budget read or refused there?"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

import pytest

from receta.core import deadline
from receta.core.deadline import Deadline
from receta.core.errors import RecipeError


def test_work_is_over_when_its_last_second_is_gone_and_not_before() -> None:
    now = [0.0]
    work = Deadline(60.0, clock=lambda: now[0])
    assert work.is_limited
    now[0] = 59.999
    assert not work.is_over()
    now[0] = 60.0
    assert work.is_over()
    now[0] = 70.0
    assert (work.seconds_spent(), work.seconds_left(), work.share(0.5).seconds_left()) == (
        70.0,
        -10.0,
        -5.0,
    )


def test_a_part_begins_now_and_an_end_never_moves_back() -> None:
    now = [10.0]
    work = Deadline(60.0, began=0.0, clock=lambda: now[0])
    assert (work.within(7.0).seconds_left(), work.within(700.0).seconds_left()) == (7.0, 50.0)
    early = work.sooner(20.0)
    assert (early.seconds_left(), early.seconds_spent()) == (30.0, 10.0)
    part = work.share(0.5)
    now[0] = 20.0
    assert (part.seconds_spent(), part.seconds_left()) == (10.0, 15.0)
    without = Deadline(clock=lambda: now[0])
    assert not without.is_limited
    assert without.share(0.25).seconds_left() == without.sooner(5.0).seconds_left() == math.inf
    assert without.within(3.0).seconds_left() == 3.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1", 1), ("1s", 1), ("2m", 120), ("1h", 3600), ("1.5m", 90), ("1e7", 1e7), ("0.02m", 1.2)],
)
def test_a_budget_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert deadline.read_budget(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["0.999", "0.01m", "1e-9s"])
def test_a_budget_below_a_second_is_told_to_be_more(text: str) -> None:
    with pytest.raises(RecipeError, match=f"--budget {text} is less than a second.*Give more"):
        deadline.read_budget(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "10000001", "5d", "m", "soon"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="is no time; expected one such as 90s, 5m or 1h"):
        deadline.read_budget(text)


def test_a_limit_of_a_recipe_is_none_or_a_second_at_least() -> None:
    for fine in (0, 1, 1.5):
        deadline.refuse_no_second(fine)
    for short in (0.001, 0.999):
        with pytest.raises(RecipeError, match=f"budget_s={short:g} is less than a second"):
            deadline.refuse_no_second(short)


@pytest.mark.parametrize(
    ("told", "times"), [("100 300 5", 4.0), ("0 3 1", 4.0), ("8 0 1", 1.0), ("no", 1.0), ("", 1.0)]
)
def test_slowness_is_the_time_that_a_thread_had_and_waited_for(told, times, monkeypatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda path: told)
    assert deadline.slowness() == times


@pytest.mark.parametrize(
    ("since_boot", "age"), [(1000.0, 0.0), (1007.5, 7.5), (999.0, 3.0), (1119.0, 119.0)]
)
def test_a_command_began_when_its_process_did(since_boot, age, monkeypatch) -> None:
    """A process that is 120 s old when it begins runs more than one command: what it computed."""
    ticks = os.sysconf("SC_CLK_TCK")
    stat = "1 (a name) with ) S " + "0 " * 18 + f"{1000 * ticks} 77 78"
    monkeypatch.setattr(Path, "read_text", lambda path: stat)
    monkeypatch.setattr(time, "clock_gettime", lambda clock: since_boot)
    monkeypatch.setattr(time, "process_time", lambda: 3.0)
    monkeypatch.setattr(time, "monotonic", lambda: 5000.0)
    monkeypatch.setattr(deadline, "_command", [])
    deadline.begin_command()
    assert deadline.of_command(60.0).began == 5000.0 - age
    monkeypatch.setattr(time, "clock_gettime", lambda clock: 1120.0)
    deadline.begin_command()
    assert deadline.of_command().began == 4997.0
