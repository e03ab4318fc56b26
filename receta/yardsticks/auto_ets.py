"""How well does exponential smoothing do on series, as statsforecast chooses and fits it?

Each series is fitted once, on its steps before the validation part. At a later origin the same
fit is brought forward by the steps since then; nothing is fitted anew.
"""

from __future__ import annotations

import importlib.util
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.derived import series_of
from receta.data.examples import Examples
from receta.data.series import Series, fill_forward
from receta.yardsticks import Answer, OutOfTime

AFTER = "boosting"
KINDS = ("series",)
ORIGIN = "exponential smoothing, its form chosen by AICc for each series (AutoETS of statsforecast)"
CALLED = "exponential smoothing (AutoETS)"
SHARE = 0.3
_MOST_S = 300.0  # where no budget says less
_FIRST = 4  # series, by which the time for all is estimated
_MOST_SEASON = 24  # steps; of a longer one AutoETS knows none, and takes a minute to say so
_MOST_STEPS = 3_000  # of each series, its last before the validation part
_BOUNDS = ("lo-95", "lo-80", "mean", "hi-80", "hi-95")
_NORMAL = np.array([-1.959964, -1.281552, 0.0, 1.281552, 1.959964])


def auto_ets(train: Examples, recipe: Recipe, session: Session) -> Answer:
    """A fit of each series; OutOfTime where not all of them can be fitted."""
    series, starts = series_of(train)
    ends = np.zeros(len(series.names), np.int64)
    np.maximum.at(ends, series.series_at(starts), starts + series.window + series.horizon)
    pieces = [
        fill_forward(series.values[max(begin, end - _MOST_STEPS) : end, 0])
        for begin, end in zip(series.begins.tolist(), ends.tolist(), strict=True)
    ]
    fits = _fit_all(pieces, series.rhythm.season, session)

    def answer(examples: Examples) -> np.ndarray:
        source, at = series_of(examples)
        return _forecast(fits, source, at)

    return answer


def find_hindrance(train: Examples) -> str:
    """It needs statsforecast, and answers quantiles alone."""
    if importlib.util.find_spec("statsforecast") is None:
        return "statsforecast is not installed: pip install 'receta[series]'."
    return ""


def _fit_all(pieces: list[np.ndarray], season: int, session: Session) -> list[Any]:
    """A fit of each series, None where it cannot be fitted."""
    deadline = session.deadline.within(_MOST_S)
    started = time.monotonic()
    fits = [_fit(piece, season) for piece in pieces[:_FIRST]]
    threads = session.machine.threads or 2
    took = (time.monotonic() - started) / len(fits)
    ahead = took * max(0, len(pieces) - len(fits)) / min(threads, 2)
    if ahead > deadline.seconds_left():
        raise OutOfTime(
            f"{len(pieces):,} series would take about {ahead:,.0f} s to fit, and "
            f"{max(0.0, deadline.seconds_left()):,.0f} s are left for it."
        )
    with ThreadPoolExecutor(threads) as pool:
        for fit in pool.map(lambda piece: _fit(piece, season), pieces[_FIRST:]):
            fits.append(fit)
            if deadline.is_over():
                pool.shutdown(cancel_futures=True)
                raise OutOfTime(f"{len(fits):,} of {len(pieces):,} series were fitted in its time.")
    return fits


def _fit(values: np.ndarray, season: int) -> Any:
    from statsforecast.models import AutoETS

    usual = season if 1 < season <= _MOST_SEASON and len(values) > 2 * season else 1
    if len(values) < 4 or not np.ptp(values):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return AutoETS(season_length=usual).fit(values.astype(np.float64))
        except Exception:  # whatever it cannot fit is forecast by its last value
            return None


def _forecast(fits: list[Any], series: Series, starts: np.ndarray) -> np.ndarray:
    """(n, horizon x levels) of windows that begin at these steps."""
    found = np.empty((len(starts), series.horizon, len(_BOUNDS)))
    which, begins = series.series_at(starts), series.begins
    for row, (k, start) in enumerate(zip(which.tolist(), starts.tolist(), strict=True)):
        end = start + series.window
        past = fill_forward(series.values[max(int(begins[k]), end - _MOST_STEPS) : end, 0])
        found[row] = _bring_forward(fits[k], past, series.horizon)
    return found.reshape(len(starts), -1)


def _bring_forward(fit: Any, past: np.ndarray, horizon: int) -> np.ndarray:
    """(horizon, levels) after some steps; the last value and its usual changes without a fit."""
    if fit is not None and len(past) > 3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                said = fit.forward(y=past.astype(np.float64), h=horizon, level=[80, 95])
                steps = np.stack([said[name] for name in _BOUNDS], axis=1)
            except Exception:  # such as a multiplicative form on values below zero
                steps = np.full((horizon, len(_BOUNDS)), np.nan)
        if np.isfinite(steps).all():
            return np.asarray(steps)
    last = float(past[-1]) if len(past) else 0.0
    changes = float(np.diff(past).std()) if len(past) > 2 else 0.0
    wide = changes * np.sqrt(np.arange(1, horizon + 1))[:, np.newaxis]
    return last + wide * _NORMAL
