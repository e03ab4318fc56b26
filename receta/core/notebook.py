"""Does this run in a notebook, and how are pages and progress shown there?

IPython is used where it runs already, and never imported anew.
"""

from __future__ import annotations

import html
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_EVERY_S = 0.25  # between two pictures of a bar: a notebook is a web page
_MOST_LINES = 200  # of words that one call leaves in a notebook


def is_here() -> bool:
    """Whether the caller is a cell of a notebook (and not a terminal).

    >>> is_here()
    False
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def cell() -> int:
    """The number of the cell that runs now."""
    shell = sys.modules["IPython"].get_ipython()
    return int(getattr(shell, "execution_count", 0))


def show_page(path: Path) -> None:
    """Show a page of ours: in the notebook that asks, else in the browser of this machine."""
    if not is_here():
        webbrowser.open(path.resolve().as_uri())
        return
    page = html.escape(path.read_text(encoding="utf-8"), quote=True)
    _display(
        f'<iframe srcdoc="{page}" sandbox="allow-scripts" '
        'style="width:100%;height:720px;border:0"></iframe>'
    )


def _display(markup: str, handle: Any = None) -> Any:
    """Show HTML in the cell; with a handle, in the place of what it showed before."""
    shown = sys.modules["IPython"].display
    if handle is None:
        return shown.display(shown.HTML(markup), display_id=True)
    handle.update(shown.HTML(markup))
    return handle


class NotebookProgress:
    """Words and bars of one call, in one output of the cell."""

    def __init__(self, of_cell: int = 0) -> None:
        self.cell = of_cell
        self._words: list[str] = []
        self._handle: Any = None
        self._drawn = 0.0

    def say(self, text: str) -> None:
        """One line of words, below those before."""
        self._words = [*self._words, text][-_MOST_LINES:]
        self._draw("")

    @contextmanager
    def bar(self, title: str, total: int, unit: str = "") -> Iterator[Any]:
        """A bar below the words, gone when its work is done."""
        yield _NotebookBar(self, title, max(total, 1), unit)
        self._draw("")

    def _draw(self, bar: str) -> None:
        words = "".join(f"<div>{html.escape(line)}</div>" for line in self._words)
        self._handle = _display(
            f'<div style="font-size:12px;opacity:.85">{words}{bar}</div>', self._handle
        )
        self._drawn = time.monotonic()


class _NotebookBar:
    def __init__(self, progress: NotebookProgress, title: str, total: int, unit: str) -> None:
        self._progress, self._title, self._total, self._unit = progress, title, total, unit
        self._done, self._began = 0, time.monotonic()
        self._figures: dict[str, float | str] = {}

    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Add n units; figures stand beside the bar."""
        self._done += n
        self._figures |= figures
        now = time.monotonic()
        if now - self._progress._drawn < _EVERY_S:
            return
        left = (now - self._began) * max(0, self._total - self._done) / max(self._done, 1)
        words = [f"{self._title}: {self._done} of {self._total} {self._unit}", f"{left:.0f} s left"]
        words += [f"{name} {value}" for name, value in self._figures.items()]
        bar = (
            f'<progress value="{self._done}" max="{self._total}"></progress> '
            f"{html.escape(', '.join(words))}"
        )
        self._progress._draw(bar)
