"""How well does exponential smoothing do on series, as statsforecast chooses and fits it?

Each series is fitted once, on its steps before the validation part. At a later origin the same
fit is brought forward by the steps since then; nothing is fitted anew. A season of more than 24
steps is none to AutoETS: there it is tried on the end of the training part whether such seasons
are better taken out first.
"""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.core.deadline import Deadline
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.derived import series_of
from receta.data.examples import Examples
from receta.data.season import find_seasons
from receta.data.series import Series, fill_forward
from receta.yardsticks import Answer, OutOfTime, _seasonal
from receta.yardsticks._seasonal import Seasonal

AFTER = "boosting"
KINDS = ("series",)
ORIGIN = (
    "exponential smoothing, its form chosen by AICc for each series (AutoETS of statsforecast); "
    "seasons of more than 24 steps taken out by STL (MSTL) where that is better"
)
CALLED = "exponential smoothing (AutoETS)"
SHARE = 0.3
_MOST_S = 300.0  # where no budget says less
_ANSWER_S, _ANSWER_SHARE = 20.0, 2.0  # to answer all parts, at most, and in what the fits took
_FIRST = 4  # series, by which the time for all is estimated
_MOST_SEASON = 24  # steps; of a longer one AutoETS knows none, and takes a minute to say so
_MOST_STEPS = 3_000  # of each series, its last before the validation part
_TRIED = 3  # forecasts at the end of the training part, by which it is chosen what is taken out
_BOUNDS = ("lo-95", "lo-80", "mean", "hi-80", "hi-95")
_NORMAL = np.array([-1.959964, -1.281552, 0.0, 1.281552, 1.959964])


@dataclass(frozen=True)
class _Fit:
    """Of one series. end: step up to which it was fitted; known: what comes again, by the step up
    to which that was looked for; nothing where no season was taken out.
    """

    model: Any
    end: int
    known: dict[int, Seasonal] = field(default_factory=dict)

    def forecast(self, past: np.ndarray, end: int, horizon: int) -> np.ndarray:
        """(horizon, levels) after the steps before `end`."""
        if not self.known:
            return _bring_forward(self.model, past, horizon)
        begin = end - len(past)
        seasonal = self._seasonal(past, end)
        rest = past - seasonal.at(np.arange(begin, end))
        again = seasonal.at(np.arange(end, end + horizon))
        return _bring_forward(self.model, rest, horizon) + again[:, np.newaxis]

    def _seasonal(self, past: np.ndarray, end: int) -> Seasonal:
        """What comes again, looked for once a season."""
        first = self.known[self.end]
        at = self.end + max(0, end - self.end) // first.seasons[0] * first.seasons[0]
        if at not in self.known:
            begin = end - len(past)
            self.known[at] = _seasonal.find_seasonal(past[: at - begin], begin, first.seasons)
        return self.known[at]


def auto_ets(train: Examples, recipe: Recipe, session: Session) -> Answer:
    """A fit of each series; OutOfTime where not all of them can be fitted."""
    series, starts = series_of(train)
    ends = np.zeros(len(series.names), np.int64)
    np.maximum.at(ends, series.series_at(starts), starts + series.window + series.horizon)
    pieces = [
        fill_forward(series.values[max(begin, end - _MOST_STEPS) : end, 0])
        for begin, end in zip(series.begins.tolist(), ends.tolist(), strict=True)
    ]
    found = {series.rhythm.season, *find_seasons(pieces, series.rhythm.every)} - {1}
    began = time.monotonic()
    fits = _fit_all(pieces, ends.tolist(), _Plan(tuple(sorted(found)), series.horizon), session)
    most = _ANSWER_S + _ANSWER_SHARE * (time.monotonic() - began)
    until = Deadline(most)

    def answer(examples: Examples) -> np.ndarray:
        source, at = series_of(examples)
        return _forecast(fits, source, at, until)

    return answer


def find_hindrance(train: Examples) -> str:
    """It needs statsforecast, and answers quantiles alone."""
    if importlib.util.find_spec("statsforecast") is None:
        return "statsforecast is not installed: pip install 'receta[series]'."
    return ""


@dataclass(frozen=True)
class _Plan:
    """seasons: ascending, those that the series may have. horizon: steps that are forecast."""

    seasons: tuple[int, ...]
    horizon: int

    def ways(self, n: int) -> list[tuple[int, ...]]:
        """Seasons that may be taken out of n steps; () first, which AutoETS alone is."""
        long = max(self.seasons, default=1)
        if long <= _MOST_SEASON or not _seasonal.holds(n - _TRIED * self.horizon, [long]):
            return [()]
        return [(), (long,), *([self.seasons] if len(self.seasons) > 1 else [])]


def _fit_all(
    pieces: Sequence[np.ndarray], ends: Sequence[int], plan: _Plan, session: Session
) -> list[_Fit]:
    """A fit of each series; of one that cannot be fitted without a model."""
    deadline = session.deadline.within(_MOST_S)
    started = time.monotonic()
    each = list(zip(pieces, ends, strict=True))
    fits = [_fit_best(piece, end, plan) for piece, end in each[:_FIRST]]
    if len(fits) == len(each):
        return fits
    threads = session.machine.threads or 2
    took = (time.monotonic() - started) / len(fits)
    ahead = took * (len(each) - len(fits)) / min(threads, 2)
    if ahead > deadline.seconds_left():
        raise OutOfTime(
            f"{len(pieces):,} series would take about {ahead:,.0f} s to fit, and "
            f"{max(0.0, deadline.seconds_left()):,.0f} s are left for it."
        )
    with ThreadPoolExecutor(threads) as pool:
        for fit in pool.map(lambda one: _fit_best(one[0], one[1], plan), each[_FIRST:]):
            fits.append(fit)
            if deadline.is_over():
                pool.shutdown(cancel_futures=True)
                raise OutOfTime(f"{len(fits):,} of {len(pieces):,} series were fitted in its time.")
    return fits


def _fit_best(values: np.ndarray, end: int, plan: _Plan) -> _Fit:
    """The fit whose seasons are those that forecast the end of the values best."""
    ways = plan.ways(len(values))
    chosen = ways[0]
    if len(ways) > 1:
        horizon = plan.horizon
        wrong = {}
        for way in ways:
            fit = _fit(values[: -_TRIED * horizon], end - _TRIED * horizon, way, plan)
            off = 0.0
            for back in range(_TRIED * horizon, 0, -horizon):
                said = fit.forecast(values[:-back], end - back, horizon)[:, 2]
                stop = len(values) - back + horizon
                off += float(np.abs(said - values[stop - horizon : stop]).sum())
            wrong[way] = off
        chosen = min(wrong, key=lambda way: wrong[way])
    return _fit(values, end, chosen, plan)


def _fit(values: np.ndarray, end: int, taken_out: tuple[int, ...], plan: _Plan) -> _Fit:
    from statsforecast.models import AutoETS

    if len(values) < 4 or not np.ptp(values):
        return _Fit(None, end)
    short = max((one for one in plan.seasons if one <= _MOST_SEASON), default=1)
    season = short if not taken_out and len(values) > 2 * short else 1
    known = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if taken_out:
                known[end] = _seasonal.find_seasonal(values, end - len(values), taken_out)
                values = values - known[end].at(np.arange(end - len(values), end))
            return _Fit(AutoETS(season_length=season).fit(values.astype(np.float64)), end, known)
        except Exception:  # whatever it cannot fit is forecast by its last value
            return _Fit(None, end)


def _forecast(fits: list[_Fit], series: Series, starts: np.ndarray, until: Deadline) -> np.ndarray:
    """(n, horizon x levels) of windows that begin at these steps."""
    found = np.empty((len(starts), series.horizon, len(_BOUNDS)))
    which, begins = series.series_at(starts), series.begins
    for row, (k, start) in enumerate(zip(which.tolist(), starts.tolist(), strict=True)):
        if until.is_over():
            raise OutOfTime(f"{row:,} of {len(starts):,} forecasts were made in its time.")
        end = start + series.window
        past = fill_forward(series.values[max(int(begins[k]), end - _MOST_STEPS) : end, 0])
        found[row] = fits[k].forecast(past, end, series.horizon)
    return found.reshape(len(starts), -1)


def _bring_forward(model: Any, past: np.ndarray, horizon: int) -> np.ndarray:
    """(horizon, levels) after some steps; the last value and its usual changes without a model."""
    if model is not None and len(past) > 3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                said = model.forward(y=past.astype(np.float64), h=horizon, level=[80, 95])
                steps = np.stack([said[name] for name in _BOUNDS], axis=1)
            except Exception:  # such as a multiplicative form on values below zero
                steps = np.full((horizon, len(_BOUNDS)), np.nan)
        if np.isfinite(steps).all():
            return np.asarray(steps)
    last = float(past[-1]) if len(past) else 0.0
    changes = float(np.diff(past).std()) if len(past) > 2 else 0.0
    wide = changes * np.sqrt(np.arange(1, horizon + 1))[:, np.newaxis]
    return last + wide * _NORMAL
