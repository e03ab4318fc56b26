"""Which column of a table is the label, and which ones are pixels?

Names that count on (pixel0, pixel1 ...) are pixels; what stands beside them is the label, an id, a
part or left aside. Without such names the label is the column of words, or the first or the last
one, whichever holds few whole numbers that come back; where both do, the user is asked. FER2013
writes all pixels of a picture into one cell.
"""

from __future__ import annotations

import csv
import dataclasses
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from receta.codecs.csv_lines import Line
from receta.core import naming
from receta.core.errors import InputError
from receta.sources import Options
from receta.sources.blocks.stack import flat_shape
from receta.sources.columns import label_facts
from receta.sources.pixel_tables.first_lines import (
    IDS,
    MOST_ASIDE,
    Sampled,
    find_first_line,
    find_packed,
    has_packed_pixels,
    is_header,
    is_square,
    is_unnamed,
    split_pixels,
)
from receta.sources.pixel_tables.label_column import LABELS, choose_label

_MOST_SHOWN = 20  # columns that a refusal lists
_SAMPLE = 100  # lines by which the columns are told apart
# All cells of some columns, whatever the file takes to be read: (columns) -> cells by column.
Gather = Callable[[list[int], str, int], list[list[str]]]


@dataclass(frozen=True)
class Layout:
    """What each column of a table is for.

    header: names of the columns, or none. width: cells a line. label, group: positions.
    aside: columns that are none of these. packed: the one that holds all pixels of a picture as
    a text; pixels are then positions in that text. notes: what was taken for what.
    """

    header: tuple[str, ...]
    header_line: int  # number of the line that holds it, 0 for none
    delimiter: str
    width: int
    label: int
    group: int | None
    pixels: tuple[int, ...]
    shape: tuple[int, int, int]
    aside: tuple[int, ...] = ()
    packed: int | None = None
    notes: tuple[str, ...] = ()

    def column(self, position: int) -> str:
        """A column as people would name it."""
        return f"column {self.header[position]!r}" if self.header else f"column-{position + 1}"

    def pixel(self, position: int) -> str:
        """A pixel as people would name it."""
        if self.packed is None:
            return self.column(position)
        return f"{self.column(self.packed)}, pixel {position + 1}"


def cells(line: str, delimiter: str) -> list[str]:
    """Cells of one line, out of their quotes.

    >>> cells('"a,b",1', ",")
    ['a,b', '1']
    """
    if '"' in line:
        try:
            return next(csv.reader([line], delimiter=delimiter))
        except csv.Error:  # a quote that never ends: the cells will be told to hold it
            pass
    return line.split(delimiter)


def understand_layout(place: str, first: list[Line], options: Options, gather: Gather) -> Layout:
    """The layout of a table by its first lines, what the user says, and all cells of a few columns.

    Raises InputError when there is no such label column, when two might be it, or the pixels
    are no picture.
    """
    number, line, delimiter = find_first_line(place, first)
    top = [cell.strip() for cell in cells(line, delimiter)]
    texts = [cells(text.decode("utf-8", "replace"), delimiter) for _, text in first[:_SAMPLE]]
    has_header = is_header(top, {*LABELS, options.label, options.group}) or has_packed_pixels(
        top, texts
    )
    header = tuple(top) if has_header else ()
    # Without a header most lines decide, for the first one may be the ragged one.
    lengths = Counter(len(cells(text.decode("utf-8", "replace"), delimiter)) for _, text in first)
    width = len(header) or lengths.most_common(1)[0][0]
    rows = [
        row
        for at, row in zip((at for at, _ in first), texts, strict=False)
        if len(row) == width and not (header and at == number)
    ]
    group = (
        header.index(options.group)
        if options.group is not None and options.group in header
        else None
    )
    skip = number if header else 0
    table = Sampled(place, header, width, rows, lambda columns: gather(columns, delimiter, skip))
    packed = find_packed(rows)
    if packed is None and options.shape is None:
        _refuse_other(table)
    label, why = choose_label(table, packed, group, options)
    if group == label:
        raise InputError(
            f"{place}: column {options.group!r} is both label and group; expected two columns. "
            "Change --group."
        )
    if packed is not None:
        pixels = tuple(
            range(Counter(len(split_pixels(row[packed])) for row in rows).most_common(1)[0][0])
        )
        aside = tuple(at for at in range(width) if at not in (packed, label, group))
    else:
        pixels = table.pixels({label, group} - {None}, options)
        aside = tuple(at for at in range(width) if at not in {label, group, *pixels})
    _refuse_table(place, header, rows, pixels if packed is None else ())
    is_table = packed is None and options.shape is None and header and not table.counted
    if is_table and not is_square(len(pixels)):
        _refuse_columns(table)
    table_of = "`receta run {} --target -1` if it is a table whose last column is asked for"
    or_say = {} if header else {"or_say": table_of.format(shlex.quote(place))}
    shape = flat_shape(len(pixels), options.shape, place, **or_say)
    named = tuple(at for at in aside if header and not is_unnamed(header[at]))
    layout = Layout(
        header, skip, delimiter, width, label, group, pixels, shape, named[:MOST_ASIDE], packed
    )
    notes = [f"{layout.column(label)} holds the label ({why})"]
    if packed is not None:
        notes.append(
            f"{layout.column(packed)} holds the pixels of a picture as one text: "
            f"{len(pixels):,}, of {shape[0]} x {shape[1]}"
        )
    return dataclasses.replace(layout, notes=tuple(notes))


def _refuse_table(
    place: str, header: tuple[str, ...], rows: list[list[str]], pixels: tuple[int, ...]
) -> None:
    """InputError for a table of which half of the pixels would be words."""
    odd = [
        at
        for at in pixels
        if rows
        and not any(naming.is_number(row[at]) for row in rows)
        and any(row[at].strip() for row in rows)
    ]
    if header and 2 * len(odd) > len(pixels):
        raise InputError(
            f"{place} is a table: {len(odd)} of its columns hold words "
            f"({naming.first_few([header[at] for at in odd], 3)}), no pixels and "
            "no file names of pictures; expected those. To predict a column of it, say --target "
            "COLUMN."
        )


def _holds_other_numbers(table: Sampled) -> bool:
    """Whether most columns of numbers hold, in most of their cells, what no pixel is."""
    columns = [at for at in range(table.width) if at not in table.words]
    other = 0
    for at in columns:
        cells_there = [row[at] for row in table.rows if naming.is_number(row[at])]
        outside = [cell for cell in cells_there if not _may_be_pixel(float(cell))]
        other += 2 * len(outside) > len(cells_there)
    return 2 * other > len(columns)


def _may_be_pixel(value: float) -> bool:
    return 0 <= value <= 1 or (value <= 255 and value > 0 and value.is_integer())


def _refuse_other(table: Sampled) -> None:
    """InputError for a table that has a header, but in no way as many pixels as a picture."""
    spare = (
        len(table.words)
        + sum(is_unnamed(name) or label_facts.plain_name(name) in IDS for name in table.header)
        + 2
    )
    if (
        not table.header
        or table.counted
        or (
            any(is_square(table.width - n) for n in range(1, spare + 1))
            and not _holds_other_numbers(table)
        )
    ):
        return
    _refuse_columns(table)


def _refuse_columns(table: Sampled) -> None:
    """InputError that lists the columns and asks which one is to be predicted."""
    raise InputError(
        f"{table.place} is a table of {table.width} columns "
        f"({naming.first_few(map(naming.printable, table.header), _MOST_SHOWN)}): none names "
        "pictures, and they are no pixels of a square picture; expected a list of pictures, or "
        "pixels. Which column is to be predicted? Say --target COLUMN; of steps in time say "
        "--series COLUMN; of pixels say --shape HEIGHTxWIDTH."
    )
