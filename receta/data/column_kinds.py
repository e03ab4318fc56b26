"""What does each recorded step do to the kind of a column: numbers of texts, codes, categories?

Each function takes all columns, the step, and the rows that the step names (None where
it is a rule for every cell), and gives all columns back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data.columns import change_column, find_column
from receta.data.numbers import code_name, number_of
from receta.data.table import Column

NUMBER_STOOD = "(a number)"


def to_number(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "decimal": "." | ",", "unit": text or none}: texts become numbers, others
    missing.
    """
    at = find_column(columns, step["column"])
    column, decimal, unit = columns[at], str(step["decimal"]), str(step.get("unit") or "")
    if column.kind == "number":  # its junk may spell numbers in another way
        values = column.values.copy()
        for row, text in column.junk.items():
            values[row] = number_of(_bare(text, unit), decimal)
        return change_column(
            columns,
            at,
            values=values,
            junk={r: t for r, t in column.junk.items() if np.isnan(values[r])},
        )
    at = find_column(columns, step["column"], "category")
    # the last for -1
    spelled = np.array(
        [*(number_of(_bare(text, unit), decimal) for text in column.categories), np.nan]
    )
    return change_column(
        columns, at, kind="number", values=spelled[column.values], categories=(), junk={}
    )


def _bare(text: str, unit: str) -> str:
    """A text without a unit of letters behind or before its number."""
    if unit.replace("/", "").replace("²", "").replace("³", "").isalnum():
        plain = text.strip()
        if plain.endswith(unit):
            return plain.removesuffix(unit)
        return plain.removeprefix(unit)
    return text


def part(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "decimal", "words": name}: its numbers stay, its words are a column of their own.

    Where a number stood the words say so: an empty cell would be filled with some word.
    """
    at = find_column(columns, step["column"], "category")
    column, name = columns[at], str(step["words"])
    if name in {other.name for other in columns}:
        raise InputError(
            f"makes a column that is there already ({name!r}); expected a new name. Clean anew."
        )
    spelled = np.array(
        [*(number_of(text, str(step["decimal"])) for text in column.categories), np.nan]
    )
    texts = [place for place in range(len(column.categories)) if np.isnan(spelled[place])]
    moved = np.full(len(column.categories) + 1, len(texts), np.int32)  # the last word: a number
    moved[texts] = np.arange(len(texts))
    moved[-1] = -1  # missing stays missing
    known = (*(column.categories[place] for place in texts), NUMBER_STOOD)
    words = Column(name, "category", moved[column.values], known, column.junk)
    return [
        *columns[:at],
        Column(column.name, "number", spelled[column.values]),
        words,
        *columns[at + 1 :],
    ]


def to_category(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"column", "categories": texts}: number codes become categories; others are added behind."""
    at = find_column(columns, step["column"], "number")
    values = columns[at].values
    known = [str(text) for text in step["categories"]]
    spelled = {value: code_name(value) for value in np.unique(values[np.isfinite(values)]).tolist()}
    categories = (*known, *(text for text in spelled.values() if text not in set(known)))
    index = {text: position for position, text in enumerate(categories)}
    codes = np.array(
        [index[spelled[value]] if value in spelled else -1 for value in values.tolist()], np.int32
    )
    return change_column(columns, at, kind="category", values=codes, categories=categories, junk={})


def encode(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "how", "names": of the new columns, and what was learnt}.

    one_hot, "categories": a column of 0 and 1 each; others and missing are 0 everywhere.
    ordinal, "categories": their positions; others and missing stay missing. frequency,
    "shares": {category: share}; others 0, missing stays missing.
    """
    at = find_column(columns, step["column"], "category")
    column, names = columns[at], [str(name) for name in step["names"]]
    taken = {other.name for other in columns if other is not column}
    if len(set(names)) < len(names) or taken & set(names):
        raise InputError(
            f"makes a column that is there already ({names[0]!r}, ...); expected new names. "
            "Clean anew."
        )
    if step["how"] == "frequency":
        known = {str(text): float(share) for text, share in step["shares"].items()}
        value, other = known, 0.0
    else:
        value = {str(text): float(position) for position, text in enumerate(step["categories"])}
        other = np.nan
    if step["how"] not in ("one_hot", "ordinal", "frequency") or len(names) != (
        len(value) if step["how"] == "one_hot" else 1
    ):
        raise ValueError(f"how={step['how']!r} with {len(names)} names")
    coded = np.array([*(value.get(text, other) for text in column.categories), np.nan])[
        column.values
    ]
    if step["how"] != "one_hot":
        new = [Column(names[0], "number", coded)]
    else:
        new = [
            Column(name, "number", (coded == position).astype(np.float64))
            for position, name in enumerate(names)
        ]
    return [*columns[:at], *new, *columns[at + 1 :]]
