"""How do lines of a table become uint8 pixels, and which lines cannot?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.codecs.csv_lines import Line
from receta.core import naming
from receta.core.errors import InputError
from receta.sources.pixel_tables.first_lines import split_pixels
from receta.sources.pixel_tables.layout import Layout, cells

_MOST_SHOWN = 20  # characters of a cell in a message


@dataclass(frozen=True)
class Bad:
    """A line that cannot be used; number counts rows of data from 1."""

    number: int
    what: str


@dataclass(frozen=True)
class _Row:
    """A line with the right number of cells; text has only plain cells."""

    number: int
    line: int
    label: str
    group: str
    aside: tuple[str, ...]
    text: str


MOST_ROWS = 5_000_000  # of pictures as text: half a minute of the processor


class Rows:
    """Takes lines chunk by chunk; keeps labels, not pixels.

    scale: 255 when the values are 0 to 1 with fractions, 1 when they are 0 to 255,
    None while only 0 and 1 have been seen. until_scaled: rows before that was known.
    """

    def __init__(self, layout: Layout, *, keep_bad: bool) -> None:
        self.layout = layout
        self.total = 0
        self.bad: list[Bad] = []
        self.n_bad = 0
        self.numbers: list[int] = []
        self.groups: list[str] | None = None if layout.group is None else []
        # cells by column, which may say parts
        self.aside: list[list[str]] = [[] for _ in layout.aside]
        self.scale: int | None = None
        self.until_scaled = 0
        self._keep_bad = keep_bad
        self._codes: dict[str, int] = {}
        self._labels: list[int] = []

    def add(self, chunk: Sequence[Line]) -> np.ndarray:
        """(n, pixels) uint8 of those lines that can be used."""
        if self.total > MOST_ROWS:
            raise InputError(
                f"more than {MOST_ROWS:,} lines of pixels; expected at most so many. Divide the "
                "file, or save the pictures as NPZ."
            )
        rows: list[_Row] = []
        bad: list[Bad] = []
        for line, content in chunk:
            if line == self.layout.header_line:
                continue
            self.total += 1
            found = self._row(line, content)
            rows.append(found) if isinstance(found, _Row) else bad.append(Bad(self.total, found))
        values = _values([row.text for row in rows], self.layout)
        good = self._judge_rows(values)
        bad += [
            Bad(row.number, self._culprit(row))
            for row, fine in zip(rows, good, strict=True)
            if not fine
        ]
        self._note(sorted(bad, key=lambda one: one.number))
        for row, fine in zip(rows, good, strict=True):
            if fine:
                self.numbers.append(row.number)
                self._labels.append(self._codes.setdefault(row.label, len(self._codes)))
                if self.groups is not None:
                    self.groups.append(row.group)
                for column, cell in zip(self.aside, row.aside, strict=True):
                    column.append(cell)
        values = values[good]
        return (
            values
            if values.dtype == np.uint8 and self.scale != 255
            else _scale_up(values, self.scale or 1)
        )

    def classes(self) -> tuple[tuple[str, ...], list[int]]:
        """Class names in order, and the class of each row that can be used."""
        names, index = naming.classes(list(self._codes))
        return names, [index[code] for code in self._labels]

    def _note(self, bad: list[Bad]) -> None:
        self.n_bad += len(bad)
        self.bad += bad if self._keep_bad or not bad else bad[: 1 - min(len(self.bad), 1)]

    def _row(self, line: int, content: bytes) -> _Row | str:
        """The line with its label, or what is wrong with it."""
        layout = self.layout
        try:
            text = content.decode("utf-8-sig" if line == 1 else "utf-8")
        except UnicodeDecodeError as error:
            return f"line {line} is no UTF-8 at byte {error.start}; expected a CSV in UTF-8"
        parts: list[str] | None = None
        if '"' in text or layout.packed is not None:
            parts = cells(text, layout.delimiter)
        n = len(parts) if parts else text.count(layout.delimiter) + 1
        if n != layout.width:
            return f"line {line} has {n} cells; expected {layout.width}"
        named = [] if layout.group is None else [layout.group]
        split = parts or (text.split(layout.delimiter) if layout.aside else None)
        found = [
            (split[at] if split else _cell(text, layout.delimiter, at, layout.width)).strip()
            for at in (layout.label, *named, *layout.aside)
        ]
        for at, cell in zip((layout.label, *named), found, strict=False):
            if not cell:
                what = "label" if at == layout.label else "group"
                return f"line {line}, {layout.column(at)} holds nothing; expected a {what}"
        aside = tuple(sys.intern(cell) for cell in found[1 + len(named) :])
        if layout.packed is not None and parts:
            pixels = split_pixels(parts[layout.packed])
            if len(pixels) != len(layout.pixels):
                return (
                    f"line {line}, {layout.column(layout.packed)} holds {len(pixels)} pixels; "
                    f"expected {len(layout.pixels)}"
                )
            return _Row(
                self.total,
                line,
                found[0],
                found[1] if named else "",
                aside,
                layout.delimiter.join(pixels),
            )
        if parts:
            wanted = set(layout.pixels)
            parts = [part if at in wanted else "" for at, part in enumerate(parts)]
            odd = next((at for at, part in enumerate(parts) if layout.delimiter in part), None)
            if odd is not None:
                return _wrong(line, layout.column(odd), parts[odd], "a number 0 to 255")
            text = layout.delimiter.join(parts)
        return _Row(self.total, line, found[0], found[1] if named else "", aside, text)

    def _judge_rows(self, values: np.ndarray) -> np.ndarray:
        """(n,) which rows hold good values; settles the scale when it can."""
        if len(values) == 0:
            return np.zeros(0, bool)
        if values.dtype == np.uint8 and self.scale != 255:
            if self.scale is None and values.max() > 1:
                self.scale = 1
            return np.ones(len(values), bool)
        # NaN wherever there is one, and then all is false
        least, most = values.min(axis=1), values.max(axis=1)
        whole = (values == np.floor(values)).all(axis=1)
        if self.scale is None:
            n_fractions = int(((least >= 0) & (most <= 1) & ~whole).sum())
            n_bytes = int((whole & (most > 1) & (most <= 255)).sum())
            if n_fractions > n_bytes:
                self.scale, self.until_scaled = 255, len(self.numbers)
            elif n_bytes:
                self.scale = 1
        fits: np.ndarray = (least >= 0) & (most <= (1 if self.scale == 255 else 255))
        return fits if self.scale == 255 else fits & whole

    def _culprit(self, row: _Row) -> str:
        """What is wrong with a row of the right length: its first bad cell."""
        parts = row.text.split(self.layout.delimiter)
        limit = 1 if self.scale == 255 else 255
        expected = "a number 0 to 1 as in other lines" if self.scale == 255 else "a number 0 to 255"
        for at in self.layout.pixels:
            cell = parts[at]
            if naming.is_number(cell) and 0 <= float(cell) <= limit:
                if self.scale == 255 or float(cell).is_integer():
                    continue
                expected = "a whole number 0 to 255 as in other lines"
            return _wrong(row.line, self.layout.pixel(at), cell, expected)
        return f"line {row.line} cannot be read; expected numbers"


def _cell(line: str, delimiter: str, at: int, width: int) -> str:
    if at == width - 1:
        return line.rpartition(delimiter)[2]
    return line.split(delimiter, at + 1)[at]


def _wrong(line: int, column: str, cell: str, expected: str) -> str:
    text = cell.strip()
    if not text:
        return f"line {line}, {column} is empty; expected {expected}"
    shown = repr(naming.cut(text, _MOST_SHOWN))
    return f"line {line}, {column} holds {shown}; expected {expected}"


def _values(lines: list[str], layout: Layout) -> np.ndarray:
    """(n, pixels) uint8 if all of them are, else float64; NaN where there is no number."""
    for dtype in (np.uint8, np.float64):
        try:
            return _parse(lines, layout, dtype)
        except ValueError:
            continue
    found = np.full((len(lines), len(layout.pixels)), np.nan)
    for at, line in enumerate(lines):
        parts = line.split(layout.delimiter)
        pixels = [parts[position] for position in layout.pixels]
        if all(map(naming.is_number, pixels)):
            found[at] = [float(cell) for cell in pixels]
    return found


def _parse(lines: list[str], layout: Layout, dtype: type) -> np.ndarray:
    if not lines:
        return np.zeros((0, len(layout.pixels)), dtype)
    values: np.ndarray = np.loadtxt(
        lines, dtype, comments=None, delimiter=layout.delimiter, usecols=layout.pixels, ndmin=2
    )
    return values


def _scale_up(values: np.ndarray, scale: int) -> np.ndarray:
    return np.round(values.astype(np.float64) * scale).astype(np.uint8)
