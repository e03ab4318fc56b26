"""Which column holds the labels, by what its cells are and only then by its name?

Words or few whole numbers that come back make classes. What is never a label while anything
else is there: numbers that count the rows, cells unlike each other, names of files, fractions,
coordinates. A plain name (label, class) decides between columns that might be; a weak one (tag,
target, y) decides where nothing else might be. Where two readings are left, the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from receta.core import naming
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources.columns.label_facts import (
    FEW_ROWS,
    NAMES,
    WEAK,
    Facts,
    plain_name,
)

COORDINATES = frozenset(
    (
        *(
            "x",
            "y",
            "z",
            "w",
            "h",
            "width",
            "height",
            "area",
            "x0",
            "y0",
            "x1",
            "y1",
            "x2",
            "y2",
            "xmin",
            "ymin",
            "xmax",
            "ymax",
            "left",
        ),
        *(
            "top",
            "right",
            "bottom",
            "cx",
            "cy",
            "xc",
            "yc",
            "xcenter",
            "ycenter",
            "lat",
            "lon",
            "lng",
            "latitude",
            "longitude",
            "roix",
            "roiy",
        ),
        *(
            "roix1",
            "roiy1",
            "roix2",
            "roiy2",
            "ancho",
            "alto",
            "bx",
            "by",
            "bw",
            "bh",
            "centroidx",
            "centroidy",
            "xm",
            "ym",
            "perimeter",
        ),
    )
)
_WHOSE = re.compile(
    "(patient|subject|person|user|owner|author|source|camera|device|scanner|site|hospital|batch|session|case|study|series|lesion|animal|"
    "paciente|persona|sujeto)(id|no|nr|number|name|code)?|id|.*(patient|subject|person|user|image|file|photo)id"
)
_LONGEST = 100  # characters on average; more are sentences
_RIVALS = 8


@dataclass(frozen=True)
class Choice:
    """The column of the label, or those of 0 and 1, and why it is that one."""

    label: int | None
    marks: tuple[int, ...] = ()
    why: str = ""


def choose(
    place: str, columns: Sequence[Facts], cells: Sequence[Sequence[str]], option: str = "--label"
) -> Choice:
    """The column that holds the labels; InputError names those between which it cannot be told.

    columns: those without another use. cells: of each of them, in the same order.
    """
    by_at = {facts.at: some for facts, some in zip(columns, cells, strict=True)}
    boxes = _coordinates(columns)
    fit = [
        one
        for one in columns
        if one.repeats
        and one.at not in boxes
        and not one.files
        and not _measures(one)
        and not _prose(one)
    ]
    named = sorted(
        (one for one in columns if one.plain in NAMES and not one.files and one.counts),
        key=lambda one: NAMES.index(one.plain),
    )
    strong = [one for one in named if one in fit] or [
        one for one in named if not _identifies(one) and one.at not in boxes
    ]
    words = _different([one for one in fit if not one.numbers and not one.marks], by_at)
    if strong and (not words or any(one in fit or one.plain in _SEVERAL for one in strong)):
        rivals = _different([one for one in strong if one in fit], by_at)
        if len(rivals) > 1:
            raise InputError(_question(place, rivals, option))
        return Choice(strong[0].at, why="by its name")
    if len(words) > 1:  # a name decides between equals: what says whose picture it is, is no label
        words = [one for one in words if not _WHOSE.fullmatch(one.plain)] or words
    marks = tuple(one.at for one in columns if one.marks)
    if len(words) > 1 or (words and len(marks) > 1):
        raise InputError(_question(place, [*words, *(one for one in columns if one.marks)], option))
    weak = [one for one in fit if one.plain in WEAK and one.numbers]
    if words:
        targets = [
            one
            for one in weak
            if one.plain in ("target", "targets") and not _same(words[0], one, by_at)
        ]
        if targets:
            raise InputError(_question(place, [words[0], *targets], option))
        return Choice(words[0].at, why="its cells are names of classes")
    others = [
        one
        for one in columns
        if one.counts
        and not one.marks
        and one.at not in boxes
        and not one.files
        and not _identifies(one)
    ]
    if len(marks) > 1 and not others:
        # one label beside something else, or several
        if any(one.plain in WEAK for one in columns if one.marks):
            raise InputError(_question(place, [one for one in columns if one.marks], option))
        return Choice(None, marks)
    if len(weak) == 1:
        return Choice(weak[0].at, why="by its name")
    if len(fit) == 1:
        return Choice(fit[0].at, why="its cells come back")
    left = [one for one in columns if one.counts and not one.files]
    if not fit and len(left) == 1 and _identifies(left[0]):
        raise InputError(
            f"{place}: column {left[0].name[:40]!r} is the only one that may hold the labels, "
            f"but each of its {left[0].n:,} cells is "
            f"another; expected classes that come back. Add a column of labels, or say {option} "
            f"{left[0].name[:40]} all the same."
        )
    if not fit and len(left) == 1:
        return Choice(left[0].at, why="no other column is there")
    named = [one for one in left if one.plain in (*NAMES, *WEAK) and one.at not in boxes]
    if not fit and len(named) == 1:
        return Choice(named[0].at, why="by its name")
    raise InputError(_question(place, fit or left, option))


def find(place: str, header: Sequence[str], said: str, option: str = "--label") -> int:
    """Position of the column that an option names; InputError for none or several of that name."""
    at = [position for position, name in enumerate(header) if name == said]
    if (
        not at
        and (number := re.fullmatch(r"(?:column-)?([0-9]{1,9})", said))
        and 1 <= int(number[1]) <= len(header)
    ):
        return int(number[1]) - 1
    if len(at) == 1:
        return at[0]
    if at:
        raise InputError(
            f"{place} has {len(at)} columns called {said!r}; expected one for {option}. Rename one."
        )
    raise InputError(
        f"{place} has no column {said!r}; expected one of "
        f"{naming.first_few(header, 8)}.{nearest(said, header)} Change {option}."
    )


_SEVERAL = ("labels", "tags", "etiquetas", "classes", "categories", "clases", "categorias")


def is_several(name: str) -> bool:
    """Whether a column of this name holds several labels in a cell."""
    return plain_name(name) in _SEVERAL


def _coordinates(columns: Sequence[Facts]) -> set[int]:
    """Positions of numbers that say where or how large, not what."""
    found = [
        one.at for one in columns if one.plain in COORDINATES and (one.numbers or not one.counts)
    ]
    alone = len(found) == 1 and any(one.at == found[0] and one.plain == "y" for one in columns)
    return set() if alone else set(found)


def _measures(one: Facts) -> bool:
    return one.numbers and not one.whole


def _prose(one: Facts) -> bool:
    return not one.numbers and sum(len(cell) for cell in one.counts) > _LONGEST * len(one.counts)


def _identifies(one: Facts) -> bool:
    """Whether every row has a cell of its own."""
    return len(one.counts) == one.n >= FEW_ROWS


def _different(columns: Sequence[Facts], cells: dict[int, Sequence[str]]) -> list[Facts]:
    """The columns without those that say the same as an earlier one in other words."""
    kept: list[Facts] = []
    for one in columns:
        if len(kept) > _RIVALS:  # too many to choose from, however they differ
            break
        if not any(_same(other, one, cells) for other in kept):
            kept.append(one)
    return kept


def _same(one: Facts, other: Facts, cells: dict[int, Sequence[str]]) -> bool:
    if len(one.counts) != len(other.counts) or sorted(one.counts.values()) != sorted(
        other.counts.values()
    ):
        return False
    both = {(a.strip(), b.strip()) for a, b in zip(cells[one.at], cells[other.at], strict=True)}
    return len(both) == len(one.counts)


def _question(place: str, columns: Sequence[Facts], option: str) -> str:
    listed = (
        naming.first_few([naming.printable(one.name[:40]) for one in columns], 5)
        or "(none is left)"
    )
    example = columns[0].name[:40] if columns else "COLUMN"
    held = (
        " (such as "
        f"{naming.first_few([naming.printable(cell[:20]) for cell in columns[0].counts], 2)})"
        if columns
        else ""
    )
    return (
        f"{place}: which of its columns {listed} holds the labels is not clear; expected a "
        "column called label or tags, one of words "
        f"that come back, or columns of 0 and 1 alone. Name the column, such as {option} "
        f"{example}{held}."
    )
