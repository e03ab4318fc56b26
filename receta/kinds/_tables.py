"""What do the files hold whose rows a model is asked about, and which of their cells are bad?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from receta.codecs.recasting import as_texts
from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.spec import ColumnSpec
from receta.data.table import Column
from receta.kinds import cells

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


def read_columns(
    place: str, wanted: Sequence[ColumnSpec], tell: Callable[[str], None]
) -> list[Column]:
    """Those columns of a file that a model takes, of the kinds that it takes.

    Without a header, as many columns of numbers alone are taken in their order, and that is told.
    InputError for two columns of one name.
    """
    from receta.codecs import csv_sheet, parquet_sheet

    fields = [column.name for column in wanted]
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
    return [_read_column(sheet, one) for one in wanted if one.name in sheet.names]


def _read_column(sheet: Sheet, wanted: ColumnSpec) -> Column:
    """A column as it stands there; what is to be a category to the letter, such as 007."""
    at = sheet.names.index(wanted.name)
    is_category = wanted.kind == "category"
    return sheet.column(at, asked=not is_category, kind="category" if is_category else None)


def find_bad_cells(pairs: Sequence[tuple[Column, ColumnSpec]]) -> dict[int, str]:
    """Which cell of a row is not of the kind of its column, by row; the first one of each."""
    reasons: dict[int, str] = {}
    for column, wanted in pairs:
        for row, text in cells.find_junk(column, wanted).items():
            why = f"its cell {text[:40]!r} in the column {column.name!r} is no {wanted.kind}"
            reasons.setdefault(row, why)
    return reasons


def tell_missing(
    columns: Sequence[Column], wanted: Sequence[ColumnSpec], tell: Callable[[str], None]
) -> None:
    """One line of missing cells, and one for each column with texts that training did not know."""
    missing = np.stack([column.missing for column in columns], axis=1)
    n, rows = int(missing.sum()), int(missing.any(axis=1).sum())
    if n:
        verb = "is" if n == 1 else "are"
        tell(
            f"{counted(n, 'missing cells')} of {counted(rows, 'rows')} {verb} taken for the "
            "median, or for the level 'missing', of the training part."
        )
    for column, one in zip(columns, wanted, strict=True):
        if one.kind == "category":
            texts = as_texts(column)
            places = cells.fill_cells(texts, one)[:, 0] == 0
            unseen = sorted({texts.categories[code] for code in texts.values[places].tolist()})
            if unseen:
                verb = "was" if len(unseen) == 1 else "were"
                tell(
                    f"{column.name}: {naming.first_few(unseen)} {verb} not in the training part, "
                    "or rare there; taken for 'other'."
                )


def _refuse_twins(sheet: Sheet, place: str, fields: Sequence[str]) -> None:
    for name in fields:
        twins = [one for one in sheet.names if one.startswith(f"{name}~") and one not in fields]
        if twins and any(repr(name) in note for note in sheet.notes):
            raise InputError(
                f"{place} has {len(twins) + 1} columns called {name!r}; expected one, which the "
                "model takes. Rename the others, or leave them out."
            )
