"""Which values may a pickle hold that is read without unpickling, and what makes them?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MARK = object()
MOST_NUMBERS = 1000
MOST_DEPTH = 30  # honest ones have 3
_MOST_SIDES = 64  # of a NumPy array
ARRAY, DTYPE, WRAPPER = "numpy.ndarray", "numpy.dtype", "joblib.numpy_pickle.NumpyArrayWrapper"


_HOLDERS = (list, tuple, dict, np.ndarray)
_PLAIN = frozenset({int, float, bool, str, bytes, type(None)})


class Refused(ValueError):
    """The bytes are no plain data; the text says why."""


class Named:
    """A name that stands in a pickle where an object was; nothing is looked up."""

    def __init__(self, name: str) -> None:
        self.name = name


class ArrayInMaking:
    """An array, a dtype or a wrapper that is not finished yet."""

    def __init__(self, kind: str, dtype: np.dtype[Any] | None = None) -> None:
        self.kind, self.dtype = kind, dtype
        self.value: np.ndarray | None = None


def make_dtype(given: Any) -> np.dtype[Any]:
    """The type of an array that a pickle describes; raises Refused."""
    made = expect(given, ArrayInMaking)
    if made.kind != DTYPE or made.dtype is None:
        raise Refused("an array without a type")
    return made.dtype


def count_values(shape: Any) -> int:
    """How many values an array of a shape has; Refused for a shape that no array has."""
    sides = expect(shape, tuple)
    # Each is looked at before they are multiplied: products of huge numbers take minutes.
    if len(sides) > _MOST_SIDES or not all(type(one) is int and 0 <= one < 2**63 for one in sides):
        raise Refused("an array of a shape that no array has")
    return math.prod(sides)


def make_array(
    values: Any, dtype: np.dtype[Any], shape: Any, *, fortran: bool = False
) -> np.ndarray:
    """The array that a pickle describes; raises Refused where values and shape disagree."""
    n = count_values(shape)
    if dtype.hasobject:
        items = expect(values, list)
        if len(items) != n:
            raise Refused(f"an array of {n} objects that holds {len(items)}")
        flat = np.empty(n, object)
        for at, item in enumerate(items):
            flat[at] = item
    else:
        # Python 3 writes the bytes of Python 2 as text, one letter a byte.
        content = values.encode("latin-1") if isinstance(values, str) else expect(values, bytes)
        if len(content) != n * dtype.itemsize:
            raise Refused(f"an array of {n} values that holds {len(content)} bytes")
        flat = np.frombuffer(content, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def make_pairs(found: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
    """The dict with pairs of key and value added.

    Raises Refused for keys that are no plain ones.
    """
    for key, value in zip(items[::2], items[1::2], strict=True):
        # Only what needs no depth to be hashed; of numbers few, for they can be made to fall on one
        # place of a dict.
        if not isinstance(key, (str, bytes, int, float, type(None))):
            raise Refused(f"a key that is a {type(key).__name__}")
        if not isinstance(key, (str, bytes)) and len(found) > MOST_NUMBERS:
            raise Refused(f"a dict of more than {MOST_NUMBERS:,} keys that are numbers")
        found[key] = finish(value)
    return found


def refuse_depth(value: Any, most: int) -> None:
    """Refused for what is nested too deep, holds itself, or holds the same again and again.

    most: how many items there may be where each list counts as often as it stands somewhere. Thirty
    lists, each of which holds the one before it twice, would be a thousand million numbers.
    """
    # by level: what can hold others, and how often it stands there
    level, n = {id(value): (value, 1)} if isinstance(value, _HOLDERS) else {}, 0
    for _ in range(MOST_DEPTH):
        below: dict[int, tuple[Any, int]] = {}
        for holder, times in level.values():
            items = _items_of(holder)
            n += times * len(items)
            if n > most:
                raise Refused(f"the same lists again and again: more than {most:,} items in all")
            if _PLAIN.issuperset(map(type, items)):
                continue
            for item in items:
                if isinstance(item, _HOLDERS):
                    below[id(item)] = (item, times + below.get(id(item), (item, 0))[1])
        if not below:
            return
        level = below
    raise Refused(f"lists within lists, more than {MOST_DEPTH} deep")


def _items_of(holder: Any) -> list[Any] | tuple[Any, ...]:
    """What a list, a tuple, a dict or an array of objects holds; nothing of other arrays."""
    if isinstance(holder, np.ndarray):
        return list(holder.flat) if holder.dtype.hasobject else ()
    return list(holder.values()) if isinstance(holder, dict) else holder


def finish(value: Any) -> Any:
    """The value of an array that is whole; other things as they are."""
    if isinstance(value, ArrayInMaking):
        if value.value is None and value.kind != DTYPE:
            raise Refused("damaged: an array that is not whole")
        return value if value.value is None else value.value
    if isinstance(value, Named):  # of joblib's arrays: which class they were
        return value.name
    if value is MARK:
        raise Refused("damaged: a beginning without an end")
    return value


def finish_all(items: list[Any]) -> list[Any]:
    """Each of some values as `finish` gives it; of numbers there are millions."""
    return items if _PLAIN.issuperset(map(type, items)) else [finish(item) for item in items]


def holds_in_tuple(value: Any) -> Any:
    """What an array in the making holds where it stands in a tuple; else the value itself."""
    # Tuples also hold what a call is given, so names and unfinished arrays stay.
    return value.value if isinstance(value, ArrayInMaking) and value.value is not None else value


def expect(value: Any, kind: type[Any]) -> Any:
    """The value, where it is of that kind; Refused otherwise."""
    if not isinstance(value, kind):
        raise Refused(f"a {type(value).__name__} where a {kind.__name__.lstrip('_')} belongs")
    return value
