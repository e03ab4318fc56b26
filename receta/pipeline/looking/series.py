"""What are the steps of a series, and how far apart are they?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.data.dataset import Dataset
from receta.pipeline.looking.summaries import (
    Rows,
    Shown,
    Summary,
    list_quarantined,
    strays,
    summary,
    summary_table,
)


@dataclass(frozen=True)
class SeriesLook:
    """What a series holds: steps from and to, and how far apart they are."""

    n: int
    steps: int
    window: int
    horizon: int
    channels: tuple[tuple[str, Summary], ...]
    junk: int
    start: str | None
    end: str | None
    typical_step: str | None
    irregular_steps: int
    duplicate_times: int
    left_out: tuple[tuple[str, str], ...]
    series: int = 1
    season: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = asdict(self)
        plain["channels"] = {name: asdict(summary) for name, summary in self.channels}
        del plain["left_out"]
        return {
            "kind": "series",
            **plain,
            "task": "values",
            "quarantined": list_quarantined(self.left_out),
        }

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        rows: Rows = [
            ("windows", f"{self.n:,}"),
            ("steps", f"{self.steps:,}"),
            ("window", f"{self.window} steps"),
            ("horizon", f"{self.horizon} steps"),
            ("season", f"{self.season} steps" if self.season > 1 else "none"),
        ]
        if self.series > 1:
            rows.insert(0, ("series", f"{self.series:,}"))
        if self.start is not None:
            rows += [
                ("from", self.start),
                ("to", self.end or ""),
                ("typical step", self.typical_step or ""),
                ("steps of another length", f"{self.irregular_steps:,}"),
                ("times that come twice", f"{self.duplicate_times:,}"),
            ]
        if self.junk:
            rows.append(("cells that are no numbers", f"{self.junk:,}"))
        return [
            ("series", ("what", "value"), rows),
            *(summary_table(f"channel {name!r}", few) for name, few in self.channels),
        ]


def look_at_series(data: Dataset) -> SeriesLook:
    """Measure the steps of a series, all of them."""
    series: Any = data.source
    start = end = typical = None
    irregular = twice = 0
    times = series.times
    if times is not None and len(times):
        first, last = (times.min(), times.max()) if len(series.names) > 1 else times[[0, -1]]
        start, end = _spell(times, first), _spell(times, last)
        for one in series.times_each():
            twice += int((np.diff(one) == np.timedelta64(0)).sum())
            length, odd = _rhythm(one)
            typical, irregular = typical or length, irregular + odd
    channels = tuple(
        (name, summary(series.values[:, at])) for at, name in enumerate(series.channel_names)
    )
    return SeriesLook(
        n=len(data),
        steps=len(series.values),
        window=series.window,
        horizon=series.horizon,
        channels=channels,
        junk=len(series.junk),
        start=start,
        end=end,
        typical_step=typical,
        irregular_steps=irregular,
        duplicate_times=twice,
        left_out=strays(data),
        series=len(series.names),
        season=series.rhythm.season,
    )


def _spell(times: np.ndarray, moment: np.datetime64) -> str:
    day = bool((times == times.astype("datetime64[D]")).all())
    return str(np.datetime_as_string(moment, unit="D" if day else "s"))


def _rhythm(times: np.ndarray) -> tuple[str | None, int]:
    """The step that most times are apart, in words, and how many steps are of another length."""
    for unit, word in (("Y", "year"), ("M", "month")):  # of lengths that differ by themselves
        whole = times.astype(f"datetime64[{unit}]")
        if (times == whole).all() and len(np.unique(whole)) > 1:
            steps = np.diff(whole.astype(np.int64))
            return _most(steps, word)
    unit = np.datetime_data(times.dtype)[0]
    seconds = np.diff(times).astype(np.float64) / (1000 if unit == "ms" else 1)
    for size, word in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if len(seconds) and (np.median(seconds) % size == 0) and np.median(seconds) >= size:
            return _most(seconds / size, word)
    return _most(seconds, "second")


def _most(steps: np.ndarray, word: str) -> tuple[str | None, int]:
    if not len(steps):
        return None, 0
    lengths, counts = np.unique(steps, return_counts=True)
    typical = float(lengths[np.argmax(counts)])
    return f"{typical:g} {word}{'s' * (typical != 1)}", int(len(steps) - counts.max())
