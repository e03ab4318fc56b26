"""What are texts: one piece of writing an example, kept as UTF-8 behind each other?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data import words
from receta.data.dataset import Dataset, Kind, Task
from receta.data.marks import Marks


class Texts:
    """A source of texts.

    pages: the bytes of all texts, one behind the other. ends: (n,) int64, where each one ends.
    text_name, target_name: the columns that they stand in, '' where there are none.

    >>> two = Texts(
    ...     "two(", *join_texts(["Hi!", "adiós"]), Marks(["a", "b"], [0, 1], ("x", "y"))
    ... )
    >>> str(two[1])
    'adiós'
    """

    kind: Kind = "texts"
    task: Task = "classes"
    text_name: str = ""
    target_name: str = ""

    def __init__(
        self, name: str, pages: bytes, ends: np.ndarray, marks: Marks, *, stamp: str = ""
    ) -> None:
        self.name, self.targets = name, np.asarray(marks.targets)
        self.class_names, self.ids = tuple(marks.class_names), marks.ids
        self.parts, self.groups, self.strays = marks.parts, marks.groups, tuple(marks.strays)
        self.notes: Sequence[str] = ()
        self._pages, self._ends = pages, np.asarray(ends, np.int64)
        self._stamp = stamp

    def __len__(self) -> int:
        return len(self.ids)

    def raw(self, row: int) -> bytes:
        """A text as UTF-8."""
        row = row + len(self) if row < 0 else row
        start = int(self._ends[row - 1]) if row else 0
        return self._pages[start : int(self._ends[row])]

    def __getitem__(self, row: int) -> Any:
        """A text, as an array of no dimension."""
        return np.array(self.raw(row).decode("utf-8", "replace"))

    def stamp(self) -> str:
        """Changes when the file does."""
        return self._stamp

    def __repr__(self) -> str:
        return f"{self.name}, {len(self)} texts, {len(self.class_names)} classes)"


def join_texts(texts: Iterable[str]) -> tuple[bytes, np.ndarray]:
    """Texts as UTF-8 one behind the other, and where each one ends.

    Of a long one that part is kept which words are looked for in. Half of a character is a mark of
    damage afterwards.
    """
    most, pages, ends, end = words.table().characters, [], [], 0
    for text in texts:
        page = text[:most].encode("utf-8", "replace")
        end += len(page)
        pages.append(page)
        ends.append(end)
    return b"".join(pages), np.array(ends, np.int64)


def refuse_empty(place: str, texts: Sequence[str]) -> None:
    """InputError where no text holds anything at all."""
    if not any(text.strip() for text in texts):
        raise InputError(
            f"all {len(texts):,} texts of {place} are empty; expected texts. Look at the files, or "
            "name another column."
        )


def text_at(data: Dataset, position: int) -> str:
    """The text at a position of a view."""
    return bytes(data.source.raw(int(data.rows[position]))).decode("utf-8", "replace")


def texts_of(data: Dataset) -> list[str]:
    """The texts of a view, in its order."""
    return [text_at(data, position) for position in range(len(data))]


class Written(str):
    """A text that somebody typed, where else the place of a file stands."""
