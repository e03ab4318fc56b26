"""Does a JSON file hold what it should, though a disk or a stranger may have written it?

A shape says what is expected, in plain Python:

    str, int, float, bool     a text, a whole number, a finite number, true or false
    [shape]                   a list of such
    [shape, shape]            a list of just these
    {"name": shape}           an object with this entry; "name?" may be missing; others are let be
    {str: shape}              an object of any names
    (shape, None)             either of them
    {"a", "b"}                one of these values
    Between(int, 1, 9)        a number within bounds
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from receta.core.printable import cut

_LARGEST = 2**1023  # a whole number up to which is a number with a point, too
_SHOWN = 40  # characters of a value that a message shows


@dataclass(frozen=True)
class Between:
    """A number of a kind (int or float) from low to high."""

    kind: type
    low: float
    high: float


def mismatch(value: Any, shape: Any, at: str = "") -> str:
    """What is the first thing that differs from a shape, in words; empty where nothing does.

    >>> mismatch({"n": "3"}, {"n": int})
    "n is '3'; expected a whole number"
    """
    if shape is Any:
        return ""
    if isinstance(shape, dict):
        return _object_mismatch(value, shape, at)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _words(value, shape, at)
        if len(shape) > 1 and len(value) != len(shape):
            return f"{at or 'it'} holds {len(value)} values; expected {len(shape)}"
        wanted = shape if len(shape) > 1 else shape * len(value)
        return next(
            (
                said
                for i, one in enumerate(value)
                if (said := mismatch(one, wanted[i], f"{at}[{i}]"))
            ),
            "",
        )
    if isinstance(shape, tuple):
        tried = [mismatch(value, one, at) for one in shape]
        nearest = [
            words
            for words, allowed in zip(tried, shape, strict=True)
            if type(allowed) is type(value)
        ]
        return "" if not all(tried) else nearest[0] if nearest else _words(value, shape, at)
    return "" if _is(value, shape) else _words(value, shape, at)


def _object_mismatch(value: Any, shape: dict[Any, Any], at: str) -> str:
    if not isinstance(value, dict):
        return _words(value, shape, at)
    inside = f"{at}." if at else ""
    if str in shape:
        return next(
            (
                said
                for name, one in value.items()
                if (said := mismatch(one, shape[str], f"{inside}{name}"))
            ),
            "",
        )
    for name, wanted in shape.items():
        plain = name.removesuffix("?")
        if plain not in value:
            if plain == name:
                return f"{inside}{plain} is missing; expected {_tell_expected(wanted)}"
        elif said := mismatch(value[plain], wanted, f"{inside}{plain}"):
            return said
    return ""


def _is(value: Any, shape: Any) -> bool:
    if isinstance(shape, Between):
        return _is(value, shape.kind) and shape.low <= value <= shape.high
    if isinstance(shape, set | frozenset):
        return isinstance(value, str | int) and value in shape
    if shape is None:
        return value is None
    if shape is float:
        is_whole = type(value) is int and abs(value) <= _LARGEST
        return is_whole or (type(value) is float and math.isfinite(value))
    return type(value) is shape


def _words(value: Any, shape: Any, at: str) -> str:
    return f"{at or 'it'} is {cut(repr(value), _SHOWN)}; expected {_tell_expected(shape)}"


def _tell_expected(shape: Any) -> str:
    if isinstance(shape, Between):
        return f"{_NAMES[shape.kind]} from {shape.low:g} to {shape.high:g}"
    if isinstance(shape, set | frozenset):
        return f"one of {', '.join(map(str, sorted(shape, key=str)))}"
    if isinstance(shape, tuple):
        return " or ".join(map(_tell_expected, shape))
    return (
        "a list"
        if isinstance(shape, list)
        else "an object"
        if isinstance(shape, dict)
        else _NAMES[shape]
    )


_NAMES: dict[Any, str] = {
    Any: "a value",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    None: "null",
}
