"""Are the steps of a series equally far apart?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.time_grid import TOLERANCE, grid
from receta.probing.columns import MOST_NAMED, counted, find_touched, ids_at, series_of, step_texts

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("series",)
AFTER = "gaps"
QUESTION = "Are all steps equally long?"
FINDS = "distances that are no whole number of steps; months count as regular"
WARNS = "any"
EACH_SERIES = True
UNIT = "steps"
# of those that are a twentieth of a step off (time_grid.TOLERANCE); a network counts steps, not
# time
BOUND = 0


def irregular_steps(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Steps whose distance from the one before is no whole number of regular steps.

    Months, quarters and years are regular, and so are days when clocks change. Twice or
    thrice the distance is `gaps`', none is `duplicate_times`'. `ids`: the windows that
    reach across such a distance.
    """
    series, _ = series_of(data)
    found = grid(series.times)
    if found is None:
        return [
            Finding("irregular_steps", "ok", 0, UNIT, str(BOUND), "no times, or too few to tell")
        ]
    after = np.flatnonzero(found.off) + 1
    if not len(after):
        where = f"{counted(len(found.times), 'steps')} of {found.words}"
        return [Finding("irregular_steps", "ok", 0, UNIT, str(BOUND), where)]
    texts = step_texts(found.times)
    examples = [[texts[at - 1], texts[at]] for at in after[:MOST_NAMED].tolist()]
    which = f"are no whole number of {found.words}" if found.regular else "differ, about any step"
    return [
        Finding(
            "irregular_steps",
            "warn",
            len(after),
            UNIT,
            str(BOUND),
            f"{len(after):,} of {len(found.off):,} distances {which} ({examples[0][0]} to "
            f"{examples[0][1]})",
            ids_at(data, find_touched(data, after, border=True), len(data)),
            advice="A window of so many steps is now a longer time, now a shorter one. Take "
            "values at equal steps "
            "(receta clean --fix irregular_steps).",
            shown={
                "step": found.words,
                "every": list(found.every),
                "examples": examples,
                "tolerance": TOLERANCE,
                "regular": found.regular,
            },
        )
    ]


def innocent(folder: Path) -> Dataset:
    """Days of which one lacks, at one or the other side of a clock change."""
    hours = np.where(np.arange(30) < 15, 0, -1).astype("timedelta64[h]")
    times = np.datetime64("2001-03-10T23") + 24 * np.arange(30).astype("timedelta64[h]") + hours
    return tiny_tables.series(np.arange(29.0), np.delete(times, 5))


def culprit(folder: Path) -> Dataset:
    """Days of which one is read at noon."""
    times = (np.datetime64("2001-01-01") + np.arange(30)).astype("datetime64[s]")
    times[10] += np.timedelta64(12, "h")
    return tiny_tables.series(np.arange(30.0), times)
