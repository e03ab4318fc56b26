"""Which regular steps do the times of a series follow, and where do they leave them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# A clock that is late by a twentieth of a step changes nothing that a window could show; of days
# that is 72 minutes, so that the hour of daylight saving is no irregularity.
TOLERANCE = 0.05
DRIFT = 0.01  # of a long gap: after it a clock need not be in step
_MONTH_DAYS = 27  # from there on steps may be months
_WEEKS = 4  # a night or a weekend is a habit when it came back so often
_MOST_LISTED = 2_000_000  # steps: one stray date of another century lacks more
_DAY, _WEEK, _MONDAY = 86_400, 604_800, 4 * 86_400  # seconds; 1970 began on a Thursday


@dataclass(frozen=True)
class Grid:
    """The regular step of ascending times, and how the distances fit it.

    every: (number, "s" for seconds or "M" for months). leaps (n - 1,): whole steps from
    each time to the next, 0 for the same time. off (n - 1,) bool: fits no whole number.
    """

    times: np.ndarray
    every: tuple[float, str]
    leaps: np.ndarray
    off: np.ndarray

    @property
    def words(self) -> str:
        """The step as people say it.

        >>> Grid(np.empty(0), (3, "M"), np.empty(0), np.empty(0)).words
        '3 months'
        """
        number, unit = self.every
        clock = [(_WEEK, "week"), (_DAY, "day"), (3600, "hour"), (60, "minute")]
        names = [(12, "year"), (1, "month")] if unit == "M" else clock
        size, name = next(
            ((size, name) for size, name in names if number % size == 0), (1, "second")
        )
        n = number / size
        return f"{n:g} {name}{'s' * (n != 1)}"

    @property
    def regular(self) -> bool:
        """Whether there is a step at all: most distances fit it."""
        return bool(len(self.off)) and bool(self.off.mean() <= 0.5)


def grid(times: np.ndarray | None) -> Grid | None:
    """The regular step of ascending times; None without three different ones.

    Months, quarters and years are regular steps, on whatever day of the month (the last
    included). Of days an hour more or less is the clock change, not another step.
    """
    if times is None or len(times) < 3 or bool(np.isnat(times).any()):
        return None
    apart = _seconds(times)
    positive = apart[apart > 0]
    if len(positive) < 2 or (apart < 0).any():
        return None
    months = _months(times, float(np.median(positive)))
    apart = apart if months is None else np.diff(months).astype(np.float64)
    values, counts = np.unique(apart[apart > 0], return_counts=True)
    step = (
        float(values[counts.argmax()])
        if counts.max() >= 0.5 * counts.sum()
        else float(np.median(apart[apart > 0]))
    )
    leaps = np.round(apart / step)
    away = np.abs(apart - leaps * step)
    off = (apart > 0) & (
        (away > np.maximum(TOLERANCE * step, DRIFT * apart * (months is None))) | (leaps < 1)
    )
    return Grid(
        times,
        (int(step) if step.is_integer() else step, "s" if months is None else "M"),
        leaps.astype(np.int64),
        off,
    )


def _seconds(times: np.ndarray) -> np.ndarray:
    """(n - 1,) float64 seconds between times."""
    unit = np.datetime_data(times.dtype)[0]
    per = {"ms": 1e3, "us": 1e6, "ns": 1e9}.get(unit)
    plain = times.astype(np.int64) if per else times.astype("datetime64[s]").astype(np.int64)
    return np.diff(plain).astype(np.float64) / (per or 1)


def _months(times: np.ndarray, usual: float) -> np.ndarray | None:
    """(n,) number of the month of each time, if the steps are months."""
    if usual < _MONTH_DAYS * _DAY:
        return None
    days, months = times.astype("datetime64[D]"), times.astype("datetime64[M]")
    inside = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(
        np.int64
    )
    number = months.astype(np.int64)
    # the 15th, or the last (31, 28, 31, 30 ...)
    anchored = bool((inside == np.minimum(inside.max(), length)).all())
    # First or last working days of the month: not one day, but one a month.
    working = bool((inside <= 7).all() or (inside >= 22).all()) and len(np.unique(number)) == len(
        np.unique(days)
    )
    return number if anchored or working else None


def absent(found: Grid) -> tuple[int, np.ndarray, np.ndarray, bool]:
    """How many steps lack, their times (the first), the steps after a gap, and whether nights
    or weekends rest.

    Nights and weekends that (almost) always lack are no gaps: then only what lacks in the
    other hours or days counts.
    """
    jumps = np.flatnonzero(~found.off & (found.leaps > 1))
    total = int((found.leaps[jumps] - 1).sum())
    number, unit = found.every
    if total > _MOST_LISTED:
        jumps = jumps[: 1 + int(np.searchsorted((found.leaps[jumps] - 1).cumsum(), _MOST_LISTED))]
    lacking = np.minimum(found.leaps[jumps] - 1, _MOST_LISTED)
    after = np.repeat(jumps + 1, lacking)
    place = np.arange(len(after)) - np.repeat(lacking.cumsum() - lacking, lacking) + 1
    begin = found.times[after - 1]
    if unit == "M":
        months = begin.astype("datetime64[M]")
        first_days = months + (place * int(number)).astype("timedelta64[M]")
        days = np.minimum(
            (begin - months.astype("datetime64[s]")).astype("timedelta64[s]").astype(np.int64)
            // _DAY,
            ((first_days + 1).astype("datetime64[D]") - first_days.astype("datetime64[D]")).astype(
                np.int64
            )
            - 1,
        )
        lost = first_days.astype("datetime64[s]") + (days * _DAY).astype("timedelta64[s]")
        return total, lost, after, False
    lost = begin.astype("datetime64[s]") + np.round(place * number).astype("timedelta64[s]")
    if total > _MOST_LISTED or not len(lost) or number > _DAY:
        return total, lost, after, False
    counts = _expected(found, lost, number)
    return int(counts.sum()), lost[counts], after[counts], bool((~counts).any())


def _expected(found: Grid, lost: np.ndarray, number: float) -> np.ndarray:
    """(k,) bool: whether a step at that hour of the week is there in other weeks."""
    there = found.times.astype("datetime64[s]").astype(np.int64)
    if number == _DAY and there[-1] - there[0] < _WEEKS * _WEEK:
        weekday = _weekday(lost.astype("datetime64[s]").astype(np.int64))
        free = not np.isin(_weekday(there), (5, 6)).any() and bool(np.isin(weekday, (5, 6)).any())
        return ~np.isin(weekday, (5, 6)) if free else np.ones(len(lost), bool)
    if there[-1] - there[0] < _WEEKS * _WEEK:
        return np.ones(len(lost), bool)
    slots = max(1, round(_WEEK / number))
    held = np.bincount(_slot(there, number) % slots, minlength=slots)
    usual = held[_slot(lost.astype("datetime64[s]").astype(np.int64), number) % slots]
    return usual >= 0.5 * np.quantile(held[held > 0], 0.9)


def _weekday(seconds: np.ndarray) -> np.ndarray:
    return (seconds - _MONDAY) % _WEEK // _DAY


def _slot(seconds: np.ndarray, number: float) -> np.ndarray:
    return np.round((seconds - _MONDAY) % _WEEK / number - 0.25).astype(np.int64)
