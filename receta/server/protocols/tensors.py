"""What do the tensors of a request of the Open Inference Protocol hold, in JSON and as bytes?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.server.http import Refused
from receta.server.protocols.bodies import check_number
from receta.server.reading import Reader, Tensor
from receta.server.reading.pictures import numbers

TYPES = {
    "BOOL": "bool",
    **{f"UINT{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": f"float{bits}" for bits in (16, 32, 64)},
}
_MOST_SIDES = 4
_MOST_TENSORS = 10_000  # columns of a table


def read_tensors(given: dict[str, Any], tail: bytes, reader: Reader) -> list[Tensor]:
    """The tensors of a request; tail: the bytes behind its JSON. Raises Refused."""
    inputs = given.get("inputs")
    if (
        not isinstance(inputs, list)
        or not 1 <= len(inputs) <= _MOST_TENSORS
        or not all(isinstance(one, dict) for one in inputs)
    ):
        raise Refused(400, f"inputs is no list of tensors; {reader.expected_tensors}")
    tensors = []
    for one in inputs:
        tensor, taken = _read(one, tail, reader)
        tail = tail[taken:]
        tensors.append(tensor)
    if len({one.shape[0] for one in tensors}) > 1 or len({one.name for one in tensors}) < len(
        tensors
    ):
        raise Refused(
            400,
            "the tensors hold different numbers of examples, or names twice; "
            f"{reader.expected_tensors}",
        )
    return tensors


def parameters_of(one: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a tensor or a request; none where they are no object."""
    found = one.get("parameters")
    return found if isinstance(found, dict) else {}


def frame(content: bytes) -> bytes:
    """A text as binary data have it: its length before it."""
    return len(content).to_bytes(4, "little") + content


def _read(one: dict[str, Any], tail: bytes, reader: Reader) -> tuple[Tensor, int]:
    """A tensor, and how many of the bytes are its."""
    shape, kind, expected = one.get("shape"), one.get("datatype"), reader.expected_tensors
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= _MOST_SIDES
        or not all(type(side) is int and 0 < side < 2**31 for side in shape)
    ):
        raise Refused(400, f"the shape cannot be used; {expected}")
    check_number(shape[0], reader)
    size = parameters_of(one).get("binary_data_size")
    if size is not None and (type(size) is not int or not 0 <= size <= len(tail)):
        raise Refused(
            400,
            f"binary_data_size cannot be used; expected at most the {len(tail)} bytes behind "
            "the JSON.",
        )
    if size is None and not isinstance(one.get("data"), list):
        raise Refused(400, f"data is no list; {expected}")
    content = None if size is None else tail[:size]
    if kind == "BYTES":
        values: Any = one["data"] if content is None else _unframe(content)
        n: float = len(values)
    elif kind in TYPES:
        values = (
            _numbers(one["data"], kind, expected)
            if content is None
            else _of_bytes(content, TYPES[kind])
        )
        n = values.size
    else:
        raise Refused(400, f"the datatype {str(kind)[:50]!r} cannot be used; {expected}")
    wanted = float(np.prod([float(side) for side in shape]))
    if n != wanted:
        raise Refused(
            400, f"the data hold {n} values; expected {wanted:.0f}, as the shape {shape} says."
        )
    name = str(one.get("name", ""))[:200]
    if isinstance(values, np.ndarray):
        values = values.reshape(shape)
    return Tensor(name, str(kind), tuple(shape), values), size or 0


def _numbers(data: list[Any], kind: str, expected: str) -> np.ndarray:
    """Numbers of JSON; null is missing where the type has a word for it."""
    if kind.startswith("FP") and None in data:
        data = [float("nan") if value is None else value for value in data]
    found = numbers(data, "data", "expected numbers, or null where one is missing.")
    if kind == "UINT8" or not found.size:  # pixels are looked at by who takes them
        return found
    whole = found.dtype.kind != "f" or bool((found == np.floor(found)).all())
    if found.dtype.kind not in "iuf" or not (whole or kind.startswith("FP")):
        raise Refused(400, f"data hold no numbers of {kind}; {expected}")
    if kind.startswith("FP"):
        return found
    bounds = np.iinfo("uint8" if kind == "BOOL" else TYPES[kind])
    if (found < bounds.min).any() or (found > min(bounds.max, np.iinfo(np.int64).max)).any():
        raise Refused(400, f"data hold numbers beyond those of {kind}; {expected}")
    return found.astype(np.int64)


def _of_bytes(content: bytes, dtype: str) -> np.ndarray:
    kind = np.dtype(dtype).newbyteorder("<")
    if len(content) % kind.itemsize:
        raise Refused(400, f"the binary data end inside a number of {dtype}; expected whole ones.")
    return np.frombuffer(content, kind)


def _unframe(content: bytes) -> list[bytes]:
    found = []
    while content:
        end = 4 + int.from_bytes(content[:4], "little")
        if len(content) < max(4, end):
            raise Refused(
                400,
                "the binary data end inside a text or a picture; expected a length of 4 bytes "
                "before each.",
            )
        found.append(content[4:end])
        content = content[end:]
    return found
