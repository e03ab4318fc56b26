"""How does the one bar of a whole run look on a terminal?

A line at the bottom that moves while anything happens.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from typing import Any

from receta.core.course import Course, fit_words, stage_of
from receta.core.deadline import of_command
from receta.core.language import translate

_EVERY_S = 0.5  # between two pictures of the line, also while nobody says anything
_LETTERS = 14  # of the bar itself
_TURNING = "|/-\\"


_current: list[WholeBar] = []  # one at most
_terminal = [2]  # where it is drawn


def begin() -> None:
    """Show the bar of a whole run, on a terminal that can move a line."""
    if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        # While a backend is loaded, stderr leads elsewhere, and the bar would stand still.
        _terminal[:] = [os.dup(2)]
        _current[:] = [WholeBar(Course(of_command()))]
        _current[0].start()


def current() -> WholeBar | None:
    """The bar that is shown now."""
    return _current[0] if _current else None


def end() -> None:
    """Take the bar away, if there is one: what follows is printed plainly."""
    while _current:
        _current.pop().stop()


class WholeBar:
    """Draws where a run is, from `start` to `stop`, below the words that stay.

    What is written goes past Python's own streams: a thread that held their lock while
    processes are forked would leave it locked in them.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.count = ""
        self.figures: dict[str, float | str] = {}
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._turns = 0

    def start(self) -> None:
        """Show the line now, and keep it moving."""
        self._draw()
        self._thread.start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        with self._lock:
            if not self._over.is_set():
                self._over.set()
                _write("\r\033[K")

    def stage(self, name: str, ahead: dict[str, float]) -> None:
        """The next stage of the run, and what comes after it."""
        with self._lock:
            self.course.enter(name, ahead or None)
            self.count, self.figures = "", {}
        self._draw()

    def say(self, text: str) -> None:
        """A line of words, above the bar."""
        with self._lock:
            line = "" if self._over.is_set() else self._line()
            _write(f"\r\033[K{text}\n{line}")

    @contextlib.contextmanager
    def bar(self, title: str, total: int, unit: str) -> Iterator[Any]:
        """A piece of work with a number, as a part of the whole."""
        with self._lock:
            part = _Part(self, title, max(total, 1), unit)
            self.course.enter(part.name)
            self.count, self.figures = "", {}
        try:
            yield part
        finally:
            with self._lock:
                self.count, self.figures = "", {}

    def _turn(self) -> None:
        while not self._over.wait(_EVERY_S):
            self._draw()

    def _draw(self) -> None:
        with self._lock:
            if not self._over.is_set():
                self._turns += 1
                _write(f"\r{self._line()}\033[K")

    def _line(self) -> str:
        share, left, name = self.course.share(), self.course.say_left(), self.course.name
        filled = round(_LETTERS * share)
        full, empty = ("\u2501", "\u2500") if _can_spell("\u2501\u2500") else ("#", "-")
        turning = _TURNING[self._turns % len(_TURNING)]
        bar = f"{full * filled}{empty * (_LETTERS - filled)} {share:4.0%} {turning}"
        words = [bar, *([translate(left)] if left else []), translate(shorten(name))]
        words += [self.count] if self.count else []
        words += [
            f"{translate(name)} {translate(str(value))}" for name, value in self.figures.items()
        ]
        return fit_words(words, shutil.get_terminal_size().columns - 1)


class _Part:
    """What moves a bar of the run."""

    def __init__(self, whole: WholeBar, title: str, total: int, unit: str) -> None:
        self.whole, self.total, self.unit, self.done = whole, total, unit, 0
        self.name, self.part, self.parts = stage_of(title)

    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Add n units; figures stand beside the bar."""
        self.done += n
        with self.whole._lock:
            self.whole.course.within(self.part - 1 + self.done / self.total, self.parts)
            self.whole.figures |= figures
            if self.parts > 1 or self.unit == "steps":
                self.whole.count = translate(f"epoch {self.part} of {self.parts}")
            else:
                words = (str(self.done), translate("of"), str(self.total), translate(self.unit))
                self.whole.count = " ".join(words).strip()


def shorten(name: str) -> str:
    """The name of a stage, without what a rung's name tells beside the rung.

    >>> shorten("features of pretrained:EfficientNetLite0")
    'features of pretrained'
    """
    return re.sub(r"(\w):\S+", r"\1", name)


def _write(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody looks any more
        os.write(_terminal[0], text.encode(sys.stderr.encoding or "utf-8", "replace"))


def _can_spell(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
