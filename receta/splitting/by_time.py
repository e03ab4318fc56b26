"""How are series divided by time, so that nothing that is forecast later was seen earlier?

A window sees its steps, and is told its targets. The parts follow each other on one clock for all
series: with dates the dates, without them the steps before the end. Of an earlier part those last
windows are left out whose targets reach into the first forecast of the next part; what a later
window sees of earlier targets is the past, which a forecast may know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data.dataset import Dataset
from receta.data.derived import series_of
from receta.data.examples import Examples, readable

_MANY = 5_000  # windows, which are enough without those between
TRAIN, VALIDATION, TEST = range(3)  # positions in receta.data.dataset.PARTS


@dataclass(frozen=True)
class _Windows:
    """Of each window of a view: the clock of its first target and of its last; the series."""

    first: np.ndarray
    last: np.ndarray
    own_test: np.ndarray
    series: Any

    def __len__(self) -> int:
        return len(self.first)


def divided(data: Dataset, shares: np.ndarray) -> list[np.ndarray]:
    """Positions of train, validation and test, each (k,) int64 ascending.

    shares (3,): of the windows. A test part that a file names stays; where a number of origins is
    asked for, the parts for validation and test are as many forecasts of each series, a horizon
    apart. Raises InputError where no window is left for a part.
    """
    windows = _find_windows(data)
    n, origins = len(windows), windows.series.asked.origins
    if origins:
        validation, test = _at_origins(windows, origins)
    else:
        test = windows.own_test
        if not test.any():
            test = _latest(windows, np.ones(n, bool), shares[TEST])
        validation = _latest(windows, ~test, shares[VALIDATION])
    validation &= windows.last < windows.first[test].min(initial=np.iinfo(np.int64).max)
    begin = windows.first[validation].min(initial=np.iinfo(np.int64).max)
    train = ~validation & ~test & (windows.last < begin)
    if windows.own_test.any():  # on clocks without dates that of each series is its own
        train &= ~windows.own_test
    found = [np.flatnonzero(part) for part in (train, validation, test)]
    if not all(map(len, found)):
        raise InputError(_too_few(n, windows.series))
    return found


def without_test(data: Dataset) -> np.ndarray:
    """(n,) bool: the windows that are in no test part of the data's own."""
    return ~_find_windows(data).own_test


def find_earlier(data: Dataset, later: Dataset) -> np.ndarray:
    """(n,) bool: the windows whose forecast ends before the first of later windows begins."""
    return _find_windows(data).last < _find_windows(later).first.min(initial=np.iinfo(np.int64).max)


def fill_between(part: Examples) -> Examples:
    """The windows of a part and those between them, which see and tell no step that it does not.

    Forecasts a horizon apart leave such windows out. Of very many the part alone.
    """
    if not part.noun.in_time or len(part) >= _MANY:
        return part
    source = part.source
    every = Dataset(source, np.arange(len(source), dtype=np.int64), source.targets)
    windows, mine = _find_windows(every), _find_windows(part)
    within = (windows.first >= mine.first.min()) & (windows.last <= mine.last.max())
    rows = np.flatnonzero(within & ~windows.own_test)
    if not len(part) < len(rows) <= _MANY:
        return part
    return readable(every.take(rows), part.inputs)


def how(data: Dataset, shares: np.ndarray) -> str:
    """In words, how `divided` divides these data."""
    rows = divided(data, shares)
    series: Any = _find_windows(data).series
    gone = len(data) - sum(map(len, rows))
    sizes = (
        f"the first {100 * shares[TRAIN]:.3g} % of the windows train, the next "
        f"{100 * shares[VALIDATION]:.3g} % validation, the last {100 * shares[TEST]:.3g} % test"
    )
    if series.asked.origins:
        times = f"{series.asked.origins} forecast{'s' * (series.asked.origins > 1)} of each series"
        sizes = f"the last {times} test, as many before validation, all before train"
    if series.first_test is not None:
        sizes = "the test file follows, validation is what stands just before it, the rest trains"
    text = f"by time, never shuffled: {sizes}"
    if gone:
        text += (
            f"; {gone:,} window{'s' * (gone > 1)} at the borders in no part, for their "
            f"{series.horizon} steps of forecast reach into what the next part forecasts"
        )
    return text


def _find_windows(data: Dataset) -> _Windows:
    source, starts = series_of(data)
    clock = source.clock
    begin = starts + source.window
    own = np.zeros(len(starts), bool)
    if source.first_test is not None:
        own = begin >= source.first_test[source.series_at(starts)]
    return _Windows(clock[begin], clock[begin + source.horizon - 1], own, source)


def _latest(windows: _Windows, among: np.ndarray, share: float) -> np.ndarray:
    """(n,) bool: the last windows of some, a share of them, with all that begin as late."""
    found = np.zeros(len(among), bool)
    first = np.sort(windows.first[among])
    wanted = max(1, round(len(among) * share))
    if len(first) <= wanted:
        return found
    return among & (windows.first >= first[len(first) - wanted])


def _at_origins(windows: _Windows, origins: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) bool twice, validation and test: windows that begin to forecast a horizon apart.

    Origins are counted from the last step, or in a test part that a file names from its first one.
    """
    series = windows.series
    ticks = np.unique(series.clock)
    ticks = ticks[ticks <= windows.last.max()]  # of a view that ends earlier
    if windows.own_test.any():
        begins = np.unique(windows.first[windows.own_test])
        test = windows.own_test & np.isin(windows.first, begins[:: series.horizon][:origins])
        end = int(np.searchsorted(ticks, begins[0]))
    else:
        end = len(ticks) - origins * series.horizon
        test = np.isin(windows.first, ticks[max(0, end) :: series.horizon][:origins])
    begin = end - origins * series.horizon
    if begin < 1:
        raise InputError(_too_few(len(windows), series))
    return np.isin(windows.first, ticks[begin : end : series.horizon]) & ~windows.own_test, test


def _too_few(n: int, series: Any) -> str:
    fewer = ", fewer --origins" if series.asked.origins else ""
    return (
        f"{n} window{'s' * (n != 1)} of {series.window} steps with {series.horizon} of forecast "
        "cannot be split by time; expected enough "
        "for train, validation and test to follow each other without overlap. Name a longer "
        f"series{fewer}, or a shorter --window or --horizon."
    )
