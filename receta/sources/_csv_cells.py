"""How does a text file become columns of texts, whatever separates its cells?

Arrow reads the cells, a hundred times as fast as Python's csv module; what it cannot
know (separator, header, encoding) is decided by the first lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core import outside
from receta.core.errors import InputError
from receta.sources import Options, _names
from receta.sources._cells import MISSING, Sheet

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
_SEPARATORS = (",", ";", "\t", "|")
_HEAD_BYTES, _HEAD_ROWS = 2**20, 200  # by which the layout is decided
_MOST_BYTES = 8 * 2**30
MOST_COLUMNS = 100_000  # Arrow takes some 10 kB for each
_BLOCK = 16 * 2**20
_NUMBER_LIKE = re.compile(r"[+-]?[0-9][0-9.,' ]*(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}([-/.][0-9]{1,4})?([T ].*)?", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """How the lines of a file are to be read. start: where the rows begin, in bytes."""

    separator: str
    header: tuple[str, ...]
    width: int
    start: int
    decimal_comma: bool


def read(place: str, options: Options) -> Sheet:
    """All cells of a text file as texts; raises InputError with the line that is wrong."""
    content, notes = whole_text(place)
    said = {name for name in (options.target, options.group, options.series) if name}
    layout = _layout(place, content, said)
    if layout.start >= len(content) or not content[layout.start :].strip():
        raise InputError(f"{place} has a header but no rows; expected a row an example. Name another file.")
    table, odd = _arrow(place, content, layout)
    bad = [one for one in odd if one[2].strip()]  # a line of spaces is no row
    if bad and (options.bad_rows == "error" or not table.num_rows):
        raise InputError(_complaint(place, content, layout, bad, table.num_rows))
    if not table.num_rows:
        raise InputError(f"{place} has a header but no rows; expected a row an example. Name another file.")
    numbers = np.delete(np.arange(1, table.num_rows + len(odd) + 1), [number - 1 for number, _, _ in odd])
    names, renamed = _unique(layout)
    strays = [(number, _shape(n, text, layout.width)) for number, n, text in bad]
    cells = list(table.columns)
    return Sheet(names, cells, numbers, bool(layout.header), layout.decimal_comma, strays, notes + renamed)


def whole_text(place: str) -> tuple[bytes, list[str]]:
    """The file as UTF-8 with line feeds, and what had to be done for it."""
    with open(place, "rb") as file:
        magic = file.read(4)
        size = file.seek(0, 2)
        file.seek(0)
        if size > _MOST_BYTES:
            raise InputError(
                f"{place} has {size / 2**30:.3g} GB; expected a table that fits into memory, at most {_MOST_BYTES // 2**30} GB of text. "
                f"Divide it, or save it as Parquet."
            )
        found = b"".join(outside.gunzip(place, file)) if magic[:2] == b"\x1f\x8b" else file.read()
    return _decoded(place, found)


def first_text(place: str, most: int) -> bytes:
    """The first lines of the file as UTF-8, as `whole_text` has them."""
    with open(place, "rb") as file:
        magic = file.read(4)
        file.seek(0)
        found = next(outside.gunzip(place, file, most), b"") if magic[:2] == b"\x1f\x8b" else file.read(most)
    if len(found) >= most:
        wide = found[:2] in (b"\xff\xfe", b"\xfe\xff")
        found = found[: len(found) // 2 * 2 - 2] if wide else found[: found.rfind(b"\n") + 1]
    return _decoded(place, found)[0]


def _decoded(place: str, content: bytes) -> tuple[bytes, list[str]]:
    notes = []
    if not content.strip():
        raise InputError(f"{place} is empty; expected a header and a row an example. Name another file.")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise InputError(f"{place} is spoilt UTF-16 ({error.reason}); expected text. Save it again as UTF-8.") from error
        notes.append(f"{place} is UTF-16 text, and is read as that")
    content = content.removeprefix(b"\xef\xbb\xbf")
    other = {b"PK\x03\x04": "a ZIP archive or an Excel workbook", b"PAR1": "a Parquet file"}.get(content[:4])
    if other:
        advice = "Give it its own suffix" if "Parquet" in other else "Unpack it, or save its sheet as CSV UTF-8"
        raise InputError(f"{place} is {other}; expected a table as text. {advice}.")
    if (at := content.find(b"\0")) >= 0:
        raise InputError(
            f"{place} holds a NUL byte in line {content.count(10, 0, at) + 1}, so it is no text; expected a table as "
            f"text. Name another file, or save it again as CSV UTF-8."
        )
    if b"\n" not in content and b"\r" in content:  # as old Macs end lines
        content = content.replace(b"\r", b"\n")
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            try:
                content, what = content.decode("cp1252").encode(), "Windows-1252"
            except UnicodeDecodeError:
                content, what = content.decode("latin-1").encode(), "Latin-1"
            notes.append(f"{place} is no UTF-8 (line {line}); it is read as {what}: look whether accents are right")
    return content, notes


def _layout(place: str, content: bytes, said: set[str]) -> Layout:
    """Separator, header and width by the first lines."""
    start = 0
    marked = re.match(rb"sep=(.)\r?\n", content)  # what Excel writes for itself
    if marked:
        start = marked.end()
    head = content[start : start + _HEAD_BYTES]
    if start + len(head) < len(content):  # whole lines only
        cut = head.rfind(b"\n")
        whole = cut if cut >= 0 else content.find(b"\n", start)
        head = content[start : start + cut + 1] if cut >= 0 else content[start : None if whole < 0 else whole + 1]
    text = head.decode("utf-8", "replace")
    strange = sum(character < " " and character not in "\t\r\n\f\v" for character in text[:4096])
    if strange > 0.02 * len(text[:4096]):
        raise InputError(f"{place} is no text; expected a table as text. Name another file.")
    separator = marked.group(1).decode("latin-1") if marked else find_separator(text)
    records = _records(place, text, separator)
    first = [cell.strip() for cell in records[0]]
    headed = _is_header(records, said)
    lengths = Counter(len(record) for record in records)
    width = len(first) if headed else lengths.most_common(1)[0][0]
    if width > MOST_COLUMNS:
        raise InputError(
            f"{place} has {width:,} columns; expected at most {MOST_COLUMNS:,} in a text file. Save it as Parquet, or leave some out."
        )
    if headed:
        start += _end_of_first(text, separator)
    comma = separator != "," and any(
        re.fullmatch(r"[+-]?[0-9.]*,[0-9]+", cell.strip()) for record in records[headed:] for cell in record
    )
    return Layout(separator, tuple(first) if headed else (), width, start, comma)


def find_separator(text: str) -> str:
    """The separator under which the first lines have equally many cells."""
    best, score = ",", (0.0, 0, 0)
    for separator in _SEPARATORS:
        rows = _rows(text, separator)
        counts = Counter(map(len, rows))
        n, often = max(((n, often) for n, often in counts.items() if n > 1), key=lambda one: one[1], default=(1, 0))
        if not often:
            continue
        agreeing = often / len(rows)
        # 1,5;2,5: a comma within the cells of another separator is the decimal one.
        decimal = separator != "," and sum(bool(re.fullmatch(r"\s*[+-]?[0-9.]*,[0-9]+\s*", cell)) for row in rows for cell in row) > 0
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
    return rows or [line.split(separator) for line in text.splitlines()[:_HEAD_ROWS] if line.strip()]


def _records(place: str, text: str, separator: str) -> list[list[str]]:
    rows = _rows(text, separator)
    if not rows:
        raise InputError(f"{place} is empty; expected a header and a row an example. Name another file.")
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
    if len(numbers) > 1 and numbers in ([str(n) for n in range(len(numbers))], [str(n + 1) for n in range(len(numbers))]):
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
    return 0.5 if cell and len(set(below)) <= len(below) / 2 else 0.0  # texts that come back, and never this one


def _arrow(place: str, content: bytes, layout: Layout) -> tuple[Any, list[tuple[int, int, str]]]:
    """The cells, and of each line that has too few or too many: number, cells, text."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [str(at) for at in range(layout.width)]
    bad: list[tuple[int, int, str]] = []
    ragged = False

    def handle(row: Any) -> str:
        nonlocal ragged
        ragged = True
        if row.number is None:  # several threads do not know where they are
            return "error"
        bad.append((row.number, row.actual_columns, row.text))
        return "skip"

    whole = pa.py_buffer(content)
    for threads in (True, False):
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(whole.slice(layout.start)),
                read_options=arrow_csv.ReadOptions(
                    column_names=names, use_threads=threads, block_size=max(_BLOCK, _longest(content, layout.start) + 1)
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=layout.separator, newlines_in_values=b'"' in content, invalid_row_handler=handle
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=list(MISSING),
                ),
            )  # fmt: skip
        except pa.ArrowInvalid as error:
            if threads and ragged:
                continue
            what = " ".join(str(error).split())[:300]
            raise InputError(f"{place} cannot be read as a table ({what}); expected rows of {layout.width} cells. Mend it.") from error
        break
    return table, bad


def _longest(content: bytes, start: int) -> int:
    """Bytes of the longest stretch without a line end, as far as that matters."""
    if len(content) - start <= _BLOCK:
        return 0
    at, longest = start, 0
    while at + _BLOCK < len(content):  # every block of Arrow must hold the end of a line
        end = content.rfind(b"\n", at, at + _BLOCK)
        if end < 0:
            end = content.find(b"\n", at + _BLOCK)
            end = len(content) if end < 0 else end
            longest = max(longest, end - at)
        at = end + 1
    return longest


def _shape(n: int, text: str, width: int) -> str:
    inner = text.rstrip("\r\n").count("\n")
    if inner and text.count('"') % 2:
        where = "on the next line" if inner == 1 else f"in the {inner} lines after it"
        return f"opens a quote that is not closed {where}; expected {width} cells"
    return f"has {n} cell{'s' * (n != 1)}; expected {width}"


def _place_of(content: bytes, start: int, line: bytes) -> int:
    """Where a line begins; `start` where it is not found as it stands."""
    if content[start : start + len(line)] == line and content[start + len(line) : start + len(line) + 1] in (b"", b"\r", b"\n"):
        return start
    at = start
    while (at := content.find(b"\n" + line, at)) >= 0:
        after = at + 1 + len(line)
        if content[after : after + 1] in (b"", b"\r", b"\n"):
            return at + 1
        at += 1
    return start


def _complaint(place: str, content: bytes, layout: Layout, bad: list[tuple[int, int, str]], good: int) -> str:
    _, n, text = bad[0]
    line = content.count(b"\n", 0, _place_of(content, layout.start, text.rstrip("\r\n").encode())) + 1
    what = f"{place}: line {line} {_shape(n, text, layout.width)}"
    total = len(bad) + good
    if not good:
        return f"{what}. All {total:,} lines are like that: look at the separator ({layout.separator!r}) and the header."
    many = f"{len(bad):,} of {total:,} lines {'is' if len(bad) == 1 else 'are'} like that"
    return f"{what}. {many}: mend them, or leave them out with --bad-rows quarantine."


def _unique(layout: Layout) -> tuple[list[str], list[str]]:
    """Names of the columns, each once, and what was changed for that."""
    given = [_names.printable(name) for name in layout.header] or [""] * layout.width
    names: list[str] = []
    given_names, taken = set(given), set[str]()
    last: dict[str, int] = {}  # number given to a name last: thousands of equal ones stay linear
    renamed: dict[str, list[str]] = {}
    for at, name in enumerate(given):
        plain = called = name or f"column-{at + 1}"
        while called in taken or (plain in last and called in given_names):
            last[plain] = last.get(plain, 1) + 1
            called = f"{plain}~{last[plain]}"
        if name and called != name:
            renamed.setdefault(name, []).append(called)
        names.append(called)
        taken.add(called)
    notes = []
    for name, others in renamed.items():
        if len(others) == 1:
            notes.append(f"two columns are called {name!r}; the later one is called {others[0]!r} here")
        else:
            notes.append(f"{len(others) + 1:,} columns are called {name!r}; the later ones are called {others[0]!r} to {others[-1]!r} here")
    return names, notes
