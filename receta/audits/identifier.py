"""Which columns only name or number the rows?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.identifying import BOUND, distinct
from receta.data.identifying import identifies as identifies
from receta.probing.columns import counted

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "duplicate_column"
QUESTION = "Is no column a name or a running number?"
FINDS = "names or running numbers, a different one in nearly each row"
WARNS = "share 0.95"
UNIT = "share"


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


def innocent(folder: Path) -> Dataset:
    """Measurements that are all different, and dates."""
    days = np.datetime64("2020-01-01") + np.arange(60)
    return tiny_tables.honest(60, weight=tiny_tables.noise(60, "weight"), day=days)


def culprit(folder: Path) -> Dataset:
    """A running number, and a name for each row."""
    return tiny_tables.honest(
        60, number=np.arange(1.0, 61.0), name=[f"P{row:03}" for row in range(60)]
    )
