"""What do the cells of a column tell of it: words, numbers, names, and how often they come back?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from receta.core import naming
from receta.sources.trees.picture_names import is_picture_name

FEW_ROWS = 10  # so few may each have a class of their own


_MARKED = 0.75  # of its cells are yes or no; odd ones are told by their lines

NAMES = (
    "label",
    "labels",
    "class",
    "classes",
    "classname",
    "classlabel",
    "category",
    "categories",
    "tags",
    "etiqueta",
    "etiquetas",
    "clase",
    "clases",
    "categoria",
    "categorias",
)


WEAK = ("tag", "target", "targets", "y")


YES, NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "-1", "-1.0", "false", "no")


@dataclass(frozen=True)
class Facts:
    """What the cells of a column are like. counts: of its cells, without those that are empty."""

    at: int
    name: str
    n: int
    counts: Counter[str]
    numbers: bool
    whole: bool
    files: bool
    marks: bool

    @property
    def repeats(self) -> bool:
        """Whether its cells come back, so that they may be classes."""
        return 1 < len(self.counts) <= (self.n if self.n < FEW_ROWS else self.n / 2)

    @property
    def plain(self) -> str:
        """The name in small letters, without marks."""
        return plain_name(self.name)


def plain_name(name: str) -> str:
    """A name of a column in small letters, without marks.

    >>> plain_name("Class Name"), plain_name("class_name")
    ('classname', 'classname')
    """
    return re.sub(r"[\W_]", "", name.casefold()).replace("í", "i")


def look_at(at: int, name: str, cells: Sequence[str]) -> Facts:
    """Facts of a column by all its cells."""
    counts = Counter(cell.strip() for cell in cells)
    counts.pop("", None)
    n = counts.total()
    numbers = bool(counts) and all(map(naming.is_number, counts))
    whole = numbers and all(float(cell).is_integer() for cell in counts)
    files = 2 * sum(times for cell, times in counts.items() if is_picture_name(cell)) > n
    marks = sum(
        times for cell, times in counts.items() if cell.lower() in (*YES, *NO)
    ) >= _MARKED * max(len(cells), 1)
    return Facts(at, name, n, counts, numbers, whole, files, marks)
