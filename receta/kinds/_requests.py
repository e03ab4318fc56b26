"""What does a request in JSON say of a row or of a window, cell by cell?

Each refusal is one line: which cell, what stood there, what was expected. Nothing grows with what
a stranger writes: cells are counted before they are read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from receta.core import naming
from receta.core.amounts import shortest
from receta.core.errors import InputError
from receta.core.own_input import MOST
from receta.core.registry import nearest
from receta.core.spec import ColumnSpec, Spec
from receta.kinds import _numbers, cells

MOST_STEPS = 100_000  # of one history, of which a model sees the last few
_SHOWN_TEXTS = 50  # of a category, in a schema
_MOST_SHOWN = 20  # columns that a message lists
_SHOWN = 40  # characters of a value that a message shows
_NUMBER = ColumnSpec("", "number")


def take_row(model: Any, value: object, where: str) -> np.ndarray:
    """The cells of one row: an object by column, or a list in the order of the columns."""
    (spec,) = model.specs
    columns = cells.columns_of(spec)
    given = _in_order([one.name for one in columns], spec.target, value, where)
    found = []
    for column, cell in zip(columns, given, strict=True):
        try:
            found.append(_take_cell(cell, column, f"{where}: the column {column.name!r}"))
        except InputError as error:
            if not isinstance(value, list):
                raise
            names = naming.first_few([one.name for one in columns], _MOST_SHOWN)
            raise InputError(
                f"{error} A list is in the order of the model, not of a file: {names}. Or send "
                "an object by column."
            ) from error
    return _judged(np.concatenate(found), where)


def _take_cell(value: object, column: ColumnSpec, where: str) -> np.ndarray:
    if isinstance(value, list | Mapping):
        raise InputError(
            f"{where} is {_show(value)}; expected a {column.kind}, or null where it is missing."
        )
    is_huge = isinstance(value, int) and abs(value) > MOST  # float cannot hold every one
    if is_huge and column.kind == "number":
        found = np.array([math.inf])
    else:
        found = cells.read_value(str(value) if is_huge else value, column, where)
    if (np.abs(found) > MOST).any():
        raise InputError(
            f"{where} is {_show(value)}, which is infinite or too large; expected a number of at "
            f"most {MOST:.2g} in size."
        )
    return found


def take_window(model: Any, value: object, where: str) -> np.ndarray:
    """The last steps of a history: a list of numbers, of lists of channels, or of objects."""
    (spec,) = model.specs
    steps, channels = spec.shape
    if not isinstance(value, list):
        raise InputError(f"{where} is {_show(value)}; expected a list of {steps:,} steps or more.")
    if not steps <= len(value) <= MOST_STEPS:
        raise InputError(
            f"{where} has {len(value):,} steps; expected at least {steps:,}, which the model "
            f"sees, and at most {MOST_STEPS:,}. Give it earlier steps too."
        )
    found = np.empty((steps, channels))
    for at, one in enumerate(value[-steps:], start=len(value) - steps):
        place = f"{where}[{at}]"
        alone = channels == 1 and not isinstance(one, list | dict)
        given = [one] if alone else _in_order(spec.fields, spec.target, one, place)
        for channel, (name, cell) in enumerate(zip(spec.fields, given, strict=True)):
            found[at - len(value), channel] = take_number(cell, f"{place}: the channel {name!r}")
    return _judged(found, where)


def take_number(value: object, where: str) -> float:
    """A number as a column of numbers takes it; NaN for null and for an empty text.

    >>> take_number("1.5", "a"), take_number(None, "a")
    (1.5, nan)
    """
    is_truth = isinstance(value, bool)
    if isinstance(value, int | float) and not is_truth and abs(value) <= MOST:
        return float(value)
    return float(_take_cell(value, _NUMBER, where)[0])


def show_row(spec: Spec, example: np.ndarray) -> dict[str, Any]:
    """The cells of a row by column, as they may stand in a file; null where one is missing."""
    columns, left = cells.columns_of(spec), iter(_plain(example))
    return {one.name: _show_cell([next(left) for _ in one.cells], one) for one in columns}


def _show_cell(given: list[float | None], column: ColumnSpec) -> Any:
    first = given[0]
    if first is None or column.kind == "number":
        return first
    if column.kind == "category":
        known = ("other", *column.vocabulary)
        return known[int(first)] if first < len(known) else None
    moment = np.datetime64(int(first * 86_400 + (given[1] or 0)), "s")
    return str(moment if given[1] else moment.astype("datetime64[D]"))


def show_window(spec: Spec, example: np.ndarray) -> list[list[float | None]]:
    """The steps of a window, each a list of its channels."""
    return [_plain(step) for step in example]


def _plain(values: np.ndarray) -> list[float | None]:
    """Numbers in the fewest digits that float32 tells apart; null for NaN."""
    return [None if math.isnan(one) else shortest(one) for one in values]


def schema_of_row(model: Any) -> dict[str, Any]:
    """JSON Schema of a row, with one made of the means of the training part as an example."""
    (spec,) = model.specs
    columns = cells.columns_of(spec)
    any_cell = {"type": ["number", "string", "boolean", "null"]}
    row = {
        "type": "object",
        "required": [one.name for one in columns],
        "properties": {one.name: _schema_of_cell(one) for one in columns},
    }
    n = len(columns)
    return {
        "title": "a row: an object by column, or a list in the order of the columns",
        "anyOf": [row, {"type": "array", "items": any_cell, "minItems": n, "maxItems": n}],
        "examples": [{one.name: _example_of(one) for one in columns}],
    }


def _schema_of_cell(column: ColumnSpec) -> dict[str, Any]:
    """What a cell may be; of a category its texts, though others are taken too."""
    if column.kind == "number":
        return {"type": ["number", "string", "null"]}
    if column.kind == "date":
        return {"type": ["string", "null"], "format": "date-time"}
    return {
        "type": ["string", "number", "boolean", "null"],
        "examples": list(column.vocabulary[:_SHOWN_TEXTS]),
    }


def _example_of(column: ColumnSpec) -> Any:
    """The median of the training part, its middle day, or the most frequent text."""
    if column.kind == "number":
        return float(f"{column.middle:.3g}")
    if column.kind == "date":
        return str(np.datetime64(int(column.middle), "D"))
    return column.vocabulary[0] if column.vocabulary else None


def schema_of_window(model: Any) -> dict[str, Any]:
    """JSON Schema of a history: its steps in the order of time, the last ones at the end."""
    (spec,) = model.specs
    steps, channels = spec.shape
    means = [float(f"{mean:.3g}") for mean in spec.mean or (0.0,) * channels]
    cell = {"type": ["number", "string", "null"]}
    step = {
        "anyOf": [
            *([cell] if channels == 1 else []),
            {"type": "array", "items": cell, "minItems": channels, "maxItems": channels},
            {
                "type": "object",
                "required": list(spec.fields),
                "properties": dict.fromkeys(spec.fields, cell),
            },
        ]
    }
    return {
        "title": f"a history: at least {steps:,} steps in the order of time",
        "type": "array",
        "items": step,
        "minItems": steps,
        "maxItems": MOST_STEPS,
        "examples": [[means[0] if channels == 1 else means] * steps],
    }


def _in_order(fields: Sequence[str], target: str, value: object, where: str) -> Sequence[object]:
    """The cells of an object or of a list, one for each field."""
    if isinstance(value, Mapping):
        strange = [name for name in value if name not in fields and name != target]
        if strange:
            raise InputError(
                f"{where} has {_show(strange[0])}, which the model does not know; expected "
                f"{naming.first_few(list(fields), 10)}.{nearest(str(strange[0])[:_SHOWN], fields)}"
            )
        lacking = [name for name in fields if name not in value]
        if lacking:
            raise InputError(
                f"{where} lacks {naming.first_few(lacking, 5)}; expected every column that the "
                "model takes, with null where it is missing."
            )
        return [value[name] for name in fields]
    if isinstance(value, list):
        if len(value) != len(fields):
            raise InputError(
                f"{where} has {len(value):,} cells; expected {len(fields):,}: "
                f"{naming.first_few(list(fields), 10)}, in this order."
            )
        return value
    raise InputError(
        f"{where} is {_show(value)}; expected an object with {naming.first_few(list(fields), 10)}, "
        "or a list of their values in this order."
    )


def _judged(values: np.ndarray, where: str) -> np.ndarray:
    """The values as float32; InputError where nothing can be made of them."""
    reasons = _numbers.find_reasons(values[np.newaxis])
    if reasons:
        raise InputError(f"{where} {reasons[0]}; expected numbers of float32. Mend it.")
    return values.astype(np.float32)


def _show(value: object) -> str:
    """A value in a message: short, and on one line."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else naming.cut(repr(value), _SHOWN)
