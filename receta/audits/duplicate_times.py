"""Which times does a series hold more than once?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import (
    MOST_NAMED,
    counted,
    few,
    find_touched,
    ids_at,
    series_of,
    step_texts,
)

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("series",)
AFTER = "time_order"
QUESTION = "Is every time there only once?"
FINDS = "the same time twice"
WARNS = "any"
EACH_SERIES = True
UNIT = "steps"
BOUND = 0  # one moment has one value
_REGULAR = 0.9  # of the times stand there equally often: several series in one file


def duplicate_times(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Steps of a time that was there before.

    Measured: those beyond the first of each time. `ids`: the windows that hold one of
    them and the step before; `shown`: the times, and how many have other values too.
    """
    series, _ = series_of(data)
    times = series.times
    if times is None or len(times) < 2:
        return [Finding("duplicate_times", "ok", 0, UNIT, str(BOUND))]
    again = np.flatnonzero(times[1:] == times[:-1]) + 1
    if not len(again):
        return [
            Finding("duplicate_times", "ok", 0, UNIT, str(BOUND), f"{len(times):,} different times")
        ]
    _, counts = np.unique(times, return_counts=True)
    values = series.values
    same = (values[again] == values[again - 1]) | (
        np.isnan(values[again]) & np.isnan(values[again - 1])
    )
    n_other = int((~same.all(axis=1)).sum())
    usual = int(np.bincount(counts).argmax())
    panel = usual > 1 and len(counts) > 2 and bool((counts == usual).mean() >= _REGULAR)
    texts = list(dict.fromkeys(step_texts(times[again])))
    alike = (
        "the same values"
        if not n_other
        else "other values"
        if n_other == len(again)
        else f"other values in {n_other:,} of them"
    )
    if panel:
        advice = (
            f"Each time is there {usual} times: these are {usual} series in one file. Load "
            "one of them at a time."
        )
    elif n_other:
        advice = (
            "Keep the first or the mean of each time (receta clean --fix duplicate_times). "
            "Clocks put back show an hour twice; "
            "if so, write the times as UTC."
        )
    else:
        advice = "Keep the first of each time (receta clean --fix duplicate_times)."
    return [
        Finding(
            "duplicate_times",
            "warn",
            len(again),
            UNIT,
            str(BOUND),
            f"{counted(len(again), 'steps')} of {len(times):,} with {alike}: {few(texts)}",
            ids_at(data, find_touched(data, again, border=True), len(data)),
            advice=advice,
            shown={
                "times": texts[:MOST_NAMED],
                "other_values": n_other,
                "series": usual if panel else 1,
            },
        )
    ]


def innocent(folder: Path) -> Dataset:
    """Every day once."""
    return tiny_tables.series(np.arange(20.0))


def culprit(folder: Path) -> Dataset:
    """Two days twice, one of them with another value."""
    days = np.sort(
        np.concatenate(
            [
                np.datetime64("2001-01-01") + np.arange(20),
                np.array(["2001-01-05", "2001-01-09"], "datetime64[D]"),
            ]
        )
    )
    values = np.arange(22.0)
    values[5] = values[4]
    return tiny_tables.series(values, days)
