"""Which pictures are too dark?"""

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

AFTER = "low_information"
QUESTION = "Is every picture bright enough?"
FINDS = "nothing bright in it"
WARNS = "brightest hundredth below 0.32 of white, and far below the rest"
UNIT = "images"
BOUND = faults.DARK  # of white: cleanvision's default


def dark(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures in which nothing is bright, among pictures in which something is.

    The background does not count: a hand on black is as bright as the hand. `shown`
    holds by id below what share of white 99 % of the pixels lie.
    """
    positions, look = looks.looks(data, pixels)
    spoilt = faults.faults(look) == "dark"
    return looks.finding(
        "dark",
        data,
        looks.Spoilt(positions[spoilt], look["light"][spoilt] / 255, "its brightest parts reach"),
        expected=f"none whose brightest hundredth stays below {BOUND:g} of white and half of "
        "what the others reach",
        advice="Look whether anything can be made out. If so, augmentation of brightness helps; "
        "if not, leave them out "
        "(receta clean --fix dark).",
    )


def innocent(folder: Path) -> str:
    """Write pictures that are all dark, by nature."""
    return tiny_folders.write(
        folder,
        {
            f"{name}/{n}.png": _dimmed(n + shift)
            for name, shift in (("cat", 0), ("dog", 5))
            for n in range(5)
        },
    )


def culprit(folder: Path) -> str:
    """Write a picture at a tenth of its brightness among others."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=4, dog=4), "dog/night.png": _dimmed(99)}
    )


def _dimmed(number: int) -> bytes:
    return tiny_folders.encoded((tiny_folders.pixels(number) * 0.1).astype(np.uint8), "PNG")
