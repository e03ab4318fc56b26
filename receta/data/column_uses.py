"""What is each column of a table taken for: number, code, category, date, identifier, free text?

Guessed over all cells of a column, without a look at the target, and told. What somebody says of a
column (`Column.said`) is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.data.identifying import identifies, is_called_so, is_whole
from receta.data.table import Column, ColumnKind

Said = Literal["number", "category", "date", "identifier", "text"]
UseKind = Literal["number", "code", "category", "date", "identifier", "text"]
# What the cells of a column are that is taken for so much.
TAKEN: dict[str, ColumnKind] = {
    "number": "number",
    "code": "category",
    "category": "category",
    "date": "date",
}
_CODE = re.compile(
    r"(^|[^a-z])(zip|zipcode|zip_?code|postcode|postal_?code|postal|plz|cp|code|codes|codigo|cod|class|subclass|pclass|clase|klasse|"
    r"type|tipo|typ|category|categoria|kategorie|cat|cluster|region|district|distrito|provincia|department|dept|store|branch|"
    r"country|county|state|city|area_?code|fips|naics|sic|icd|isco)($|[^a-z])"
)
RARE, RARE_SHARE = 5, 0.001  # rows, and share of the rows, below which a category is rare
_FEW_ROWS = 20  # of which one is rare: small tables have no category of five rows
# Texts are free where fewer of the rows than this hold one that is not rare.
_COVERED = 0.5
_FEW_TEXTS = 20  # different ones, which are categories whatever else
_FEW_NUMBERS = 10  # different whole numbers that may be codes, which is told


@dataclass(frozen=True)
class Use:
    """What a column is taken for, and why. takes: the kind of its cells; None where left out."""

    name: str
    kind: UseKind
    why: str
    takes: ColumnKind | None


def rare_below(n: int) -> int:
    """How many of n rows a category must have so that it is not rare.

    >>> rare_below(30), rare_below(900), rare_below(100_000)
    (2, 5, 100)
    """
    return max(min(RARE, max(2, n // _FEW_ROWS)), -(-n // round(1 / RARE_SHARE)))


def find_uses(columns: Sequence[Column]) -> tuple[Use, ...]:
    """What each column is taken for.

    Where all columns would be left out, those that nobody said anything of are taken.
    """
    uses = tuple(map(find_use, columns))
    if any(use.takes for use in uses):
        return uses
    return tuple(
        use
        if column.said or column.missing.all()
        else Use(use.name, column.kind, "nothing else is there", column.kind)
        for use, column in zip(uses, columns, strict=True)
    )


def is_said_out(column: Column) -> bool:
    """Whether somebody says that a column is left out."""
    return column.said in get_args(Said) and column.said not in TAKEN


def find_use(column: Column) -> Use:
    """What one column is taken for.

    >>> find_use(Column("pclass", "number", np.array([1.0, 2.0, 3.0] * 4))).kind
    'code'
    """
    kind, why = (column.said, "as you said") if column.said in get_args(Said) else _guess(column)
    is_empty = bool(column.missing.all())
    return Use(
        column.name,
        kind,  # type: ignore[arg-type]
        "no cell holds anything" if is_empty else why,
        None if is_empty else TAKEN.get(kind),
    )


def _guess(column: Column) -> tuple[UseKind, str]:
    named = identifies(column)
    if column.kind == "category":
        return (
            ("identifier", named) if named and not _has_words(column) else _guess_of_texts(column)
        )
    if column.kind == "date":
        return "date", ""
    if named and is_called_so(column.name):
        return "identifier", named
    codes = code_values(column)
    if codes is not None:
        return "code", f"{counted(len(codes), 'different whole numbers')}, and it is called so"
    return "number", named or _tell_few(column)


def _guess_of_texts(column: Column) -> tuple[UseKind, str]:
    counts = np.bincount(column.values[column.values >= 0], minlength=1)
    different, n = int((counts > 0).sum()), int(counts.sum())
    said = counted(different, "different texts")
    frequent = int(counts[counts >= rare_below(len(column))].sum())
    if different > _FEW_TEXTS and frequent < _COVERED * n:
        return "text", f"{said} in {counted(n, 'rows')}"
    return "category", said


def _has_words(column: Column) -> bool:
    """Whether most of its texts are of several words: no name of a row."""
    texts = column.categories
    return sum(" " in text for text in texts) > len(texts) / 2


def _tell_few(column: Column) -> str:
    there = column.values[~column.missing]
    different = np.unique(there)
    if len(different) == 1:
        return "always the same"
    if not is_whole(there) or len(different) > _FEW_NUMBERS or len(different) > len(there) / 2:
        return ""
    if different.tolist() == [0, 1]:
        return "0 or 1"
    return f"only {', '.join(f'{one:.0f}' for one in different.tolist())}"


def code_values(column: Column) -> np.ndarray | None:
    """The different values of a column of whole numbers that is called a code; None of others."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower()
    if column.kind != "number" or not _CODE.search(words):
        return None
    there = column.values[~column.missing]
    if not is_whole(there) or identifies(column):
        return None
    different = np.unique(there)
    # Two values are a flag whatever they are called; without any that comes back there is nothing
    # to tell apart.
    if not 3 <= len(different) <= len(there) / 2 or different[0] < 0:
        return None
    return different


def read_said(texts: Sequence[str], names: Sequence[str]) -> dict[str, Said]:
    """What NAME=KIND says of columns, by name; InputError for others than those there are.

    >>> read_said(["a=category"], ["a", "b"])
    {'a': 'category'}
    """
    from receta.core.registry import nearest

    found: dict[str, Said] = {}
    for text in texts:
        name, equals, kind = text.rpartition("=")
        if not equals or kind not in get_args(Said):
            raise InputError(
                f"--column {text} is unclear; expected NAME=KIND, with one of "
                f"{', '.join(get_args(Said))}. Write such as --column {name or text}=category."
            )
        if name not in names:
            raise InputError(
                f"--column {text}: there is no column {name!r}; expected one of "
                f"{', '.join(map(repr, list(names)[:12]))}.{nearest(name, names)} Change it."
            )
        found[name] = kind  # type: ignore[assignment]
    return found
