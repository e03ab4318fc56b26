"""How do answers, bars and tables look, on a terminal and without one? Loads nothing heavy."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from typing import Any, NoReturn

from receta.cli.printing import bar as run_bar
from receta.cli.printing.layout import lay_out, wrap_words
from receta.cli.printing.program import fill_program
from receta.core.language import translate
from receta.core.printable import printable

_TOLD = ("what", "value", "taken for")  # columns whose cells are words of ours


def say(text: str) -> None:
    """Words on stderr, as people read them; on a terminal lines end between words."""
    text = fill_program(translate(text))
    if sys.stderr.isatty():
        text = wrap_words(text, shutil.get_terminal_size().columns)
    if bar := run_bar.current():
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


def table(title: str, heads: tuple[str, ...], rows: list[Any], *, ours: int | None = None) -> None:
    """Print a table on stdout; plain columns where there is no terminal.

    ours: so many heads are words of ours, and others names of the user's; without, all are ours.
    """
    cells = [
        [printable(translate(str(cell)) if head in _TOLD else str(cell)) for head, cell in named]
        for named in (zip(heads, row, strict=True) for row in rows)
    ]
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
