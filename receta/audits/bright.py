"""Which pictures are too bright?"""

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

AFTER = "dark"
QUESTION = "Is no picture burnt out?"
FINDS = "overexposed, burnt out"
WARNS = "mean above 0.87 of white, where others differ"
UNIT = "images"
BOUND = faults.BRIGHT  # of white: measured on eight data sets (LOG.md); how stands there


def bright(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Overexposed pictures: nearly white, without anything dark, or burnt out.

    `shown` holds the mean brightness by id, 1 is white.
    """
    positions, look = looks.looks(data, pixels)
    spoilt = faults.faults(look) == "bright"
    return looks.finding(
        "bright",
        data,
        looks.Spoilt(positions[spoilt], look["mean"][spoilt] / 255, "mean brightness"),
        expected=f"none with a mean above {BOUND:g} of white, or without anything below "
        f"{faults.VEILED:g}, where others differ",
        advice="What is burnt out cannot be brought back. Look at them and leave them out "
        "(receta clean --fix bright) if nothing "
        "can be made out.",
    )


def innocent(folder: Path) -> str:
    """Write pictures that are all pale, by nature."""
    return tiny_folders.write(
        folder,
        {
            f"{name}/{n}.png": _pale(n + shift)
            for name, shift in (("cat", 0), ("dog", 5))
            for n in range(5)
        },
    )


def culprit(folder: Path) -> str:
    """Write an overexposed picture among others."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=4, dog=4), "dog/glare.png": _pale(99)}
    )


def _pale(number: int) -> bytes:
    return tiny_folders.encoded((255 - tiny_folders.pixels(number) * 0.1).astype(np.uint8), "PNG")
