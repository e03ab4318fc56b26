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
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.core.spec import Spec
from receta.kinds import _numbers

MOST_STEPS = 100_000  # of one history, of which a model sees the last few
_SHOWN = 40  # characters of a value that a message shows


def take_row(model: Any, value: object, where: str) -> np.ndarray:
    """The cells of one row: an object by column, or a list in the order of the columns."""
    (spec,) = model.specs
    cells = _in_order(spec, value, where)
    found = [
        take_number(one, f"{where}: the column {name!r}")
        for name, one in zip(spec.fields, cells, strict=True)
    ]
    return _judged(np.array(found), where)


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
        given = [one] if alone else _in_order(spec, one, place)
        for channel, (name, cell) in enumerate(zip(spec.fields, given, strict=True)):
            found[at - len(value), channel] = take_number(cell, f"{place}: the channel {name!r}")
    return _judged(found, where)


def take_number(value: object, where: str) -> float:
    """A number of JSON, or a text that spells one; NaN for null and for an empty text.

    >>> take_number("1.5", "a"), take_number(None, "a")
    (1.5, nan)
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) <= _numbers.MOST else math.inf
    if isinstance(value, str) and len(value) <= _SHOWN and naming.is_number(value):
        return float(value)
    raise InputError(f"{where} is {_show(value)}; expected a number, or null where it is missing.")


def schema_of_row(model: Any) -> dict[str, Any]:
    """JSON Schema of a row, with one made of the means of the training part as an example."""
    (spec,) = model.specs
    cell = {"type": ["number", "string", "null"]}
    cells = {
        "type": "object",
        "required": list(spec.fields),
        "properties": dict.fromkeys(spec.fields, cell),
    }
    n = len(spec.fields)
    means = [float(f"{mean:.3g}") for mean in spec.mean or (0.0,) * n]
    return {
        "title": "a row: an object by column, or a list in the order of the columns",
        "anyOf": [cells, {"type": "array", "items": cell, "minItems": n, "maxItems": n}],
        "examples": [dict(zip(spec.fields, means, strict=True))],
    }


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


def _in_order(spec: Spec, value: object, where: str) -> Sequence[object]:
    """The cells of an object or of a list, one for each field."""
    fields = spec.fields
    if isinstance(value, Mapping):
        strange = [name for name in value if name not in fields and name != spec.target]
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
    return str(value).lower() if isinstance(value, bool) else repr(value)[:_SHOWN]
