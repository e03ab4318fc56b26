"""What is a series: steps in time, of one or of many, and windows on them?"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

import numpy as np

from receta.core.rhythm import TIMELESS, Rhythm
from receta.data.dataset import Kind, Quarantined, Task
from receta.data.table import Column

# Windows of a source; of more, each k-th is taken. More teach a network no better within minutes.
MOST_WINDOWS = 50_000


@dataclass(frozen=True)
class Asked:
    """What a user said of windows; None is left open. origins: of a backtest, 0 for all windows."""

    window: int | None = None
    horizon: int | None = None
    season: int | None = None
    origins: int = 0


@dataclass(eq=False, repr=False)
class Series:
    """A source of windows on one series or many: steps in, the next steps out.

    values (steps, channels) float64, NaN where missing, one series behind the other, each in the
    order of times; the first channel is forecast. times (steps,) datetime64[s] ascending in a
    series, or None. names, ends (series,): what each is called, and the step before which it ends.
    first_test (series,): from which step on a test part follows, None where no file names one.
    Example i: values[s : s + window] with s = starts[i], target the next `horizon` values of
    channel 0. version: a text that changes when the file does. file_order (steps,): the line of
    each step in the file, from 0. layout: how the file holds the series, below each other or a row
    each. read_notes: those that the steps told, without the windows.
    """

    name: str
    values: np.ndarray
    times: np.ndarray | None
    _: KW_ONLY
    window: int
    horizon: int
    channel_names: Sequence[str]
    version: str
    file_order: Any = None  # np.ndarray, once made
    junk: Mapping[int, str] = field(default_factory=dict)
    strays: Sequence[Quarantined] = ()
    names: Sequence[str] = ("",)
    ends: Any = None  # np.ndarray, once made
    first_test: np.ndarray | None = None
    rhythm: Rhythm = TIMELESS
    asked: Asked = Asked()
    layout: Literal["long", "wide"] = "long"
    kind: Kind = field(default="series", init=False)
    task: Task = field(default="quantiles", init=False)
    class_names: tuple[str, ...] = field(default=(), init=False)
    groups: Sequence[str] | None = field(default=None, init=False)
    notes: Sequence[str] = field(default=(), init=False)
    read_notes: Sequence[str] = field(default=(), init=False)

    def __post_init__(self) -> None:
        steps = len(self.values)
        self.file_order = np.arange(steps) if self.file_order is None else self.file_order
        self.ends = np.array([steps]) if self.ends is None else np.asarray(self.ends, np.int64)
        self.channel_names, self.names = tuple(self.channel_names), tuple(self.names)
        self.strays = tuple(self.strays)
        self.rhythm = dataclasses.replace(self.rhythm, horizon=self.horizon)

    @functools.cached_property
    def starts(self) -> np.ndarray:
        """(n,) int64: the step at which each window begins."""
        return _place_windows(self)

    @functools.cached_property
    def targets(self) -> np.ndarray:
        """(n, horizon) float64: what comes after each window."""
        told = self.starts[:, None] + self.window + np.arange(self.horizon)
        return np.asarray(self.values[:, 0][told])

    @functools.cached_property
    def ids(self) -> list[str]:
        """The name of the first step that each window forecasts."""
        return self.step_names(self.starts + self.window)

    @functools.cached_property
    def parts(self) -> Sequence[str] | None:
        """Where a file names a test part: which windows forecast it."""
        if self.first_test is None:
            return None
        test = self.first_test[self.series_at(self.starts)]
        return np.where(self.starts + self.window >= test, "test", "").tolist()

    @property
    def begins(self) -> np.ndarray:
        """(series,) the first step of each."""
        return np.concatenate([[0], self.ends[:-1]]).astype(np.int64)

    @property
    def bounds(self) -> np.ndarray:
        """(series + 1,) where each begins, and where the last one ends."""
        return np.concatenate([[0], self.ends]).astype(np.int64)

    @property
    def clock(self) -> np.ndarray:
        """(steps,) int64 that is comparable between series: what comes later has a larger one.

        Without times series are laid so that they end, or their test parts begin, together.
        """
        if self.times is not None:
            return self.times.astype(np.int64)
        last = self.ends if self.first_test is None else self.first_test
        return np.arange(len(self.values)) - np.repeat(last, self.ends - self.begins)

    def series_at(self, steps: np.ndarray) -> np.ndarray:
        """(k,) the number of the series that each of these steps stands in."""
        return np.searchsorted(self.ends, steps, side="right")

    def times_each(self) -> list[np.ndarray]:
        """The times of each series; none without times."""
        if self.times is None:
            return []
        return [self.times[begin:end] for begin, end in zip(self.begins, self.ends, strict=True)]

    def channels(self) -> tuple[Column, ...]:
        """The channels step by step, as columns; texts are of the first, which is forecast."""
        return tuple(
            Column(name, "number", self.values[:, k], junk={} if k else self.junk)
            for k, name in enumerate(self.channel_names)
        )

    def step_names(self, steps: np.ndarray | None = None) -> list[str]:
        """One unique text for each step: its time, with #2 for a second of the same, or its number.

        The name of the series stands before it, where it has one. steps: only these.
        """
        at = np.arange(len(self.values)) if steps is None else np.asarray(steps, np.int64)
        of = self.series_at(at)
        if self.times is None:
            texts = [f"step-{step + 1}" for step in (at - self.begins[of]).tolist()]
        else:
            texts = self._time_texts(at)
        named = [f"{name} " if name else "" for name in self.names]
        return [named[k] + text for k, text in zip(of.tolist(), texts, strict=True)]

    def _time_texts(self, at: np.ndarray) -> list[str]:
        times: Any = self.times
        day = bool((times == times.astype("datetime64[D]")).all())
        texts = np.datetime_as_string(times[at], unit="D" if day else "s").tolist()
        again = np.zeros(len(times), np.int64)  # how often the text stood before, in its series
        shown = times.astype("datetime64[D]" if day else "datetime64[s]")
        same = np.zeros(len(times), bool)
        same[1:] = shown[1:] == shown[:-1]
        same[self.begins[self.begins < len(times)]] = False
        if same.any():
            run = np.arange(len(times))
            again = run - np.maximum.accumulate(np.where(same, 0, run))
        pairs = zip(texts, again[at].tolist(), strict=True)
        return [f"{text}#{before + 1}" if before else text for text, before in pairs]

    def __len__(self) -> int:
        return len(self.starts)

    def raw(self, row: int) -> np.ndarray:
        """(window, channels) float64."""
        start = int(self.starts[row])
        return np.array(self.values[start : start + self.window])

    def __getitem__(self, row: int) -> np.ndarray:
        """(window, channels) float64, NaN where missing."""
        return self.raw(row)

    def stamp(self) -> str:
        """Changes when the file does."""
        return self.version

    def replaced(self, **changes: Any) -> Series:
        """A copy with some attributes changed; the windows are laid anew."""
        return dataclasses.replace(self, **changes)

    def single(self, k: int) -> Series:
        """One of the series by its number, as a source of its own; ids are the same."""
        begin, end = int(self.begins[k]), int(self.ends[k])
        test = None if self.first_test is None else self.first_test[k : k + 1] - begin
        return self.replaced(
            values=self.values[begin:end],
            times=None if self.times is None else self.times[begin:end],
            file_order=self.file_order[begin:end],
            junk={row - begin: text for row, text in self.junk.items() if begin <= row < end},
            names=self.names[k : k + 1],
            ends=np.array([end - begin]),
            first_test=test,
        )

    def without(self, gone: np.ndarray) -> Series:
        """The same without some of the series, by their numbers."""
        kept = np.flatnonzero(np.isin(np.arange(len(self.names)), gone, invert=True))
        lengths = self.ends - self.begins
        stays = np.repeat(np.isin(np.arange(len(lengths)), kept), lengths)
        now = np.cumsum(stays) - 1
        ends = lengths[kept].cumsum()
        test = None if self.first_test is None else self.first_test - self.begins
        return self.replaced(
            values=self.values[stays],
            times=None if self.times is None else self.times[stays],
            file_order=self.file_order[stays],
            junk={int(now[row]): text for row, text in self.junk.items() if stays[row]},
            names=[self.names[k] for k in kept.tolist()],
            ends=ends,
            first_test=None if test is None else test[kept] + ends - lengths[kept],
        )

    def __repr__(self) -> str:
        many = f"{len(self.names)} series, " if len(self.names) > 1 else ""
        return (
            f"{self.name}, {many}{len(self.values)} steps, window {self.window}, "
            f"horizon {self.horizon})"
        )


def chain(singles: Sequence[Series], like: Series) -> Series:
    """Several single series one behind the other again; names and all else as `like` has them."""
    lengths = np.array([len(one.values) for one in singles])
    ends = lengths.cumsum()
    begins = (ends - lengths).tolist()
    junk = {
        row + begin: text
        for one, begin in zip(singles, begins, strict=True)
        for row, text in one.junk.items()
    }
    tests = [one.first_test for one in singles]
    return like.replaced(
        values=np.concatenate([one.values for one in singles]),
        times=None
        if like.times is None
        else np.concatenate([one.times for one in singles if one.times is not None]),
        file_order=np.concatenate([one.file_order for one in singles]),
        junk=junk,
        names=tuple(name for one in singles for name in one.names),
        ends=ends,
        first_test=None
        if like.first_test is None
        else np.concatenate(
            [one + at for one, at in zip(tests, begins, strict=True) if one is not None]
        ),
    )


def fill_forward(values: np.ndarray) -> np.ndarray:
    """The values with the last one before where one lacks."""
    there = np.isfinite(values)
    if not there.any():
        return values[:0]
    known = np.flatnonzero(there)
    last = np.maximum.accumulate(np.where(there, np.arange(len(values)), known[0]))
    return values[last]


def _place_windows(series: Series) -> np.ndarray:
    """(n,) where windows begin: all that fit, but none that is told steps of two parts.

    No window reaches from one series into the next. Of too many each k-th from the end is taken; k
    shares no divisor with the season, so that every hour of a day is told.
    """
    span = series.window + series.horizon
    room = np.maximum(series.ends - series.begins - span + 1, 0)
    each = max(1, -(-int(room.sum()) // MOST_WINDOWS))
    while math.gcd(each, max(1, series.rhythm.season)) > 1:
        each += 1
    pieces = [
        np.arange(int(n) - 1, -1, -each)[::-1] + int(begin)
        for n, begin in zip(room, series.begins, strict=True)
    ]
    starts = np.concatenate([np.empty(0, np.int64), *pieces])
    if series.first_test is None:
        return starts
    test = series.first_test[series.series_at(starts)]
    return starts[(starts + series.window >= test) | (starts + span <= test)]
