"""Where do pixels that had to be unpacked lie, so that memory and a second run need no unpacking?

In the cache folder, one folder a file of data and a way of reading it. The manifest is
written last: what has none is built anew.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from receta.core import disk, naming
from receta.core.errors import InputError, RunError

_MANIFEST = "manifest.json"


def unpack_once(
    kind: str, file: str, words: object, build: Callable[[Path], dict[str, Any]]
) -> tuple[Path, dict[str, Any]]:
    """Folder and facts that `build(folder)` made of a file, now or at an earlier time.

    words: everything else that the result depends on, such as options and the reader's version.
    Two processes that need the same wait for each other.
    """
    stamp = naming.file_stamp([file], kind, words)
    folder = disk.cache_root() / kind / stamp
    with disk.sole_user(folder, wait=True):
        manifest = folder / _MANIFEST
        with contextlib.suppress(RunError):
            if manifest.exists():
                facts: dict[str, Any] = disk.read_json(manifest)
                if all(
                    (folder / name).exists() and (folder / name).stat().st_size == n
                    for name, n in facts["files"].items()
                ):
                    return folder, facts
        for leftover in folder.glob(".*.tmp*"):  # of a process that was killed
            leftover.unlink(missing_ok=True)
        facts = build(folder)
        if naming.file_stamp([file], kind, words) != stamp:
            raise InputError(
                f"{file} changed while it was read; expected it to stay as it is. Repeat when it "
                "does."
            )
        facts["files"] = {name.name: name.stat().st_size for name in folder.glob("*.npy")}
        disk.write_json(manifest, facts, indent=None)
        return folder, facts


class PixelFile:
    """A .npy file of uint8 that grows at its end; its length is set when done."""

    def __init__(self, file: BinaryIO, shape: tuple[int, ...], *, fortran: bool = False) -> None:
        self._file, self._shape, self._fortran = file, shape, fortran
        self.n_bytes = 0
        self.offset = self._write_header(0)

    def reserve(self, n_bytes: int) -> None:
        """Take room on the disk before work is put into filling it."""
        self._file.flush()
        disk.reserve(self._file.fileno(), self.offset, n_bytes)

    def append(self, values: np.ndarray) -> None:
        """Add uint8 values."""
        self._file.write(np.ascontiguousarray(values, np.uint8).data)
        self.n_bytes += values.size

    def multiply(self, factor: int, n_bytes: int) -> None:
        """Multiply the first values, once it is known what they meant."""
        step = 2**20
        for at in range(0, n_bytes, step):
            self._file.seek(self.offset + at)
            values = np.frombuffer(self._file.read(min(step, n_bytes - at)), np.uint8)
            self._file.seek(self.offset + at)
            self._file.write((values * np.uint8(factor)).data)
        self._file.seek(0, os.SEEK_END)

    def close(self, n: int) -> None:
        """Note that there are n examples."""
        self._file.truncate(self.offset + self.n_bytes)
        self._file.seek(0)
        self._write_header(n)

    def _write_header(self, n: int) -> int:
        # NumPy leaves room for the first length to grow, so the header's own length stays.
        header = {"descr": "|u1", "fortran_order": self._fortran, "shape": (n, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, header)
        return self._file.tell()


@contextlib.contextmanager
def pixel_file(path: Path, shape: tuple[int, ...], *, fortran: bool = False) -> Iterator[PixelFile]:
    """Write a .npy of uint8 images of a shape piece by piece, atomically."""
    with disk.replacing(path) as temporary, open(temporary, "w+b") as file:
        yield PixelFile(file, shape, fortran=fortran)
