"""Are the targets of a table classes or values, and which one does each row have?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.data.dataset import Task
from receta.data.table import Column

# whole numbers: up to 20 different ones are classes; up to 100 if none of them is rare
FEW, SEVERAL = 20, 100
MOST_CLASSES = 1000  # out of numbers: more are values, whatever anybody says


@dataclass(frozen=True)
class Targets:
    """What is to be predicted: (n,) int64 classes or float64 values, and a reason by row where
    there is none.
    """

    task: Task
    why: str
    targets: np.ndarray
    class_names: tuple[str, ...]
    missing: dict[int, str]


def read_targets(place: str, column: Column, task: Task | None) -> Targets:
    """Classes or values, as the column shows or as the user says.

    Raises InputError where what the user says cannot be.
    """
    if task not in (None, "classes", "values"):
        raise InputError(
            f"--task {task} is unknown; expected classes or values. Choose one of the two."
        )
    missing = _missing(column)
    known = np.ones(len(column), bool)
    known[list(missing)] = False
    if not known.any():
        raise InputError(
            f"{place}: column {column.name!r} holds no target at all; expected one a row. Name "
            "another --target."
        )
    guess, why = _infer_task(place, column, column.values[known], task)
    chosen: Task = task or guess
    if chosen == "values":
        if column.kind != "number":
            example = str(column.cell(int(np.flatnonzero(known)[0])))[:80]
            raise InputError(
                f"{place}: --task values needs numbers, but column {column.name!r} holds a "
                f"{column.kind} (such as {example!r}); "
                f"expected numbers. Leave --task out, or name another --target."
            )
        return Targets("values", why, np.where(known, column.values, np.nan), (), missing)
    names, targets = _classes(place, column, known)
    return Targets("classes", why, targets, names, missing)


def _missing(column: Column) -> dict[int, str]:
    """Why a row has no target, by row."""
    why = dict.fromkeys(
        np.flatnonzero(column.missing).tolist(), f"its target ({column.name}) is missing"
    )
    kind = {"number": "number", "date": "date"}.get(column.kind, "target")
    why |= {
        row: f"its target ({column.name}) is no {kind}: {text[:80]!r}"
        for row, text in column.junk.items()
    }
    if column.kind == "number":
        infinite = np.flatnonzero(np.isinf(column.values)).tolist()
        why |= dict.fromkeys(infinite, f"its target ({column.name}) is infinite")
    return dict(sorted(why.items()))


def _infer_task(
    place: str, column: Column, values: np.ndarray, task: Task | None
) -> tuple[Task, str]:
    if column.kind == "category":
        n = len(np.unique(values))
        return "classes", "one text in all rows" if n == 1 else f"{n} different texts"
    if column.kind == "date":
        if task is None:
            raise InputError(
                f"{place}: column {column.name!r} holds dates; expected classes or numbers to "
                "predict. Name another --target, "
                f"or forecast a series with --series."
            )
        return "classes", "dates"
    different, counts = np.unique(values, return_counts=True)
    if len(different) == 1:
        is_whole = bool(different[0] == np.floor(different[0]))
        return ("classes" if is_whole else "values"), "one number in all rows"
    if not (different == np.floor(different)).all():
        return "values", f"{len(different):,} different numbers, some with fractions"
    few = len(different) <= FEW and len(values) >= 2 * len(different)
    several = len(different) <= SEVERAL and counts.min() >= max(3, 0.1 * counts.mean())
    if few or several:
        return "classes", f"{len(different)} different whole numbers"
    rare = (
        ""
        if len(different) > SEVERAL
        else f", the rarest in {counts.min()} of {len(values):,} rows"
    )
    return "values", f"{len(different):,} different whole numbers{rare}"


def _classes(place: str, column: Column, known: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names in order, and (n,) int64 positions in them; 0 where unknown."""
    different, inverse = np.unique(column.values[known], return_inverse=True)
    if len(different) > MOST_CLASSES and column.kind != "category":
        raise InputError(
            f"{place}: column {column.name!r} holds {len(different):,} different {column.kind}s; "
            f"expected at most {MOST_CLASSES:,} "
            f"classes. Leave --task classes out to predict values, or name another --target."
        )
    if column.kind == "category":
        texts = [column.categories[position] for position in different.tolist()]
        # in the order of the names; natural puts a2 before a10, but takes its time with a million
        # names
        key = naming.natural if len(texts) <= 10 * MOST_CLASSES else str
        order = sorted(range(len(texts)), key=lambda at: key(texts[at]))
        names = [texts[at] for at in order]
        inverse = np.argsort(order)[inverse]
    elif column.kind == "date":
        day = bool((different == different.astype("datetime64[D]")).all())
        names = np.datetime_as_string(different, unit="D" if day else "auto").tolist()
    else:
        names = [naming.number_name(repr(value)) for value in different.tolist()]
    targets = np.zeros(len(column), np.int64)
    targets[known] = inverse
    return tuple(names), targets
