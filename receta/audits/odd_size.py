"""Which pictures are much larger or smaller than the rest?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.audits.odd_shape import is_odd
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing import looks
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "blurry"
QUESTION = "Are the pictures of similar sizes?"
FINDS = "far larger or smaller than the rest"
WARNS = "4 interquartile ranges, and twice the size"
UNIT = "images"
# Interquartile ranges beyond a quartile, of the logarithm of the side. cleanvision takes 3 of the
# side itself, by which nothing is ever too small; of the logarithm 3 name 1.1 % of cats-vs-dogs'
# 1,133 sizes, 4 name 0.4 % (LOG.md).
BOUND = 4.0
OCTAVES = 1.0  # and at least twice as large or as small: less is lost in bringing all to one size


def odd_size(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures whose own size does not fit in with the sizes of the rest.

    `shown` holds by id how many times as large as the median the picture's side is.
    """
    positions = np.flatnonzero(readable(data, pixels))
    # an odd shape is named as that
    positions = positions[~is_odd(pixels.sizes[data.rows[positions]])]
    height, width = pixels.sizes[data.rows[positions]].T.astype(np.float64)
    side = np.log2(np.maximum(height * width, 1)) / 2
    lower, middle, upper = np.percentile(side, (25, 50, 75)) if len(side) else (0.0, 0.0, 0.0)
    # twice as large is found however it is rounded
    reach = max(OCTAVES, BOUND * (upper - lower)) - 1e-9
    spoilt = (side <= lower - reach) | (side >= upper + reach)
    return looks.finding(
        "odd_size",
        data,
        looks.Spoilt(positions[spoilt], 2 ** (side - middle)[spoilt], "side over the median's"),
        expected=f"none beyond {BOUND:g} interquartile ranges, and twice the size",
        advice="All are brought to one size, so what these show is smaller or coarser than in "
        "the rest, or of another "
        "origin. Look at them, and crop or leave them out (receta clean --fix odd_size).",
    )


def innocent(folder: Path) -> str:
    """Write pictures of sizes that differ a little."""
    return tiny_folders.write(
        folder, {f"{name}/{n}.png": _of(n, 8 + n) for name in ("cat", "dog") for n in range(5)}
    )


def culprit(folder: Path) -> str:
    """Write a picture ten times as large as the others."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=4, dog=4), "dog/large.png": _of(99, 80)}
    )


def _of(number: int, side: int) -> bytes:
    drawn = tiny_folders.pixels(number)
    times = -(-side // len(drawn))
    return tiny_folders.encoded(drawn.repeat(times, 0).repeat(times, 1)[:side, :side], "PNG")
