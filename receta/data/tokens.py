"""What are texts as numbers: one row of word numbers, of any length, an example?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from receta.core.errors import InputError
from receta.data.dataset import Kind, Task
from receta.data.marks import Marks


class Tokens:
    """A source of texts as word numbers, one behind the other in one long row.

    steps: (all words,) int32, or the .npy file that holds it and stays on the disk.
    ends: (n,) int64, where each example ends in it; it begins where the last one ended.

    >>> two = Tokens(
    ...     "two(",
    ...     np.array([1, 7, 9, 1, 4], np.int32),
    ...     np.array([3, 5]),
    ...     marks=Marks(["a", "b"], np.array([0, 1]), ("bad", "good")),
    ...     stamp="1",
    ... )
    >>> two[1].tolist()
    [1, 4]
    """

    kind: Kind = "tokens"
    task: Task = "classes"
    notes: Sequence[str] = ()

    def __init__(
        self,
        name: str,
        steps: np.ndarray | str | Path,
        ends: np.ndarray,
        *,
        marks: Marks,
        stamp: str,
    ) -> None:
        self.name, self.targets = name, marks.targets
        self.class_names, self.ids = tuple(marks.class_names), marks.ids
        self.parts, self.groups, self.strays = marks.parts, marks.groups, tuple(marks.strays)
        self._held = steps if isinstance(steps, np.ndarray) else os.path.abspath(steps)
        self._ends = np.asarray(ends, np.int64)
        self._stamp = stamp
        self._opened: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def raw(self, row: int) -> np.ndarray:
        """(steps,) int32: the word numbers of an example, its own memory."""
        if self._opened is None:
            self._opened = (
                self._held if isinstance(self._held, np.ndarray) else _map_file(self._held)
            )
        row = row + len(self) if row < 0 else row
        start = int(self._ends[row - 1]) if row else 0
        return np.array(self._opened[start : int(self._ends[row])], np.int32)

    def __getitem__(self, row: int) -> np.ndarray:
        """(steps,) int32."""
        return self.raw(row)

    def lengths(self) -> np.ndarray:
        """(n,) int64: how many steps each example has."""
        return np.diff(self._ends, prepend=0)

    def stamp(self) -> str:
        """Changes when the file does."""
        return self._stamp

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_opened": None}

    def __repr__(self) -> str:
        return f"{self.name}, {len(self)} texts, {len(self.class_names)} classes)"


def _map_file(file: str) -> np.ndarray:
    try:
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} is not as it was ({error}); expected the words that were found there. Load "
            "again."
        ) from error
