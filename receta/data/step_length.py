"""How long is a step of a series, as a text that stays with a model, and which times follow?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from receta.data.time_grid import Grid, grid

_MOST_SERIES = 64
_MONTH_DAYS = 31


def find_every(pieces: Sequence[np.ndarray]) -> str:
    """The step of ascending times (steps,) of some series: "3600 s", "3 M" or "1 B"; '' for none.

    >>> days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]").astype(
    ...     "datetime64[s]"
    ... )
    >>> find_every([days]), find_every([days[np.is_busday(days.astype("datetime64[D]"))]])
    ('86400 s', '1 B')
    """
    votes: Counter[str] = Counter()
    for times in pieces[:_MOST_SERIES]:
        found = grid(times)
        if found is None or not found.regular:
            continue
        number, unit = found.every
        every = f"{number:g} {unit}" if unit == "M" else f"{number:.12g} {unit}"
        votes["1 B" if every == "86400 s" and _rests(times) else every] += 1
    return votes.most_common(1)[0][0] if votes else ""


def _rests(times: np.ndarray) -> bool:
    """Whether days are of the working week alone, and often enough that this is no chance."""
    weekday = np.is_busday(times.astype("datetime64[D]"))
    return bool(weekday.all()) and len(times) >= 10


def say_every(every: str) -> str:
    """A step in words.

    >>> say_every("1800 s"), say_every("1 B"), say_every("3 M")
    ('30 minutes', '1 working day', '3 months')
    """
    number, unit = every.split()
    if unit == "B":
        return "1 working day"
    size = float(number)
    whole = int(size) if size.is_integer() else size
    return Grid(np.empty(0), (whole, unit), np.empty(0), np.empty(0)).words


def next_times(last: np.datetime64, n: int, every: str, *, anchor: int = 0) -> np.ndarray:
    """(n,) datetime64[s] after a time. anchor: the latest day of a month that earlier steps have.

    Month ends stay month ends: the 31st becomes the 28th of February.

    >>> next_times(np.datetime64("2024-01-31", "s"), 2, "1 M").astype("datetime64[D]").tolist()
    [datetime.date(2024, 2, 29), datetime.date(2024, 3, 31)]
    """
    number, unit = every.split()
    last = last.astype("datetime64[s]")
    ahead = np.arange(1, n + 1)
    if unit == "B":
        day = last.astype("datetime64[D]")
        return np.busday_offset(day, ahead, roll="backward").astype("datetime64[s]") + (last - day)
    if unit == "s":
        return last + np.round(ahead * float(number)).astype("timedelta64[s]")
    month = last.astype("datetime64[M]")
    first = month + (ahead * int(number)).astype("timedelta64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    inside = int((last.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int)) + 1
    own = int(((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int))
    wanted = _MONTH_DAYS if inside == own and not anchor else (anchor or inside)
    days = (np.minimum(wanted, length) - 1).astype("timedelta64[D]")
    clock = last - last.astype("datetime64[D]")
    return (first.astype("datetime64[D]") + days).astype("datetime64[s]") + clock
