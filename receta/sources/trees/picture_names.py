"""Is a name that of a picture, and which names are equal but for case, accents and suffix?"""

from __future__ import annotations

import functools
import unicodedata

from receta.data import image_formats

# More kinds of pictures than are read: whoever lists them has a list of pictures.
_OTHERS = (
    "heic",
    "heif",
    "avif",
    "ppm",
    "pgm",
    "pbm",
    "jp2",
    "dcm",
    "nef",
    "cr2",
    "dng",
    "svg",
    "ico",
)
_KNOWN = frozenset({*image_formats.SUFFIXES, *(f".{name}" for name in _OTHERS)})


def is_picture_name(cell: str) -> bool:
    """Whether a cell ends as a picture's file does."""
    return is_picture(cell.strip().lower())


def is_picture(name: str) -> bool:
    """Whether a name in small letters ends as a picture's file does."""
    return name[name.rfind(".") :] in _KNOWN if "." in name else False


def stem_of(name: str) -> str:
    """A name without the suffix of a picture."""
    return (
        name[: name.rfind(".")]
        if "." in name[1:] and name[name.rfind(".") :].lower() in _KNOWN
        else name
    )


@functools.lru_cache(2**16)
def fold(name: str) -> str:
    """A name that is equal for both cases and both ways to write an accent."""
    return unicodedata.normalize("NFC", name).casefold()
