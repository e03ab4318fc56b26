"""What does each recorded step do to the columns of a table?

Each function takes all columns, the step, and the rows that the step names (None where
it is a rule for every cell), and gives all columns back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data import column_kinds
from receta.data.columns import change_column, find_column
from receta.data.table import Column


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


def _forget(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "what": "junk" | "infinite"} or {"column", "rows": ids}: those cells are
    missing.
    """
    at = find_column(columns, step["column"])
    column = columns[at]
    if rows is not None:
        values = column.values.copy()
        values[rows] = {"number": np.nan, "category": -1, "date": np.datetime64("NaT")}[column.kind]
        gone = set(rows.tolist())
        return change_column(
            columns,
            at,
            values=values,
            junk={row: text for row, text in column.junk.items() if row not in gone},
        )
    if step["what"] == "junk":
        return change_column(columns, at, junk={})
    if step["what"] != "infinite":
        raise ValueError(f"what={step['what']!r}")
    at = find_column(columns, step["column"], "number")
    return change_column(
        columns, at, values=np.where(np.isinf(column.values), np.nan, column.values)
    )


def _fill(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "value"}: every empty cell.

    {"column", "rows": ids, "values": list}: those cells.
    """
    at = find_column(columns, step["column"])
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
    return change_column(columns, at, values=values, categories=categories, junk=junk)


def _clip(columns: list[Column], step: dict[str, Any], rows: np.ndarray | None) -> list[Column]:
    """{"column", "low", "high"}: a number or null each; of dates seconds since 1970.

    What is beyond becomes the bound, or "to": [instead of low, instead of high].
    """
    at = find_column(columns, step["column"])
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
    return change_column(columns, at, values=values)


def _transform(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"column", "how": "log"}: sign(x) log(1 + |x|).

    {"how": "yeo_johnson", "power", "centre", "scale"}: of (x - centre) / scale.
    """
    at = find_column(columns, step["column"], "number")
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
    return change_column(columns, at, values=changed)


def _drop_columns(
    columns: list[Column], step: dict[str, Any], rows: np.ndarray | None
) -> list[Column]:
    """{"columns": names}."""
    if not isinstance(step["columns"], list):
        raise TypeError("no list of columns")
    gone = {find_column(columns, name) for name in step["columns"]}
    if len(gone) == len(columns):
        raise InputError(
            "drops every column; expected one to stay at least. Take the step back with --undo."
        )
    return [column for at, column in enumerate(columns) if at not in gone]


STEPS: dict[str, Callable[[list[Column], dict[str, Any], np.ndarray | None], list[Column]]] = {
    "forget": _forget,
    "fill": _fill,
    "clip": _clip,
    "to_number": column_kinds.to_number,
    "part": column_kinds.part,
    "to_category": column_kinds.to_category,
    "transform": _transform,
    "encode": column_kinds.encode,
    "drop_columns": _drop_columns,
}
