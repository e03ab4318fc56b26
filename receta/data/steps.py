"""How are recorded steps of cleaning applied to data, the same way every time?

A step is plain JSON: {"do": NAME, ...}. What was learnt from data stands in it as a
number, so that applying it learns nothing. The steps on columns of a table stand in
receta/data/column_steps.py, those on steps of a series in receta/data/series_steps.py.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.data import column_steps, derived, series_steps
from receta.data.dataset import PARTS, Dataset
from receta.data.series import chain

Step = dict[str, Any]


def apply(data: Dataset, steps: Sequence[Step]) -> Dataset:
    """The data after all steps, in order; files stay as they are.

    Raises InputError in one line for a step that is unknown, spoilt, or names examples,
    classes or columns that the data lack.

    >>> from receta.data.table import Column, Table
    >>> age = Column("age", "number", np.array([31.0, np.nan]))
    >>> table = Table(
    ...     "t(",
    ...     [age],
    ...     np.array([0, 1]),
    ...     task="classes",
    ...     target_name="y",
    ...     ids=["a", "b"],
    ...     version="",
    ...     class_names=["n", "y"],
    ... )
    >>> apply(Dataset.of(table), [{"do": "fill", "column": "age", "value": 31.0}])[1]
    array([31.])
    """
    for number, step in enumerate(steps, 1):
        if not isinstance(step, dict) or step.get("do") not in _STEPS:
            name = step.get("do") if isinstance(step, dict) else step
            raise InputError(
                f"step {number} of the cleaning is {name!r}; expected one of {', '.join(_STEPS)}."
                f"{nearest(str(name), _STEPS)} Restore clean.json, or clean anew."
            )
        try:
            data = _STEPS[step["do"]](data, step)
        except InputError as error:
            raise InputError(f"step {number} of the cleaning ({step['do']}) {error}") from None
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            IndexError,
            OverflowError,
        ) as error:
            raise InputError(
                f"step {number} of the cleaning ({step['do']}) is spoilt "
                f"({type(error).__name__}: {error}); expected it "
                f"as receta wrote it. Restore clean.json, or clean anew."
            ) from None
    return data


def _leave_out(data: Dataset, step: Step) -> Dataset:
    """{"do": "leave_out", "reasons": {id: reason}}."""
    reasons = {str(one): str(why) for one, why in step["reasons"].items()}
    rows_of(data, reasons)
    return data.without(reasons)


def _relabel(data: Dataset, step: Step) -> Dataset:
    """{"do": "relabel", "labels": {id: class name}}."""
    if data.targets.dtype.kind != "i" or data.targets.ndim != 1:
        raise InputError(
            "relabels data that do not hold classes; expected classes. Take the step back with "
            "--undo."
        )
    index = {name: position for position, name in enumerate(data.class_names)}
    labels: Mapping[str, str] = step["labels"]
    strange = sorted({str(name) for name in labels.values()} - set(index))
    if strange:
        raise InputError(
            f"names {len(strange)} classes that the data lack (first: {strange[0]!r}); expected "
            "some of "
            f"{', '.join(map(repr, data.class_names[:5]))}. Restore the original data, or take "
            "the step back with --undo."
        )
    targets = np.array(data.source.targets, np.int64)
    targets[rows_of(data, labels)] = [index[name] for name in labels.values()]
    return derived.with_labels(data, targets, data.class_names)


def _merge_classes(data: Dataset, step: Step) -> Dataset:
    """{"do": "merge_classes", "into": {class name: class name that stays}}."""
    into: Mapping[str, str] = step["into"]
    strange = sorted({*into, *into.values()} - set(data.class_names))
    if strange or set(into) & set(into.values()):
        raise InputError(
            f"merges {len(into)} classes in a way that does not fit the data "
            f"({f'no class {strange[0]!r}' if strange else 'one is merged and stays'}); expected "
            "classes of the data. "
            f"Restore the original data, or take the step back with --undo."
        )
    names = tuple(name for name in data.class_names if name not in into)
    if len(names) < 2:
        raise InputError(
            "leaves one class only; expected at least two to tell apart. Take the step back with "
            "--undo."
        )
    moved = np.array([names.index(into.get(name, name)) for name in data.class_names], np.int64)
    return derived.with_labels(data, moved[data.source.targets], names)


def _set_parts(data: Dataset, step: Step) -> Dataset:
    """{"do": "set_parts", "validation": ids, "test": ids}; every other row is train."""
    parts = ["train"] * len(data.source)
    for part in PARTS[1:]:
        for row in rows_of(data, step[part]):
            if parts[row] != "train":
                raise InputError(
                    "puts an example into two parts; expected one. Restore clean.json, or clean "
                    "anew."
                )
            parts[row] = part
    return derived.with_parts(data, parts)


def rows_of(data: Dataset, ids: Iterable[str]) -> list[int]:
    """Rows of the source for some ids; InputError for one that it lacks."""
    if isinstance(ids, str):
        raise TypeError("a text where ids should be")
    wanted = list(ids)
    known = {name: row for row, name in enumerate(data.source.ids)}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise InputError(
            f"names {len(missing)} of {len(wanted)} examples that the data lack (first: "
            f"{missing[0]!r}); expected "
            f"examples of the data. Restore the original data, or take the step back with --undo."
        )
    return [known[name] for name in wanted]


def _on_table(how: Callable[..., list[Any]], data: Dataset, step: Step) -> Dataset:
    if not data.has_columns:
        raise InputError(
            f"is for tables; expected it on a table, not on {data.kind}. Restore clean.json, or "
            "clean anew."
        )
    rows = np.array(rows_of(data, step["rows"]), np.int64) if "rows" in step else None
    return derived.with_columns(data, how(list(data.source.columns), step, rows))  # type: ignore[attr-defined]


def _on_series(how: Callable[..., Any], data: Dataset, step: Step) -> Dataset:
    if not data.in_time or len(data) != len(data.source) or not hasattr(data.source, "step_names"):
        raise InputError(
            f"is for whole series; expected it before anything is left out, not on {data.kind} "
            "as they are. "
            f"Restore clean.json, or clean anew."
        )
    source: Any = data.source
    wanted = step.get("series")  # of many series it names those that it is about
    singles = [source.single(k) for k in range(len(source.names))]
    changed: Any = (
        chain(
            [
                how(one, step) if wanted is None or one.names[0] in wanted else one
                for one in singles
            ],
            source,
        )
        if len(singles) > 1
        else how(source, step)
    )
    if not len(changed):
        raise InputError(
            "leaves a series too short for one window; expected more steps. Take the step back "
            "with --undo."
        )
    fresh = Dataset.of(changed)
    origin = data.origin.after_change()
    return Dataset(fresh.source, fresh.rows, fresh.targets, data.left_out, data.notes, origin)


_STEPS: dict[str, Callable[[Dataset, Step], Dataset]] = {
    "leave_out": _leave_out,
    "relabel": _relabel,
    "merge_classes": _merge_classes,
    "set_parts": _set_parts,
    **{name: functools.partial(_on_table, how) for name, how in column_steps.STEPS.items()},
    **{name: functools.partial(_on_series, how) for name, how in series_steps.STEPS.items()},
}
