"""What do the first lines of a table say of its columns?"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from receta.codecs.csv_lines import Line
from receta.core import naming
from receta.core.errors import InputError
from receta.sources import Options
from receta.sources.blocks.stack import flat_shape
from receta.sources.columns import label_facts

IDS = ("id", "ids", "index", "idx", "imageid", "imgid", "row", "rowid", "uid", "key")
_PIXEL_TEXT = re.compile(r"\[?\s*[0-9.]+(?:[\s,]+[0-9.]+){3,}\s*\]?")
_SPACES = re.compile(r"[\s,\[\]]+")
MOST_ASIDE = 8  # columns beside the pixels that are looked at for parts


def split_pixels(cell: str) -> list[str]:
    """The pixels in one cell, between spaces, commas or brackets.

    >>> split_pixels("[1, 2  3]")
    ['1', '2', '3']
    """
    return _SPACES.sub(" ", cell).split()


@dataclass(frozen=True)
class Sampled:
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
        return self.header[at] if self.header else f"column-{at + 1}"

    def plain(self, at: int) -> str:
        return label_facts.plain_name(self.header[at]) if self.header else ""

    def facts(self, columns: Iterable[int]) -> tuple[list[label_facts.Facts], list[list[str]]]:
        """What all cells of some columns are like."""
        at = list(columns)
        held = self.gather(at)
        return [
            label_facts.look_at(one, self.name(one), some)
            for one, some in zip(at, held, strict=True)
        ], held

    def pixels(self, others: set[int | None], options: Options) -> tuple[int, ...]:
        """The columns of pixels, once label and group are known."""
        if self.counted:
            return tuple(at for at in self.counted if at not in others)
        spare = {
            at
            for at in range(self.width)
            if self.header and (is_unnamed(self.header[at]) or self.plain(at) in IDS)
        }
        rest = tuple(at for at in range(self.width) if at not in others and at not in spare)
        if options.shape is None and self.words and not is_square(len(rest)):
            rest = tuple(at for at in rest if at not in self.words) or rest
        if (
            not self.header
            and options.shape is None
            and not is_square(len(rest))
            and is_square(len(rest) - 1)
        ):
            ends = [at for at in (rest[0], rest[-1]) if counts_rows(self.rows, at)]
            rest = tuple(at for at in rest if at not in ends[:1])
        return rest


def find_first_line(place: str, first: list[Line]) -> tuple[int, str, str]:
    """Number and text of the first line, and what separates its cells."""
    number, content = first[0]
    try:
        line = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{place}: line {number} is no UTF-8 ({error.reason} at byte {error.start}); "
            "expected a CSV in UTF-8. "
            f"Save it again as UTF-8."
        ) from error
    marked = re.fullmatch("sep=(.)", line)  # what Excel writes for itself
    if marked and len(first) > 1:
        del first[0]
        return (*find_first_line(place, first)[:2], marked[1])
    # A text of pixels may hold commas too, but not in the header.
    return number, line, max(",;\t|", key=line.count)


def counts_rows(rows: list[list[str]], at: int) -> bool:
    """Whether the cells of a column go up by one."""
    column = [row[at].strip() for row in rows]
    if len(column) < 3 or not all(map(str.isdecimal, column)):
        return False
    return all(int(after) - int(before) == 1 for before, after in itertools.pairwise(column))


def is_square(n: int) -> bool:
    """Whether so many pixels make a square picture, grey or in colour."""
    if n < 1:
        return False
    try:
        flat_shape(n, None, "")
    except InputError:
        return False
    return True


def find_packed(rows: list[list[str]]) -> int | None:
    """The column whose cells each hold all pixels of a picture."""
    if not rows or len(rows[0]) > 4 * MOST_ASIDE:
        return None
    return next(
        (
            at
            for at in range(len(rows[0]))
            if all(_PIXEL_TEXT.fullmatch(row[at].strip()) for row in rows)
        ),
        None,
    )


def has_packed_pixels(top: list[str], rows: list[list[str]]) -> bool:
    """Whether the first line names columns of which one holds pixels as a text."""
    below = [row for row in rows[1:] if len(row) == len(top)]
    at = find_packed(below)
    return at is not None and not _PIXEL_TEXT.fullmatch(top[at])


def is_header(top: list[str], known: set[str | None]) -> bool:
    """Whether the cells of the first line name columns."""
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


def is_unnamed(name: str) -> bool:
    """Whether a column has no name, or the one that pandas gives to those."""
    # What an index becomes when pandas writes a table, and then once more.
    return not name or name.lower().startswith("unnamed:")
