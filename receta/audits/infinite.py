"""Which columns hold infinities?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import counted, find_touched, ids_at

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("table", "series")
AFTER = "missing"
QUESTION = "Is every number finite?"
FINDS = "infinite cells"
WARNS = "any"
EACH_SERIES = True
UNIT = "cells"
BOUND = 0  # one infinity makes the mean of its column infinite, and whatever is scaled by it NaN


def infinite(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Cells that are infinite, column by column.

    `ids`: all of these rows, of a series the windows over such a step; `shown`: how many
    are above and how many below all numbers.
    """
    findings = []
    for column in data.channels:
        if column.kind != "number":
            continue
        rows = np.flatnonzero(np.isinf(column.values))
        if not len(rows):
            continue
        above = int((column.values[rows] > 0).sum())
        findings.append(
            Finding(
                "infinite",
                "warn",
                len(rows),
                UNIT,
                str(BOUND),
                f"column {column.name!r}: {counted(len(rows), 'cells')} of {len(column):,}",
                ids_at(data, find_touched(data, rows), len(data)),
                advice="Often a division by zero: look at how the column was made. Let these "
                "cells count as missing, or clip them "
                "(receta clean --fix infinite).",
                facts=Facts(column=column.name),
                shown={"column": column.name, "above": above, "below": len(rows) - above},
            )
        )
    return findings or [Finding("infinite", "ok", 0, UNIT, str(BOUND))]


def innocent(folder: Path) -> Dataset:
    """Numbers of which one is large."""
    return tiny_tables.honest(ratio=[1e300, *range(59)])


def culprit(folder: Path) -> Dataset:
    """A column with two infinities."""
    return tiny_tables.honest(ratio=[np.inf, -np.inf, *range(58)])
