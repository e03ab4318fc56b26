"""What is a table: columns of numbers, categories and dates, and one target a row?"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

import numpy as np

from receta.data.dataset import Kind, Quarantined, Task

ColumnKind = Literal["number", "category", "date"]


@dataclass(frozen=True)
class Column:
    """One column as it was read; nothing is filled in or scaled.

    values (n,): number float64, NaN where missing; category int32 positions in
    `categories`, -1 where missing; date datetime64[s], NaT where missing. junk: by row
    the text of a cell that is not of the column's kind (its value counts as missing). said: what
    somebody says that it holds, such as "identifier"; '' where it is to be guessed.

    >>> Column("age", "number", np.array([31.0, np.nan]), junk={1: "fwefew"}).missing.tolist()
    [False, True]
    """

    name: str
    kind: ColumnKind
    values: np.ndarray
    categories: tuple[str, ...] = ()
    junk: Mapping[int, str] = field(default_factory=dict)
    said: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> np.ndarray:
        """(n,) bool: cells without a value, junk included."""
        if self.kind == "category":
            return self.values < 0
        return np.isnat(self.values) if self.kind == "date" else np.isnan(self.values)

    def numbers(self) -> np.ndarray:
        """(n,) float64: numbers, positions of categories, seconds since 1970; NaN where missing."""
        return _numbers(self.kind, self.values)

    def cell(self, row: int) -> float | str | None:
        """One cell as JSON has it: a number, a text, or None where missing."""
        value = self.values[row]
        if self.kind == "category":
            return self.categories[value] if value >= 0 else None
        if self.kind == "date":
            return None if np.isnat(value) else str(value)
        return None if value != value else float(value)

    def take(self, rows: np.ndarray) -> Column:
        """The same column on some rows, in their order; positions of junk follow."""
        junk: dict[int, str] = {}
        if self.junk:
            rows = np.asarray(rows)
            order = np.argsort(rows, kind="stable")
            first, end = (
                np.searchsorted(rows[order], list(self.junk), side=side)
                for side in ("left", "right")
            )
            for text, start, stop in zip(
                self.junk.values(), first.tolist(), end.tolist(), strict=True
            ):
                junk.update(dict.fromkeys(order[start:stop].tolist(), text))
        return dataclasses.replace(self, values=self.values[rows], junk=junk)


def _numbers(kind: ColumnKind, values: np.ndarray) -> np.ndarray:
    if kind == "number":
        return values
    missing = values < 0 if kind == "category" else np.isnat(values)
    plain = (
        values if kind == "category" else values.astype("datetime64[s]").astype(np.int64)
    ).astype(np.float64)
    plain[missing] = np.nan
    return plain


@dataclass(eq=False, repr=False)
class Table:
    """A source of rows of a table; `columns` are the features, without the target.

    An example is (features,) float64: see `Column.numbers`. With task "classes" targets
    are (n,) int64 positions in class_names, with "values" (n,) float64. version: a text that
    changes when the file does.
    """

    name: str
    columns: Sequence[Column]
    targets: np.ndarray
    _: KW_ONLY
    task: Task
    target_name: str
    ids: Sequence[str]
    version: str
    class_names: tuple[str, ...] = ()
    parts: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    strays: Sequence[Quarantined] = ()
    kind: Kind = field(default="table", init=False)
    notes: Sequence[str] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.columns, self.class_names = tuple(self.columns), tuple(self.class_names)
        self.strays = tuple(self.strays)

    def __len__(self) -> int:
        return len(self.ids)

    def raw(self, row: int) -> bytes:
        """The cells of a row as JSON: what makes it equal to another."""
        return json.dumps([column.cell(row) for column in self.columns]).encode()

    def __getitem__(self, row: int) -> np.ndarray:
        """(features,) float64, NaN where missing."""
        return self.matrix(np.array([row]))[0]

    def matrix(self, rows: np.ndarray) -> np.ndarray:
        """(k, features) float64 of some rows, NaN where missing."""
        found = np.empty((len(rows), len(self.columns)))
        for at, column in enumerate(self.columns):
            found[:, at] = _numbers(column.kind, column.values[rows])
        return found

    def stamp(self) -> str:
        """Changes when the file does."""
        return self.version

    def replaced(self, **changes: Any) -> Table:
        """A copy with some attributes changed (columns, targets, ids ...)."""
        return dataclasses.replace(self, **changes)

    def __repr__(self) -> str:
        return (
            f"{self.name}, {len(self)} rows, {len(self.columns)} columns, target "
            f"{self.target_name!r})"
        )
