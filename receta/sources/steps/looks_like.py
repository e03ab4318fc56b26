"""Does a file look like a series, though nobody says so?

Only what can be nothing else: one column of numbers; dates and one column of numbers; the columns
unique_id, ds, y; or rows of a name and many numbers, of which some end earlier than others.
"""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

_HEAD = 2**19  # bytes
_ROWS = 200
_FEWEST_ROWS = 20
_FEWEST_STEPS = 20  # of a row
_NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*")
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b.*")
_COUNTED = re.compile(r"[^\d]*\d+")
LONG = ("unique_id", "ds", "y")


def is_series(place: str) -> bool:
    """Whether the first lines of a text file are those of a series, long or wide."""
    rows = _read_head(place)
    if len(rows) < 2:
        return False
    if set(LONG) <= {name.strip() for name in rows[0]}:
        return True
    return _is_narrow(rows) or are_wide(rows)


def is_wide(place: str) -> bool:
    """Whether the first lines of a text file hold a series each."""
    return are_wide(_read_head(place))


def are_wide(rows: list[list[str]]) -> bool:
    """Whether rows begin with a name of their own, followed by many numbers and then nothing."""
    if len(rows) < 2 or len(rows[0]) <= _FEWEST_STEPS:
        return False
    header, body = rows[0], rows[1:]
    if _is_numbers(header[1:]) and not _counts_up(header[1:]):
        header, body = [], rows
    names = [row[0].strip() for row in body]
    if len(set(names)) < len(names) or not all(names) or all(map(_is_number, names)):
        return False
    if any(len(row) != len(rows[0]) or not _is_numbers(row[1:]) for row in body):
        return False
    labels = [name.strip() for name in header[1:]]
    if not labels or all(map(_DATE.fullmatch, labels)):
        return True
    counted = all(map(_COUNTED.fullmatch, labels))
    return counted and any(not row[-1].strip() for row in body)


def _is_narrow(rows: list[list[str]]) -> bool:
    body = rows[1:]
    if len(body) < _FEWEST_ROWS or any(len(row) != len(rows[0]) for row in rows):
        return False
    columns = list(zip(*body, strict=True))
    if len(columns) == 1:
        return all(map(_is_number, columns[0]))
    if len(columns) != 2:
        return False
    dates = [all(map(_DATE.fullmatch, column)) for column in columns]
    numbers = [all(_is_number(cell) or not cell.strip() for cell in column) for column in columns]
    return (dates[0] and numbers[1]) or (dates[1] and numbers[0])


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not _DATE.fullmatch(cell)


def _counts_up(cells: list[str]) -> bool:
    """Whether they are 0, 1, 2 … or 1, 2, 3 …: names of columns, and no first series."""
    whole = [int(cell) for cell in cells if cell.strip().isdecimal()]
    return (
        len(whole) == len(cells)
        and whole[0] in (0, 1)
        and whole == [*range(whole[0], whole[0] + len(whole))]
    )


def _is_numbers(cells: list[str]) -> bool:
    """Numbers, of which the last may be empty."""
    there = [cell for cell in cells if cell.strip() not in ("", "NA", "NaN", "nan")]
    return bool(there) and all(map(_is_number, there))


def _read_head(place: str) -> list[list[str]]:
    if not Path(place).is_file() or place.lower().endswith(".parquet"):
        return []
    opened = gzip.open if place.lower().endswith(".gz") else open
    try:
        with opened(place, "rb") as file:
            content = file.read(_HEAD)
    except (OSError, EOFError):
        return []
    lines = content.decode("utf-8-sig", "replace").splitlines()
    whole = lines if len(content) < _HEAD else lines[:-1]
    if not whole:
        return []
    separator = max(",;\t", key=whole[0].count)
    try:
        return [row for row in csv.reader(whole[: _ROWS + 1], delimiter=separator) if row]
    except csv.Error:
        return []
