"""How do the lines of a list become rows of cells, whatever wrote them?"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from receta.sources import _csv_cells

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_HEAD = 2**20  # bytes that show what kind of file it is


@dataclass(frozen=True)
class Lines:
    """The rows of a text file: the number of the line where each ends, and its cells.

    width: how many cells most of them have. notes: what had to be done to read them.
    """

    rows: list[tuple[int, list[str]]]
    width: int
    notes: tuple[str, ...]


def read(place: str, *, head: bool = False) -> Lines:
    """The rows that hold something; raises InputError, csv.Error.

    head: only those of the first MB.
    """
    content, notes = (
        (_csv_cells.first_text(place, _HEAD), []) if head else _csv_cells.whole_text(place)
    )
    marked = re.match(rb"sep=(.)\r?\n", content)  # what Excel writes for itself
    skipped = 1 if marked else 0
    text = (content[marked.end() :] if marked else content).decode()
    tabs = place.lower().removesuffix(".gz").endswith(".tsv")
    separator = (
        marked.group(1).decode("latin-1")
        if marked
        else "\t"
        if tabs
        else _csv_cells.find_separator(text[:_HEAD])
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [
        (reader.line_num + skipped, cells)
        for cells in reader
        if any(cell.strip() for cell in cells)
    ]
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0] if rows else 0
    comments = [
        line for line, cells in rows if len(cells) != width and cells[0].lstrip().startswith("#")
    ]
    if comments:
        notes.append(
            f"{len(comments)} lines begin with # and are passed over (the first: line {comments[0]})"
        )
        gone = set(comments)
        rows = [(line, cells) for line, cells in rows if line not in gone]
    return Lines([(line, _trimmed(cells, width)) for line, cells in rows], width, tuple(notes))


def _trimmed(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones behind the last column."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells
