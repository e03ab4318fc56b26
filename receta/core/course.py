"""How far is a whole run, and how long will the rest of it take?

A run is a row of stages with the seconds that each is expected to take on an idle machine.
What the finished ones took says how fast this machine is; a bar says how far the stage is
that runs now. Within a budget the time left is the budget's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from receta.core.deadline import Deadline

_SURE_S = (
    8.0  # seconds of finished stages, from which on they say more of the machine than nothing does
)
_SLOWEST, _FASTEST = 12.0, 0.3  # times as long as expected, at most and at least
_TOLD = 0.03  # share of a stage, from which on its own speed says when it ends
# How much later than it was told an end may come before that is said, and for how long it is said.
_LATER_S, _LATER_SHARE, _SAID_S = 10.0, 0.15, 10.0
_EPOCH = re.compile(r"(.+) epoch (\d+)/(\d+)")


class Course:
    """Where a run is; `share` and `left` say how far and how long.

    >>> now = [0.0]
    >>> course = Course(Deadline(began=0.0, clock=lambda: now[0]))
    >>> course.enter("decoding", {"decoding": 10.0, "auditing": 10.0, "cnn": 80.0})
    >>> now[0] = 20.0
    >>> course.enter("auditing")
    >>> course.within(50, 100)
    >>> now[0] = 30.0
    >>> round(course.seconds_left()), round(course.share(), 2)
    (134, 0.18)
    """

    def __init__(self, deadline: Deadline) -> None:
        self.deadline, self.clock = deadline, deadline.clock
        self.name, self.part = "starting", 0.0
        self.ahead: dict[str, float] = {}  # seconds of the stages that have not begun
        self._expected = 0.0  # of the stage that runs
        self._began = self.clock()
        self._done_s, self._done_expected_s = 0.0, 0.0
        self._most = 0.0
        self._told_end = math.inf  # the end, by this clock, as it was told last
        self._later_until = -math.inf  # until when it is said that it comes later than told

    def enter(self, name: str, ahead: Mapping[str, float] | None = None) -> None:
        """The next stage begins.

        ahead: expected seconds of it and of all that come, in their order, where more is known
        than before.
        """
        now = self.clock()
        if name != self.name:
            if self._expected:
                self._done_s += now - self._began
                self._done_expected_s += self._expected
            self.name, self.part, self._began = name, 0.0, now
            self._expected = 0.0
        if ahead is not None:
            # what is known better may also say that there is more to do
            self.ahead, self._most = (
                dict(ahead),
                0.0,
            )
        if name in self.ahead:
            earlier = list(self.ahead).index(name)
            self._expected = self.ahead[name]
            # what was passed over does not come any more
            self.ahead = dict(list(self.ahead.items())[earlier + 1 :])

    def within(self, done: float, total: float) -> None:
        """How much of the stage is done."""
        self.part = min(1.0, max(0.0, done / max(total, 1e-9)))

    def seconds_left(self) -> float | None:
        """Seconds until the end; None while nobody can say."""
        return self._left()[0]

    def _left(self) -> tuple[float | None, bool]:
        """Seconds until the end, and whether it is a budget that says so."""
        budget = self.deadline.seconds_left()
        if not self.ahead and not self._expected:
            return (max(0.0, budget), True) if self.deadline.is_limited else (None, False)
        seconds = self._forecast()
        # what is over says no more
        return (budget, True) if 0 < budget < seconds else (seconds, False)

    def say_left(self) -> str:
        """The time left, and how well it is known; '' while nobody can say.

        It is exact where a budget ends the run. It is "about" where speed was measured, and "at
        least" where it is expected of an idle machine alone. That the end comes later than it was
        told is said for a while.
        """
        left, is_of_budget = self._left()
        if left is None:
            return ""
        words = say_left(left)
        if is_of_budget:
            return words
        if self._is_later(left):
            return f"longer: about {words}"
        return f"{'about' if self._is_measured() else 'at least'} {words}"

    def _forecast(self) -> float:
        """Seconds until the end by what is expected and measured."""
        elapsed, pace = self.clock() - self._began, self._pace()
        if self.part >= _TOLD:
            stage = elapsed * (1 - self.part) / self.part
        else:
            stage = max(self._expected * pace - elapsed, 0.1 * elapsed)
        return stage + pace * sum(self.ahead.values())

    def _is_measured(self) -> bool:
        """Whether the speed of this machine is known, and the stage takes no longer than that."""
        elapsed = self.clock() - self._began
        in_time = elapsed < self._expected * self._pace()
        return self.part >= _TOLD or (self._done_s > 0 and in_time)

    def _is_later(self, left: float) -> bool:
        """Whether the end has moved, a moment ago, behind the one that was told."""
        now = self.clock()
        if now + left > self._told_end + max(_LATER_S, _LATER_SHARE * left):
            self._later_until = now + _SAID_S
            self._told_end = now + left
        self._told_end = min(self._told_end, now + left)
        return now < self._later_until

    def share(self) -> float:
        """How much of the whole is done, 0 to 1; it falls only where more is known than before."""
        left, spent = self.seconds_left(), self.deadline.seconds_spent()
        if left is not None and spent + left > 0:
            self._most = max(self._most, min(0.99, spent / (spent + left)))
        return self._most

    def _pace(self) -> float:
        pace = (self._done_s + _SURE_S) / (self._done_expected_s + _SURE_S)
        return min(_SLOWEST, max(_FASTEST, pace))


def stage_of(title: str) -> tuple[str, int, int]:
    """(stage, part, parts) of a bar: an epoch is one of many parts of a training.

    >>> stage_of("cnn epoch 3/40"), stage_of("decoding")
    (('cnn', 3, 40), ('decoding', 1, 1))
    """
    found = _EPOCH.fullmatch(title)
    return (found[1], int(found[2]), int(found[3])) if found else (title, 1, 1)


def say_left(seconds: float) -> str:
    """A time in words, as exact as a forecast is.

    >>> [say_left(one) for one in (0.4, 8, 47, 100, 3700)]
    ['1 s left', '8 s left', '50 s left', '1 min 40 s left', '62 min left']
    """
    if seconds < 10:
        return f"{max(1, round(seconds))} s left"
    seconds = 10 * round(seconds / 10) if seconds < 300 else 60 * round(seconds / 60)
    minutes, rest = divmod(int(seconds), 60)
    if minutes and rest:
        return f"{minutes} min {rest} s left"
    return f"{minutes} min left" if minutes else f"{rest} s left"


def fit_words(words: list[str], width: int, between: str = "  ") -> str:
    """The parts of a line that fit, in their order; none is cut.

    >>> fit_words(
    ...     ["42 %", "1 min left", "features of pretrained:EfficientNetLite0", "7/20"], 24
    ... )
    '42 %  1 min left  7/20'
    """
    line = ""
    for word in words:
        longer = f"{line}{between}{word}" if line else word
        line = longer if len(longer) <= width else line
    return line
