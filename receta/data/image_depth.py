"""How are the values of a picture of more than 8 bits read as they are stored?"""

from __future__ import annotations

import re
import sys

import numpy as np
from PIL import Image

from receta.core.scale import Scale, find_white, to_bytes
from receta.data.decoding_cost import MOST_PIXELS as MOST_PIXELS
from receta.data.image_opening import open_picture


def sixteen_bits(picture: Image.Image, content: bytes) -> np.ndarray | None:
    """(height, width, 3 | 4) uint16 of colours of 16 bits that use less than the upper two.

    Else None.

    Pillow gives the upper 8 bits of each. It gives the lower ones to who says that the bytes lie
    the other way round.
    """
    rawmode = sixteen_bit_mode(picture)
    if not rawmode:
        return None
    picture.load()
    upper = np.asarray(picture)
    if upper[:, :, :3].max() >= 64:
        return None
    with open_picture(content) as other:
        swapped = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
        name = rawmode[:-1] + swapped[rawmode[-1]]
        tiles = getattr(other, "tile", ())
        turned = [
            tile._replace(args=name if isinstance(tile.args, str) else (name, *tile.args[1:]))
            for tile in tiles
        ]
        other.tile = turned  # type: ignore[attr-defined]
        try:
            other.load()
            lower = np.asarray(other)
        except ValueError:  # grey with transparency: Pillow knows one way alone
            lower = np.zeros_like(upper)
    return upper.astype(np.uint16) << 8 | lower


def sixteen_bit_mode(picture: Image.Image) -> str:
    """How colours of 16 bits lie in a file that is not read yet, in Pillow's words.

    '' for all else.
    """
    every = [
        tile.args if isinstance(tile.args, str) else tile.args[0]
        for tile in getattr(picture, "tile", ())
        if tile.args
    ]
    if picture.mode not in ("RGB", "RGBA") or len(set(every)) != 1:
        return ""
    return every[0] if re.search(";16[BLN]$", str(every[0])) else ""


def of_sixteen_bits(picture: Image.Image, values: np.ndarray, scale: Scale) -> Image.Image:
    """A picture of 8 bits a colour, with the notes of the one that it was."""
    colours = to_bytes(values[:, :, :3], scale.white or find_white(int(values[:, :, :3].max())))
    if values.shape[2] == 4:
        clear = values[:, :, 3]
        colours = np.dstack([colours, to_bytes(clear, find_white(int(clear.max())))])
    found = Image.fromarray(colours)
    found.info, found.format = picture.info, picture.format
    return found
