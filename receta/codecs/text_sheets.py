"""How are the cells of a file of texts opened, whatever its form?"""

from __future__ import annotations

import contextlib
import csv
import os
from dataclasses import dataclass
from typing import Any

from receta.codecs import csv_sheet, json_files, json_sheet, parquet, parquet_sheet
from receta.codecs.csv_layout import find_layout
from receta.codecs.csv_text import first_text
from receta.codecs.json_pieces import Document, NotJson, Pairs, Text
from receta.codecs.sheet import Sheet
from receta.core.errors import RecetaError
from receta.data.options import Options
from receta.data.table import Column

_HEAD_BYTES, _HEAD_ROWS = 2**18, 200


def is_sheet(place: str) -> bool:
    """Whether a file is called like one that may hold texts in a column."""
    plain = place.lower()
    if json_files.is_json(place):
        return True
    return plain.endswith((*csv_sheet.SUFFIXES, ".parquet")) and os.path.isfile(place)


def open_sheet(place: str, options: Options) -> Sheet:
    """All cells as texts, as they are written."""
    skip_bad = options.bad_rows == "quarantine"
    if place.lower().endswith(".parquet"):
        return parquet_sheet.read(place)
    if json_files.is_json(place):
        return json_sheet.read(place, skip_bad=skip_bad)
    said = {name for name in (options.text, options.target, options.label, options.group) if name}
    return csv_sheet.read(place, said, skip_bad=skip_bad, as_written=True)


def read_texts(place: str, sheet: Sheet, at: int) -> list[str]:
    """The cells of a column as they are written; '' where one is missing."""
    held = sheet.cells[at]
    if place.lower().endswith(".parquet") and not isinstance(held, Column):
        held = parquet.table(place, [sheet.names[at]]).column(0)
    if isinstance(held, Column):
        return [str(held.cell(row) or "") for row in range(len(held))]
    return [text or "" for text in held.to_pylist()]


@dataclass(frozen=True)
class Head:
    """The first rows of a file: names of columns, and of each its first cells."""

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


def look_at_head(place: str) -> Head | None:
    """The first rows; None for what cannot be read so."""
    try:
        if place.lower().endswith(".parquet"):
            return _of_parquet(place)
        if json_files.is_json(place):
            return _of_json(place)
        return _of_text(place)
    except (RecetaError, OSError, ValueError, EOFError):
        return None


def _of_text(place: str) -> Head | None:
    content = first_text(place, _HEAD_BYTES)
    layout = find_layout(place, content, set())
    lines = content[layout.start :].decode("utf-8", "replace").split("\n")[: 2 * _HEAD_ROWS]
    try:
        rows = (
            list(csv.reader(lines, delimiter=layout.separator))
            if layout.quoted
            else [line.split(layout.separator) for line in lines]
        )
    except csv.Error:
        return None
    fitting = [row for row in rows[:_HEAD_ROWS] if len(row) == layout.width]
    names = layout.header or tuple(f"column-{at + 1}" for at in range(layout.width))
    return Head(tuple(names), tuple(zip(*fitting, strict=True))) if fitting else None


def _of_json(place: str) -> Head | None:
    document = json_files.read_head(place)
    rows: list[dict[str, str]] = []
    with contextlib.suppress(NotJson):  # the head ends in the middle of an object
        for entry in document.entries(leave_out=True):
            if not isinstance(entry.value, Pairs):
                continue
            rows.append({key: _plain_json(document, value) for key, value in entry.value})
            if len(rows) == _HEAD_ROWS:
                break
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    cells = tuple(tuple(row.get(name, "") for row in rows) for name in names)
    return Head(names, cells) if rows else None


def _plain_json(document: Document, value: Any) -> str:
    if isinstance(value, Text):
        return document.text(value)
    return "" if value is None or isinstance(value, list) else str(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _of_parquet(place: str) -> Head | None:
    file = parquet.open_file(place)
    names = [one.name for one in file.schema_arrow]
    batch = next(file.iter_batches(_HEAD_ROWS, columns=names), None)
    if batch is None:
        return None
    kinds = [str(one.type) for one in batch.schema]
    if any(kind.startswith(("struct", "binary", "large_binary")) for kind in kinds):
        return None  # pictures
    columns = [tuple(_plain(value) for value in column.to_pylist()) for column in batch.columns]
    return Head(tuple(names), tuple(columns))
