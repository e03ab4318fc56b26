"""Which pictures show next to nothing: one colour, a blank page?"""

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

AFTER = "extension"
QUESTION = "Is there something to see in every picture?"
FINDS = "one colour, or nearly"
WARNS = "entropy below 3 bits, and far below the rest"
UNIT = "images"
BOUND = faults.EMPTY  # bits: cleanvision's default; how it was set stands there


def low_information(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures of one colour, or nearly: their brightness has hardly any entropy.

    `shown` holds the entropy in bits by id. A black frame counts here, not as dark.
    """
    positions, look = looks.looks(data, pixels)
    spoilt = faults.faults(look) == "low_information"
    return looks.finding(
        "low_information",
        data,
        looks.Spoilt(positions[spoilt], look["bits"][spoilt], "entropy in bits"),
        expected=f"none with less than {BOUND:g} bits and a quarter of what the others have",
        advice="There is nothing to be learnt from an empty picture but its label. Look at them "
        "and leave them out "
        "(receta clean --fix low_information).",
    )


def innocent(folder: Path) -> str:
    """Write thin strokes on black: little, but as much as their like."""
    return tiny_folders.write(
        folder,
        {
            f"{name}/{n}.png": _stroke(n + shift)
            for name, shift in (("cat", 0), ("dog", 8))
            for n in range(8)
        },
    )


def culprit(folder: Path) -> str:
    """Write a white page and a page with one speck among pictures."""
    page = np.full((8, 8, 3), 255, np.uint8)
    speck = page.copy()
    speck[3, 4] = 90
    blank = {
        "cat/page.png": tiny_folders.encoded(page, "PNG"),
        "dog/speck.png": tiny_folders.encoded(speck, "PNG"),
    }
    return tiny_folders.write(folder, {**tiny_folders.classes(cat=4, dog=4), **blank})


def _stroke(number: int) -> bytes:
    drawn = np.zeros((8, 8, 3), np.uint8)
    drawn[number % 8], drawn[:, number // 8] = 255, 128
    return tiny_folders.encoded(drawn, "PNG")
