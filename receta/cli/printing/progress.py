"""How is told how far the work is, on a terminal and without one? All of it on stderr."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any

from receta.cli.printing import bar as run_bar
from receta.cli.printing.layout import wrap_words
from receta.core.course import Course, stage_of
from receta.core.deadline import Deadline
from receta.core.language import translate

_EVERY_S = 5.0  # without a terminal: at most one line of progress in this time


def progress(*, verbose: bool = False) -> Any:
    """Bars on a terminal, now and then a line elsewhere.

    All on stderr. verbose: lines for experts too.
    """
    return _BarProgress(verbose) if sys.stderr.isatty() else _LineProgress(verbose)


def progress_of_run(deadline: Deadline, *, verbose: bool = False) -> Any:
    """One bar for a whole run on a terminal; elsewhere lines that say how far it is. On stderr."""
    if not run_bar.current():
        run_bar.begin()
    if not (bar := run_bar.current()):
        return _LineProgress(verbose, Course(deadline))
    bar.course.deadline = deadline
    return _RunProgress(bar, verbose)


class _RunProgress:
    """Words above the one bar of a run."""

    def __init__(self, bar: run_bar.WholeBar, verbose: bool) -> None:
        self.stage, self.bar, self._bar, self.verbose = bar.stage, bar.bar, bar, verbose

    def detail(self, text: str) -> None:
        if self.verbose:
            self.say(text)

    def say(self, text: str) -> None:
        self._bar.say(wrap_words(translate(text), shutil.get_terminal_size().columns))


class _LineProgress:
    """Words without control characters; a line of progress every few seconds."""

    def __init__(self, verbose: bool, course: Course | None = None) -> None:
        self.verbose, self.course = verbose, course

    def stage(self, name: str, ahead: dict[str, float]) -> None:
        if self.course:
            self.course.enter(name, ahead or None)
            _tell_line(translate(name), self.course)

    def detail(self, text: str) -> None:
        if self.verbose:
            self.say(text)

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more: the work goes on
            print(translate(text), file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def bar(self, title: str, total: int, unit: str = "") -> Iterator[Any]:
        if self.course:
            self.course.enter(stage_of(title)[0])
        yield _LineBar(title, total, unit, self.course)


_last_line = [time.monotonic()]


def _tell_line(text: str, course: Course | None) -> None:
    """A line of progress, unless one was told a moment ago."""
    now = time.monotonic()
    if now - _last_line[0] < _EVERY_S:
        return
    _last_line[0] = now
    if course and (left := course.say_left()):
        how_far = f"{course.share():.0%} of the run, {left}"
        text = f"{text}; {translate(how_far)}"
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


class _LineBar:
    def __init__(self, title: str, total: int, unit: str, course: Course | None) -> None:
        self._stage = stage_of(title)
        self.title, self.total, self.unit, self.course = (
            translate(title),
            total,
            translate(unit),
            course,
        )
        self.done, self.figures = 0, {}  # type: ignore[var-annotated]

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.done += n
        self.figures |= figures
        if self.course:
            _, part, parts = self._stage
            self.course.within(part - 1 + self.done / max(self.total, 1), parts)
        shown = [
            f"{translate(name)} {translate(str(value))}" for name, value in self.figures.items()
        ]
        count = f"{self.done} {translate('of')} {self.total} {self.unit}"
        _tell_line(f"{self.title}: {', '.join([count, *shown])}", self.course)


class _BarProgress:
    """Rich's bars; a finished bar disappears, words stay."""

    def __init__(self, verbose: bool) -> None:
        from rich.console import Console

        self.console = Console(stderr=True, highlight=False, emoji=False)
        self.verbose = verbose

    def detail(self, text: str) -> None:
        if self.verbose:
            self.say(text)

    def say(self, text: str) -> None:
        text = wrap_words(translate(text), self.console.width)
        # a path that is broken cannot be copied
        self.console.print(text, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def bar(self, title: str, total: int, unit: str = "") -> Iterator[Any]:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.table import Column

        def whole() -> Column:
            return Column(no_wrap=True)

        def rest() -> Column:
            # the only one that gives way on a narrow terminal
            return Column(no_wrap=True, overflow="ellipsis", ratio=1)

        columns = (
            TextColumn("{task.description}", table_column=whole()),
            BarColumn(bar_width=12, table_column=whole()),
            MofNCompleteColumn(table_column=whole()),
            TextColumn("{task.fields[unit]}", table_column=whole()),
            TimeRemainingColumn(compact=True, table_column=whole()),
            TextColumn("{task.fields[figures]}", style="dim", table_column=rest()),
        )
        with Progress(*columns, console=self.console, transient=True, expand=True) as bars:
            task = bars.add_task(
                translate(title), total=max(total, 1), unit=translate(unit), figures=""
            )
            yield _RichBar(bars, task, unit)


class _RichBar:
    def __init__(self, bars: Any, task: Any, unit: str) -> None:
        self.bars, self.task, self.unit = bars, task, unit
        self.figures: dict[str, float | str] = {}
        self.began, self.done = time.monotonic(), 0

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.figures |= figures
        self.done += n
        if self.unit == "images":
            rate = self.done / max(time.monotonic() - self.began, 1e-9)
            self.figures["pictures/s"] = f"{rate:.0f}"
        shown = "  ".join(
            f"{translate(name)} {translate(str(value))}" for name, value in self.figures.items()
        )
        self.bars.update(self.task, advance=n, figures=shown)
