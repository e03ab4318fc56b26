"""What do the cells of a file hold, before anybody said what they are for?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.codecs.recasting import recast
from receta.codecs.text_columns import as_category, column
from receta.core import naming
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.data.table import Column, ColumnKind


@dataclass
class Sheet:
    """What a file holds, before anybody said what it is for.

    cells: by column its texts (an Arrow array, null where missing), or the column itself
    where the file says what kind it is. numbers (n,): which row of the file each is, from 1.
    headed: whether the file names its columns. decimal_comma: whether its numbers have one.
    """

    names: list[str]
    cells: list[Any]
    numbers: np.ndarray
    headed: bool = True
    decimal_comma: bool = False
    strays: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def column(self, at: int, *, asked: bool = False, kind: ColumnKind | None = None) -> Column:
        """The column at a position, whose texts are then given up.

        asked: whether somebody says that these are numbers; half of the cells will do then. kind:
        what it is said to hold; all other cells are junk.
        """
        found, self.cells[at] = self.cells[at], None
        if isinstance(found, Column):
            return recast(found, kind) if kind else found
        if kind == "category":
            return as_category(self.names[at], found)
        read = column(
            self.names[at], found, self.notes, decimal_comma=self.decimal_comma, asked=asked
        )
        return recast(read, kind) if kind else read

    def find(self, wanted: str, place: str, option: str) -> int:
        """Position of the column that an option names; InputError for none.

        By its name, by its number from 1 (-1 is the last), or as column-1, column-2 ...
        """
        if wanted in self.names:
            twins = [name for name in self.names if name.startswith(f"{wanted}~")]
            if twins and any(repr(wanted) in note for note in self.notes):
                raise InputError(
                    f"{place} has {len(twins) + 1} columns called {wanted!r}; expected one for "
                    f"{option}. Rename one, or name it "
                    f"by its number, 1 to {len(self.names)}."
                )
            return self.names.index(wanted)
        number = re.fullmatch(r"(?:column-)?([0-9]{1,9})|(-[0-9]{1,9})", wanted)
        if number:
            at = int(number[1] or number[2])
            if 1 <= at <= len(self.names):
                return at - 1
            if -len(self.names) <= at <= -1:
                return at + len(self.names)
        shown = naming.first_few([name[:40] for name in self.names], 12)
        header = "" if self.headed else " has no header, so it"
        raise InputError(
            f"{place}{header} has no column {wanted[:80]!r}; expected one of {shown}, or its "
            "number (-1 is the last)."
            f"{nearest(wanted, self.names)} Change {option}."
        )
