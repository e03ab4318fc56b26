"""How is an error said in one line, and which exit code follows from it?"""

from __future__ import annotations

import shlex
import sys
import traceback
from typing import NoReturn

from receta.cli import stopping
from receta.cli.printing import bar
from receta.cli.printing.console import end, say
from receta.core.errors import Interrupted, RecetaError
from receta.core.language import translate


def fail(error: BaseException, debug: bool) -> NoReturn:
    """Say an error in one line and end with its exit code."""
    bar.end()
    if debug and not isinstance(error, KeyboardInterrupt):
        traceback.print_exc()
    if isinstance(error, KeyboardInterrupt):
        error = Interrupted(stopping.INTERRUPTED)
    if isinstance(error, RecetaError):
        _refuse(_with_trust(str(error)))
        end(error.exit_code)
    shown = getattr(error, "format_message", None)  # Click's errors of use
    if shown is not None:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "receta"
        words = shown()
        _refuse(
            f"{words} See `{command} --help`."
            if words.endswith("?")
            else f"{words.rstrip('.')}; see `{command} --help`."
        )
    elif type(error).__name__ == "Abort" and isinstance(error.__cause__, EOFError):
        # which to Click is Ctrl-D
        fail(RuntimeError(f"EOFError: {error.__cause__}"), debug)
    elif type(error).__name__ == "Abort":
        fail(Interrupted(stopping.INTERRUPTED), debug)
    elif isinstance(error, OSError) and error.strerror:
        where = (
            f"{error.filename} cannot be used"
            if error.filename
            else "the system refuses to read or write"
        )
        _refuse(
            f"{where} ({error.strerror}); expected a place that may be read and written, with "
            "room left. "
            "Nothing that stood there is lost: check path, permissions and disk, then repeat."
        )
    elif isinstance(error, MemoryError):
        _refuse(
            "the memory is full; expected more of it to be free. Close other programs, or set a "
            "smaller "
            "image_size or batch_size, then repeat."
        )
    else:
        _refuse(
            f"{type(error).__name__}: {_one_line(str(error))[:300]}; this is a mistake of "
            "receta's own. "
            "Repeat with --debug and report what it prints."
        )
    end(2)


def _refuse(text: str) -> None:
    """One line on stderr that says what is wrong, in the language of who reads."""
    line = f"receta: {translate(_one_line(text))}"
    say(line)
    stopping.note_last_line(line)


def _with_trust(text: str) -> str:
    """The text, with the very command to repeat where it advises --trust.

    Not one that holds a secret.
    """
    from receta.core import trust

    if trust.ADVICE not in text or any(word.startswith("--token") for word in sys.argv):
        return text
    return text.replace(
        trust.ADVICE,
        f"If you know where it is from: {shlex.join(['receta', *sys.argv[1:], '--trust'])}",
    )


def _one_line(text: str) -> str:
    """The text in one line that a terminal or a log file can take."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
