"""Which group does a regular expression find in every id, within a bound of time?

An expression such as (a+)+x takes longer than a life on some ids, and one may come from outside:
a folder that `receta clean` wrote keeps it. Python's `re` lets signals in, so a clock of processor
time ends it; signals reach the main thread alone, and elsewhere ids are cut short instead.
"""

from __future__ import annotations

import contextlib
import re
import signal
import threading
from collections.abc import Iterator, Sequence

from receta.core.errors import InputError

MOST_SECONDS = 30.0
_LONGEST_ID = 1000  # characters that are looked at where no clock can be set


def find_groups(pattern: str, ids: Sequence[str], option: str = "--group") -> list[str | None]:
    """What the expression finds in every id, None for nothing: its first group, or all of it.

    Raises re.error for what is no expression, InputError for one that takes too long.

    >>> find_groups("[a-z]+", ["ab1", "2"])
    ['ab', None]
    """
    try:
        expression = re.compile(pattern)
    except (RecursionError, OverflowError, MemoryError) as error:
        raise re.error(f"too large or too deep: {type(error).__name__}") from error
    which = 1 if expression.groups else 0
    with _clock(f"{option} {pattern[:80]!r}") as is_set:
        matches = (expression.search(name if is_set else name[:_LONGEST_ID]) for name in ids)
        return [match and match.group(which) for match in matches]


@contextlib.contextmanager
def _clock(what: str) -> Iterator[bool]:
    """End what takes too much processor time; yields whether it can."""
    if threading.current_thread() is not threading.main_thread():
        yield False
        return

    def end(number: int, frame: object) -> None:
        raise InputError(
            f"{what} takes more than {MOST_SECONDS:g} s on these ids; expected a regular "
            "expression that needs no such search. Write it "
            f"without a repetition inside a repetition, such as hand[0-9]+."
        )

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        yield True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
