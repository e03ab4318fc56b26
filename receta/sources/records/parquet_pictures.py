"""How do pictures in a column of Parquet become a source, without holding them in memory?

A row of Parquet cannot be read alone: pictures lie packed together by hundreds or by
thousands. So they are copied once, as they are, one behind the other into the cache.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs import unpacked
from receta.codecs.parquet import batches, open_file, pixel_type
from receta.core import disk, naming, outside
from receta.core.errors import InputError
from receta.core.scale import find_array_white, read_as, to_bytes
from receta.data.image import Unreadable
from receta.sources.blocks.stack import flat_shape

VERSION = 2  # of this reader: raise it when what it keeps changes
MOST_ROWS = 2_000_000  # of a file of fewer bytes than that: a byte a row is honest


def pictures(
    file: str, column: str, shape: tuple[int, ...] | None, white: int | None
) -> tuple[str, np.ndarray, tuple[int, int, int] | None, dict[int, str], dict[str, Any]]:
    """Where the pictures of a file lie in the cache.

    The file there, places (n, 2) of offset and length, the shape if they are pixels,
    reasons by row for those that are not there, and how pixels became 0 to 255. white: what is
    the highest of their range at least.
    """
    words = (VERSION, column, shape, white)
    folder, facts = unpacked.unpack_once(
        "parquet", file, words, lambda folder: _copy_pictures(file, column, shape, white, folder)
    )
    places = np.load(folder / "places.npy", allow_pickle=False)
    pixels = tuple(facts["shape"]) if facts["shape"] else None
    return (
        str(folder / "pictures.npy"),
        places,
        pixels,
        {int(row): reason for row, reason in facts["missing"]},
        facts,
    )


def read_stored(
    path: str, offset: int, length: int, shape: tuple[int, int, int] | None
) -> bytes | np.ndarray:
    """One picture out of the cache: encoded, or (height, width, channels) uint8."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unreadable(
            f"the cache cannot be read: {(error.strerror or 'system error').lower()}"
        ) from error
    if len(content) != length:
        raise Unreadable("the cache was cut off: load the data again")
    return np.frombuffer(content, np.uint8).reshape(shape).copy() if shape else content


def _copy_pictures(
    file: str, name: str, shape: tuple[int, ...] | None, white: int | None, folder: Path
) -> dict[str, Any]:
    """Fill the cache folder: pictures.npy and places.npy."""
    reader = open_file(file)
    packed = os.path.getsize(file)
    if reader.metadata.num_rows > max(MOST_ROWS, packed):
        raise InputError(
            f"{file} says that it has {reader.metadata.num_rows:,} rows in {packed:,} bytes; "
            f"expected at most {MOST_ROWS:,} in so few. "
            f"Write it anew, or name another file."
        )
    kind = reader.schema_arrow.field(name).type
    if pixel_type(kind) is not None:
        return _copied_pixels(file, name, shape, white, folder)
    if shape is not None:
        raise InputError(
            f"{file}: column {name!r} holds encoded pictures, which know their size; expected no "
            "--shape. Leave it out."
        )
    places: list[tuple[int, int]] = []
    missing: list[tuple[int, str]] = []
    with unpacked.pixel_file(folder / "pictures.npy", ()) as out:
        for column in batches(file, reader, name):
            for value in column.to_pylist():
                content = value.get("bytes") if isinstance(value, dict) else value
                if not content:
                    path = value.get("path") if isinstance(value, dict) else None
                    reason = (
                        f"has no picture but its path, {naming.printable(str(path))[:80]!r}"
                        if path
                        else "has no picture"
                    )
                    missing.append((len(places), reason))
                places.append((out.offset + out.n_bytes, len(content or b"")))
                out.append(np.frombuffer(content or b"", np.uint8))
            outside.refuse_growth(file, packed, out.n_bytes)
        out.close(out.n_bytes)
    _write_places(folder, places)
    return {"shape": None, "missing": missing}


def _write_places(folder: Path, places: Sequence[tuple[int, int]]) -> None:
    with disk.replacing(folder / "places.npy") as temporary:
        np.save(temporary, np.array(places, np.int64).reshape(-1, 2))


def _copied_pixels(
    file: str, name: str, shape: tuple[int, ...] | None, white: int | None, folder: Path
) -> dict[str, Any]:
    packed = os.path.getsize(file)
    top, told = _range(file, name, white)
    sides: tuple[int, ...] = ()
    picture: tuple[int, int, int] | None = None
    places: list[tuple[int, int]] = []
    missing: list[tuple[int, str]] = []
    with unpacked.pixel_file(folder / "pictures.npy", ()) as out:
        for column in batches(file, open_file(file), name):
            there, pixels = _numbers(file, name, column)
            if len(pixels) and picture is None:
                sides, picture = pixels.shape[1:], _shape(file, name, pixels.shape[1:], shape)
            if len(pixels) and pixels.shape[1:] != sides:
                raise InputError(
                    f"{file}: column {name!r} holds pictures of {sides} and of "
                    f"{pixels.shape[1:]} values; expected one size. Mend it."
                )
            size, at = int(np.prod(sides)), out.offset + out.n_bytes
            for one in there.tolist():
                if not one:
                    missing.append((len(places), "has no picture"))
                places.append((at, size if one else 0))
                at += size if one else 0
            if len(sides) == 3 and sides != picture:
                pixels = pixels.transpose(0, 2, 3, 1)  # channels lay first
            out.append(
                to_bytes(pixels.astype(np.uint8) if pixels.dtype.kind == "b" else pixels, top)
            )
            outside.refuse_growth(file, packed, out.n_bytes)
        out.close(out.n_bytes)
    _write_places(folder, places)
    return {"shape": picture, "missing": missing, **told}


def _range(file: str, name: str, white: int | None) -> tuple[int, dict[str, Any]]:
    """What is white among the values of a column, and what is kept of that.

    Takes one pass to see their range.
    """
    low, high, whole, kind = np.inf, -np.inf, True, np.dtype(np.uint8)
    for column in batches(file, open_file(file), name):
        pixels = _numbers(file, name, column)[1]
        if pixels.size:
            low, high, kind = (
                float(np.fmin(low, pixels.min())),
                float(np.fmax(high, pixels.max())),
                pixels.dtype,
            )
            if not (np.isfinite(pixels.min()) and np.isfinite(pixels.max())):
                low, high = -np.inf, np.inf
            whole = whole and (kind.kind != "f" or bool((pixels == np.floor(pixels)).all()))
    unit = kind.kind in "fb" and high <= 1
    own = find_array_white(low, high, whole and not unit) if low <= high else 255
    if own is None or (not np.isfinite(high - low) and low <= high):
        held = "NaN or infinite values" if np.isinf(high) else f"values from {low:g} to {high:g}"
        raise InputError(
            f"{file}: column {name!r} holds {held}; expected pixels 0 to 255, or 0 to 1. Scale it."
        )
    top = max(own, white or 0)
    beyond = ", what lies beyond is cut off" if low < 0 or (low <= high and high > top) else ""
    usual = top == 255 or (kind.kind in "fb" and top == 1)
    told = (
        []
        if usual and not beyond
        else [
            f"column {name!r} has values from {low:.8g} to {high:.8g}: read as "
            f"{read_as(top)}{beyond}"
        ]
    )
    return top, {"white": 0 if usual else top, "notes": told}


def _numbers(file: str, name: str, column: Any) -> tuple[np.ndarray, np.ndarray]:
    """Which rows hold a list, (n,) bool, and the numbers of those, (k, ...)."""
    import pyarrow.compute
    import pyarrow.types as kinds

    there = column.is_valid().to_numpy(zero_copy_only=False)
    inner, shape = column.drop_null(), [int(there.sum())]
    while (
        kinds.is_list(inner.type)
        or kinds.is_large_list(inner.type)
        or kinds.is_fixed_size_list(inner.type)
    ):
        lengths = pyarrow.compute.list_value_length(inner).unique().to_pylist()
        if len(lengths) > 1 or None in lengths:
            raise InputError(
                f"{file}: column {name!r} holds lists of different lengths; expected pictures of "
                "one size. Mend it."
            )
        shape.append(lengths[0] if lengths else 0)
        inner = inner.flatten()
    if inner.null_count:
        raise InputError(
            f"{file}: column {name!r} holds lists with missing numbers; expected pixels 0 to "
            "255. Mend it."
        )
    return there, inner.to_numpy(zero_copy_only=False).reshape(shape)


def _shape(
    file: str, name: str, sides: tuple[int, ...], said: tuple[int, ...] | None
) -> tuple[int, int, int]:
    """(height, width, channels) of pictures whose numbers lie in lists of these lengths."""
    shape: tuple[int, ...]
    if len(sides) == 1:
        return flat_shape(sides[0], said, f"{file}: column {name!r}")
    if len(sides) == 2:
        shape = (*sides, 1)
    elif len(sides) == 3 and sides[2] in (1, 3):
        shape = sides
    elif len(sides) == 3 and sides[0] in (1, 3):
        shape = (*sides[1:], sides[0])
    else:
        shape = ()
    if not shape or 0 in shape or (said is not None and (*said, 1)[:3] != shape):
        expected = (
            ",".join(map(str, said)) if said and shape else "height, width and 1 or 3 channels"
        )
        raise InputError(
            f"{file}: column {name!r} holds lists of {' x '.join(map(str, sides))} numbers; "
            f"expected {expected}. Save it so."
        )
    return shape[0], shape[1], shape[2]
