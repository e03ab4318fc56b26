"""How does a room tell how far it is, though only the command line prints?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from receta.core import disk, notebook
from receta.core.notebook import NotebookProgress


class Bar(Protocol):
    """One running bar; `advance` adds to it and shows figures beside it."""

    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Add n units; figures stand beside the bar (loss=0.31)."""


class Progress(Protocol):
    """What a verb tells while it works."""

    def say(self, text: str) -> None:
        """One line of words."""

    def bar(self, title: str, total: int, unit: str = "") -> _BarContext:
        """Context manager of a bar over `total` units."""


class _BarContext(Protocol):
    def __enter__(self) -> Bar: ...
    def __exit__(self, *exc: object) -> None: ...


def tell_detail(progress: Progress, text: str) -> None:
    """A line that only experts read: shown with --verbose, and in the log in any case."""
    getattr(progress, "detail", progress.say)(text)


def tell_stage(progress: Progress, name: str, ahead: Mapping[str, float] | None = None) -> None:
    """The next stage of a run begins.

    ahead: the expected seconds of it and of all that come, where they are known. Shown by
    whoever shows a bar of the whole run.
    """
    stage = getattr(progress, "stage", None)
    if stage is not None:
        stage(name, dict(ahead or {}))


class _QuietBar:
    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Nothing."""


class Quiet:
    """Says nothing: the default of the library.

    >>> Quiet().say("anything")
    """

    def say(self, text: str) -> None:
        """Nothing."""

    def detail(self, text: str) -> None:
        """Nothing."""

    @contextmanager
    def _bar(self) -> Iterator[Bar]:
        yield _QuietBar()

    def bar(self, title: str, total: int, unit: str = "") -> _BarContext:
        """A bar that is not shown."""
        return self._bar()  # type: ignore[return-value]


class Unasked(Quiet):
    """Where nobody said how to tell: words and bars in a notebook, silence elsewhere."""

    def __init__(self) -> None:
        self._shown: NotebookProgress | None = None

    def say(self, text: str) -> None:
        """One line of words in the notebook's cell."""
        if notebook.is_here():
            self._here().say(text)

    def bar(self, title: str, total: int, unit: str = "") -> _BarContext:
        """A bar in the notebook's cell."""
        if notebook.is_here():
            return self._here().bar(title, total, unit)  # type: ignore[return-value]
        return super().bar(title, total, unit)

    def _here(self) -> NotebookProgress:
        """The output of the cell that runs now: each cell has its own."""
        cell = notebook.cell()
        if self._shown is None or self._shown.cell != cell:
            self._shown = NotebookProgress(cell)
        return self._shown


class Logged:
    """Passes everything on, and keeps the words in a log file."""

    def __init__(self, progress: Progress, path: Path) -> None:
        self._progress, self._path = progress, path

    def say(self, text: str) -> None:
        """One line of words, with its time in the log."""
        self._progress.say(text)
        self._log(text)

    def detail(self, text: str) -> None:
        """A line for experts: in the log in any case."""
        tell_detail(self._progress, text)
        self._log(text)

    def stage(self, name: str, ahead: Mapping[str, float]) -> None:
        """A stage of the run, passed on."""
        tell_stage(self._progress, name, ahead)

    def _log(self, text: str) -> None:
        said = disk.read_text(self._path) if self._path.exists() else ""
        text = text.encode("utf-8", "backslashreplace").decode()
        disk.write_text(self._path, f"{said}{datetime.now():%Y-%m-%d %H:%M:%S} {text}\n")

    def bar(self, title: str, total: int, unit: str = "") -> _BarContext:
        """The bar of what is told to."""
        return self._progress.bar(title, total, unit)
