"""What does each recorded step do to the steps of a series in time?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data import derived
from receta.data.series import Series

# times as many steps as there were: one stray date of another century would fill the memory
MOST_GROWTH = 20


def next_time(times: np.ndarray, every: tuple[int, str], n: int | np.ndarray = 1) -> np.ndarray:
    """Times n regular steps on; every: (number, "s" for seconds or "M" for months).

    >>> next_time(np.array(["2020-01-31T06"], "datetime64[s]"), (2, "M")).astype(str).tolist()
    ['2020-03-31T06:00:00']
    """
    number, unit = every
    if unit == "s":
        return times + np.asarray(n * number).astype("timedelta64[s]")
    months = times.astype("datetime64[M]")
    inside = times - months.astype("datetime64[s]")
    return (months + np.asarray(n * number).astype("timedelta64[M]")).astype(
        "datetime64[s]"
    ) + inside


def steps_between(first: np.datetime64, last: np.datetime64, every: tuple[int, str]) -> float:
    """How many regular steps lie between two times; whole on the grid."""
    number, unit = every
    if unit == "s":
        return float((last - first) / np.timedelta64(number, "s"))
    months = int((last.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64))
    return months / number


def _every(step: dict[str, Any]) -> tuple[int, str]:
    number, unit = step["every"]
    if not isinstance(number, int) or number < 1 or unit not in ("s", "M"):
        raise ValueError(f"every={step['every']!r}")
    return number, unit


def _require_times(series: Series) -> np.ndarray:
    if series.times is None:
        raise InputError(
            "needs times; expected a series with a column of times. Take the step back with --undo."
        )
    return series.times


def _sort_times(series: Series, step: dict[str, Any]) -> Series:
    """{}: by time; of equal times the order of the file is kept."""
    times = _require_times(series)
    order = np.argsort(times, kind="stable")
    return derived.with_steps(
        series, series.values[order], times[order], order, np.arange(len(times))
    )


def _merge_times(series: Series, step: dict[str, Any]) -> Series:
    """{"how": "first" | "mean"}: one step a time."""
    times, first, which, counts = np.unique(
        _require_times(series), return_index=True, return_inverse=True, return_counts=True
    )
    if step["how"] == "first":
        values = series.values[first]
    elif step["how"] == "mean":
        known = ~np.isnan(series.values)
        total, n = (
            np.zeros((len(times), series.values.shape[1])),
            np.zeros((len(times), series.values.shape[1])),
        )
        np.add.at(total, which, np.where(known, series.values, 0.0))
        np.add.at(n, which, known)
        with np.errstate(invalid="ignore"):
            # A time that stands there once keeps its value to the last bit.
            values = np.where((counts == 1)[:, None], series.values[first], total / n)
    else:
        raise ValueError(f"how={step['how']!r}")
    return derived.with_steps(series, values, times, first)


def _insert_times(series: Series, step: dict[str, Any]) -> Series:
    """{"times": [text, ...]}: steps without values at these times."""
    times = _require_times(series)
    if (np.diff(times) < np.timedelta64(0, "s")).any():
        raise InputError(
            "needs times in order; expected sort_times before it. Clean anew with --fix time_order."
        )
    new = np.setdiff1d(np.array(step["times"], dtype=times.dtype), times)
    values = np.concatenate([series.values, np.full((len(new), series.values.shape[1]), np.nan)])
    every = np.concatenate([times, new])
    order = np.argsort(every, kind="stable")
    origin = np.concatenate([np.arange(len(times)), np.full(len(new), -1)])[order]
    return derived.with_steps(series, values[order], every[order], origin)


def _fill_steps(series: Series, step: dict[str, Any]) -> Series:
    """{"how": "linear" | "last", "ends": step numbers at which a later part begins}.

    linear: between the values before and after, of the same part; where a part has none
    after, and with `last`, the last value before. The first steps take the first value.
    """
    if step["how"] not in ("linear", "last"):
        raise ValueError(f"how={step['how']!r}")
    edges = [
        0,
        *sorted({int(end) for end in step["ends"] if 0 < int(end) < len(series.values)}),
        len(series.values),
    ]
    values = series.values.copy()
    for channel in range(values.shape[1]):
        column = values[:, channel]
        for first, end in itertools.pairwise(edges):
            start = max(0, first - 1)  # the last step of the part before is known by then
            piece, at = column[start:end], np.arange(end - start, dtype=np.float64)
            known = ~np.isnan(piece)
            if not known.any() or known.all():
                continue
            if step["how"] == "linear":
                whole = np.where(known, piece, np.interp(at, at[known], piece[known]))
            else:
                last = np.maximum.accumulate(np.where(known, np.arange(len(piece)), -1))
                whole = piece[np.where(last < 0, np.flatnonzero(known)[0], last)]
            column[first:end] = whole[first - start :]
    return derived.with_steps(series, values, series.times, np.arange(len(values)))


def _forget_steps(series: Series, step: dict[str, Any]) -> Series:
    """{"what": "junk" | "infinite"}: those values are missing (junk has none already)."""
    if step["what"] not in ("junk", "infinite"):
        raise ValueError(f"what={step['what']!r}")
    values = (
        np.where(np.isinf(series.values), np.nan, series.values)
        if step["what"] == "infinite"
        else series.values
    )
    changed = derived.with_steps(series, values, series.times, np.arange(len(values)))
    changed.junk = {} if step["what"] == "junk" else dict(series.junk)
    return changed


def _resample(series: Series, step: dict[str, Any]) -> Series:
    """{"every": [number, "s" | "M"], "how": "linear" | "last"}: values at regular times."""
    times, every = _require_times(series), _every(step)
    if step["how"] not in ("linear", "last"):
        raise ValueError(f"how={step['how']!r}")
    n = int(steps_between(times[0], times[-1], every) + 1e-9) + 1
    if n > MOST_GROWTH * len(times):
        raise InputError(
            f"would make {n} steps of {len(times)}; expected a step that fits the times. Mend "
            "the file's times."
        )
    grid = next_time(np.repeat(times[:1], n), every, np.arange(n))
    old, new = (moments.astype(np.int64).astype(np.float64) for moments in (times, grid))
    values = np.full((n, series.values.shape[1]), np.nan)
    for channel in range(values.shape[1]):
        known = ~np.isnan(series.values[:, channel])
        if not known.any():
            continue
        at, piece = old[known], series.values[known, channel]
        if step["how"] == "linear":
            values[:, channel] = np.interp(new, at, piece)
        else:
            values[:, channel] = piece[np.maximum(np.searchsorted(at, new, side="right") - 1, 0)]
    return derived.with_steps(series, values, grid, np.full(n, -1), np.arange(n))


STEPS: dict[str, Callable[[Series, dict[str, Any]], Series]] = {
    "sort_times": _sort_times,
    "merge_times": _merge_times,
    "insert_times": _insert_times,
    "fill_steps": _fill_steps,
    "forget_steps": _forget_steps,
    "resample": _resample,
}
