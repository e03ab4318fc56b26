"""How is the value of a setting read, that a person wrote as a text or a list?

What cannot be read raises ValueError, or is given back as it is: pydantic then says what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

from receta.core import augmentations

_PLAIN_COST = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_MOST_NAMES = 10_000  # of one setting


def read_rungs(value: Any) -> Any:
    """Names of rungs, each once, separated by commas."""
    value = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value
    if isinstance(value, (list, tuple)) and len(set(map(str, _refuse_many(value)))) < len(value):
        raise ValueError("a rung is named twice")
    return value


def read_augmentations(value: Any) -> Any:
    """Names of augmentations, each once, separated by commas; or none."""
    value = _split(value)
    if isinstance(value, (list, tuple)):
        value = () if list(value) == ["none"] else tuple(map(str, _refuse_many(value)))
        unknown = [name for name in value if name != "auto" and name not in augmentations.ABOUT]
        if unknown or len(set(value)) < len(value):
            raise ValueError("expected names of augmentations, each once")
    return value


def read_costs(value: Any) -> Any:
    """Costs as truth>answer=cost, separated by commas; or none."""
    value = _split(value)
    value = () if value in ("none", ("none",)) else value
    for one in _refuse_many(value) if isinstance(value, (list, tuple)) else ():
        names, equals, cost = str(one).rpartition("=")
        if not equals or ">" not in names or not _PLAIN_COST.fullmatch(cost.strip()):
            raise ValueError("expected truth>answer=cost")
    return value


def read_size(value: Any) -> Any:
    """Pixels of one side or two, such as 28 or 28x40; None for auto."""
    if value is None or value == "auto":
        return None
    if isinstance(value, str):
        words = value.lower().split("x")
        if len(words) > 2 or not all(word.isdigit() for word in words):
            raise ValueError("expected pixels such as 28 or 28x40, or auto")
        value = [int(word) for word in words]
    if isinstance(value, int):
        value = [value]
    if (
        not isinstance(value, (list, tuple))
        or not 1 <= len(value) <= 2
        or not all(isinstance(side, int) for side in value)
    ):
        raise ValueError("expected whole pixels")
    sides = tuple(value) if len(value) == 2 else (value[0], value[0])
    if not all(4 <= side <= 2048 for side in sides):
        raise ValueError("expected 4 to 2048 pixels")
    return sides


def _split(value: Any) -> Any:
    """The parts of a text between commas; what is no text as it is."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _refuse_many(names: list[Any] | tuple[Any, ...]) -> list[Any] | tuple[Any, ...]:
    if len(names) > _MOST_NAMES:
        raise ValueError(f"expected at most {_MOST_NAMES:,} names")
    return names
