"""How are windows of series held, and by what is each of their forecasts judged?

Steps are kept once, in float32; a window is cut out of them when it is asked for. Beside the next
steps a target holds what the steps up to the end of its window tell: see `frame`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.core.own_input import MOST
from receta.core.rhythm import LEVELS
from receta.core.spec import Spec
from receta.data.dataset import Dataset, content_digest, fingerprint
from receta.kinds._numbers import MOST_TARGET

LEAST_OF_LEVEL = 1e-6  # of the level, that a scale has: float32 knows no finer difference
LEAST_STRIDE = 0.003  # of the scale
# Of the unit of the first half of a series, that the unit of its beginning has. No step of a later
# part may move it: units weigh the windows that are learnt from.
LEAST_OF_HALF = 0.1
_FLOOR = 0.1  # of the smallest scale of the training part, at its first hundredth
_LEAST_UNIT = 1e-12
_AT_ONCE = 4096  # windows


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows by source row: the steps [start, start + window) of steps (all, channels) float32.

    starts: (n,) int64. frames: (n, 2 + horizon) float64 unit, stride and naive forecast of each
    window; None where targets stay as they are.
    """

    steps: np.ndarray
    starts: np.ndarray
    specs: tuple[Spec, ...]
    frames: np.ndarray | None = None
    reasons: Mapping[int, str] = field(default_factory=dict)
    coarse: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example: (steps, channels)."""
        return self.specs[0].shape

    @functools.cached_property
    def digests(self) -> np.ndarray:
        """(n,) S32: the numbers of each window, hashed."""
        found = [content_digest(self.take([row])[0]).hex() for row in range(len(self.starts))]
        return np.array(found, "S32")

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Numbers of some windows: (k, steps, channels) float32."""
        first = self.starts[np.asarray(rows, np.int64)]
        return self.steps[first[:, np.newaxis] + np.arange(self.shape[0])]

    def complete(self, targets: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Targets of some rows with the frames of their windows, where they lack them: float32."""
        if self.frames is None or targets.ndim == 1 or targets.dtype == np.float32:
            return targets
        return np.concatenate([targets, self.frames[rows]], axis=1).astype(np.float32)

    def fingerprint(self, data: Dataset) -> str:
        """Text that changes when an id, a target or a number of the data does."""
        return fingerprint(data, (bytes.fromhex(self.digests[row].decode()) for row in data.rows))

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the examples were read."""
        return {"shape": list(self.shape)}


def read(data: Dataset, spec: Spec, *, framed: bool) -> Windows:
    """The windows of some series; framed: whether targets tell by what they are judged.

    Windows without a number, or with one that is too large, or without a target cannot be used.
    """
    source: Any = data.source
    values = np.asarray(source.values, np.float64)
    starts = source.starts
    with np.errstate(over="ignore"):
        steps = values.astype(np.float32)
    reasons = _find_reasons(values, starts, spec.shape[0])
    flat = data.targets.reshape(len(data), -1)
    for bad, why in (
        (np.isnan(flat), "what is to be predicted is missing"),
        (np.abs(flat) > MOST_TARGET, "what is to be predicted is infinite or too large"),
    ):
        reasons |= dict.fromkeys(data.rows[bad.any(axis=1)].tolist(), why)
    found = Windows(steps, starts, (spec,), reasons=reasons)
    frames = frame(found, find_units(source, spec.rhythm.season)) if framed else None
    return Windows(steps, starts, (spec,), frames, reasons)


def find_units(source: Any, season: int) -> np.ndarray:
    """(n,) float64: the error of the seasonal naive forecast of each series up to a window's end.

    It is what the mean absolute scaled error divides by. At the beginning of a series, of which
    few steps are known, it is a tenth of that of its first half at least.
    """
    values, bounds = np.asarray(source.values[:, 0], np.float64), source.bounds
    ends = source.starts + source.window
    units = np.ones(len(ends))
    of = np.searchsorted(bounds, ends - 1, side="right") - 1
    for series, (begin, end) in enumerate(itertools.pairwise(bounds)):
        mine = np.flatnonzero(of == series)
        if len(mine):
            units[mine] = _units_of(values[begin:end], ends[mine] - begin, season)
    return units


def _units_of(values: np.ndarray, ends: np.ndarray, season: int) -> np.ndarray:
    lag = season if 0 < season < ends.min() else 1
    apart = np.abs(values[lag:] - values[:-lag])
    there = np.isfinite(apart)
    sums, counts = (
        np.concatenate([np.zeros(lag + 1), np.cumsum(one)])
        for one in (np.where(there, apart, 0.0), there.astype(np.float64))
    )
    found = sums[ends] / np.maximum(counts[ends], 1.0)
    half = len(values) // 2
    least = np.maximum(LEAST_OF_HALF * sums[half] / max(counts[half], 1.0), _LEAST_UNIT)
    return np.where(found > 0, np.maximum(found, least), 1.0)


def frame(windows: Windows, units: np.ndarray) -> np.ndarray:
    """(n, 2 + horizon) float64: unit, stride and seasonal naive forecast of each window.

    The same that the layers of a network find in a window, see `receta.kinds._window_layers`.
    """
    (spec,) = windows.specs
    season = find_season(spec)
    found = np.empty((len(windows.starts), 2 + spec.rhythm.horizon))
    chosen = spec.shape[0] - season + np.arange(spec.rhythm.horizon) % season
    for start in range(0, len(found), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(found)))
        seen = windows.take(rows)[:, :, 0].astype(np.float64)
        level, scale = _level_and_scale(seen)
        scale = np.maximum(scale, LEAST_OF_LEVEL * np.abs(level))
        apart = np.abs(seen[:, season:] - seen[:, :-season])
        known = np.isfinite(apart).sum(axis=1)
        stride = np.where(known > 0, np.nansum(apart, axis=1) / np.maximum(known, 1), scale)
        found[rows, 1] = np.maximum(stride, LEAST_STRIDE * scale)
        found[rows, 2:] = np.where(np.isnan(seen), level[:, np.newaxis], seen)[:, chosen]
    found[:, 0] = units
    return found


def _level_and_scale(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) mean and mean absolute difference from it, of windows (n, steps), but NaN."""
    there = np.isfinite(seen) & (np.abs(seen) <= MOST)
    n = np.maximum(there.sum(axis=1), 1)
    level = np.where(there, seen, 0.0).sum(axis=1) / n
    off = np.where(there, np.abs(seen - level[:, np.newaxis]), 0.0)
    return level, off.sum(axis=1) / n


def find_season(spec: Spec) -> int:
    """Steps of a season that windows hold at least once, with a step more; else 1: no season."""
    season = spec.rhythm.season
    return season if 0 < season < spec.shape[0] else 1


def repeat_steps(examples: Any) -> dict[str, np.ndarray]:
    """By name (n, outputs) of who says the last value again, and the last season again."""
    (spec,) = examples.inputs.specs
    seen = examples.values[:, :, 0]
    level = np.nanmean(np.where(np.isnan(seen).all(axis=1)[:, np.newaxis], 0.0, seen), axis=1)
    filled = np.where(np.isnan(seen), level[:, np.newaxis], seen)
    season = find_season(spec)
    chosen = spec.shape[0] - season + np.arange(spec.rhythm.horizon) % season
    last = np.full(len(chosen), spec.shape[0] - 1)
    levels = len(LEVELS)
    return {
        name: np.repeat(filled[:, steps], levels, axis=1)
        for name, steps in (("naive", last), ("seasonal_naive", chosen))
    }


def find_floors(windows: np.ndarray) -> tuple[float, ...]:
    """The least scale of each channel, learnt from windows (n, steps, channels)."""
    floors = []
    for channel in range(windows.shape[2]):
        scale = _level_and_scale(windows[:, :, channel].astype(np.float64))[1]
        some = scale[scale > 0]
        floors.append(float(_FLOOR * np.quantile(some, 0.01)) if len(some) else 1.0)
    return tuple(floors)


def _find_reasons(values: np.ndarray, starts: np.ndarray, window: int) -> dict[int, str]:
    """Why a window cannot be used, by row; values float64 (steps, channels), as they were read."""
    with np.errstate(invalid="ignore"):
        endless = (np.abs(values) > MOST).any(axis=1)
    empty = np.isnan(values).all(axis=1)
    reasons: dict[int, str] = {}
    for bad, least, why in (
        (empty, window, "holds no number at all"),
        (endless, 1, "holds a number that is infinite or too large"),
    ):
        before = np.concatenate([[0], np.cumsum(bad)])
        rows = np.flatnonzero(before[starts + window] - before[starts] >= least)
        reasons |= dict.fromkeys(rows.tolist(), why)
    return reasons
