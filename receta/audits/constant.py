"""Which columns hold one value only, or another one in hardly any row?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import codes, counted, ids_at, plain, sample

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "infinite"
QUESTION = "Does every column vary?"
FINDS = "columns in which fewer than 5 rows differ from the rest"
WARNS = "any"
UNIT = "rows"
# Cochran (1954), "Some methods for strengthening the common chi-square tests": fewer cannot even be
# tested
BOUND = 5
_GLANCE = 1000  # rows: a value that fills all but a handful is the commonest of them too
# and the commonest value fills 95 of 100 rows, as in caret's nearZeroVar (frequency ratio 95/5)
_SHARE = 0.95


def constant(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns in which fewer than 5 rows differ from all others.

    Measured, and in `ids`: the rows that differ. A missing cell counts as a value of its
    own; a column without any value is `missing`'s.
    """
    findings = []
    for column in data.columns:
        missing = column.missing
        if len(column) < 2 or bool(missing.all()):
            continue
        typical = _commonest(column)
        other = (
            ~missing if missing[typical] else missing | (column.values != column.values[typical])
        )
        others = np.flatnonzero(other)
        if len(others) >= BOUND or (len(others) and len(others) > (1 - _SHARE) * len(column)):
            continue
        value = _cell(column, typical)
        said = "nothing" if value is None else repr(value)
        findings.append(
            Finding(
                "constant",
                "warn",
                len(others),
                UNIT,
                f">= {BOUND}",
                f"column {column.name!r}: "
                + (
                    f"all but {counted(len(others), 'rows')} of {len(column):,} hold {said}"
                    if len(others)
                    else f"all {len(column):,} rows hold {said}"
                ),
                ids_at(data, others),
                advice=(
                    "Hardly anything can be learnt from so few rows. Look at them, or leave the "
                    "column out (receta clean --fix constant)."
                    if len(others)
                    else "It tells no example from another. Leave the column out (receta clean "
                    "--fix constant)."
                ),
                facts=Facts(column=column.name),
                shown={"column": column.name, "value": value, "others": len(others)},
            )
        )
    return findings or [
        Finding(
            "constant",
            "ok",
            0,
            UNIT,
            "0",
            f"0 of {counted(len(data.columns), 'columns')}",
        )
    ]


def _commonest(column: Column) -> int:
    """A row of the commonest value, if one value fills nearly all of them."""
    rows = sample(np.arange(len(column)), _GLANCE, "constant")
    which, _ = codes(column.take(rows))
    return int(rows[(which == np.bincount(which).argmax()).argmax()])


def _cell(column: Column, row: int) -> float | str | None:
    cell = column.cell(row)
    return (
        (plain(cell, 12) if np.isfinite(cell) else str(cell)) if isinstance(cell, float) else cell
    )


def innocent(folder: Path) -> Dataset:
    """A rare value that is there often enough."""
    return tiny_tables.honest(100, rare=[1.0 if row < BOUND else 0.0 for row in range(100)])


def culprit(folder: Path) -> Dataset:
    """One column with a single value, and one with another in two rows."""
    return tiny_tables.honest(
        60, unit=["mm"] * 60, rare=[1.0 if row < 2 else 0.0 for row in range(60)]
    )
