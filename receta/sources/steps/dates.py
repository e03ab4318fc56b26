"""Which moments does a column of times hold, and is it written in one way?"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from receta.codecs.sheet import Sheet
from receta.core.errors import InputError
from receta.data.table import Column

_TIME_NAMES = (
    "time", "timestamp", "ts", "date", "datetime", "unix", "epoch", "unixtime", "unix_time", "ds",
)  # fmt: skip
_YEAR_NAMES = ("year", "año", "ano", "anno", "jahr")
# Seconds since 1970 of 1980 and of 2100; thousand times as much are milliseconds.
_EARLIEST_S, _LATEST_S = 315_532_800, 4_102_444_800
_CLOCK = re.compile(r"[T ]+\d{1,2}:\d{2}.*$")
_DATE = re.compile(r"(Y|d)([-/. ,]+(Y|d|a)){1,2}|a([-/. ,]+(Y|d)){1,2}")


def find_time(sheet: Sheet, others: set[int], place: str) -> Column | None:
    """The first column of dates; else one that is called time and holds them as numbers."""
    columns = []
    for at in range(len(sheet.names)):
        if at in others:
            continue
        texts = sheet.cells[at]
        column = sheet.column(at, asked=True)
        sheet.cells[at] = column
        if column.kind == "date":
            _refuse_two_formats(column.name, texts, place)
            return column
        columns.append(column)
    for column in columns:
        moments = _moments(column, named=False)
        if moments is not None:
            return Column(column.name, "date", moments)
    return None


def read_time(sheet: Sheet, at: int, place: str) -> Column:
    """The column that a user names as that of times; InputError where it holds none."""
    texts = sheet.cells[at]
    column = sheet.column(at, asked=True)
    if column.kind == "date":
        _refuse_two_formats(column.name, texts, place)
        return column
    moments = _moments(column, named=True)
    if moments is not None:
        return Column(column.name, "date", moments)
    first = next((str(column.cell(row)) for row in range(len(column)) if column.cell(row)), "")
    raise InputError(
        f"{place}: column {column.name!r} holds no dates (such as {first[:40]!r}); expected dates, "
        "years or seconds since 1970. Name another --time."
    )


def _moments(column: Column, *, named: bool) -> np.ndarray | None:
    """(n,) times out of seconds or milliseconds since 1970, or out of years.

    named: whether a user says that these are times, whatever the column is called.
    """
    name = column.name.strip().lower()
    if (
        column.kind != "number"
        or column.junk
        or column.missing.any()
        or not np.isfinite(column.values).all()
    ):
        return None
    lowest, highest = column.values.min(), column.values.max()
    if (
        (named or name in _YEAR_NAMES)
        and 1000 <= lowest <= highest <= 2999
        and (column.values == np.floor(column.values)).all()
    ):
        years = (column.values.astype(np.int64) - 1970).astype("datetime64[Y]")
        return years.astype("datetime64[s]")
    if not named and name not in _TIME_NAMES:
        return None
    from receta.codecs.text_columns import moments

    for unit in (1.0, 1000.0):
        if _EARLIEST_S * unit <= lowest <= highest <= _LATEST_S * unit:
            return moments(
                np.round(column.values * (1e6 / unit)).astype(np.int64).astype("datetime64[us]")
            )
    return None


def _refuse_two_formats(name: str, texts: Any, place: str) -> None:
    """InputError where some dates are written in another way than the others."""
    if isinstance(texts, Column) or texts is None:
        return
    shapes: dict[str, str] = {}
    turned: dict[str, str] = {}  # 13/2/2020 and 2/13/2020: the day first, and the month
    for text in texts.drop_null().unique().to_pylist():
        bare = _CLOCK.sub("", text.strip())
        shape = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d{4}", "Y", bare))
        shape = re.sub(r"\d+", "d", shape)
        if not _DATE.fullmatch(shape):
            continue
        shapes.setdefault(shape, text)
        numbers = re.match(r"(\d{1,2})[-/](\d{1,2})[-/]\d", bare)
        if numbers:
            if int(numbers[1]) > 12:
                turned.setdefault("day", text)
            elif int(numbers[2]) > 12:
                turned.setdefault("month", text)
    for found in (shapes, turned):
        if len(found) > 1:
            one, two = list(found.values())[:2]
            raise InputError(
                f"{place}: the dates of column {name!r} are written in two ways ({one!r} and "
                f"{two!r}); expected one. Write all of them like 2024-12-31."
            )
