"""Which column of a table is the label, and which ones are pixels?"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources import Options, _names
from receta.sources._csv_lines import Line
from receta.sources._stack import flat_shape

LABELS = ("label", "class", "target", "y")  # names of a label column, the first one there counts


@dataclass(frozen=True)
class Layout:
    """What each column of a table is for.

    header: names of the columns, or none. width: cells a line. label, group: positions.
    """

    header: tuple[str, ...]
    header_line: int  # number of the line that holds it, 0 for none
    delimiter: str
    width: int
    label: int
    group: int | None
    pixels: tuple[int, ...]
    shape: tuple[int, int, int]

    def column(self, position: int) -> str:
        """A column as people would name it."""
        return f"column {self.header[position]!r}" if self.header else f"column {position} (counted from 0)"


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


def understood(place: str, first: list[Line], options: Options) -> Layout:
    """The layout of a table by its first lines and what the user says.

    Raises InputError when there is no such label column, or the pixels are no picture.
    """
    number, content = first[0]
    try:
        line = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{place}: line {number} is no UTF-8 ({error.reason} at byte {error.start}); expected a CSV in UTF-8. "
            f"Save it again as UTF-8."
        ) from error
    delimiter = max(",;\t", key=line.count)
    top = [cell.strip() for cell in cells(line, delimiter)]
    header = tuple(top) if _is_header(top, {*LABELS, options.label, options.group}) else ()
    # Without a header most lines decide, for the first one may be the ragged one.
    lengths = Counter(len(cells(text.decode("utf-8", "replace"), delimiter)) for _, text in first)
    width = len(header) or lengths.most_common(1)[0][0]
    label = _label(place, header, width, options)
    group = header.index(options.group) if options.group is not None and options.group in header else None
    if group == label:
        raise InputError(
            f"{place}: column {options.group!r} is both label and group; expected two columns. Change --group."
        )
    spare = {label, group, *(at for at, name in enumerate(header) if _is_unnamed(name))}
    pixels = tuple(at for at in range(width) if at not in spare)
    shape = flat_shape(len(pixels), options.shape, place)
    return Layout(header, number if header else 0, delimiter, width, label, group, pixels, shape)


def _is_header(top: list[str], known: set[str | None]) -> bool:
    words = [cell for cell in top if cell and not _names.is_number(cell)]
    if len(words) > len(top) / 2:
        return True
    # pandas numbers the columns that have no names: label,0,1,2,...
    numbers = [cell for cell in top if _names.is_number(cell)]
    if not words or not numbers or numbers[0] not in ("0", "1"):
        return False
    counted = [str(n) for n in range(int(numbers[0]), int(numbers[0]) + len(numbers))]
    # A picture may begin like that too, with a class in front; but no pixel is above 255.
    return numbers == counted and (len(numbers) > 256 or all(w in known or w.lower() in known for w in words))


def _is_unnamed(name: str) -> bool:
    # What an index becomes when pandas writes a table, and then once more.
    return not name or name.lower().startswith("unnamed:")


def _label(place: str, header: tuple[str, ...], width: int, options: Options) -> int:
    if options.label is None:
        lower = [name.lower() for name in header]
        return next((lower.index(name) for name in LABELS if name in lower), 0)
    if options.label in header:
        return header.index(options.label)
    if header:
        named = _names.first_few([name for name in header if name], 4)
        raise InputError(
            f"{place} has no column {options.label!r}; expected one of {named}."
            f"{nearest(options.label, header)} Change --label."
        )
    try:
        position = int(options.label)
    except ValueError:
        position = width
    if not -width <= position < width:
        raise InputError(
            f"{place} has no header, so --label {options.label} names no column; expected a number 0 to {width - 1}. "
            f"Change --label."
        )
    return position % width
