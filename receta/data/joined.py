"""How do two sources become one, of which the second is the test part?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from receta.core import targets as written
from receta.core.errors import InputError
from receta.core.scale import USUAL
from receta.data.dataset import Images, Quarantined, Source
from receta.data.following import follow
from receta.data.nouns import NOUNS
from receta.data.numbers import code_name
from receta.data.series import Series
from receta.data.table import Column, Table
from receta.data.window_plan import lay_windows


def join(main: Source, test: Source) -> Source:
    """Both sources one behind the other; ids of the second begin with test:.

    A test part inside the first gives way: whoever names a second means that one alone.
    Columns of tables are joined by name, their categories united. Raises InputError for
    other classes or columns than the first has. Steps of a series follow those of the first.
    """
    mine, other = NOUNS[main.kind], NOUNS[test.kind]
    if isinstance(main, Series) and isinstance(test, Series):
        return lay_windows(follow(main, test), main.name)
    if main.kind != test.kind:
        raise InputError(
            f"the test data are {other.whole}, the training data {mine.whole}; "
            "expected the same kind. Name other data."
        )
    if isinstance(main, Table) and isinstance(test, Table):
        return _tables(main, test)
    if main.task != test.task:
        raise InputError(
            f"the test data hold {test.task}, the training data {main.task}; expected the same. "
            "Say which with --task."
        )
    return Joined(main, test)


class Joined(Images):
    """Two sources of pictures or of texts one behind the other."""

    def __init__(self, main: Source, test: Source) -> None:
        self.main, self.test = main, test
        self.kind, self.task = main.kind, main.task
        self.class_names, self.scale = main.class_names, getattr(main, "scale", USUAL)
        targets = test.targets
        if main.class_names:
            places = _same_classes(main.class_names, test.class_names)
            targets = written.move_targets(targets, places, len(main.class_names))
        self.targets = np.concatenate([main.targets, targets])
        self.ids, self.parts, self.groups = _names(main, test)

        for name in ("text_name", "target_name"):  # of texts
            if hasattr(main, name):
                setattr(self, name, getattr(main, name))

    def __getitem__(self, row: int) -> np.ndarray:
        """The example of the first or the second source."""
        n = len(self.main)
        return self.main[row] if row < n else self.test[row - n]

    def raw(self, row: int) -> bytes | np.ndarray:
        """What the first or the second source stores for the row."""
        n = len(self.main)
        return self.main.raw(row) if row < n else self.test.raw(row - n)

    def stamp(self) -> str:
        """Both stamps."""
        return f"{self.main.stamp()}+{self.test.stamp()}"

    def __repr__(self) -> str:
        return f"Joined({self.main!r}, test={self.test!r})"


def _names(main: Source, test: Source) -> tuple[list[str], list[str], list[str] | None]:
    """Ids, parts and groups of both."""
    mine = (
        ["" if part == "test" else part for part in main.parts] if main.parts else [""] * len(main)
    )
    groups = None if main.groups is None or test.groups is None else [*main.groups, *test.groups]
    return (
        [*main.ids, *(f"test:{name}" for name in test.ids)],
        [*mine, *["test"] * len(test)],
        groups,
    )


def _same_classes(known: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """(names,) int64: the position of each in the classes known."""
    place = {name: index for index, name in enumerate(known)}
    strange = [name for name in names if name not in place]
    if strange:
        raise InputError(
            f"the test data hold {len(strange)} classes that the training data lack "
            f"({', '.join(map(repr, strange[:5]))}); expected the same class names. Rename or "
            "remove them."
        )
    return np.array([place[name] for name in names], np.int64)


def _tables(main: Table, test: Table) -> Table:
    """Both tables as one, of the first one's columns, kinds and task."""
    if main.target_name != test.target_name:
        raise InputError(
            f"the target is {main.target_name!r} in the training table and {test.target_name!r} "
            "in the test table; expected the "
            f"same column. Name it with --target."
        )
    others = {column.name: column for column in test.columns}
    mine = {column.name for column in main.columns}
    lacking = [column.name for column in main.columns if column.name not in others]
    extra = [column.name for column in test.columns if column.name not in mine]
    if lacking or extra:
        odd = [
            f"{what} {len(names)} "
            f"({', '.join(map(repr, names[:5]))}{' ...' if len(names) > 5 else ''})"
            for what, names in (("lacks", lacking), ("has of its own", extra))
            if names
        ]
        raise InputError(
            "the columns of the test table are not those of the training table: it "
            f"{' and '.join(odd)}; expected the same columns, "
            f"in any order. Add or remove them."
        )
    columns = [_unite(column, others[column.name]) for column in main.columns]
    if not main.class_names:
        targets = np.concatenate([main.targets, _as_values(test)])
    else:
        names, positions = _as_classes(test)
        targets = np.concatenate([main.targets, _same_classes(main.class_names, names)[positions]])
    ids, parts, groups = _names(main, test)
    strays = (*main.strays, *(Quarantined(f"test:{gone.id}", gone.reason) for gone in test.strays))
    both = main.replaced(
        columns=columns,
        targets=targets,
        ids=ids,
        parts=parts,
        groups=groups,
        strays=strays,
        version=f"{main.stamp()}+{test.stamp()}",
    )
    both.name = f"{main.name}, test={test.name.partition('(')[2]}"
    return both


def _as_values(test: Table) -> np.ndarray:
    """(n,) float64: the targets of a table that may have been taken for classes."""
    if not test.class_names:
        return test.targets
    try:
        return np.array([float(name) for name in test.class_names])[test.targets]
    except ValueError as error:
        raise InputError(
            "the target is a number in the training table, but a text in the test table "
            f"({error}); expected numbers. Mend it."
        ) from error


def _as_classes(test: Table) -> tuple[Sequence[str], np.ndarray]:
    """Class names and (n,) positions of a table that may have been taken for values."""
    if test.class_names:
        return test.class_names, test.targets
    different, positions = np.unique(test.targets, return_inverse=True)
    return [code_name(value) for value in different.tolist()], positions


def _unite(main: Column, test: Column) -> Column:
    """Both columns one behind the other, of the kind that the first one has."""
    if main.kind != test.kind and main.missing.all() and not main.junk:
        main = _empty(test, len(main))
    n = len(main)
    test = _as_kind(test, main.kind)
    junk = {**main.junk, **{row + n: text for row, text in test.junk.items()}}
    if main.kind != "category":
        return dataclasses.replace(
            main, values=np.concatenate([main.values, test.values]), junk=junk
        )
    every = tuple(sorted({*main.categories, *test.categories}))
    place = {text: position for position, text in enumerate(every)}
    moved = [
        np.array([*(place[text] for text in column.categories), -1], np.int32)[column.values]
        for column in (main, test)
    ]
    return dataclasses.replace(main, values=np.concatenate(moved), categories=every, junk=junk)


def _empty(like: Column, n: int) -> Column:
    """A column of a kind in which everything is missing."""
    nothing = {"number": np.nan, "category": -1, "date": np.datetime64("NaT")}[like.kind]
    return Column(like.name, like.kind, np.full(n, nothing, like.values.dtype))


def _as_kind(column: Column, kind: str) -> Column:
    """The column as numbers, categories or dates; what fits not is junk."""
    if column.kind == kind:
        return column
    if column.missing.all() and not column.junk:
        nothing = {
            "number": np.zeros(0),
            "category": np.zeros(0, np.int32),
            "date": np.zeros(0, "datetime64[s]"),
        }[kind]
        return _empty(Column(column.name, kind, nothing), len(column))  # type: ignore[arg-type]
    if "date" in (column.kind, kind):
        raise InputError(
            f"column {column.name!r} holds {_plural(kind)} in the training table, but "
            f"{_plural(column.kind)} in the test table; expected "
            f"the same. Write it the same way in both."
        )
    if kind == "category":
        different, positions = np.unique(column.values, return_inverse=True)
        texts = [
            "" if value != value else code_name(value) if abs(value) != np.inf else str(value)
            for value in different.tolist()
        ]
        every = sorted({text for text in texts if text} | set(column.junk.values()))
        place = {"": -1, **{text: position for position, text in enumerate(every)}}
        values = np.array([place[text] for text in texts], np.int32)[positions]
        for row, text in column.junk.items():
            values[row] = place[text]
        return Column(column.name, "category", values, tuple(every))
    numbers = [_number(text) for text in column.categories]
    values = np.array([*numbers, np.nan])[column.values]
    odd = np.array([*(number != number for number in numbers), False])[column.values]
    junk = {int(row): column.categories[column.values[row]] for row in np.flatnonzero(odd)}
    return Column(column.name, "number", values, junk=junk)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _plural(kind: str) -> str:
    return {"number": "numbers", "category": "texts", "date": "dates"}[kind]
