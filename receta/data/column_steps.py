"""What does each recorded step do to the columns of a table?

Each function takes all columns, the step, and the rows that the step names (None where
it is a rule for every cell), and gives all columns back.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.data.table import Column

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(
    r"[+-]?\d{1,3}([ ,.'’\u00a0\u202f_])\d{3}(\1\d{3})*(?!\1)([.,]\d+)?", re.ASCII
)
_UNITS = " \t\u00a0€$£¥%"
NUMBER_STOOD = "(a number)"


def number_of(text: str, decimal: str = ".") -> float:
    """The number that a text spells, NaN for none; a per cent sign divides by 100.

    decimal: the mark before decimals; another mark may stand between thousands.

    >>> number_of("1,234.5"), number_of("$ 7"), number_of("3,5", decimal=","), number_of("two")
    (1234.5, 7.0, 3.5, nan)
    """
    plain = text.strip(_UNITS).replace("−", "-")
    grouped = _GROUPED.fullmatch(plain)
    if grouped and grouped.group(1) != decimal:
        plain = plain.replace(grouped.group(1), "")
    if decimal != ".":
        if "." in plain:
            return math.nan
        plain = plain.replace(decimal, ".")
    if not _PLAIN.fullmatch(plain):
        return math.nan
    value = float(plain) / (100 if text.rstrip().endswith("%") else 1)
    return value if math.isfinite(value) else math.nan


def code_name(value: float) -> str:
    """How a number is spelled as a category.

    >>> code_name(3.0), code_name(2.5)
    ('3', '2.5')
    """
    return str(int(value)) if value.is_integer() else repr(value)


def empty(column: Column) -> np.ndarray:
    """(n,) bool: missing cells that hold no junk.

    >>> empty(
    ...     Column("age", "number", np.array([31.0, np.nan, np.nan]), junk={1: "fwefew"})
    ... ).tolist()
    [False, False, True]
    """
    mask = column.missing.copy()
    mask[[row for row in column.junk if 0 <= row < len(mask)]] = False
    return mask


def yeo_johnson(values: np.ndarray, power: float) -> np.ndarray:
    """Yeo and Johnson (2000), "A new family of power transformations".

    >>> yeo_johnson(np.array([-1.0, 0.0, 3.0]), 1.0).round(6).tolist()
    [-1.0, 0.0, 3.0]
    """
    result = np.array(values, np.float64)
    up, down = values >= 0, values < 0
    result[up] = (
        np.log1p(values[up])
        if abs(power) < 1e-12
        else np.expm1(power * np.log1p(values[up])) / power
    )
    rest = 2 - power
    result[down] = (
        -np.log1p(-values[down])
        if abs(rest) < 1e-12
        else -np.expm1(rest * np.log1p(-values[down])) / rest
    )
    return result


def _found(columns: Sequence[Column], name: object, kind: str = "") -> int:
    names = [column.name for column in columns]
    if name not in names:
        raise InputError(
            f"names the column {name!r}, which the data lack; expected one of "
            f"{', '.join(map(repr, names[:8]))}."
            f"{nearest(str(name), names)} Restore the original data, or take the step back with "
            "--undo."
        )
    at = names.index(str(name))
    if kind and columns[at].kind != kind:
        raise InputError(
            f"expects {name!r} to be a column of kind {kind}; it holds {columns[at].kind} cells. "
            f"Restore the original data, or take the step back with --undo."
        )
    return at


def _set(columns: list[Column], at: int, **changes: Any) -> list[Column]:
    return [*columns[:at], dataclasses.replace(columns[at], **changes), *columns[at + 1 :]]


def _forget(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "what": "junk" | "infinite"} or {"column", "rows": ids}: those cells are
    missing.
    """
    at = _found(columns, step["column"])
    column = columns[at]
    if rows is not None:
        values = column.values.copy()
        values[rows] = {"number": np.nan, "category": -1, "date": np.datetime64("NaT")}[column.kind]
        gone = set(rows.tolist())
        return _set(
            columns,
            at,
            values=values,
            junk={row: text for row, text in column.junk.items() if row not in gone},
        )
    if step["what"] == "junk":
        return _set(columns, at, junk={})
    if step["what"] != "infinite":
        raise ValueError(f"what={step['what']!r}")
    at = _found(columns, step["column"], "number")
    return _set(columns, at, values=np.where(np.isinf(column.values), np.nan, column.values))


def _fill(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "value"}: every empty cell.

    {"column", "rows": ids, "values": list}: those cells.
    """
    at = _found(columns, step["column"])
    column = columns[at]
    where = np.flatnonzero(empty(column)) if rows is None else rows
    given = [step["value"]] if rows is None else list(step["values"])
    if rows is not None and len(given) != len(where):
        raise ValueError(f"{len(given)} values for {len(where)} cells")
    values, categories = column.values.copy(), column.categories
    codes: np.ndarray
    if column.kind == "category":
        new = [text for text in dict.fromkeys(given) if text not in categories]
        if not all(isinstance(text, str) for text in given):
            raise TypeError("a category that is no text")
        categories = (*categories, *new)
        index = {text: position for position, text in enumerate(categories)}
        codes = np.array([index[text] for text in given], np.int32)
    elif column.kind == "date":
        codes = np.array(given, "datetime64[s]")
    else:
        codes = np.array(given, np.float64)
    values[where] = codes  # one for all, or one each
    filled = set(where.tolist())
    junk = {row: text for row, text in column.junk.items() if row not in filled}
    return _set(columns, at, values=values, categories=categories, junk=junk)


def _clip(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "low", "high"}: a number or null each; of dates seconds since 1970.

    What is beyond becomes the bound, or "to": [instead of low, instead of high].
    """
    at = _found(columns, step["column"])
    low, high = (None if step[side] is None else float(step[side]) for side in ("low", "high"))
    if (low is None and high is None) or columns[at].kind == "category":
        raise ValueError("no bound, or categories, which have none")
    values = columns[at].values.copy()
    with np.errstate(invalid="ignore"):
        numbers = columns[at].numbers()
        for edge, to, beyond in (
            (low, step.get("to", (low, high))[0], np.less),
            (high, step.get("to", (low, high))[1], np.greater),
        ):
            if edge is not None:
                values[beyond(numbers, edge)] = (
                    np.datetime64(int(to), "s") if columns[at].kind == "date" else float(to)
                )
    return _set(columns, at, values=values)


def _to_number(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"column", "decimal": "." | ",", "unit": text or none}: texts become numbers, others
    missing.
    """
    at = _found(columns, step["column"])
    column, decimal, unit = columns[at], str(step["decimal"]), str(step.get("unit") or "")
    if column.kind == "number":  # its junk may spell numbers in another way
        values = column.values.copy()
        for row, text in column.junk.items():
            values[row] = number_of(_bare(text, unit), decimal)
        return _set(
            columns,
            at,
            values=values,
            junk={r: t for r, t in column.junk.items() if np.isnan(values[r])},
        )
    at = _found(columns, step["column"], "category")
    # the last for -1
    spelled = np.array(
        [*(number_of(_bare(text, unit), decimal) for text in column.categories), np.nan]
    )
    return _set(columns, at, kind="number", values=spelled[column.values], categories=(), junk={})


def _bare(text: str, unit: str) -> str:
    """A text without a unit of letters behind or before its number."""
    if unit.replace("/", "").replace("²", "").replace("³", "").isalnum():
        plain = text.strip()
        if plain.endswith(unit):
            return plain.removesuffix(unit)
        return plain.removeprefix(unit)
    return text


def _part(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "decimal", "words": name}: its numbers stay, its words are a column of their own.

    Where a number stood the words say so: an empty cell would be filled with some word.
    """
    at = _found(columns, step["column"], "category")
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


def _to_category(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"column", "categories": texts}: number codes become categories; others are added behind."""
    at = _found(columns, step["column"], "number")
    values = columns[at].values
    known = [str(text) for text in step["categories"]]
    spelled = {value: code_name(value) for value in np.unique(values[np.isfinite(values)]).tolist()}
    categories = (*known, *(text for text in spelled.values() if text not in set(known)))
    index = {text: position for position, text in enumerate(categories)}
    codes = np.array(
        [index[spelled[value]] if value in spelled else -1 for value in values.tolist()], np.int32
    )
    return _set(columns, at, kind="category", values=codes, categories=categories, junk={})


def _transform(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"column", "how": "log"}: sign(x) log(1 + |x|).

    {"how": "yeo_johnson", "power", "centre", "scale"}: of (x - centre) / scale.
    """
    at = _found(columns, step["column"], "number")
    values = columns[at].values
    if step["how"] not in ("log", "yeo_johnson"):
        raise ValueError(f"how={step['how']!r}")
    with np.errstate(invalid="ignore", over="ignore"):
        if step["how"] == "log":
            changed = np.sign(values) * np.log1p(np.abs(values))
        else:
            changed = yeo_johnson(
                (values - float(step["centre"])) / float(step["scale"]), float(step["power"])
            )
    return _set(columns, at, values=changed)


def _encode(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "how", "names": of the new columns, and what was learnt}.

    one_hot, "categories": a column of 0 and 1 each; others and missing are 0 everywhere.
    ordinal, "categories": their positions; others and missing stay missing. frequency,
    "shares": {category: share}; others 0, missing stays missing.
    """
    at = _found(columns, step["column"], "category")
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


def _drop_columns(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"columns": names}."""
    if not isinstance(step["columns"], list):
        raise TypeError("no list of columns")
    gone = {_found(columns, name) for name in step["columns"]}
    if len(gone) == len(columns):
        raise InputError(
            "drops every column; expected one to stay at least. Take the step back with --undo."
        )
    return [column for at, column in enumerate(columns) if at not in gone]


STEPS: dict[str, Callable[[list[Column], dict[str, Any], np.ndarray | None], list[Column]]] = {
    "forget": _forget,
    "fill": _fill,
    "clip": _clip,
    "to_number": _to_number,
    "part": _part,
    "to_category": _to_category,
    "transform": _transform,
    "encode": _encode,
    "drop_columns": _drop_columns,
}
