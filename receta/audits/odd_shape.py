"""Which pictures are of another shape than the rest, such as panoramas?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing import looks
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "odd_size"
QUESTION = "Are the pictures of similar shapes?"
FINDS = "squeezed far more than the rest"
WARNS = "a side below 0.35 of the other"
UNIT = "images"
BOUND = 0.35  # shorter side over longer: cleanvision's default
TIMES = 2.0  # and twice the median shape, so that panoramas among panoramas are not odd


def odd_shape(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures that are squeezed far more than the rest to become of one shape.

    Either narrow, and not the shape of all; or further from the median shape than narrow
    is from square. `shown` holds width over height by id.
    """
    positions = np.flatnonzero(readable(data, pixels))
    sizes = pixels.sizes[data.rows[positions]]
    spoilt = is_odd(sizes)
    return looks.finding(
        "odd_shape",
        data,
        looks.Spoilt(positions[spoilt], np.exp(_shapes(sizes)[spoilt]), "width over height"),
        expected=f"none with a side below {BOUND:g} of the other, or as far from the shape of "
        "the rest",
        advice="Pictures are stretched to one shape, and these beyond recognition. Crop them, or "
        "leave them out "
        "(receta clean --fix odd_shape).",
    )


def is_odd(sizes: np.ndarray) -> np.ndarray:
    """(k,) bool of (k, 2) heights and widths."""
    shapes = _shapes(sizes)
    off = np.abs(shapes - (np.median(shapes) if len(shapes) else 0))
    narrow = np.abs(shapes) > -np.log(BOUND)
    return (off > -np.log(BOUND)) | (narrow & (off > np.log(TIMES)))


def _shapes(sizes: np.ndarray) -> np.ndarray:
    """(k,) logarithms of width over height."""
    height, width = np.maximum(sizes, 1).T.astype(np.float64)
    return np.log(width / height)


def innocent(folder: Path) -> str:
    """Write panoramas alone."""
    return tiny_folders.write(
        folder, {f"{name}/{n}.png": _wide(n, 4) for name in ("cat", "dog") for n in range(4)}
    )


def culprit(folder: Path) -> str:
    """Write one panorama among squares."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=4, dog=4), "dog/wide.png": _wide(99, 4)}
    )


def _wide(number: int, times: int) -> bytes:
    return tiny_folders.encoded(tiny_folders.pixels(number).repeat(times, 1), "PNG")
