"""Which column of a table is the label, and which ones are pixels?

Names that count on (pixel0, pixel1 ...) are pixels; what stands beside them is the label, an id, a
part or left aside. Without such names the label is the column of words, or the first or the last
one, whichever holds few whole numbers that come back; where both do, the user is asked. FER2013
writes all pixels of a picture into one cell.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from receta.codecs.csv_lines import Line
from receta.core import naming
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources import Options, _label_choice, _part_columns
from receta.sources._stack import flat_shape

LABELS = ("label", "class", "target", "y")  # names of a label column, the first one there counts
_IDS = ("id", "ids", "index", "idx", "imageid", "imgid", "row", "rowid", "uid", "key")
_PIXEL_TEXT = re.compile(r"\[?\s*[0-9.]+(?:[\s,]+[0-9.]+){3,}\s*\]?")
_SPACES = re.compile(r"[\s,\[\]]+")
_SAMPLE = 100  # lines by which the columns are told apart
_MOST_ASIDE = 8  # columns beside the pixels that are looked at for parts
_SURE_ROWS = 10  # from so many on, cells of a label come back
_MOSTLY = 0.9  # of the cells alike: a pixel at the border of the pictures

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
        return (
            f"column {self.header[position]!r}"
            if self.header
            else f"column {position} (counted from 0)"
        )

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


def understood(place: str, first: list[Line], options: Options, gather: Gather) -> Layout:
    """The layout of a table by its first lines, what the user says, and all cells of a few columns.

    Raises InputError when there is no such label column, when two might be it, or the pixels
    are no picture.
    """
    number, line, delimiter = _first_line(place, first)
    top = [cell.strip() for cell in cells(line, delimiter)]
    texts = [cells(text.decode("utf-8", "replace"), delimiter) for _, text in first[:_SAMPLE]]
    has_header = _is_header(top, {*LABELS, options.label, options.group}) or _names_packed(
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
    table = _Table(place, header, width, rows, lambda columns: gather(columns, delimiter, skip))
    packed = _packed(header, rows)
    if packed is None and options.shape is None:
        _refuse_other(table)
    label, why = _label(table, packed, group, options)
    if group == label:
        raise InputError(
            f"{place}: column {options.group!r} is both label and group; expected two columns. Change --group."
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
    shape = flat_shape(len(pixels), options.shape, place)
    named = tuple(at for at in aside if header and not _is_unnamed(header[at]))
    layout = Layout(
        header, skip, delimiter, width, label, group, pixels, shape, named[:_MOST_ASIDE], packed
    )
    notes = [f"{layout.column(label)} holds the label ({why})"]
    if packed is not None:
        notes.append(
            f"{layout.column(packed)} holds the pixels of a picture as one text: {len(pixels):,}, of {shape[0]} x {shape[1]}"
        )
    return dataclasses.replace(layout, notes=tuple(notes))


def split_pixels(cell: str) -> list[str]:
    """The pixels in one cell, between spaces, commas or brackets.

    >>> split_pixels("[1, 2  3]")
    ['1', '2', '3']
    """
    return _SPACES.sub(" ", cell).split()


@dataclass(frozen=True)
class _Table:
    """What is known of a table while its columns are told apart."""

    place: str
    header: tuple[str, ...]
    width: int
    rows: list[list[str]]
    gather: Callable[[list[int]], list[list[str]]]

    @functools.cached_property
    def counted(self) -> tuple[int, ...]:
        """Columns whose names count on, as pixel0, pixel1 ... do; () where most do not."""
        forms = [re.sub("[0-9]+", "#", name.lower()) for name in self.header]
        form, n = Counter(forms).most_common(1)[0] if forms else ("", 0)
        if "#" not in form or 2 * n < len(forms) or n < 2:
            return ()
        return tuple(at for at, one in enumerate(forms) if one == form)

    @functools.cached_property
    def words(self) -> list[int]:
        """Columns of words: most of their cells are no numbers."""
        found = []
        for at, column in enumerate(zip(*self.rows, strict=True)):
            there = [cell for cell in column if cell.strip()]
            if there and 2 * sum(map(naming.is_number, there)) < len(there):
                found.append(at)
        return found

    def name(self, at: int) -> str:
        return self.header[at] if self.header else f"column {at} (counted from 0)"

    def plain(self, at: int) -> str:
        return _label_choice.plain_name(self.header[at]) if self.header else ""

    def facts(self, columns: Iterable[int]) -> tuple[list[_label_choice.Facts], list[list[str]]]:
        """What all cells of some columns are like."""
        at = list(columns)
        held = self.gather(at)
        return [
            _label_choice.look_at(one, self.name(one), some)
            for one, some in zip(at, held, strict=True)
        ], held

    def pixels(self, others: set[int | None], options: Options) -> tuple[int, ...]:
        """The columns of pixels, once label and group are known."""
        if self.counted:
            return tuple(at for at in self.counted if at not in others)
        spare = {
            at
            for at in range(self.width)
            if self.header and (_is_unnamed(self.header[at]) or self.plain(at) in _IDS)
        }
        rest = tuple(at for at in range(self.width) if at not in others and at not in spare)
        if options.shape is None and self.words and not _is_square(len(rest)):
            rest = tuple(at for at in rest if at not in self.words) or rest
        if (
            not self.header
            and options.shape is None
            and not _is_square(len(rest))
            and _is_square(len(rest) - 1)
        ):
            ends = [at for at in (rest[0], rest[-1]) if _counts_rows(self.rows, at)]
            rest = tuple(at for at in rest if at not in ends[:1])
        return rest


def _first_line(place: str, first: list[Line]) -> tuple[int, str, str]:
    """Number and text of the first line, and what separates its cells."""
    number, content = first[0]
    try:
        line = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{place}: line {number} is no UTF-8 ({error.reason} at byte {error.start}); expected a CSV in UTF-8. "
            f"Save it again as UTF-8."
        ) from error
    marked = re.fullmatch("sep=(.)", line)  # what Excel writes for itself
    if marked and len(first) > 1:
        del first[0]
        return (*_first_line(place, first)[:2], marked[1])
    # A text of pixels may hold commas too, but not in the header.
    return number, line, max(",;\t|", key=line.count)


def _label(
    table: _Table, packed: int | None, group: int | None, options: Options
) -> tuple[int, str]:
    """Position of the column of the label, and why it is that one."""
    header, width = table.header, table.width
    if options.label is not None:
        return _said(table.place, header, width, options.label), "as --label says"
    lower = [name.lower() for name in header]
    named = [
        lower.index(name)
        for name in LABELS
        if name in lower and lower.index(name) not in (packed, group)
    ]
    if len(named) > 1:
        facts, held = table.facts(named)
        chosen = _label_choice.choose(table.place, facts, held)
        if chosen.label is not None:
            return chosen.label, chosen.why
    if named:
        return named[0], "by its name"
    if header and (packed is not None or table.counted):
        beside = [
            at
            for at in range(width)
            if at != group and at != packed and not (packed is None and at in table.counted)
        ]
        beside = [
            at for at in beside if not _is_unnamed(header[at]) and table.plain(at) not in _IDS
        ]
        if len(beside) == 1:
            return beside[0], "it stands beside the pixels"
        if beside:
            beside = beside[: 8 * _MOST_ASIDE]
            facts, held = table.facts(beside)
            parts = _part_columns.find(
                [header[at] for at in beside], lambda at: _part_columns.few(held[at]), set()
            )
            left = [at for at in range(len(beside)) if at not in parts.columns]
            if len(left) == 1:
                return beside[left[0]], "it stands beside the pixels"
            chosen = _label_choice.choose(
                table.place, [facts[at] for at in left], [held[at] for at in left]
            )
            if chosen.label is not None:
                return chosen.label, chosen.why
        if packed is not None or _is_square(len(table.counted)):
            raise InputError(
                f"{table.place} has no column of labels beside its pixels; expected one. Add it, or name a column with --label."
            )
    words = [
        at
        for at in table.words
        if at != group and not (header and (_is_unnamed(header[at]) or table.plain(at) in _IDS))
    ]
    if len(words) == 1:
        return words[0], "the column of words"
    if len(words) > 1 and len(words) < width / 2:
        facts, held = table.facts(words[:_MOST_ASIDE])
        chosen = _label_choice.choose(table.place, facts, held)
        if chosen.label is not None:
            return chosen.label, chosen.why
    return _first_or_last(table, group)


def _first_or_last(table: _Table, group: int | None) -> tuple[int, str]:
    """The label among numbers alone: the first column or the last one."""
    ends = [
        at
        for at in range(table.width)
        if at != group
        and not (table.header and (_is_unnamed(table.header[at]) or table.plain(at) in _IDS))
    ]
    if (
        not table.header
        and len(ends) > 2
        and _counts_rows(table.rows, ends[0])
        and _is_square(len(ends) - 2)
    ):
        ends = ends[1:]
    pair = list(dict.fromkeys((ends[0], ends[-1])))
    facts, _ = table.facts(pair)
    fit = [one for one in facts if one.whole and one.repeats]
    if len(fit) == 2:
        counted = [one for one in fit if _runs_on(one)]
        fit = counted if len(counted) == 1 else fit
    if len(fit) == 2:
        varied = [one for one in fit if max(one.counts.values()) < _MOSTLY * one.n]
        fit = varied if len(varied) == 1 else fit
    if len(fit) == 1:
        which = "first" if fit[0].at == pair[0] else "last"
        return fit[0].at, f"the {which} one: few whole numbers that come back"
    if all(one.n < _SURE_ROWS for one in facts):
        return pair[0], "the first one, for want of a better sign"
    held = (
        "both hold few whole numbers that come back"
        if fit
        else "neither holds few whole numbers that come back"
    )
    names = [repr(table.header[at]) if table.header else str(at) for at in pair]
    raise InputError(
        f"{table.place}: which column holds the label, the first ({names[0]}) or the last ({names[-1]}), is not clear: {held}; expected "
        f"a column called label. Name it: --label {names[0]} or --label {names[-1]}."
    )


def _runs_on(one: _label_choice.Facts) -> bool:
    """Whether whole numbers are 0, 1, 2 ... or 1, 2, 3 ..., as numbers of classes are."""
    values = sorted(float(cell) for cell in one.counts)
    return values[0] in (0, 1) and values[-1] - values[0] == len(set(values)) - 1


def _counts_rows(rows: list[list[str]], at: int) -> bool:
    """Whether the cells of a column go up by one."""
    column = [row[at].strip() for row in rows]
    if len(column) < 3 or not all(map(str.isdecimal, column)):
        return False
    return all(int(after) - int(before) == 1 for before, after in itertools.pairwise(column))


def _is_square(n: int) -> bool:
    """Whether so many pixels make a square picture, grey or in colour."""
    if n < 1:
        return False
    try:
        flat_shape(n, None, "")
    except InputError:
        return False
    return True


def _packed(header: tuple[str, ...], rows: list[list[str]]) -> int | None:
    """The column whose cells each hold all pixels of a picture."""
    if not rows or len(rows[0]) > 4 * _MOST_ASIDE:
        return None
    return next(
        (
            at
            for at in range(len(rows[0]))
            if all(_PIXEL_TEXT.fullmatch(row[at].strip()) for row in rows)
        ),
        None,
    )


def _names_packed(top: list[str], rows: list[list[str]]) -> bool:
    """Whether the first line names columns of which one holds pixels as a text."""
    below = [row for row in rows[1:] if len(row) == len(top)]
    at = _packed((), below)
    return at is not None and not _PIXEL_TEXT.fullmatch(top[at])


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
            f"{place} is a table: {len(odd)} of its columns hold words ({naming.first_few([header[at] for at in odd], 3)}), no pixels and "
            f"no file names of pictures; expected those. To predict a column of it, say --target COLUMN."
        )


def _refuse_other(table: _Table) -> None:
    """InputError for a table that has a header, but in no way as many pixels as a picture."""
    spare = (
        len(table.words)
        + sum(_is_unnamed(name) or _label_choice.plain_name(name) in _IDS for name in table.header)
        + 2
    )
    if (
        not table.header
        or table.counted
        or any(_is_square(table.width - n) for n in range(1, spare + 1))
    ):
        return
    raise InputError(
        f"{table.place} is a table of {table.width} columns ({naming.first_few(map(naming.printable, table.header), 3)}): none names "
        f"pictures, and they are no pixels of a square picture; expected a list of pictures, or pixels. To predict a column of it, say "
        f"--target COLUMN; of pixels say --shape HEIGHTxWIDTH."
    )


def _is_header(top: list[str], known: set[str | None]) -> bool:
    words = [cell for cell in top if cell and not naming.is_number(cell)]
    if len(words) > len(top) / 2:
        return True
    # pandas numbers the columns that have no names: label,0,1,2,...
    numbers = [cell for cell in top if naming.is_number(cell)]
    if not words or not numbers or numbers[0] not in ("0", "1"):
        return False
    counted = [str(n) for n in range(int(numbers[0]), int(numbers[0]) + len(numbers))]
    # A picture may begin like that too, with a class in front; but no pixel is above 255.
    return numbers == counted and (
        len(numbers) > 256 or all(w in known or w.lower() in known for w in words)
    )


def _is_unnamed(name: str) -> bool:
    # What an index becomes when pandas writes a table, and then once more.
    return not name or name.lower().startswith("unnamed:")


def _said(place: str, header: tuple[str, ...], width: int, label: str) -> int:
    """Position of the column that --label names."""
    if label in header:
        return header.index(label)
    if header:
        named = naming.first_few([name for name in header if name], 4)
        raise InputError(
            f"{place} has no column {label!r}; expected one of {named}.{nearest(label, header)} Change --label."
        )
    try:
        position = int(label)
    except ValueError:
        position = width
    if not -width <= position < width:
        raise InputError(
            f"{place} has no header, so --label {label} names no column; expected a number 0 to {width - 1}. Change --label."
        )
    return position % width
