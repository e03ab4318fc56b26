"""In which font can a class name be drawn, whatever script it is in?"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

from PIL import ImageFont

# Where Pillow finds fonts on this machine; each covers what the ones before it lack. Its own font
# is plain ASCII.
_FILES = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial.ttf",
    "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "wqy-microhei.ttc",
)
_NO_CHARACTER = "\uffff"  # what a font draws for it, it draws for everything that it lacks


@functools.cache
def fonts(size: int) -> tuple[Any, ...]:
    """The fonts there are, Pillow's own one last."""
    found = []
    for file in _FILES:
        try:
            found.append(ImageFont.truetype(file, size))
        except OSError:  # not on this machine
            continue
    return (*found, ImageFont.load_default(size))


def drawable(text: str, size: int) -> tuple[str, Any]:
    """The text with '?' for what no font has, and the font to draw it in.

    A letter with an accent loses it before it becomes a question mark.

    >>> drawable("cat", 12)[0]
    'cat'
    """
    choices = fonts(size)
    lacking = [sum(not _has(font, character) for character in text) for font in choices]
    font = choices[lacking.index(min(lacking))]
    return "".join(_nearest(font, character) for character in text), font


def _nearest(font: Any, character: str) -> str:
    if _has(font, character):
        return character
    plain = unicodedata.normalize("NFKD", character)[0]
    return plain if _has(font, plain) else "?"


def _has(font: Any, character: str) -> bool:
    return character == " " or _draw(font, character) != _draw(font, _NO_CHARACTER)


def _draw(font: Any, character: str) -> tuple[Any, ...]:
    mask = font.getmask(character)
    return (*mask.size, bytes(mask))
