"""When must a piece of work be over, and how much time is left?

Seconds from a beginning, and no instant of a clock: it means the same on another machine.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from receta.core.errors import RecipeError

_LONGEST_START_S = (
    120.0  # a process that claims to be older as it begins runs more than one command
)


@dataclass(frozen=True)
class Deadline:
    """`seconds` for some work since it `began`; without an end where they are infinite.

    >>> now = [100.0]
    >>> work = Deadline(60.0, began=100.0, clock=lambda: now[0])
    >>> now[0] = 120.0
    >>> work.seconds_spent(), work.seconds_left(), work.is_over()
    (20.0, 40.0, False)
    >>> work.share(0.25).seconds_left(), work.sooner(15.0).seconds_left()
    (10.0, 25.0)
    >>> now[0] = 130.5
    >>> work.share(0.25).seconds_left(), Deadline().is_over()
    (7.375, False)
    """

    seconds: float = math.inf
    began: float | None = None
    clock: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.began is None:
            object.__setattr__(self, "began", self.clock())

    @property
    def is_limited(self) -> bool:
        """Whether there is an end at all."""
        return self.seconds < math.inf

    def seconds_spent(self) -> float:
        """Seconds since it began."""
        return self.clock() - (self.began or 0.0)

    def seconds_left(self) -> float:
        """Seconds until it is over; infinite without an end, below 0 when it is over."""
        return self.seconds - self.seconds_spent()

    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.seconds_left() <= 0

    def share(self, part: float) -> Deadline:
        """That of a part, 0 to 1, of the time left, which begins now."""
        return Deadline(
            part * self.seconds_left() if self.is_limited else math.inf, self.clock(), self.clock
        )

    def sooner(self, seconds: float) -> Deadline:
        """The same, so many seconds earlier: they are kept for what comes after."""
        return Deadline(self.seconds - seconds, self.began, self.clock)

    def within(self, seconds: float) -> Deadline:
        """The earlier one of this and `seconds` from now."""
        return Deadline(min(self.seconds_left(), seconds), self.clock(), self.clock)


NEVER = Deadline()  # for work that may take as long as it takes


def slowness() -> float:
    """How many times as long as alone this thread took until now, for others on the machine.

    1 where the system does not tell.

    >>> slowness() >= 1
    True
    """
    try:
        computed, waited = map(int, Path("/proc/thread-self/schedstat").read_text().split()[:2])
    except (OSError, ValueError):
        return 1.0
    return 1.0 + waited / max(computed, 1)


_command: list[float] = []  # when this process began, on the monotonic clock


def begin_command() -> None:
    """Take the time from the start of this process, as its first act: loading Python counts too."""
    _command[:] = [time.monotonic() - _age()]


def of_command(seconds: float = math.inf) -> Deadline:
    """The deadline of a command: from the start of its process where that was told, else from
    now.
    """
    return Deadline(seconds, _command[0] if _command else None)


def _age() -> float:
    """Seconds since this process began, where the system tells; else those it has computed."""
    try:
        words = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
        began = int(words[19]) / os.sysconf("SC_CLK_TCK")  # since the machine was started
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - began
    except (OSError, ValueError, IndexError, AttributeError):
        age = -1.0
    return age if 0 <= age < _LONGEST_START_S else time.process_time()


def read_budget(text: str) -> float:
    """Seconds of a text such as 90s, 5m or 1h; RecipeError for what is none to train in.

    >>> read_budget("5m"), read_budget("90")
    (300.0, 90.0)
    """
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = 0.0
    if 0 < seconds < 1:
        raise RecipeError(
            f"--budget {text[:60]} is less than a second; expected one such as 90s, 5m or 1h. "
            f"Give more time."
        )
    if not 0 < seconds <= 1e7:
        raise RecipeError(
            f"--budget {text[:60] or '(nothing)'} is no time; expected one such as 90s, 5m or 1h."
        )
    return seconds


def longer_budget(seconds: float) -> str:
    """A budget for who had too little of it, as `read_budget` reads it.

    >>> longer_budget(20.0), longer_budget(600.0)
    ('5m', '30m')
    """
    return f"{max(5, round(3 * seconds / 60))}m"


def refuse_no_second(budget_s: float) -> None:
    """RecipeError for a limit below a second, in which nothing can be trained."""
    if 0 < budget_s < 1:
        raise RecipeError(
            f"budget_s={budget_s:g} is less than a second; expected 0, without limit, or at least "
            f"1. Give more time."
        )
