"""What is one input of a network, so that new examples are read as those of training were?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from receta.core.rhythm import TIMELESS, Rhythm

# How a picture of another shape is brought to the shape of an input.
Fit = Literal["stretch", "crop", "pad"]


DTYPES = ("uint8", "float32", "float16", "int32", "int64", "bool")
# What one step is: at most 9 digits of seconds, days, months and so on; nothing without dates.
_EVERY = re.compile(r"(?:[1-9][0-9]{0,8} [A-Za-z]+)?")
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
        """The spec that `to_json` wrote; ValueError where its parts do not fit together."""
        names = ("vocabulary", "fields", "mean", "spread")
        tuples = {name: tuple(plain.get(name, ())) for name in names}
        found = cls(
            plain["name"],
            tuple(plain["shape"]),
            plain["dtype"],
            plain["meaning"],
            **tuples,
            target=plain.get("target", ""),
            rhythm=Rhythm.from_json(plain.get("rhythm", {})),
            columns=tuple(map(ColumnSpec.from_json, plain.get("columns", ()))),
        )
        if said := _find_misfit(found):
            raise ValueError(f"of its input {found.name!r:.60} {said}")
        return found


def _find_misfit(spec: Spec) -> str:
    """What of a spec does not fit the rest of it, in words; '' where all does."""
    width, rhythm = spec.shape[-1] if spec.shape else 0, spec.rhythm
    cells = tuple(cell for column in spec.columns for cell in column.cells)
    wrong = {
        "the shape is empty": not width,
        f"the dtype is {spec.dtype!r:.60}": spec.dtype not in DTYPES,
        "the words are not each there once": _is_twice(spec.vocabulary),
        "the fields are not each there once": _is_twice(spec.fields),
        "the fields are not those of the shape": bool(spec.fields)
        and not spec.vocabulary
        and len(spec.fields) != width,
        "the columns are not those of the fields": bool(cells) and cells != spec.fields,
        "the means are not those of the fields": len(spec.mean) not in (0, width),
        "the spreads are not those of the fields": len(spec.spread) not in (0, width),
        "a spread is not above 0": any(one <= 0 for one in spec.spread),
        "the season is less than 1 step": rhythm.season < 1,
        "the horizon is less than 0": rhythm.horizon < 0,
        f"a step is {rhythm.every!r:.60}": not _EVERY.fullmatch(rhythm.every),
    }
    found = [words for words, is_wrong in wrong.items() if is_wrong]
    return found[0] if found else next(filter(None, map(_find_column_misfit, spec.columns)), "")


def _find_column_misfit(column: ColumnSpec) -> str:
    name = f"{column.name!r:.60}"
    if _is_twice(column.vocabulary):
        return f"the texts of the column {name} are not each there once"
    is_wrong = column.spread <= 0 or column.reach <= 0 or min(column.seconds, column.span) < 0
    return f"spread, reach, seconds or span of the column {name} is too small" if is_wrong else ""


def _is_twice(names: tuple[str, ...]) -> bool:
    return len(set(names)) < len(names)


def of_pixels(shape: tuple[int, ...]) -> tuple[Spec, ...]:
    """The one input of a network of pictures: whole pixels (height, width, channels), 0 to 255."""
    return (Spec("pixels", shape, "uint8", "picture"),)
