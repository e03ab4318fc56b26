"""How do answers, bars and tables look, on a terminal and without one? Loads nothing heavy."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from receta.cli.printing import bar as run_bar
from receta.cli.printing.layout import lay_out, wrap_words
from receta.cli.printing.program import fill_program
from receta.core.course import Course, stage_of
from receta.core.deadline import Deadline
from receta.core.language import translate
from receta.core.printable import printable

_EVERY_S = 5.0  # without a terminal: at most one line of progress in this time


def say(text: str) -> None:
    """Words on stderr, as people read them; on a terminal lines end between words."""
    text = fill_program(translate(text))
    if sys.stderr.isatty():
        text = wrap_words(text, shutil.get_terminal_size().columns)
    if bar := run_bar.running():
        bar.say(text)
        return
    with contextlib.suppress(OSError):  # nobody listens any more
        print(text, file=sys.stderr, flush=True)


def print_json(plain: dict[str, Any]) -> None:
    """One JSON object on stdout, in one line."""
    spelled = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    print(json.dumps(plain, ensure_ascii=not spelled, allow_nan=False))


def bold(text: str) -> str:
    """Text that stands out on a terminal."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def width() -> int:
    """Letters in a line of the terminal; any number elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10**6


def wrap(text: str, indent: str = "") -> str:
    """Text whose lines end between words on a terminal; a path or a command is never broken."""
    text = fill_program(text)
    return wrap_words(text, width(), indent) if sys.stdout.isatty() else text


def tell(text: str, indent: str = "") -> None:
    """A sentence on stdout, as people read it.

    On a terminal, with lines after the first indented.
    """
    print(wrap(translate(text), indent))


def open_streams() -> None:
    """What a stream cannot spell becomes '?'; a stream that is closed swallows all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  open until the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def end(code: int) -> NoReturn:
    """Leave at once: a backend's threads may take long to die, and have nothing left to do."""
    run_bar.end()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # a closed pipe or a full disk: what is left unsaid goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if {"tensorflow", "jax", "torch"} & sys.modules.keys():
        os._exit(code)
    sys.exit(code)


def progress(*, verbose: bool = False) -> Any:
    """Bars on a terminal, now and then a line elsewhere.

    All on stderr. verbose: lines for experts too.
    """
    return _Terminal(verbose) if sys.stderr.isatty() else _Lines(verbose)


def table(title: str, heads: tuple[str, ...], rows: list[Any], *, ours: int | None = None) -> None:
    """Print a table on stdout; plain columns where there is no terminal.

    ours: so many heads are words of ours, and others names of the user's; without, all are ours.
    """
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    words = heads[:ours]
    title, heads = (
        translate(title),
        tuple(map(printable, (*map(translate, words), *heads[len(words) :]))),
    )
    right = [all(_is_number(row[column]) for row in cells) for column in range(len(heads))]
    if not sys.stdout.isatty():
        widths = [
            max(len(head), *(len(row[column]) for row in cells), 0)
            for column, head in enumerate(heads)
        ]
        print(f"\n{title}")
        for row in [list(heads), *cells]:
            padded = [
                cell.rjust(width) if at_right else cell.ljust(width)
                for cell, width, at_right in zip(row, widths, right, strict=True)
            ]
            print("  ".join(padded).rstrip())
        return
    print()
    print(bold(wrap(title)))
    print("\n".join(lay_out(heads, cells, right, width(), _faint)))


def _faint(text: str) -> str:
    return f"\033[2m{text}\033[0m"


def _is_number(cell: str) -> bool:
    return cell == "" or cell.replace(",", "").replace(".", "").rstrip("% kMGT").isdigit()


def progress_of_run(deadline: Deadline, *, verbose: bool = False) -> Any:
    """One bar for a whole run on a terminal; elsewhere lines that say how far it is. On stderr."""
    if not run_bar.running():
        run_bar.begin()
    if not (bar := run_bar.running()):
        return _Lines(verbose, Course(deadline))
    bar.course.deadline = deadline
    return _Whole(bar, verbose)


class _Whole:
    """Words above the one bar of a run."""

    def __init__(self, bar: run_bar.WholeBar, verbose: bool) -> None:
        self.stage, self.bar, self._bar, self.verbose = bar.stage, bar.bar, bar, verbose

    def detail(self, text: str) -> None:
        if self.verbose:
            self.say(text)

    def say(self, text: str) -> None:
        self._bar.say(wrap_words(translate(text), shutil.get_terminal_size().columns))


class _Lines:
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


class _Terminal:
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
            self.figures["images/s"] = f"{self.done / max(time.monotonic() - self.began, 1e-9):.0f}"
        shown = "  ".join(
            f"{translate(name)} {translate(str(value))}" for name, value in self.figures.items()
        )
        self.bars.update(self.task, advance=n, figures=shown)
