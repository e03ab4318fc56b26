"""How long are windows and horizons, and what is the season, where nobody says so?

The season is looked for in the steps that surely train: the first of each series.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.rhythm import Rhythm
from receta.data.dataset import Quarantined
from receta.data.season import expected_seasons, find_seasons
from receta.data.series import Asked, Series
from receta.data.step_length import find_every, say_every
from receta.data.time_grid import grid

_KNOWN = 0.6  # of the steps: usual shares leave 0.7 to the training part
_SEASONS = 7  # in a window: the days of a week, of hours
_SHORT = 60  # steps; a longer season is in a window once
_SHARE = 0.4  # of a series that a window and its horizon may take
_USUAL = 30  # steps of a window where no season is seen
_MOST_HORIZON = 60


@dataclass(frozen=True)
class WindowPlan:
    """Window, horizon and season of some series, and in words how they came about."""

    window: int
    horizon: int
    rhythm: Rhythm
    notes: tuple[str, ...]


def plan_windows(series: Series, rhythm: Rhythm) -> WindowPlan:
    """What a user said of the windows, and of the rest what fits the steps.

    series: its window and horizon are not looked at. rhythm: the names of its columns.
    """
    asked = series.asked
    every = find_every(series.times_each())
    seasons = () if asked.season is None else (asked.season,)
    found = seasons or find_seasons(_known_pieces(series, every), every)
    season = found[0] if found else 1
    lengths = (series.ends if series.first_test is None else series.first_test) - series.begins
    length = float(np.quantile(lengths, 0.25))
    horizon = asked.horizon or _choose_horizon(series, every, season, length)
    window = asked.window or _choose_window(found, horizon, length)
    told = dataclasses.replace(rhythm, season=season, horizon=horizon, every=every)
    return WindowPlan(window, horizon, told, _tell(asked, told, window, found))


def lay_windows(read: Series, place: str) -> Series:
    """The same steps with windows as they were asked for or fit; short series are left out.

    Raises InputError where all are too short.
    """
    lengths = read.ends - read.begins
    if (read.asked.season or 0) >= max(lengths.max(), 2):
        raise InputError(
            f"--season {read.asked.season} is no shorter than the "
            f"{counted(int(lengths.max()), 'steps')} of {place}; expected a season that comes "
            "again there. Name a shorter --season, or 1 for none."
        )
    plan = plan_windows(read, read.rhythm)
    span = plan.window + plan.horizon
    short = np.flatnonzero(lengths < span)
    if len(short) == len(lengths):
        which = f"{place} has" if len(lengths) == 1 else f"the longest series of {place} has"
        raise InputError(
            f"{which} {counted(int(lengths.max()), 'steps')}; expected at least "
            f"{span:,}, a window of {plan.window} and a horizon of {plan.horizon}. Name a shorter "
            f"--window{' or --horizon' if plan.horizon > 1 else ''}."
        )
    strays = [
        Quarantined(read.names[k], f"has {lengths[k]:,} steps; expected at least {span:,}")
        for k in short.tolist()
    ]
    laid = (read.without(short) if len(short) else read).replaced(
        window=plan.window,
        horizon=plan.horizon,
        rhythm=plan.rhythm,
        strays=(*read.strays, *strays),
    )
    laid.read_notes = read.read_notes
    laid.notes = (*read.read_notes, *plan.notes)
    return laid


def _known_pieces(series: Series, every: str) -> list[np.ndarray]:
    """The first values of each series, which no validation and no test part holds.

    Steps that lack stand there without a value, so that a season keeps its place.
    """
    last = series.ends if series.first_test is None else series.first_test
    backtest = 2 * series.asked.origins * (series.asked.horizon or 1)
    pieces = []
    for begin, end in zip(series.begins.tolist(), np.asarray(last).tolist(), strict=True):
        known = min(int(_KNOWN * (end - begin)), end - begin - backtest)
        if known > 0:
            values = series.values[begin : begin + known, 0]
            times = None if series.times is None else series.times[begin : begin + known]
            pieces.append(values if every in ("", "1 B") else _lay_on_grid(values, times))
    return pieces


def _lay_on_grid(values: np.ndarray, times: np.ndarray | None) -> np.ndarray:
    """The values at regular steps, NaN where one lacks; as they are where most would lack."""
    found = grid(times)
    if found is None or not found.regular:
        return values
    at = np.concatenate([[0], np.cumsum(np.maximum(found.leaps, 0))])
    if at[-1] + 1 == len(values) or at[-1] + 1 > 2 * len(values):
        return values
    laid = np.full(int(at[-1]) + 1, np.nan)
    laid[at] = values
    return laid


def _choose_horizon(series: Series, every: str, season: int, length: float) -> int:
    """The test part that a file names; else a season, as long as a series has ten of them."""
    if series.first_test is not None:
        there = (series.ends - series.first_test)[series.ends > series.first_test]
        return int(min(there.min(initial=_MOST_HORIZON * 10), length // 3)) or 1
    usual = (season, *expected_seasons(every)[:1])
    wanted = next((one for one in usual if 2 <= one <= _MOST_HORIZON), 1)
    return max(1, min(wanted, int(length // 10)))


def _choose_window(found: Sequence[int], horizon: int, length: float) -> int:
    season = found[0] if found else 1
    # One step more than a season: networks look at the changes from one season to the next.
    several = _SEASONS * season if season <= _SHORT else season + max(1, horizon)
    wanted = max(several, *found, 2 * horizon, _USUAL)
    room = max(1, int(_SHARE * length) - horizon)
    window = min(wanted, room)
    whole = window - window % season
    return whole if whole > season and season <= _SHORT else window


def _tell(asked: Asked, rhythm: Rhythm, window: int, found: Sequence[int]) -> tuple[str, ...]:
    """One line of what was found; nothing of what a user said."""
    parts, options = [], []
    unseen: tuple[str, ...] = ()
    if rhythm.every:
        parts.append(f"a step is {say_every(rhythm.every)}")
    if asked.season is None:
        longer = f" (and {found[1]:,})" if len(found) > 1 else ""
        season = f"a season of {counted(rhythm.season, 'steps')}{longer}"
        parts.append(season if found else "no season was found")
        options.append("--season")
    elif window <= rhythm.season > 1:
        unseen = (
            f"a window of {counted(window, 'steps')} holds no season of {rhythm.season:,}, so no "
            f"network sees it (--window {rhythm.season + 1} would)",
        )
    if asked.window is None:
        parts.append(f"a window of {counted(window, 'steps')}")
        options.append("--window")
    if asked.horizon is None:
        parts.append(f"a horizon of {counted(rhythm.horizon, 'steps')}")
        options.append("--horizon")
    if not options:
        return unseen
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    named = ", ".join(options[:-1]) + " and " + options[-1] if len(options) > 1 else options[0]
    change = "changes" if len(options) == 1 else "change"
    return (f"{listed} ({named} {change} that)", *unseen)
