"""Which columns only name or number the rows?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import counted, sample, whole
from receta.probing.texts import measures

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "duplicate_column"
QUESTION = "Is no column a name or a running number?"
FINDS = "names or running numbers, a different one in nearly each row"
WARNS = "share 0.95"
UNIT = "share"
# of different values among the rows: H2O Driverless AI's max_relative_cardinality drops such
# columns
BOUND = 0.95
_FEWEST = 20  # rows: in fewer, honest categories are all different by chance
_DENSE = 0.5  # whole numbers, all different, that fill half of their range: never drawn at random
# of the texts are quantities ('3.5 kg', '1,234') or dates: `numeric_category` names these
_MEASURED = 0.9
_GLANCE = 1000  # cells by which most columns of fractions are done with
_RISING = 0.1  # rising from row to row they need not be so dense, for rows may have been taken out
_CALLED = re.compile(
    r"(^|[^a-z])(id|ids|uuid|guid|key|idx|index|rowid|row|nr|no|number|serial|record|codigo|clave)($|[^a-z])"
)


def identifier(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns whose cells are (almost) all different names or running numbers.

    Whole numbers count where all are different and they run on, or are called an id;
    measurements with fractions never do, nor do dates, be they texts.
    """
    findings = []
    for column in data.columns:
        why = identifies(column)
        if why is None:
            continue
        share = distinct(column)
        findings.append(
            Finding(
                "identifier",
                "warn",
                float(f"{share:.4g}"),
                UNIT,
                f"< {BOUND:g}",
                f"column {column.name!r}: {why}",
                advice="It names the rows: a network would learn them by heart, and new rows "
                "have other names. Leave it out "
                "(receta clean --fix identifier), or group by it (--group) if it says whose "
                "example it is.",
                facts=Facts(column=column.name),
                shown={
                    "column": column.name,
                    "different": round(share * int((~column.missing).sum())),
                },
            )
        )
    return findings or [
        Finding(
            "identifier",
            "ok",
            0,
            UNIT,
            f"< {BOUND:g}",
            f"0 of {counted(len(data.columns), 'columns')}",
        )
    ]


def distinct(column: Column) -> float:
    """Share of different values among the cells that have one."""
    there = column.values[~column.missing]
    return _different(column, there) / len(there) if len(there) else 0.0


def _different(column: Column, there: np.ndarray) -> int:
    if column.kind == "category":  # positions are counted ten times as fast as sorted
        return int(np.count_nonzero(np.bincount(there, minlength=1)))
    return len(np.unique(there))


def identifies(column: Column) -> str | None:
    """Why a column seems to name the rows, in words; None if it does not."""
    there = column.values[~column.missing]
    n = len(there)
    if column.kind == "date" or n < _FEWEST:
        return None
    if column.kind == "category":
        n_different = _different(column, there)
        if n_different < BOUND * n:
            return None
        some = sample(np.arange(n), _GLANCE, "identifier")
        if measures([column.categories[code] for code in there[some].tolist()], _MEASURED):
            return None
        return f"{n_different:,} different texts in {n:,} rows"
    if not whole(there[:_GLANCE]) or not whole(there):
        return None
    ordered = np.sort(there)
    if (ordered[1:] == ordered[:-1]).any():
        return None
    density = n / (float(ordered[-1]) - float(ordered[0]) + 1)
    if density >= _DENSE:
        return f"{n:,} different whole numbers from {ordered[0]:.0f} to {ordered[-1]:.0f}"
    if density >= _RISING and (there[1:] > there[:-1]).all():
        return f"whole numbers that rise from row to row, {ordered[0]:.0f} to {ordered[-1]:.0f}"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower()  # customerId is customer_id
    return f"{n:,} different whole numbers, and it is called so" if _CALLED.search(words) else None


def innocent(folder: Path) -> Dataset:
    """Measurements that are all different, and dates."""
    days = np.datetime64("2020-01-01") + np.arange(60)
    return tiny_tables.honest(60, weight=tiny_tables.noise(60, "weight"), day=days)


def culprit(folder: Path) -> Dataset:
    """A running number, and a name for each row."""
    return tiny_tables.honest(
        60, number=np.arange(1.0, 61.0), name=[f"P{row:03}" for row in range(60)]
    )
