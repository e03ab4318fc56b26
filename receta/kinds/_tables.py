"""What do the files hold whose rows a model is asked about, and which of their cells are bad?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.errors import InputError
from receta.data.table import Column

# What else holds data, by its suffix; whoever reads tables would take it for text.
_OTHERS = {
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".npz": "NPZ",
    ".npy": "NPY",
    ".xlsx": "an Excel file",
}


def refuse_no_table(place: str, fields: Sequence[str]) -> None:
    """InputError for what is no file, or a file of another form than a table."""
    if not Path(place).is_file():
        raise InputError(f"{place} is no file; expected a table of rows. Check the path.")
    form = _OTHERS.get(Path(place.lower().removesuffix(".gz")).suffix)
    if form:
        raise InputError(
            f"{place} is {form}; expected CSV, TSV or Parquet with the columns "
            f"{naming.first_few(list(fields), 10)}. Write the rows as one of these."
        )


def read_columns(place: str, fields: Sequence[str], tell: Callable[[str], None]) -> list[Column]:
    """Those columns of a file that a model takes, as numbers; InputError for two of one name.

    Without a header, as many columns of numbers alone are taken in their order, and that is told.
    """
    from receta.codecs import csv_sheet, parquet_sheet

    refuse_no_table(place, fields)
    sheet = (
        parquet_sheet.read(place)
        if place.lower().endswith(".parquet")
        else csv_sheet.read(place, set(fields), skip_bad=False)
    )
    if not sheet.headed and len(sheet.names) == len(fields):
        columns = [sheet.column(at) for at in range(len(fields))]
        if any(column.kind != "number" or column.junk for column in columns):
            return []
        tell(
            f"{place} has no header: its columns are taken for {', '.join(fields)}, in this order."
        )
        return [
            dataclasses.replace(column, name=name)
            for column, name in zip(columns, fields, strict=True)
        ]
    _refuse_twins(sheet, place, fields)
    return [
        _as_numbers(sheet.column(at, asked=True))
        for at, name in enumerate(sheet.names)
        if name in fields
    ]


def find_bad_cells(columns: Sequence[Column]) -> dict[int, str]:
    """Which cell of a row holds something else than a number, by row; the first one of each."""
    reasons: dict[int, str] = {}
    for column in columns:
        for row, text in column.junk.items():
            why = f"its cell {text[:40]!r} in the column {column.name!r} is no number"
            reasons.setdefault(row, why)
    return reasons


def _refuse_twins(sheet: Sheet, place: str, fields: Sequence[str]) -> None:
    for name in fields:
        twins = [one for one in sheet.names if one.startswith(f"{name}~") and one not in fields]
        if twins and any(repr(name) in note for note in sheet.notes):
            raise InputError(
                f"{place} has {len(twins) + 1} columns called {name!r}; expected one, which the "
                "model takes. Rename the others, or leave them out."
            )


def _as_numbers(column: Column) -> Column:
    """A column of texts or dates as one of numbers, most of whose cells are bad."""
    if column.kind == "number":
        return column
    values, junk = np.full(len(column), np.nan), {}
    for row in np.flatnonzero(~column.missing).tolist():
        text = str(column.cell(row))
        try:
            values[row] = float(text)
        except ValueError:
            junk[row] = text
    return dataclasses.replace(column, kind="number", values=values, categories=(), junk=junk)
