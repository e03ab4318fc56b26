"""How does a text file become columns of texts, whatever separates its cells?

Arrow reads the cells, a hundred times as fast as Python's csv module.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.codecs.csv_layout import Layout, find_layout
from receta.codecs.csv_text import whole_text
from receta.codecs.sheet import Sheet
from receta.codecs.text_columns import MISSING
from receta.core import naming
from receta.core.errors import InputError

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
_BLOCK = 16 * 2**20


def read(place: str, said: set[str], *, skip_bad: bool, as_written: bool = False) -> Sheet:
    """All cells of a text file as texts.

    said: names that columns must have. skip_bad: lines of too many or too few cells are named
    in `strays` of the result; else they raise InputError, with the first one that is wrong.
    as_written: cells such as "?" and "NA" are texts as others, not missing.
    """
    content, notes = whole_text(place)
    layout = find_layout(place, content, said)
    if layout.start >= len(content) or not content[layout.start :].strip():
        raise InputError(
            f"{place} has a header but no rows; expected a row an example. Name another file."
        )
    table, odd = _arrow(place, content, layout, () if as_written else MISSING)
    bad = [one for one in odd if one[2].strip()]  # a line of spaces is no row
    if bad and (not skip_bad or not table.num_rows):
        raise InputError(_complaint(place, content, layout, bad, table.num_rows))
    if not table.num_rows:
        raise InputError(
            f"{place} has a header but no rows; expected a row an example. Name another file."
        )
    numbers = np.delete(
        np.arange(1, table.num_rows + len(odd) + 1), [number - 1 for number, _, _ in odd]
    )
    names, renamed = _unique(layout)
    strays = [(number, _shape(n, text, layout.width)) for number, n, text in bad]
    cells = list(table.columns)
    return Sheet(
        names, cells, numbers, bool(layout.header), layout.decimal_comma, strays, notes + renamed
    )


def _arrow(
    place: str, content: bytes, layout: Layout, missing: tuple[str, ...]
) -> tuple[Any, list[tuple[int, int, str]]]:
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
                    column_names=names,
                    use_threads=threads,
                    block_size=max(_BLOCK, _longest(content, layout.start) + 1),
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=layout.separator,
                    quote_char='"' if layout.quoted else False,
                    newlines_in_values=layout.quoted and b'"' in content,
                    invalid_row_handler=handle,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=True,
                    null_values=list(missing),
                ),
            )
        except pa.ArrowInvalid as error:
            if threads and ragged:
                continue
            what = " ".join(str(error).split())[:300]
            raise InputError(
                f"{place} cannot be read as a table ({what}); expected rows of {layout.width} "
                "cells. Mend it."
            ) from error
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
    if content[start : start + len(line)] == line and content[
        start + len(line) : start + len(line) + 1
    ] in (b"", b"\r", b"\n"):
        return start
    at = start
    while (at := content.find(b"\n" + line, at)) >= 0:
        after = at + 1 + len(line)
        if content[after : after + 1] in (b"", b"\r", b"\n"):
            return at + 1
        at += 1
    return start


def _complaint(
    place: str, content: bytes, layout: Layout, bad: list[tuple[int, int, str]], good: int
) -> str:
    _, n, text = bad[0]
    line = (
        content.count(b"\n", 0, _place_of(content, layout.start, text.rstrip("\r\n").encode())) + 1
    )
    what = f"{place}: line {line} {_shape(n, text, layout.width)}"
    total = len(bad) + good
    if not good:
        return (
            f"{what}. All {total:,} lines are like that: look at the separator "
            f"({layout.separator!r}) and the header."
        )
    many = f"{len(bad):,} of {total:,} lines {'is' if len(bad) == 1 else 'are'} like that"
    return f"{what}. {many}: mend them, or leave them out with --bad-rows quarantine."


def _unique(layout: Layout) -> tuple[list[str], list[str]]:
    """Names of the columns, each once, and what was changed for that."""
    given = [naming.printable(name) for name in layout.header] or [""] * layout.width
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
            notes.append(
                f"two columns are called {name!r}; the later one is called {others[0]!r} here"
            )
        else:
            notes.append(
                f"{len(others) + 1:,} columns are called {name!r}; the later ones are called "
                f"{others[0]!r} to {others[-1]!r} here"
            )
    return names, notes
