"""How is one array in a NumPy .npz file read, piece by piece, however large?"""

from __future__ import annotations

import math
import os
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from receta.core import outside
from receta.core.errors import InputError

CHUNK = 4 * 2**20
MOST_HELD = 8 * 2**30  # bytes of an array that is taken into memory: labels, names, tables
_MOST_VALUES = 2**48


def members_of(place: str, archive: zipfile.ZipFile) -> dict[str, Member]:
    """The arrays of an archive by their names; InputError for a bomb and for two of one name.

    Nothing is unpacked but headers, and no more than may be.
    """
    infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    twice = [name for name, n in Counter(info.filename for info in infos).items() if n > 1]
    if twice:
        raise InputError(
            f"{place} holds two arrays called {twice[0][:80]!r}; expected each name once. Save "
            "it anew."
        )
    for info in infos:
        outside.refuse_growth(
            f"{place}: {info.filename[:80]!r}", info.compress_size, info.file_size
        )
    outside.refuse_growth(place, os.path.getsize(place), sum(info.file_size for info in infos))
    return {
        info.filename.removesuffix(".npy"): Member.read(place, archive, info.filename)
        for info in infos
    }


@dataclass(frozen=True)
class Member:
    """One array of the archive, by its header; its values are still packed."""

    place: str
    name: str
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int  # of the values inside the member
    offset: int | None  # of the values inside the archive, if they are not packed

    @property
    def key(self) -> str:
        return self.name.removesuffix(".npy")

    @classmethod
    def read(cls, place: str, archive: zipfile.ZipFile, name: str) -> Member:
        info = archive.getinfo(name)
        with archive.open(info) as stream:
            version = np.lib.format.read_magic(stream)
            if version == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            elif version == (2, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
            else:
                raise ValueError(f"{name} has format {version[0]}.{version[1]} of .npy")
            start = stream.tell()
        key = name.removesuffix(".npy")
        if dtype.hasobject:
            raise InputError(
                f"{place}: array {key!r} holds Python objects; expected numbers or text, since "
                "objects can run "
                f"code when they are read. Save it as a plain array (all pictures of one size)."
            )
        if not dtype.itemsize or min(shape, default=1) < 0 or math.prod(shape) > _MOST_VALUES:
            raise ValueError(
                f"array {key!r} says that it has the shape {show_shape(shape)[:80]} of values of "
                f"{dtype.itemsize} bytes"
            )
        expected = math.prod(shape) * dtype.itemsize
        if info.file_size - start != expected:
            raise ValueError(
                f"array {key!r} has {info.file_size - start} bytes where its header says {expected}"
            )
        offset = None
        if info.compress_type == zipfile.ZIP_STORED:
            with open(place, "rb") as file:
                # lengths of name and extra field: APPNOTE.TXT 4.3.7
                file.seek(info.header_offset + 26)
                offset = info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))) + start
        return cls(place, name, tuple(shape), fortran, dtype, start, offset)

    def chunks(self, archive: zipfile.ZipFile) -> Iterator[np.ndarray]:
        """The values as flat pieces, as they lie there."""
        step = max(CHUNK // max(self.dtype.itemsize, 1), 1) * self.dtype.itemsize
        with archive.open(self.name) as stream:
            _exactly(stream, self.start)
            while chunk := _exactly(stream, step):
                yield np.frombuffer(chunk, self.dtype)

    def values(self, archive: zipfile.ZipFile) -> np.ndarray:
        """All values at once: for labels, names and tables.

        Raises InputError where they are too many.
        """
        size = math.prod(self.shape) * self.dtype.itemsize
        if size > MOST_HELD:
            raise InputError(
                f"{self.place}: array {self.key!r} has {size / 2**30:.3g} GB; expected at most "
                f"{MOST_HELD // 2**30} GB of labels or of a "
                f"table. Divide it."
            )
        flat = np.concatenate([np.empty(0, self.dtype), *self.chunks(archive)])
        return flat.reshape(self.shape, order="F" if self.fortran else "C")

    def labels(self, archive: zipfile.ZipFile) -> np.ndarray:
        """(n,) whole numbers or texts, out of (n,), (n, 1) or one-hot (n, k)."""
        values = self.values(archive)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.dtype.kind == "b":
            values = values.astype(np.uint8)
        if values.dtype.kind == "S":
            return np.char.decode(values, "utf-8", "replace")
        if (
            values.dtype.kind == "f"
            and np.isfinite(values).all()
            and (values == np.round(values)).all()
        ):
            values = values.astype(np.int64)
        if values.dtype.kind in "iu" and values.ndim == 2 and _is_one_hot(values):
            values = values.argmax(axis=1)
        if values.ndim != 1 or values.dtype.kind not in "iuU":
            raise InputError(
                f"{self.place}: array {self.key!r} of shape {show_shape(self.shape)} and type "
                f"{self.dtype} is no label an "
                "image; expected (n,), (n,1) or one-hot (n,classes) of whole numbers or texts. "
                "Save it so."
            )
        return values


def _exactly(stream: IO[bytes], n: int) -> bytes:
    """n bytes, or fewer at the end: a read of a packed stream may give less."""
    pieces: list[bytes] = []
    while n and (piece := stream.read(n)):
        pieces.append(piece)
        n -= len(piece)
    return b"".join(pieces)


def _is_one_hot(values: np.ndarray) -> bool:
    return bool(
        values.shape[1]
        and ((values == 0) | (values == 1)).all()
        and (values.sum(axis=1) == 1).all()
    )


def show_shape(shape: tuple[int, ...]) -> str:
    """A shape as text: (60000,28,28)."""
    return f"({','.join(map(str, shape))})"
