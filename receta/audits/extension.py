"""Which file names say another format than the file has?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing import looks
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "class_names"
QUESTION = "Is every file what its name says?"
FINDS = "a PNG that is called `.jpg`"
WARNS = "any"
INSTEAD = "nothing is lost, for pictures are read by what they hold; rename the files"
UNIT = "images"
BOUND = 0  # a name either says the format or does not
SAID = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}


def extension(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures whose name ends in another format's suffix (a PNG named .jpg).

    Names without a known suffix say nothing, and pictures that are not files have no
    format. `shown` holds the format by id.
    """
    formats = pixels.formats[data.rows]
    spoilt, found, lies = [], [], Counter[str]()
    for position in np.flatnonzero(readable(data, pixels) & (formats != b"")).tolist():
        suffix = PurePosixPath(data.ids[position]).suffix.lower()
        kind = formats[position].decode()
        if SAID.get(suffix, kind) != kind:
            spoilt.append(position)
            found.append(kind)
            lies[f"{kind} named {suffix}"] += 1
    named = ", ".join(f"{n} {lie}" for lie, n in lies.most_common(5))
    return looks.finding(
        "extension",
        data,
        looks.Spoilt(np.array(spoilt, np.int64), np.array(found), "in truth"),
        expected=str(BOUND),
        advice=f"Here they are read by what they hold ({named}); other programs go by the name, "
        "and may fail. "
        f"Rename the files.",
    )


def innocent(folder: Path) -> str:
    """Write files of several formats, each named for what it is."""
    files = {
        "cat/a.JPG": "JPEG",
        "cat/b.jpeg": "JPEG",
        "dog/c.gif": "GIF",
        "dog/d.bmp": "BMP",
        "dog/e.webp": "WEBP",
        "cat/f.tif": "TIFF",
    }
    written = {
        name: tiny_folders.encoded(tiny_folders.pixels(number), kind)
        for number, (name, kind) in enumerate(files.items())
    }
    return tiny_folders.write(folder, {**tiny_folders.classes(cat=3, dog=3), **written})


def culprit(folder: Path) -> str:
    """Write a PNG that is named .jpg."""
    return tiny_folders.write(
        folder,
        {
            **tiny_folders.classes(cat=3, dog=3),
            "cat/lie.jpg": tiny_folders.encoded(tiny_folders.pixels(9), "PNG"),
        },
    )
