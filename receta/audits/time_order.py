"""Does the file of a series stand in the order of time?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
AFTER = "skew"
QUESTION = "Are the steps in the order of time?"
FINDS = "steps before an earlier one in the file"
WARNS = "any"
EACH_SERIES = True
UNIT = "steps"
BOUND = 0  # who writes a series as it happens writes it in order


def time_order(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Steps that the file has before an earlier one.

    The source has sorted them; other readers do not. `ids`: the windows over such a step
    and the one before it; `shown`: whether the file runs backwards.
    """
    series, _ = series_of(data)
    order = np.asarray(series.file_order)
    behind = np.flatnonzero(np.diff(order) < 0) + 1
    if not len(behind):
        return [Finding("time_order", "ok", 0, UNIT, str(BOUND))]
    back = len(behind) == len(order) - 1
    texts = [] if series.times is None else step_texts(series.times[behind[:MOST_NAMED]])
    named = (
        f"the file has {few(texts)}{' first' if len(texts) == 1 else ''} before an earlier one"
        if texts
        else "lines of the file"
    )
    where = (
        "the file runs from the newest to the oldest"
        if back
        else f"{counted(len(behind), 'steps')} of {len(order):,}: {named}"
    )
    return [
        Finding(
            "time_order",
            "warn",
            len(behind),
            UNIT,
            str(BOUND),
            where,
            ids_at(data, find_touched(data, behind, border=True), len(data)),
            advice="Here they are sorted by time; other readers may not (receta clean --fix "
            "time_order keeps them so)."
            + (
                ""
                if back
                else " Look whether day and month are read the right way round, or files were "
                "joined."
            ),
            shown={"backwards": back, "times": texts},
        )
    ]


def innocent(folder: Path) -> Dataset:
    """A file in order."""
    return tiny_tables.series(np.arange(20.0))


def culprit(folder: Path) -> Dataset:
    """A file in which one line was put at the end."""
    ordered: Any = tiny_tables.series(np.arange(20.0)).source
    return Dataset.of(ordered.replaced(file_order=np.array([*range(7), 19, *range(7, 19)])))
