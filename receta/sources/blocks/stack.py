"""How do images that lie one behind the other in a file become a source?"""

from __future__ import annotations

import bisect
import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.scale import to_bytes
from receta.data import image
from receta.data.dataset import Images
from receta.data.marks import Marks

_LOOKED_AT = 2**22  # values at once


@dataclass(frozen=True)
class Block:
    """n images of one shape in a file.

    stored: (n, ...) as they lie there, in C or Fortran order. shape: (height, width, channels).
    """

    file: str
    offset: int
    stored: tuple[int, ...]
    shape: tuple[int, int, int]
    channels_first: bool = False
    fortran: bool = False

    def open_array(self) -> np.ndarray:
        """All of it, without reading any."""
        try:
            return np.memmap(
                self.file, np.uint8, "r", self.offset, self.stored, "F" if self.fortran else "C"
            )
        except (OSError, ValueError) as error:
            raise InputError(
                f"{self.file} is not as it was ({error}); expected the pixels that were found "
                "there. Load again."
            ) from error

    def image(self, opened: np.ndarray, row: int) -> np.ndarray:
        """One image: (height, width, 1 | 3) uint8, its own memory."""
        height, width, channels = self.shape
        pixels = np.array(opened[row])
        if self.channels_first:
            pixels = np.ascontiguousarray(
                pixels.reshape(channels, height, width).transpose(1, 2, 0)
            )
        else:
            pixels = np.ascontiguousarray(pixels).reshape(height, width, channels)
        # Transparency is laid over white, as in pictures that are decoded.
        return image.resize(pixels, (height, width), 3) if channels == 4 else pixels


class Stack(Images):
    """Images in blocks; `files` are those whose change means other data.

    small_range: whether what is stored is 0 to scale.arrays, and not 0 to 255.
    """

    small_range = False

    def __init__(
        self,
        title: str,
        blocks: Sequence[Block],
        files: Sequence[str],
        *,
        marks: Marks,
        words: object,
        columns: Sequence[str] = (),
    ) -> None:
        self.ids, self.targets, self.class_names = (
            marks.ids,
            marks.targets,
            tuple(marks.class_names),
        )
        self.parts, self.groups, self.strays = marks.parts, marks.groups, tuple(marks.strays)
        self.columns = columns
        self._title, self._words = title, words
        self._blocks = tuple(blocks)
        self._files = tuple(os.path.abspath(file) for file in files)
        self._ends = list(itertools.accumulate(block.stored[0] for block in blocks))
        self._opened: dict[int, np.ndarray] = {}

    def raw(self, row: int) -> np.ndarray:
        """The image: (height, width, channels) uint8."""
        at = bisect.bisect_right(self._ends, row)
        block = self._blocks[at]
        opened = self._opened.get(at)
        if opened is None:
            opened = self._opened[at] = block.open_array()
        return self._scale_range(block.image(opened, row - (self._ends[at - 1] if at else 0)))

    def _scale_range(self, pixels: np.ndarray) -> np.ndarray:
        return to_bytes(pixels, self.scale.arrays) if self.small_range else pixels

    def highest(self, enough: int) -> int:
        """The highest value of all, or one above `enough`."""
        most = 0
        for block in self._blocks:
            stored = block.open_array().reshape(-1, order="F" if block.fortran else "C")
            for start in range(0, len(stored), _LOOKED_AT):
                most = max(most, int(stored[start : start + _LOOKED_AT].max(initial=0)))
                if most > enough:
                    return most
        return most

    def stamp(self) -> str:
        """Changes with names, sizes and times of the files."""
        return naming.file_stamp(self._files, self._title.partition("(")[0], self._words)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_opened": {}}

    def __repr__(self) -> str:
        return f"{self._title}, {len(self)} pictures, {len(self.class_names)} classes)"


def flat_shape(
    pixels: int,
    shape: tuple[int, ...] | None,
    place: str,
    *,
    or_say: str = "--target COLUMN if it is a table",
) -> tuple[int, int, int]:
    """(height, width, channels) of a row of pixels: as asked for, or square.

    or_say: what else an error advises.

    >>> flat_shape(784, None, "x.csv"), flat_shape(3072, None, "x.csv")
    ((28, 28, 1), (32, 32, 3))
    """
    if shape is not None:
        height, width, channels = (*shape, 1) if len(shape) == 2 else shape
        if height * width * channels != pixels:
            raise InputError(
                f"{place} has {pixels} pixels a row, but --shape {','.join(map(str, shape))} means "
                f"{height * width * channels}; expected the same number. Change --shape."
            )
        return height, width, channels
    for channels in (1, 3):
        side = math.isqrt(pixels // channels)
        if side > 1 and side * side * channels == pixels:  # one value is no picture
            return side, side, channels
    raise InputError(
        f"{place} has {pixels} pixel{'' if pixels == 1 else 's'} a row, no square picture in "
        "grey or colour; "
        "expected as many as 784 (28 x 28) or 3072 (32 x 32 x 3). Say --shape HEIGHTxWIDTH, or "
        f"{or_say}."
    )
