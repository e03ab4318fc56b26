"""Which steps does a series lack?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.time_grid import absent, grid
from receta.probing.columns import MOST_NAMED, counted, find_touched, ids_at, series_of, step_texts

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("series",)
AFTER = "duplicate_times"
QUESTION = "Is no step missing?"
FINDS = "steps that lack; nights and weekends that always rest are none"
WARNS = "any"
EACH_SERIES = True
UNIT = "steps"
BOUND = 0  # each one lacking makes a window over it one step longer than it says
_SHOWN = 5


def gaps(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Steps that the regular distance of the times would have, and that are not there.

    `ids`: the windows that reach across a gap; `shown`: the first times that lack. Nights
    and weekends that always lack are no gaps, holidays are. Steps without a value are
    `missing`'s, distances that fit no step `irregular_steps`'.
    """
    series, _ = series_of(data)
    found = grid(series.times)
    if found is None or not found.regular:
        why = (
            "no times, so the steps follow each other"
            if series.times is None
            else "no regular step"
        )
        return [Finding("gaps", "ok", 0, UNIT, str(BOUND), why)]
    total, lost, after, rests = absent(found)
    rest = ", without the hours or days that it always rests" * rests
    n = len(series.values)
    if not total:
        where = f"{counted(n, 'steps')} of {found.words}{rest}"
        return [Finding("gaps", "ok", 0, UNIT, str(BOUND), where)]
    texts = step_texts(lost[:MOST_NAMED])
    more = f" and {total - _SHOWN:,} more" if total > _SHOWN else ""
    skipped = _clock_change(found.every, lost, total)
    return [
        Finding(
            "gaps",
            "warn",
            total,
            UNIT,
            str(BOUND),
            f"{counted(total, 'steps')} of {found.words} among {n + total:,}{rest}: "
            f"{', '.join(texts[:_SHOWN])}{more}",
            ids_at(data, find_touched(data, np.unique(after), border=True), len(data)),
            advice=(
                "These are the hours that clocks skip in spring, so the times are local ones: "
                "write them as UTC."
                if skipped
                else "A window across a gap takes steps for neighbours that are not. Put the "
                "missing steps in (receta clean --fix gaps)."
            ),
            shown={
                "step": found.words,
                "every": list(found.every),
                "missing": texts,
                "runs": len(np.unique(after)),
                "clock": skipped,
            },
        )
    ]


def _clock_change(every: tuple[float, str], lost: np.ndarray, total: int) -> bool:
    """Whether all that lacks is one hour of a Sunday night in spring."""
    if every[1] != "s" or every[0] > 3600 or total != len(lost):
        return False
    hour = lost.astype("datetime64[h]")
    day = lost.astype("datetime64[D]")
    at = (hour - day).astype(np.int64)
    month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    sunday = (day.astype(np.int64) + 3) % 7 == 6
    return bool((np.isin(month, (3, 4, 9, 10, 11)) & sunday & (at <= 3)).all()) and len(
        np.unique(hour)
    ) == len(np.unique(day))


def innocent(folder: Path) -> Dataset:
    """Months, which are not equally long."""
    times = np.datetime64("2001-01") + np.arange(24)
    return tiny_tables.series(np.arange(24.0), times)


def culprit(folder: Path) -> Dataset:
    """Days of which two lack."""
    days = np.delete(np.datetime64("2001-01-01") + np.arange(42), [9, 20])
    return tiny_tables.series(np.arange(40.0), days)
