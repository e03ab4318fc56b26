"""Which columns of texts mix numbers, dates and words?"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.identifier import identifies
from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.spelling import kind_of
from receta.probing.columns import counted, few, ids_at, sample

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "identifier"
QUESTION = "Is every column of one kind?"
FINDS = "numbers or dates among texts"
WARNS = "share 0.1"
UNIT = "share"
# up to a tenth the reader takes what does not fit for junk (codecs.sheet), which `junk_cells` names
BOUND = 0.1
_FEWEST = 10  # different numbers or dates: fewer are levels, as in 2, 3, 4, 5more
_ROWS = 20_000  # looked at


def mixed_types(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns of texts of which more than a tenth is of another kind than most.

    Kinds: numbers (plain or with a sign such as %), dates, words. `ids`: the rows of the
    lesser kind (the first 10,000). Looks at 20,000 rows of each column. Names of the rows,
    which often mix, are `identifier`'s.
    """
    findings = [
        found
        for column in data.columns
        if column.kind == "category" and (found := _mixed(data, column)) is not None
    ]
    return findings or [
        Finding(
            "mixed_types",
            "ok",
            0,
            UNIT,
            f"<= {BOUND:g}",
            f"0 of {counted(len(data.columns), 'columns')}",
        )
    ]


def _mixed(data: Dataset, column: Column) -> Finding | None:
    rows = sample(np.flatnonzero(~column.missing), _ROWS, "mixed_types")
    codes, counts = np.unique(column.values[rows], return_counts=True)
    cells: Counter[str] = Counter()
    texts: dict[str, list[int]] = defaultdict(list)
    for code, n in zip(codes.tolist(), counts.tolist(), strict=True):
        kind = kind_of(column.categories[code])
        cells[kind] += n
        texts[kind].append(code)
    if len(cells) < 2:
        return None
    (most, _), *rest = cells.most_common()
    share = sum(n for _, n in rest) / len(rows)
    varied = all(len(texts[kind]) >= _FEWEST for kind in [most, rest[0][0]] if kind != "words")
    if share <= BOUND or not varied or identifies(column):
        return None
    others = np.flatnonzero(
        np.isin(column.values, [code for kind, _ in rest for code in texts[kind]])
    )
    named = {
        kind: few(column.categories[code] for code in some[:2]) for kind, some in texts.items()
    }
    examples = "; ".join(f"{n:,} {kind} ({named[kind]})" for kind, n in cells.most_common())
    return Finding(
        "mixed_types",
        "warn",
        float(f"{share:.4g}"),
        UNIT,
        f"<= {BOUND:g}",
        f"column {column.name!r}: of {len(rows):,} cells {examples}",
        ids_at(data, others),
        advice="As one column of texts its numbers have no order and every date is a category. "
        "Part them into columns of their own, "
        "or write all cells in one way.",
        facts=Facts(column=column.name),
        shown={"column": column.name, "cells": dict(cells)},
    )


def innocent(folder: Path) -> Dataset:
    """Levels of which some are numbers, and words with a number among them."""
    return tiny_tables.honest(
        60,
        doors=[("2", "3", "4", "5more")[row % 4] for row in range(60)],
        street=["7" if row == 3 else f"street {row % 20}" for row in range(60)],
    )


def culprit(folder: Path) -> Dataset:
    """Numbers and words in one column."""
    return tiny_tables.honest(60, size=[f"{row}" if row % 3 else "about ten" for row in range(60)])
