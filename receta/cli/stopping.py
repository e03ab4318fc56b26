"""What happens on Ctrl-C and SIGTERM, also while the last line is being said?"""

from __future__ import annotations

import contextlib
import os
import signal

INTERRUPTED = "interrupted; what is done is kept. The same command goes on from there."
_said: list[str] = []  # the last line, as soon as it is out


def stop_on_signals() -> None:
    """SIGTERM is as Ctrl-C."""
    signal.signal(signal.SIGTERM, _raise)


def repeat_signals() -> None:
    """Ctrl-C and SIGTERM are repeated until `end_repeating`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _raise_and_repeat)


def end_repeating() -> None:
    """The work has ended by it."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def exit_on_signals() -> None:
    """From now on they end the process: what is left to do is to say an error."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _exit)
    end_repeating()


def note_last_line(text: str) -> None:
    """An error was said: who stops the process now reads no other line."""
    _said.append(text)


def _raise(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _raise_and_repeat(number: int, frame: object) -> None:
    """Ctrl-C, and again every half second until it is heard.

    An exception that is raised while Python clears something away is swallowed ("Exception
    ignored in ..."), and a run that was told to stop would go on.
    """
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    raise KeyboardInterrupt


def _exit(number: int, frame: object) -> None:
    if not _said:
        _said.append(INTERRUPTED)  # where nobody reads, the next signal ends it
        with contextlib.suppress(OSError):
            os.write(2, f"receta: {INTERRUPTED}\n".encode())
    os._exit(130)
