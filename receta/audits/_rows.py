"""Which rows does an audit look at, and which of them hold the same picture?"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from receta.core.dataset import PARTS, Dataset, content_digest
from receta.core.image import Unreadable

if TYPE_CHECKING:
    from receta.pixels import Pixels


def readable(data: Dataset, pixels: Pixels) -> np.ndarray:
    """(n,) bool: which examples could be decoded."""
    return ~np.isin(data.rows, list(pixels.reasons))


def own_parts(data: Dataset) -> np.ndarray:
    """(n,) position in PARTS of the data's own part; 0 where none is said."""
    return np.array([PARTS.index(name) if name else 0 for name in data.parts], np.int64)


def training_counts(data: Dataset, pixels: Pixels) -> np.ndarray:
    """(classes,) readable examples outside own validation and test parts."""
    kept = readable(data, pixels) & (own_parts(data) == 0)
    return np.bincount(data.targets[kept], minlength=len(data.class_names))


def same_content(data: Dataset, pixels: Pixels) -> list[list[int]]:
    """Sets of positions that hold the same picture, pixel by pixel.

    Found by the digests of the small cached pixels. Different files that agree there are
    decoded at their own size and compared, for two pictures may look alike when small.
    """
    _, which, counts = np.unique(pixels.pixel_digests[data.rows], return_inverse=True, return_counts=True)
    alike: dict[object, list[int]] = defaultdict(list)
    for position in np.flatnonzero((counts[which] > 1) & readable(data, pixels)).tolist():
        alike[which[position], *pixels.sizes[data.rows[position]].tolist()].append(position)
    stored = pixels.digests[data.rows]
    return [confirmed for some in alike.values() for confirmed in _confirmed(data, some, stored) if len(confirmed) > 1]


def _confirmed(data: Dataset, alike: list[int], stored: np.ndarray) -> list[list[int]]:
    by_file: dict[bytes, list[int]] = defaultdict(list)
    for position in alike:
        by_file[stored[position]].append(position)
    if len(by_file) == 1:
        return [alike]
    by_picture: dict[bytes, list[int]] = defaultdict(list)
    for file, positions in by_file.items():
        try:
            picture = content_digest(data[positions[0]])
        except Unreadable:  # readable when small only: the same file may still be there twice
            picture = file
        by_picture[picture] += positions
    return [sorted(positions) for positions in by_picture.values()]


def linked(some: list[int], others: list[int]) -> list[tuple[int, int]]:
    """As few pairs of one of each as name every position."""
    return [(one, others[0]) for one in some] + [(some[0], other) for other in others[1:]]
