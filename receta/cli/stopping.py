"""What happens on Ctrl-C and SIGTERM, and what while the last line is being said?"""

from __future__ import annotations

import contextlib
import os
import signal

INTERRUPTED = "interrupted; what is done is kept. The same command goes on from there."
_said: list[str] = []  # the last line, as soon as it is out


def hear_once() -> None:
    """SIGTERM is as Ctrl-C."""
    signal.signal(signal.SIGTERM, _terminated)


def hear_until_heard() -> None:
    """Ctrl-C and SIGTERM are repeated until `heard`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _interrupted)


def heard() -> None:
    """The work has ended by it."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def leave_at_once() -> None:
    """From now on they end the process: what is left to do is to say an error."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _leave)
    heard()


def last_line(text: str) -> None:
    """An error was said: who stops the process now reads no other line."""
    _said.append(text)


def _terminated(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _interrupted(number: int, frame: object) -> None:
    """Ctrl-C, and again every half second until it is heard.

    An exception that is raised while Python clears something away is swallowed ("Exception
    ignored in ..."), and a run that was told to stop would go on.
    """
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    raise KeyboardInterrupt


def _leave(number: int, frame: object) -> None:
    if not _said:
        _said.append(INTERRUPTED)  # where nobody reads, the next signal ends it
        with contextlib.suppress(OSError):
            os.write(2, f"receta: {INTERRUPTED}\n".encode())
    os._exit(130)
