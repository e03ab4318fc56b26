"""How are missing cells filled in?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine import imputing
from receta.cleaning.engine.planning import Entry, Step, Work, by_column, counted, why
from receta.cleaning.engine.series import ends_of_parts
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.data.column_steps import empty
from receta.data.table import Column

AFTER = "outlier"  # after whatever takes cells as missing
MENDS = ("missing",)
METHODS = (
    "median",
    "mean",
    "most_frequent",
    "nearest",
    "model",
    "interpolate",
    "last",
    "leave_out",
)
KINDS = ("table", "series")
NOTE = "nearest: k-nearest rows; model: of the other columns"
METHODS_OF = {
    "table": ("median", "mean", "most_frequent", "nearest", "model", "leave_out"),
    "series": ("interpolate", "last"),
}
WISHED = True  # other fixes take cells as missing that no audit counted as such
MOST_CELLS = 1_000_000  # that are kept one by one in the manifest: about 30 MB


def missing(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Every empty cell of the table, with what the training part says; junk has a fix of its own.

    median, mean: of numbers and dates; categories take the most frequent. nearest: mean or
    most frequent of the five rows most like it. model: gradient boosting from the other
    columns. Of these two the cells are kept one by one: refitting at each load could give
    other numbers with another scikit-learn. Series: between the values around, or the last.
    """
    if work.data.in_time:
        return _in_series(work, found, code, method)
    columns = [column for column in work.data.columns if empty(column).any()]
    if method == "leave_out":
        reasons: dict[str, str] = {}
        for column in columns:
            for row in np.flatnonzero(empty(column)).tolist():
                reasons.setdefault(work.data.ids[row], f"missing: no value of {column.name!r}")
        return work.leave_out(reasons, code, found)
    said_of = by_column(found)
    kept_one_by_one = method in ("nearest", "model")
    if kept_one_by_one and sum(int(empty(column).sum()) for column in columns) > MOST_CELLS:
        raise InputError(
            f"fix missing={method} would keep more than {MOST_CELLS:,} cells one by one; "
            "expected fewer. "
            f"Use missing=median, which keeps one number a column."
        )
    entries: list[Entry] = []
    learnt = [column for column in columns if len(work.learnt_from(column))]
    for column in [column for column in columns if all(column is not other for other in learnt)]:
        if len(work.data.columns) - len(entries) == 1:
            work.notes.append(
                f"missing: {column.name!r} has no value in the training part, but it is the last "
                "column and stays."
            )
            continue
        what = f"dropped the column {column.name!r}, for the training part has no value of it"
        step: Step = {"do": "drop_columns", "columns": [column.name]}
        entries.append(
            Entry(
                code,
                method,
                1,
                "columns",
                what,
                why([said_of[column.name]] if column.name in said_of else []),
                (step,),
            )
        )
    inside = work.training() if learnt else np.zeros(0, bool)
    for column in learnt:
        n = int(empty(column).sum())
        step = {"do": "fill", "column": column.name}
        if kept_one_by_one:
            rows = np.flatnonzero(empty(column))
            values = (imputing.nearest if method == "nearest" else imputing.modelled)(
                work.data.columns, column, rows, inside
            )
            step |= {
                "rows": [work.data.ids[row] for row in rows.tolist()],
                "values": [_cell(column, value) for value in values],
            }
            said = (
                "its five nearest rows" if method == "nearest" else "a model of the other columns"
            )
        else:
            value = _cell(column, _typical(work.learnt_from(column), column.kind, method))
            step["value"] = value
            said = (
                f"the {_said(column, method)} {value:.6g}"
                if isinstance(value, float)
                else f"the {_said(column, method)} {value!r}"
            )
        finding = said_of.get(column.name)
        entries.append(
            Entry(
                code,
                method,
                n,
                "cells",
                f"filled {counted(n, 'cells')} of {column.name!r} with {said}",
                why([finding] if finding else []),
                (step,),
            )
        )
    return entries


def _said(column: Column, method: str) -> str:
    return (
        "most frequent value" if column.kind == "category" or method == "most_frequent" else method
    )


def _typical(there: np.ndarray, kind: str, method: str) -> Any:
    """One value for all, of the column's own kind."""
    if kind == "category" or method == "most_frequent":
        values, counts = np.unique(there, return_counts=True)
        return values[counts.argmax()]
    numbers = there.astype(np.int64).astype(np.float64) if kind == "date" else there
    return float(np.median(numbers) if method == "median" else np.mean(numbers))


def _cell(column: Column, value: Any) -> float | str:
    """As JSON has it: a number, a category's name or a date."""
    if column.kind == "category":
        return column.categories[int(value)]
    if column.kind == "date":
        return str(value if isinstance(value, np.datetime64) else np.datetime64(int(value), "s"))
    return float(value)


def _in_series(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    n = int(np.isnan(work.data.source.values).sum())  # type: ignore[attr-defined]
    if not n:
        return []
    step = {
        "do": "fill_steps",
        "how": "linear" if method == "interpolate" else "last",
        "ends": ends_of_parts(work),
    }
    said = (
        "on the line between the values around"
        if method == "interpolate"
        else "with the last value before"
    )
    return [
        Entry(code, method, n, "cells", f"filled {counted(n, 'cells')} {said}", why(found), (step,))
    ]
