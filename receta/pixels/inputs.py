"""How are decoded pictures read from their cache, row by row?"""

from __future__ import annotations

import functools
import itertools
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.errors import RunError
from receta.core.progress import Progress, Unasked
from receta.core.scale import USUAL, Scale
from receta.core.spec import Spec, of_pixels
from receta.data.dataset import Dataset, fingerprint
from receta.pixels.measuring import Measuring, measure_once
from receta.pixels.workers import BAD, DONE

FACTS = np.dtype(
    [
        ("state", "u1"),
        ("height", "i4"),
        ("width", "i4"),
        ("content", "S32"),
        ("pixels", "S32"),
        ("reason", "S160"),
        ("format", "S4"),
        ("n_bytes", "i8"),
        ("tint", "u1"),
    ]
)


@dataclass(frozen=True)
class Pixels:
    """All pictures of a source at one size; index everything by source row.

    What a network of pictures is fed (`core.examples.Inputs`). `take(rows)` gives (k, height,
    width, channels) uint8. `reasons` says of each unreadable row why. Picklable and cheap: the
    pixels stay on the disk.
    """

    folder: Path
    size: tuple[int, int]
    channels: int
    fit: str = "stretch"
    scale: Scale = USUAL

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture."""
        return (*self.size, self.channels)

    @property
    def specs(self) -> tuple[Spec, ...]:
        """One input of whole pixels, 0 to 255."""
        return of_pixels(self.shape)

    @functools.cached_property
    def _opened(self) -> tuple[int, int]:
        """(file descriptor, offset of the first row) of the images."""
        path = self.folder / "images.npy"
        offset: int = np.load(path, mmap_mode="r", allow_pickle=False).offset
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, descriptor)
        return descriptor, offset

    @functools.cached_property
    def _facts(self) -> np.ndarray:
        return np.load(self.folder / "facts.npy", allow_pickle=False)

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Pictures of some rows: (k, height, width, channels) uint8.

        Read, not mapped: newer kernels map megabytes around every row that is touched, and
        resident memory would be that of the whole cache (3.3 GB of 2.8; LOG.md).
        """
        rows = np.asarray(rows, np.int64)
        taken = np.empty((len(rows), *self.shape), np.uint8)
        if not taken.size:
            return taken
        descriptor, offset = self._opened
        stride, buffer = int(np.prod(self.shape)), taken.data.cast("B")
        edges = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for first, end in itertools.pairwise(edges):  # rows that lie together are one read
            wanted = buffer[first * stride : end * stride]
            if os.preadv(descriptor, [wanted], offset + int(rows[first]) * stride) != len(wanted):
                raise RunError(
                    f"{self.folder} is cut short; expected a whole cache. Delete that folder and "
                    "repeat."
                )
        return taken

    @functools.cached_property
    def reasons(self) -> dict[int, str]:
        """Why a row is unreadable, by row."""
        bad = np.flatnonzero(self._facts["state"] == BAD)
        return {int(row): self._facts["reason"][row].decode("utf-8", "replace") for row in bad}

    @property
    def digests(self) -> np.ndarray:
        """(n,) S32: what is stored for each row, hashed (hexadecimal)."""
        return self._facts["content"]

    @property
    def pixel_digests(self) -> np.ndarray:
        """(n,) S32: checksum of the decoded pixels; equal ones are candidates, to be compared."""
        return self._facts["pixels"]

    @property
    def sizes(self) -> np.ndarray:
        """(n, 2) int32: height and width that each picture had itself."""
        return np.stack([self._facts["height"], self._facts["width"]], axis=1)

    @property
    def formats(self) -> np.ndarray:
        """(n,) S4: how each file is encoded (`image_formats.format_of`).

        Empty for arrays and what is no picture.
        """
        return self._facts["format"]

    @property
    def n_bytes(self) -> np.ndarray:
        """(n,) int64: size of each stored file; 0 for arrays."""
        return self._facts["n_bytes"]

    @property
    def tints(self) -> np.ndarray:
        """(n,) uint8: how far a picture is from grey, where it is kept in grey alone; 0 otherwise.

        The largest gap between two colours of one pixel, seen at 16 x 16.
        """
        return self._facts["tint"]

    @property
    def decoded(self) -> np.ndarray:
        """(k,) int64: the source rows that hold a picture."""
        return np.flatnonzero(self._facts["state"] == DONE)

    def measured(
        self,
        name: str,
        measure: Measuring,
        dtype: np.dtype[Any],
        *,
        version: int = 1,
        progress: Progress = Unasked(),
    ) -> np.ndarray:
        """(n,) records by source row, computed once by all cores and kept on disk.

        measure: (k, height, width, channels) uint8 -> (k,) records of the dtype, a pure
        function; raise the version when it changes. Rows without a picture are zeros.
        """
        return measure_once(self, name, measure, dtype, version, progress)

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the pictures were read."""
        return {"shape": list(self.shape), "fit": self.fit, "scale": self.scale.to_json()}

    def fingerprint(self, data: Dataset) -> str:
        """`data.fingerprint` from the digests kept here, without reading the files."""
        return fingerprint(data, (bytes.fromhex(self.digests[row].decode()) for row in data.rows))
