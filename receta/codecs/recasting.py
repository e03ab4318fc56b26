"""What are the cells of a column, where they are said to be numbers, categories or dates?

A cell that is none of these is junk: its text is kept, and it counts as missing.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from receta.codecs import dating
from receta.data.numbers import code_name, number_of
from receta.data.table import Column, ColumnKind


def recast(column: Column, kind: ColumnKind) -> Column:
    """The column with cells of a kind.

    >>> recast(Column("a", "number", np.array([1.0, np.nan, 2.5])), "category").categories
    ('1', '2.5')
    """
    if column.kind == kind:
        return column
    if kind == "category":
        return as_texts(column)
    texts = as_texts(column)
    if kind == "number":
        values = np.array([*map(number_of, texts.categories), np.nan])
        return _with(texts, "number", values[texts.values], np.isnan)
    values = np.append(dating.parse(texts.categories).values, np.datetime64("NaT"))
    return _with(texts, "date", values[texts.values].astype("datetime64[s]"), np.isnat)


def _with(texts: Column, kind: ColumnKind, values: np.ndarray, is_missing: np.ufunc) -> Column:
    bad = np.flatnonzero(is_missing(values) & (texts.values >= 0))
    junk = {row: texts.categories[texts.values[row]] for row in bad.tolist()}
    return dataclasses.replace(texts, kind=kind, values=values, categories=(), junk=junk)


def as_texts(column: Column) -> Column:
    """The column with its cells as texts, numbers in their shortest form; junk is text too."""
    if column.kind == "category":
        return column
    there = ~column.missing
    different, inverse = np.unique(column.values[there], return_inverse=True)
    if column.kind == "number":
        spelled = [
            code_name(value) if np.isfinite(value) else str(value) for value in different.tolist()
        ]
    else:
        is_day = bool((different == different.astype("datetime64[D]")).all())
        spelled = np.datetime_as_string(different, unit="D" if is_day else "s").tolist()
    every = sorted({*spelled, *column.junk.values()})
    place = {text: at for at, text in enumerate(every)}
    codes = np.full(len(column), -1, np.int32)
    codes[there] = np.array([place[text] for text in spelled], np.int32)[inverse]
    for row, text in column.junk.items():
        codes[row] = place[text]
    return dataclasses.replace(
        column, kind="category", values=codes, categories=tuple(every), junk={}
    )
