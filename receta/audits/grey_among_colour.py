"""Which pictures are grey among coloured ones, or coloured among grey ones?"""

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

AFTER = "odd_shape"
QUESTION = "Are all pictures grey, or all coloured?"
FINDS = "the fewer of the two kinds"
WARNS = "any"
UNIT = "images"
# of 255, between the colours of a pixel: what `pixels.network_size` takes for grey
BOUND = looks.GREY
SHARE = 0.01  # of the pixels may differ more: a date in red does not make a photo coloured


def grey_among_colour(data: Dataset, pixels: Pixels) -> list[Finding]:
    """The fewer of the two kinds, grey and coloured, where there are both.

    Looked at is what is shown, not how it is stored. `shown` says by id which kind it is.
    """
    positions, look = looks.looks(data, pixels)
    coloured = look["coloured"] >= SHARE
    if pixels.shape[2] == 1:  # kept in grey: their colours were looked at when they were decoded
        coloured = pixels.tints[data.rows[positions]] > BOUND
    # what is dark, burnt out or empty has little colour left to tell by
    sure = coloured | (faults.faults(look) == "")
    few = coloured if 2 * np.count_nonzero(coloured) < np.count_nonzero(sure) else sure & ~coloured
    kinds = np.where(coloured[few], "coloured", "grey")
    return looks.finding(
        "grey_among_colour",
        data,
        looks.Spoilt(positions[few], kinds, "it is"),
        expected=f"all grey (colours of a pixel within {BOUND:g} of 255) or none",
        advice="Where they stand in one class more than in others, a model learns that instead. "
        "Make all grey "
        "(channels 1), or leave them out (receta clean --fix grey_among_colour).",
    )


def innocent(folder: Path) -> str:
    """Write coloured pictures alone."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=4, dog=4))


def culprit(folder: Path) -> str:
    """Write one grey picture among coloured ones."""
    grey = tiny_folders.encoded(tiny_folders.pixels(9)[:, :, :1].repeat(3, 2), "PNG")
    return tiny_folders.write(folder, {**tiny_folders.classes(cat=4, dog=4), "dog/grey.png": grey})
