"""Which numbers stand there as texts, and which codes as numbers?"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.identifier import identifies
from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.column_uses import code_values, find_use
from receta.data.dataset import Dataset
from receta.data.numbers import number_of
from receta.data.spelling import is_spelled, quantity
from receta.probing.columns import counted, few, sample

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "mixed_types"
QUESTION = "Are numbers numbers, and codes codes?"
FINDS = "`1,234`, `12 kg`, `5%` as texts; codes as numbers"
WARNS = "share 0.9"
UNIT = "share"
# of the cells: from there on the reader of tables takes plain numbers for numbers too
# (codecs.sheet)
BOUND = 0.9
_ROWS = 20_000  # looked at in a column of texts
# Different numbers that make a quantity likely: a sign says it plainly, letters may be a model
# (4WD, 2door), and plain numbers that the reader left as texts have their reason (00123).
_FEWEST = {"sign": 3, "letters": 6, "plain": 10}


def numeric_category(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Texts such as '1,234', '12 kg' or '5%', and numbers that are called a code or a class.

    Measured: the share of cells that are of the other kind. Numbers are taken for codes by
    the name of their column alone (zip, type, class ...), if they are whole and come
    back: by their values a rating and a code look alike. Looks at 20,000 rows of texts.
    """
    findings = []
    for column in data.columns:
        found = (
            _quantities(column)
            if column.kind == "category"
            else _codes(column)
            if column.kind == "number"
            else None
        )
        if found is not None:
            findings.append(found)
    return findings or [
        Finding(
            "numeric_category",
            "ok",
            0,
            UNIT,
            f"< {BOUND:g}",
            f"0 of {counted(len(data.columns), 'columns')}",
        )
    ]


def _quantities(column: Column) -> Finding | None:
    """A column of texts most of which are numbers with one unit."""
    rows = sample(np.flatnonzero(~column.missing), _ROWS, "numeric_category")
    codes, counts = np.unique(column.values[rows], return_counts=True)
    texts = [column.categories[code] for code in codes.tolist()]
    found = [
        (one, n)
        for text, n in zip(texts, counts.tolist(), strict=True)
        if (one := quantity(text)) is not None
    ]
    n_cells, n_found = len(rows), sum(n for _, n in found)
    if not n_cells or n_found < BOUND * n_cells:
        return None
    units: Counter[str] = Counter()
    for one, n in found:
        units[one.unit] += n
    named = [(unit, n) for unit, n in units.most_common() if unit]
    unit, n_unit = named[0] if named else ("", 0)
    if named and n_unit + units[""] < BOUND * n_found:
        return None  # many units are names of kinds: 38L, 40R
    grouped = any(
        not one.digits.lstrip("+-−").isalnum() and number_of(one.digits) != _plain(one.digits)
        for one, _ in found
    )
    n_different = len({one.digits for one, _ in found})
    sort = "letters" if unit and unit[0].isalpha() else "sign" if unit or grouped else "plain"
    if n_different < _FEWEST[sort]:
        return None
    if sort == "plain" and identifies(column):
        return None
    if sort == "plain" and any(
        re.match(r"[+-]?0\d", one.digits) or len(one.digits) > 15 for one, _ in found
    ):
        return None
    decimal = max(
        ".,",
        key=lambda mark: (
            sum(n for one, n in found if is_spelled(one.digits, mark)),
            mark == ".",
        ),
    )
    share = n_found / n_cells
    say = (
        "Their unit is taken out, and they are numbers"
        if sort == "letters"
        else "Let them be numbers"
    )
    mend = f"{say} (receta clean --fix numeric_category)."
    return Finding(
        "numeric_category",
        "warn",
        float(f"{share:.4g}"),
        UNIT,
        f"< {BOUND:g}",
        f"column {column.name!r}: {n_found:,} of {n_cells:,} texts are numbers: {few(texts)}",
        advice=f"As texts each is a category of its own, without order or distance. {mend}",
        facts=Facts(column=column.name, decimal=decimal, unit=unit),
        shown={
            "column": column.name,
            "to": "number",
            "unit": unit,
            "decimal": decimal,
            "different": n_different,
        },
    )


def _plain(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return float("nan")


def _codes(column: Column) -> Finding | None:
    """A column of whole numbers that is called a code."""
    different = code_values(column)
    if different is None:
        return None
    return Finding(
        "numeric_category",
        "warn",
        1.0,
        UNIT,
        f"< {BOUND:g}",
        f"column {column.name!r}: {len(different):,} different whole numbers "
        f"({few(different.astype(int).tolist())}), and it is called so",
        advice=_advise_on_codes(column),
        facts=Facts(column=column.name),
        shown={"column": column.name, "to": "category", "different": len(different)},
    )


def _advise_on_codes(column: Column) -> str:
    """What to do, by what a run takes the column for."""
    if find_use(column).takes == "category":
        return (
            "A run takes it for a category already. If its order means something, say "
            f"--column {column.name}=number."
        )
    return (
        "If they are codes, 3 is not between 2 and 4. Let them be categories (receta clean --fix "
        "numeric_category), unless their order means something."
    )


def innocent(folder: Path) -> Dataset:
    """Small whole numbers that count something, and texts that begin with digits."""
    return tiny_tables.honest(
        60,
        rooms=[float(row % 5 + 1) for row in range(60)],
        drive=[("4WD", "2WD")[row % 3 // 2] for row in range(60)],
        age=[("18-30", "31-50", "51+")[row % 7 % 3] for row in range(60)],
    )


def culprit(folder: Path) -> Dataset:
    """Prices and weights as texts, and post codes as numbers."""
    return tiny_tables.honest(
        60,
        price=[f"${1000 + 37 * (row % 9):,}" for row in range(60)],
        weight=[f"{50 + row % 11} kg" for row in range(60)],
        zip_code=[28001.0 + row % 7 for row in range(60)],
    )
