"""Does training on a series see what is to be predicted later?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import PARTS, Dataset
from receta.probing.columns import counted, ids_at, plain, series_of

if TYPE_CHECKING:
    from receta.data.series import Series
    from receta.pixels import Pixels

KINDS = ("series",)
AFTER = "target_leakage"
QUESTION = "Does no window see what it must forecast?"
FINDS = "windows that reach into a later part; a channel that is the target some steps later"
WARNS = "any fails"
INSTEAD = (
    "divide the series by time, without parts of its own, and look for columns that know the future"
)
EACH_SERIES = True
UNIT = "windows"
BOUND = 0  # whoever has seen one target of the test part is judged by what he knows
# correlation of changes from which a channel is a copy, rounded perhaps (as in `duplicate_column`)
_SAME = 0.99999
_FEWEST = 30  # steps to tell a copy from chance
_MOST_LEADS = 64
_ROWS = 20_000


def series_leakage(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Windows of a part that reach what a later part must predict, or come after it.

    Where the data name no parts the split goes by time, and leaves such windows out. A
    channel that is the target of later steps is named too: it will not be known in time.
    """
    series, _ = series_of(data)
    findings = [
        found
        for k in range(1, series.values.shape[1])
        if (found := _ahead(data, series, k)) is not None
    ]
    seen = _seen(data)
    if len(seen):
        findings.append(
            Finding(
                "series_leakage",
                "fail",
                len(seen),
                UNIT,
                str(BOUND),
                f"{counted(len(seen), 'windows')} of {len(data):,} reach steps that a later part "
                "must predict",
                ids_at(data, seen, len(data)),
                advice="The scores of that part are too good. Let the data name no parts, so "
                "that they are split by time with a gap "
                "between, or take these windows out of the earlier part.",
                shown={
                    "by_part": {
                        PARTS[part]: int((_parts(data)[seen] == part).sum()) for part in range(2)
                    }
                },
            )
        )
    where = (
        "each part ends before the next begins"
        if any(data.parts)
        else "split by time, purged: no window reaches across"
    )
    return findings or [Finding("series_leakage", "ok", 0, UNIT, str(BOUND), where)]


def _parts(data: Dataset) -> np.ndarray:
    return np.array([PARTS.index(name) if name in PARTS else -1 for name in data.parts], np.int64)


def _seen(data: Dataset) -> np.ndarray:
    """Positions of windows that end at or after the first target of a later part."""
    if not any(data.parts):
        return np.empty(0, np.int64)
    series, starts = series_of(data)
    parts = _parts(data)
    last = starts + series.window + series.horizon - 1
    first_target = starts + series.window
    found = np.zeros(len(data), bool)
    for part in range(1, len(PARTS)):
        if (parts == part).any():
            found |= (parts >= 0) & (parts < part) & (last >= first_target[parts == part].min())
    return np.flatnonzero(found)


def _ahead(data: Dataset, series: Series, k: int) -> Finding | None:
    """A channel whose changes are those of the target some steps later."""
    target, channel = _changes(series.values[:_ROWS, 0]), _changes(series.values[:_ROWS, k])
    now = _agreement(target, channel)
    leads = range(1, min(series.horizon + 1, _MOST_LEADS, len(target) - _FEWEST))
    best, lead = max(
        ((_agreement(target[lead:], channel[:-lead]), lead) for lead in leads), default=(0.0, 0)
    )
    # What changes smoothly agrees with itself a step later as well: only one that agrees better
    # ahead than now knows it.
    if best < _SAME or best <= now:
        return None
    name = series.channel_names[k]
    return Finding(
        "series_leakage",
        "fail",
        len(data),
        UNIT,
        str(BOUND),
        f"channel {name!r} is the target {counted(lead, 'steps')} later (correlation of changes "
        f"{best:.6g})",
        advice="When a forecast is made, nobody knows it yet. Leave this channel out of the file.",
        facts=Facts(column=name),
        shown={"column": name, "lead": lead, "correlation": plain(best)},
    )


def _changes(values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.diff(values)


def _agreement(one: np.ndarray, other: np.ndarray) -> float:
    there = np.isfinite(one) & np.isfinite(other)
    if there.sum() < _FEWEST:
        return 0.0
    with np.errstate(all="ignore"):
        one, other = one[there], other[there]
        one, other = one / np.abs(one).max(), other / np.abs(other).max()
        one, other = one - one.mean(), other - other.mean()
        found = float(abs(one @ other) / np.sqrt((one @ one) * (other @ other)))
    # A handful of changes that are not zero may agree by chance.
    busy = min((one != one[0]).sum(), (other != other[0]).sum()) >= _FEWEST // 3
    return found if np.isfinite(found) and busy else 0.0


def innocent(folder: Path) -> Dataset:
    """Parts with as much time between them as a window is long."""
    parts = ["train"] * 20 + [""] * 4 + ["test"] * 12
    return tiny_tables.series(tiny_tables.noise(40, "series"), parts=parts)


def culprit(folder: Path) -> Dataset:
    """Every third window is for the test."""
    parts = ["test" if row % 3 == 2 else "train" for row in range(36)]
    return tiny_tables.series(tiny_tables.noise(40, "series"), parts=parts)
