"""Does one bar stand for a whole run, from its first moment, and does no word of it break?"""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from patience import PATIENCE
from shell import RECETA, environment

from receta.cli.printing import bar as run_bar
from receta.cli.printing import progress
from receta.core.course import Course
from receta.core.deadline import Deadline

LONG = "pretrained:EfficientNetLite0"
PLAN = {"decoding": 2.0, f"features of {LONG}": 20.0, "cnn": 60.0, "judging": 5.0}


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """What a terminal of some width shows, line by line, as a whole bar draws it."""
    written: list[str] = []
    monkeypatch.setattr(run_bar, "_write", written.append)
    monkeypatch.setattr(run_bar, "_can_spell", lambda text: True)

    def lines(columns: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        written.clear()
        return written

    return lines


def course(clock: list[float], seconds: float = float("inf")) -> Course:
    return Course(Deadline(seconds, 0.0, lambda: clock[0]))


@pytest.mark.parametrize("columns", [24, 40, 60, 80, 120])
def test_a_line_fits_its_terminal_and_cuts_no_word(
    columns: int, clock: list[float], drawn: Callable[[int], list[str]]
) -> None:
    lines, whole = drawn(columns), run_bar.WholeBar(course(clock))
    whole.stage("decoding", PLAN)
    for name, total, unit in (
        ("decoding", 400, "images"),
        (f"features of {LONG}", 350, "images"),
        ("cnn epoch 17/40", 20, "steps"),
    ):
        with whole.bar(name, total, unit) as bar:
            clock[0] += 5
            bar.advance(7, loss="0.3012", val_accuracy="0.9333")
            whole._draw()
    shown = [line.replace("\r", "").replace("\033[K", "") for line in lines]
    assert all(len(line) < columns for line in shown)
    words = {
        "decoding",
        "features",
        "of",
        LONG,
        "pretrained",
        "cnn",
        "epoch",
        "17",
        "40",
        "7",
        "400",
        "350",
        "images",
        "loss",
        "0.3012",
        "val_accuracy",
        "0.9333",
        "min",
        "s",
        *("left", "about", "at", "least", "longer:"),
        "%",
        "|",
        "/",
        "-",
        "\\",
    }
    assert {word for line in shown for word in line.split()} - words <= {
        word for line in shown for word in line.split() if re.fullmatch(r"[━─]+|\d+%?", word)
    }
    # "longer: about" comes before the count
    assert ("epoch 17 of 40" in shown[-1]) == (columns >= 80)


def test_a_budget_gives_the_time_left_and_measured_speed_does_without(clock: list[float]) -> None:
    free, bound = course(clock), course(clock, 90.0)
    assert (free.seconds_left(), bound.seconds_left()) == (None, 90.0)
    for one in (free, bound):
        one.enter("decoding", PLAN)
    clock[0] = 20.0  # ten times as long as expected
    for one in (free, bound):
        one.enter(f"features of {LONG}")
    # (20 + 8) / (2 + 8) times as long as expected, for all that comes
    assert free.seconds_left() == pytest.approx(2.8 * 85)
    assert bound.seconds_left() == 70.0
    free.enter("cnn")
    free.within(10, 40)
    clock[0] = 40.0
    # a quarter took 20 s
    assert free.seconds_left() == pytest.approx(60 + (20 + 8) / (22 + 8) * 5, abs=0.2)
    assert bound.seconds_left() == 50.0
    assert 0 < free.share() < 1
    clock[0] = 100.0  # the budget is over, and not all is done
    assert bound.seconds_left() > 5


def test_the_time_left_says_how_well_it_is_known(clock: list[float]) -> None:
    """PLAN expects 2 s of decoding and 85 s of the rest, on an idle machine."""
    free, bound = course(clock), course(clock, 60.0)
    assert (free.say_left(), bound.say_left()) == ("", "1 min left")
    for one in (free, bound):
        one.enter("decoding", PLAN)
    assert (free.say_left(), bound.say_left()) == ("at least 1 min 30 s left", "1 min left")
    clock[0] = 1.0
    free.within(1, 2)
    assert free.say_left() == "about 1 min 30 s left"


def test_an_end_that_comes_later_than_told_is_said_for_a_while(clock: list[float]) -> None:
    one = course(clock)
    one.enter("cnn", {"cnn": 100.0})
    told = []
    for second, part in ((0, 0), (10, 20), (20, 25), (25, 30), (40, 50)):
        clock[0] = float(second)
        one.within(part, 100)
        told.append(one.say_left())
    assert told == [
        "at least 1 min 40 s left",
        "about 40 s left",
        "longer: about 1 min left",
        "longer: about 1 min left",
        "about 40 s left",
    ]


def test_lines_without_a_terminal_say_how_far_the_run_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_EVERY_S", 0.0)
    told: Any = progress.progress_of_run(Deadline(60.0))
    told.stage("decoding", PLAN)
    with told.bar("decoding", 4, "images") as bar:
        bar.advance(2)
    said = capsys.readouterr().err
    assert re.search(r"^decoding: 2 of 4 images; \d+% of the run, .* left$", said, re.M)
    assert "\033" not in said
    assert "\r" not in said


def test_the_bar_stands_before_anything_is_read_and_is_gone_when_an_error_is_told() -> None:
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*RECETA, "run", "no_such_data", "--out", "never"],
        stdout=child,
        stderr=child,
        stdin=child,
        env=environment(TERM="xterm", COLUMNS="80"),
    ) as process:
        os.close(child)
        heard = b""
        try:
            while piece := os.read(parent, 4096):
                heard += piece
        except OSError:  # the other end is closed
            pass
        assert process.wait(PATIENCE) == 2
    os.close(parent)
    words = heard.decode()
    assert re.match(r"\r\S{14} +0%", words)
    assert "starting" in words.split("\033[K")[0]
    assert re.fullmatch(
        r"receta: no_such_data does not exist.*", " ".join(words.split("\r\033[K")[-1].split())
    )
