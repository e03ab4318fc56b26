"""What can be done now? The last lines of a screen."""

from __future__ import annotations

from collections.abc import Sequence

from receta.cli.printing.console import width
from receta.cli.printing.program import fill_program
from receta.core.language import translate


def show_steps(steps: Sequence[tuple[str, str]]) -> None:
    """Commands to paste, and what each is for."""
    if not steps:
        return
    steps = [(fill_program(command), what) for command, what in steps]
    widest = max(len(command) for command, _ in steps)
    lines = [f"  {command.ljust(widest)}   {translate(what)}" for command, what in steps]
    if max(map(len, lines)) > width():
        lines = [f"  {command}\n      {translate(what)}" for command, what in steps]
    print("\n".join([translate("\nNow:"), *lines, ""]))
