"""Which size and how many channels suit some pictures?"""

from __future__ import annotations

import numpy as np

from receta.data import image
from receta.data.dataset import Dataset

_SAMPLED = 200  # pictures that are looked at to choose a size: a share known to +- 7 % at worst


PHOTO_SIZE = 96  # what a small network on two cores can train on in minutes (LOG.md)


SMALL_SIZE = 64  # up to this size pictures are taken as they are


def network_size(data: Dataset) -> tuple[tuple[int, int], int]:
    """((height, width), channels) that suit the data, from a sample of headers.

    One common size up to 64 pixels is kept. Otherwise photos become 96 x 96, or their
    own median size where that is smaller. Grey only if every picture looked at is grey.
    """
    step = max(1, len(data) // _SAMPLED)
    sizes, grey = [], True
    for row in data.rows[::step]:
        try:
            stored = data.source.raw(int(row))
            if isinstance(stored, np.ndarray):
                height, width, channels = stored.shape
            else:
                height, width, channels = image.probe(stored)
            sizes.append((height, width))
            if grey and channels != 1:  # colour files may hold grey pictures
                small = (
                    image.resize(stored, (16, 16), 3)
                    if isinstance(stored, np.ndarray)
                    else image.decode(stored, (16, 16), 3)
                )
                grey = bool(np.ptp(small.astype(np.int16), axis=2).max() <= 2)
        except image.Unreadable:
            continue
    if not sizes:
        return (SMALL_SIZE, SMALL_SIZE), 3
    channels = 1 if grey else 3
    if len(set(sizes)) == 1 and max(sizes[0]) <= SMALL_SIZE:
        return sizes[0], channels
    side = int(min(PHOTO_SIZE, max(8, np.median([min(size) for size in sizes]))))
    return (side, side), channels
