"""How do the lines of a list become rows of cells, whatever wrote them?"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from receta.codecs import csv_layout, csv_text
from receta.core import naming
from receta.core.errors import InputError
from receta.sources.trees.picture_names import is_picture_name

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_BY_SPACE = re.compile(r"(.*\.[A-Za-z]{2,5}?)\s+(\S.*)")
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
    content, notes = (csv_text.first_text(place, _HEAD), []) if head else csv_text.whole_text(place)
    marked = re.match(rb"sep=(.)\r?\n", content)  # what Excel writes for itself
    skipped = 1 if marked else 0
    text = (content[marked.end() :] if marked else content).decode()
    tabs = place.lower().removesuffix(".gz").endswith(".tsv")
    separator = (
        marked.group(1).decode("latin-1")
        if marked
        else "\t"
        if tabs
        else csv_layout.find_separator(text[:_HEAD])
    )
    rows = list(_rows(text, separator, skipped))
    if rows and all(len(cells) == 1 for _, cells in rows):  # a.jpg cat: spaces part the cells
        parted = [(line, _BY_SPACE.fullmatch(cells[0].strip())) for line, cells in rows]
        named = [(line, [found[1], found[2]]) for line, found in parted if found]
        rows = named if 10 * len(named) >= 9 * len(rows) else rows
    if not head and rows and text.count('"') % 2 and any("\n" in cell for cell in rows[-1][1]):
        start = rows[-2][0] + 1 if len(rows) > 1 else 1
        raise InputError(
            f"{place}: line {start} opens a quote that is not closed up to the end of the file; "
            f"expected one behind its cell. Mend it."
        )
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0] if rows else 0
    comments = _comments(rows, width)
    if comments:
        are = "line begins" if len(comments) == 1 else "lines begin"
        notes.append(f"{len(comments)} {are} with # (the first: line {min(comments)}): passed over")
        rows = [(line, cells) for line, cells in rows if line not in comments]
    while width > 1 and all(
        len(cells) < width or not cells[width - 1].strip() for _, cells in rows
    ):
        width -= 1  # a separator behind the last cell
    return Lines([(line, _trim(cells, width)) for line, cells in rows], width, tuple(notes))


def _rows(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Number of the last line and cells of every row that holds something."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num + skipped, cells


def _comments(rows: list[tuple[int, list[str]]], width: int) -> set[int]:
    """Lines that begin with # and are no header: a header has as many cells as the pictures
    below it.
    """
    marked = [cells[0].lstrip().startswith("#") for _, cells in rows]
    found = {
        line
        for (line, cells), mark in zip(rows, marked, strict=True)
        if mark and len(cells) != width
    }
    leading = sum(1 for _ in itertools.takewhile(bool, marked))
    below = rows[leading][1] if leading < len(rows) else []
    has_header = any(map(is_picture_name, below)) or any(map(naming.is_number, below))
    return found | {line for line, _ in rows[: max(leading - has_header, 0)]}


def _trim(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones behind the last column."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells
