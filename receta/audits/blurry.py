"""Which pictures are blurred?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing import faults, looks

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "bright"
QUESTION = "Is every picture sharp?"
FINDS = "no sharp edge"
WARNS = "sharpness below 0.2, and half of the others'"
UNIT = "images"
# Steepest edges over contrast, at 96 x 96: of 2,000 photos of cats-vs-dogs 0.3 % lie below, of
# seven other data sets none; of photos blurred by a Gaussian of 4 pixels at 300 all do (LOG.md).
BOUND = 0.2
# and half as sharp as the better quarter of the data, so that ultrasound is not all blurred
SHARE = 0.5


def blurry(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures without one sharp edge, among sharp ones.

    Sharpness: the Laplacian that 1 % of the pixels exceed, over the range of brightness;
    a sharp subject before a blurred background is sharp. `shown` holds it by id.
    """
    positions, look = looks.looks(data, pixels)
    sharp = sharpness(look, pixels.sizes[data.rows[positions]], pixels.shape[:2])
    usual = float(np.percentile(sharp, 75)) if len(sharp) else 0.0
    spoilt = (sharp < min(BOUND, SHARE * usual)) & (faults.faults(look) == "")
    return looks.finding(
        "blurry",
        data,
        looks.Spoilt(positions[spoilt], sharp[spoilt], "sharpness"),
        expected=f"none with a sharpness below {BOUND:g} and half of the others'",
        advice="Look at them: a model that is to answer for sharp pictures learns little from "
        "them. Leave them out "
        "(receta clean --fix blurry), or blur others too if such pictures will come.",
    )


def sharpness(look: np.ndarray, own: np.ndarray, kept: tuple[int, ...]) -> np.ndarray:
    """(k,) steepest edges over contrast; 0 is flat, a step from black to white is 1.

    own: (k, 2) height and width of the files. A picture that was smaller than it is kept
    is softer for that alone, and that is made up for.
    """
    enlarged = np.maximum(1, np.max(np.array(kept) / np.maximum(own, 1), axis=1, initial=1))
    return look["edge"] * enlarged / np.maximum(1, look["light"].astype(np.int64) - look["darkest"])


def innocent(folder: Path) -> str:
    """Write pictures that are all soft, by nature."""
    return tiny_folders.write(
        folder,
        {
            f"{name}/{n}.png": _soft(n + shift)
            for name, shift in (("cat", 0), ("dog", 5))
            for n in range(5)
        },
    )


def culprit(folder: Path) -> str:
    """Write a picture without an edge among others."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=4, dog=4), "dog/soft.png": _soft(99)}
    )


def _soft(number: int) -> bytes:
    wave = 128 + 100 * np.sin(np.arange(8) * np.pi / 8 + number)  # half a wave: no edge anywhere
    return tiny_folders.encoded(
        np.broadcast_to(wave[:, None, None], (8, 8, 3)).astype(np.uint8), "PNG"
    )
