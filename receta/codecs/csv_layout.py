"""Which separator, which header and how many columns have the lines of a text file?

It is decided by the first lines: Arrow, which reads the cells, cannot know it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from receta.codecs.text_columns import MISSING
from receta.core.errors import InputError

MOST_COLUMNS = 100_000  # Arrow takes some 10 kB for each
_SEPARATORS = (",", ";", "\t", "|")
_HEAD_BYTES, _HEAD_ROWS = 2**20, 200  # by which the layout is decided
_NUMBER_LIKE = re.compile(
    r"[+-]?[0-9][0-9.,' ]*(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE
)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?([T ].*)?", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are to be read. start: where the rows begin, in bytes."""

    separator: str
    header: tuple[str, ...]
    width: int
    start: int
    decimal_comma: bool
    quoted: bool = True  # quotes hold cells together; else they are letters as others


def find_layout(place: str, content: bytes, said: set[str]) -> Layout:
    """Separator, header and width by the first lines; said: names that columns must have."""
    start = 0
    marked = re.match(rb"sep=(.)\r?\n", content)  # what Excel writes for itself
    if marked:
        start = marked.end()
    head = content[start : start + _HEAD_BYTES]
    if start + len(head) < len(content):  # whole lines only
        cut = head.rfind(b"\n")
        whole = cut if cut >= 0 else content.find(b"\n", start)
        head = (
            content[start : start + cut + 1]
            if cut >= 0
            else content[start : None if whole < 0 else whole + 1]
        )
    text = head.decode("utf-8", "replace")
    strange = sum(one < " " and one not in "\t\r\n\f\v\0" for one in text[:4096])
    empty = text[:4096].count("\0")  # some are damage, every second one is UTF-16 without its mark
    if strange > 0.02 * len(text[:4096]) or empty > 0.1 * len(text[:4096]):
        raise InputError(f"{place} is no text; expected a table as text. Name another file.")
    separator = marked.group(1).decode("latin-1") if marked else find_separator(text)
    quoted = separator != "\t" or not _are_quotes_letters(text, separator)
    records = (
        _records(place, text, separator)
        if quoted
        else [line.split(separator) for line in _lines(text)[:_HEAD_ROWS]]
    )
    first = [cell.strip() for cell in records[0]]
    headed = _is_header(records, said)
    lengths = Counter(len(record) for record in records)
    width = len(first) if headed else lengths.most_common(1)[0][0]
    if width > MOST_COLUMNS:
        raise InputError(
            f"{place} has {width:,} columns; expected at most {MOST_COLUMNS:,} in a text file. "
            "Save it as Parquet, or leave some out."
        )
    if headed:
        start += (
            _end_of_first(text, separator)
            if quoted
            else len(text.encode()) - len(text.lstrip("\r\n").partition("\n")[2].encode())
        )
    comma = separator != "," and any(
        re.fullmatch(r"[+-]?[0-9.]*,[0-9]+", cell.strip())
        for record in records[headed:]
        for cell in record
    )
    return Layout(separator, tuple(first) if headed else (), width, start, comma, quoted)


def _lines(text: str) -> list[str]:
    """Lines that hold something; other ends of lines than a line feed are characters of a cell."""
    return [line.rstrip("\r") for line in text.split("\n") if line.strip()]


def _are_quotes_letters(text: str, separator: str) -> bool:
    """Whether quotes are part of what is said, for all lines agree only without their meaning.

    >>> _are_quotes_letters('ham\\tthe "big" one\\nspam\\t"Win!\\n', "\\t")
    True
    >>> _are_quotes_letters('ham\\t"he said"\\nspam\\twin\\n', "\\t")
    False
    """
    rows = [line.split(separator) for line in _lines(text)]
    quotes = [cell for row in rows for cell in row if '"' in cell]
    if not quotes or len({len(row) for row in rows}) > 1:
        return False
    return any(not _QUOTED.fullmatch(cell.strip()) for cell in quotes)


def find_separator(text: str) -> str:
    """The separator under which the first lines have equally many cells."""
    best, score = ",", (0.0, 0, 0)
    for separator in _SEPARATORS:
        rows = _rows(text, separator)
        counts = Counter(map(len, rows))
        n, often = max(
            ((n, often) for n, often in counts.items() if n > 1),
            key=lambda one: one[1],
            default=(1, 0),
        )
        if not often:
            continue
        agreeing = often / len(rows)
        # 1,5;2,5: a comma within the cells of another separator is the decimal one.
        decimal = (
            separator != ","
            and sum(
                bool(re.fullmatch(r"\s*[+-]?[0-9.]*,[0-9]+\s*", cell))
                for row in rows
                for cell in row
            )
            > 0
        )
        first = len(rows[0]) == n
        found = (agreeing + decimal + 0.5 * first, n, -_SEPARATORS.index(separator))
        if found > score:
            best, score = separator, found
    return best


def _rows(text: str, separator: str) -> list[list[str]]:
    lines = (line for line in text.splitlines(keepends=True) if line.strip())
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=separator):
            rows.append(row)
            if len(rows) > _HEAD_ROWS:
                break
    except csv.Error:  # a cell beyond the limit of that module: a quote that never ends
        pass
    return rows or [
        line.split(separator) for line in text.splitlines()[:_HEAD_ROWS] if line.strip()
    ]


def _records(place: str, text: str, separator: str) -> list[list[str]]:
    rows = _rows(text, separator)
    if not rows:
        raise InputError(
            f"{place} is empty; expected a header and a row an example. Name another file."
        )
    return rows


def _end_of_first(text: str, separator: str) -> int:
    """Bytes up to the end of the first line that holds something, quotes heeded."""
    taken = 0

    def lines() -> Any:
        nonlocal taken
        for line in io.StringIO(text, newline=""):
            taken += len(line.encode())
            if line.strip():
                yield line

    try:
        next(csv.reader(lines(), delimiter=separator), None)
    except csv.Error:
        return len(text.split("\n", 1)[0].encode()) + 1
    return taken


def _is_header(records: list[list[str]], said: set[str]) -> bool:
    """Whether the first line names the columns: it differs from what is below it."""
    first = [cell.strip() for cell in records[0]]
    words = [cell for cell in first if cell not in MISSING and not _NUMBER_LIKE.fullmatch(cell)]
    if any(name in words for name in said):
        return True
    numbers = [cell for cell in first if _NUMBER_LIKE.fullmatch(cell)]
    if not words:
        return False
    if len(numbers) > 1 and numbers in (
        [str(n) for n in range(len(numbers))],
        [str(n + 1) for n in range(len(numbers))],
    ):
        return True  # pandas numbers the columns that have no names: label,0,1,2,...
    rest = [record for record in records[1:] if len(record) == len(first)]
    votes = 0.0
    for at, cell in enumerate(first):
        below = [record[at].strip() for record in rest if record[at].strip() not in MISSING]
        if below:
            votes += _vote(cell, below)
    if votes:
        return votes > 0
    return len(words) > len(first) / 2 and len(set(first)) == len(first)


def _vote(cell: str, below: list[str]) -> float:
    """1: this cell is the name of what is below it; -1: it is one of them."""
    for form in (_NUMBER_LIKE, _DATE_LIKE):
        if sum(form.fullmatch(one) is not None for one in below) >= 0.9 * len(below):
            alike = form.fullmatch(cell) is not None
            return -1.0 if alike else float(cell not in MISSING)
    if cell in below or _NUMBER_LIKE.fullmatch(cell):
        return -1.0
    # texts that come back, and never this one
    return 0.5 if cell and len(set(below)) <= len(below) / 2 else 0.0
