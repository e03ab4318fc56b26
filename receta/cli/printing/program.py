"""How is a command printed so that it can be pasted, though the shell may not find `receta`?"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from receta.cli.verbs import SHELF


def name_program(asked: str, found: str | None) -> str:
    """How a shell starts this program here: by its name where that is found, else by its path.

    asked: what it was started by. found: what a shell takes the name for.

    >>> (
    ...     name_program("/usr/bin/receta", "/usr/bin/receta"),
    ...     name_program("/usr/bin/python3", None),
    ... )
    ('receta', 'receta')
    >>> name_program(".venv/bin/receta", None)
    '.venv/bin/receta'
    """
    is_found = found and os.path.realpath(asked) == os.path.realpath(found)
    if is_found or Path(asked).name != "receta":
        return "receta"
    shortest = min(os.path.relpath(asked), os.path.abspath(asked), key=len)
    return shlex.quote(shortest if "/" in shortest else f"./{shortest}")


def fill_program(text: str) -> str:
    """The text, whose commands can be pasted though the shell does not find `receta`."""
    if "receta " not in text:
        return text
    program = name_program(sys.argv[0], shutil.which("receta"))
    return text if program == "receta" else _commands().sub(lambda _: program, text)


@functools.cache
def _commands() -> re.Pattern[str]:
    """`receta` before one of its verbs."""
    return re.compile(rf"(?<![\w/.-])receta(?= (?:{'|'.join(SHELF.names())}|VERB|--help)\b)")
