"""What is one input of a network, so that new examples are read as those of training were?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from receta.core.rhythm import TIMELESS, Rhythm

# How a picture of another shape is brought to the shape of an input.
Fit = Literal["stretch", "crop", "pad"]


ColumnKind = Literal["number", "category", "date"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a table as a network takes it, with what the training part told of it.

    A number is one cell, NaN where missing. A category is one cell: the place of its text in the
    vocabulary, counted from 1; 0 is any other text, NaN a missing one. A date is two cells: whole
    days since 1970-01-01, and seconds of that day. mean, spread, middle (median) and reach (range
    of the middle half) are of the numbers, or of the days of a date. edges: quantiles that cut the
    numbers into pieces. has_missing, has_other: whether the training part holds such cells.
    seconds, span: spread of the seconds of the day, and days from first to last, of a date.

    >>> ColumnSpec("sex", "category", ("female", "male")).cells
    ('sex',)
    """

    name: str
    kind: ColumnKind
    vocabulary: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0
    middle: float = 0.0
    reach: float = 1.0
    edges: tuple[float, ...] = ()
    has_missing: bool = False
    has_other: bool = False
    seconds: float = 0.0
    span: float = 0.0

    @property
    def cells(self) -> tuple[str, ...]:
        """The names of its cells."""
        return (self.name, f"{self.name} (second)") if self.kind == "date" else (self.name,)

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; what is as usual is left out."""
        usual = ColumnSpec(self.name, self.kind)
        changed = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if value != getattr(usual, name)
        }
        return {"name": self.name, "kind": self.kind, **changed}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> ColumnSpec:
        """The column that `to_json` wrote."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
        }
        return cls(**known)


@dataclass(frozen=True)
class Spec:
    """Name, shape of one example (without the batch), dtype and meaning of an input.

    vocabulary: the names that its whole numbers stand for, of a category; () of others. fields: the
    names along its last axis, such as columns of a table. mean, spread: of each field, learnt on
    the training part, where a network brings its numbers to one size; () before and of others.
    target: the column to predict, of rows and series; '' where nothing tells. rhythm: of windows of
    a series, how it runs in time: season, horizon, step. columns: of a table, what its cells are,
    in the order of `fields`; () of others, and of numbers alone in runs of earlier versions.

    >>> Spec("pixels", (28, 28, 1), "uint8", "picture").to_json()["shape"]
    [28, 28, 1]
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str
    vocabulary: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    target: str = ""
    rhythm: Rhythm = TIMELESS
    columns: tuple[ColumnSpec, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if name not in ("rhythm", "columns")
        }
        if self.columns:
            plain["columns"] = [column.to_json() for column in self.columns]
        return plain if self.rhythm == TIMELESS else {**plain, "rhythm": self.rhythm.to_json()}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Spec:
        """The spec that `to_json` wrote."""
        names = ("vocabulary", "fields", "mean", "spread")
        tuples = {name: tuple(plain.get(name, ())) for name in names}
        return cls(
            plain["name"],
            tuple(plain["shape"]),
            plain["dtype"],
            plain["meaning"],
            **tuples,
            target=plain.get("target", ""),
            rhythm=Rhythm.from_json(plain.get("rhythm", {})),
            columns=tuple(map(ColumnSpec.from_json, plain.get("columns", ()))),
        )


def of_pixels(shape: tuple[int, ...]) -> tuple[Spec, ...]:
    """The one input of a network of pictures: whole pixels (height, width, channels), 0 to 255."""
    return (Spec("pixels", shape, "uint8", "picture"),)
