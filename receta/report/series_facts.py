"""What does the page of a run on series tell? Plain data, from windows and their forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core.rhythm import LEVELS
from receta.data.derived import series_of
from receta.data.examples import Parts
from receta.data.series import Series
from receta.data.step_length import say_every
from receta.tasks import split_targets

_MOST_PANELS = 6
_MOST_LISTED = 10
_MIDDLE = LEVELS.index(0.5)
_HISTORY = 3  # horizons before a forecast that are drawn


@dataclass(frozen=True, eq=False)
class Drawn:
    """One forecast beside the truth: steps before it (k,), truth (horizon,), bounds by level."""

    name: str
    when: str
    before: np.ndarray
    truth: np.ndarray
    said: np.ndarray  # (horizon, levels)
    error: float
    naive: float


@dataclass(frozen=True, eq=False)
class Row:
    """A line of a table: a series, or an origin of all series."""

    name: str
    n: int
    error: float
    naive: float
    inside: float  # share of steps inside of the 80 % interval


@dataclass(frozen=True, eq=False)
class SeriesFacts:
    """by_step, naive_by_step (horizon,): errors. profile (season, 3): low, middle, high of a step
    of the season beside the mean of its season, in the unit of the data.
    """

    count: int
    every: str
    season: int
    window: int
    horizon: int
    is_seasonal: bool
    profile: np.ndarray
    drawn: Sequence[Drawn]
    by_step: np.ndarray
    naive_by_step: np.ndarray
    origins: Sequence[Row]
    worst: Sequence[Row]


def gather_series(parts: Parts, answers: np.ndarray) -> SeriesFacts:
    """answers: (n, horizon x levels) on the test part."""
    series, starts = series_of(parts.test)
    truth = split_targets(parts.test.targets)
    said = np.asarray(answers, np.float64).reshape(len(answers), -1, len(LEVELS))
    off = np.abs(said[:, :, _MIDDLE] - truth.ahead) / truth.unit
    naive = np.abs(truth.naive - truth.ahead) / truth.unit
    inside = (said[:, :, 1] <= truth.ahead) & (truth.ahead <= said[:, :, 3])
    of, clock = series.series_at(starts), series.clock[starts + series.window]
    found = _Judged(off, naive, inside)
    rhythm = series.rhythm
    names = [name or parts.test.inputs.specs[0].target for name in series.names]
    return SeriesFacts(
        count=len(series.names),
        every=say_every(rhythm.every) if rhythm.every else "",
        season=rhythm.season,
        window=series.window,
        horizon=series.horizon,
        is_seasonal=rhythm.season > 1,
        profile=_find_profile(series, parts),
        drawn=[
            _draw(series, int(starts[row]), names[of[row]], row, (truth.ahead, said, found))
            for row in _choose(series, starts, of, clock, off)
        ],
        by_step=off.mean(axis=0),
        naive_by_step=naive.mean(axis=0),
        origins=_list_origins(series, starts, clock, found),
        worst=_list_worst(names, of, found) if len(series.names) > 1 else (),
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """(n, horizon) errors in units, those of the last season again, and what is inside."""

    off: np.ndarray
    naive: np.ndarray
    inside: np.ndarray

    def row(self, name: str, rows: np.ndarray) -> Row:
        """The means over some windows."""
        means = (float(one[rows].mean()) for one in (self.off, self.naive, self.inside))
        error, naive, inside = means
        return Row(name, len(rows), error, naive, inside)


def _choose(
    series: Series, starts: np.ndarray, of: np.ndarray, clock: np.ndarray, off: np.ndarray
) -> list[int]:
    """Rows to draw: the last origins of one series; of many from well to badly forecast ones."""
    if len(series.names) == 1:
        rows = np.argsort(clock, kind="stable")[::-1]
        chosen: list[int] = []
        for row in rows.tolist():
            if not chosen or starts[chosen[-1]] - starts[row] >= series.horizon:
                chosen.append(row)
            if len(chosen) == _MOST_PANELS:
                break
        return chosen[::-1]
    last = {int(k): row for row, k in sorted(enumerate(of.tolist()), key=lambda one: clock[one[0]])}
    rows = np.array(sorted(last.values(), key=lambda row: float(off[row].mean())))
    return rows[np.linspace(0, len(rows) - 1, min(len(rows), _MOST_PANELS)).astype(int)].tolist()


def _draw(
    series: Series,
    start: int,
    name: str,
    row: int,
    known: tuple[np.ndarray, np.ndarray, _Judged],
) -> Drawn:
    ahead, said, found = known
    end = start + series.window
    back = min(series.window, max(_HISTORY * series.horizon, series.rhythm.season, 8))
    when = series.step_names(np.array([end]))[0]
    own = series.names[int(series.series_at(np.array([start]))[0])]
    return Drawn(
        name,
        when.removeprefix(f"{own} ") if own else when,
        series.values[end - back : end, 0],
        ahead[row],
        said[row],
        float(found.off[row].mean()),
        float(found.naive[row].mean()),
    )


def _list_origins(
    series: Series, starts: np.ndarray, clock: np.ndarray, found: _Judged
) -> list[Row]:
    """The origins of the test part in their order; of many, those a horizon apart."""
    ticks = np.unique(clock)
    every = max(1, -(-len(ticks) // (2 * _MOST_LISTED)))
    rows = []
    for tick in ticks[::-1][::every][::-1]:
        mine = np.flatnonzero(clock == tick)
        first = int(starts[mine[0]]) + series.window
        own = series.names[int(series.series_at(np.array([first]))[0])]
        name = series.step_names(np.array([first]))[0]
        rows.append(found.row(name.removeprefix(f"{own} ") if own else name, mine))
    return rows


def _list_worst(names: Sequence[str], of: np.ndarray, found: _Judged) -> list[Row]:
    rows = [found.row(names[k], np.flatnonzero(of == k)) for k in np.unique(of).tolist()]
    return sorted(rows, key=lambda row: -row.error)[:_MOST_LISTED]


def _find_profile(series: Series, parts: Parts) -> np.ndarray:
    """(season, 3) of the longest series, on steps that train; empty without a season."""
    season = series.rhythm.season
    _, starts = series_of(parts.train)
    if season < 2 or not len(starts):
        return np.empty((0, 3))
    of = series.series_at(starts)
    k = int(np.bincount(of).argmax())
    end = int(starts[of == k].max()) + series.window + series.horizon
    values: Any = series.values[int(series.begins[k]) : end, 0]
    whole = values[len(values) % season :].reshape(-1, season)[-60:]
    if len(whole) < 2:
        return np.empty((0, 3))
    apart = whole - np.nanmean(whole, axis=1, keepdims=True)
    return np.asarray(np.nanquantile(apart, [0.1, 0.5, 0.9], axis=0).T)
