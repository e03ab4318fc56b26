"""Which values may a pickle hold that is read without unpickling, and what makes them?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MARK = object()
MOST_NUMBERS = 1000
ARRAY, DTYPE, WRAPPER = "numpy.ndarray", "numpy.dtype", "joblib.numpy_pickle.NumpyArrayWrapper"


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


def make_array(
    values: Any, dtype: np.dtype[Any], shape: Sequence[int], fortran: bool
) -> np.ndarray:
    """The array that a pickle describes; raises Refused where values and shape disagree."""
    n = math.prod(shape)
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


def holds_in_tuple(value: Any) -> Any:
    """What an array in the making holds where it stands in a tuple; else the value itself."""
    # Tuples also hold what a call is given, so names and unfinished arrays stay.
    return value.value if isinstance(value, ArrayInMaking) and value.value is not None else value


def expect(value: Any, kind: type[Any]) -> Any:
    """The value, where it is of that kind; Refused otherwise."""
    if not isinstance(value, kind):
        raise Refused(f"a {type(value).__name__} where a {kind.__name__.lstrip('_')} belongs")
    return value
