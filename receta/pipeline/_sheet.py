"""How does one picture show samples of every class, with names and counts, large enough to see?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from receta.pipeline._captions import drawable

SIDE = 160  # pixels that a sample may take
ACROSS = 6  # samples beside each other
_GAP, _TITLE, _NAME = 8, 22, 15  # pixels between samples; sizes of letters
_DARK, _GREY, _PAPER = (25, 28, 33), (95, 100, 108), (255, 255, 255)


@dataclass(frozen=True)
class Group:
    """Samples of one class: pictures (h, w, 1 or 3) uint8, and what stands above them."""

    name: str
    about: str
    pictures: Sequence[np.ndarray]


def draw_sheet(title: str, about: str, groups: Sequence[Group]) -> Image.Image:
    """A title, and below it the groups: one a row, or several where each has few samples."""
    each = max(1, max((len(group.pictures) for group in groups), default=1))
    beside = max(1, ACROSS // each)
    step, block = SIDE + _GAP, _NAME + 14 + SIDE + _GAP
    width, top = _GAP + min(ACROSS, each * beside) * step, _TITLE + _NAME + 30
    rows = -(-len(groups) // beside)
    sheet = Image.new("RGB", (max(width, 3 * step), top + rows * block + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_GAP, _GAP), title, _TITLE, _DARK, sheet.width - 2 * _GAP)
    _write(draw, (_GAP, _TITLE + 16), about, _NAME, _GREY, sheet.width - 2 * _GAP)
    for number, group in enumerate(groups):
        left, upper = _GAP + number % beside * each * step, top + number // beside * block
        room = each * step - _GAP
        said = _write(draw, (left, upper), group.name, _NAME, _DARK, room)
        _write(draw, (left + said + _GAP, upper), group.about, _NAME, _GREY, room - said - _GAP)
        for column, picture in enumerate(group.pictures):
            small = _fit(picture)
            at = (
                left + column * step + (SIDE - small.width) // 2,
                upper + _NAME + 8 + (SIDE - small.height) // 2,
            )
            sheet.paste(small, at)
    return sheet


def _fit(picture: np.ndarray) -> Image.Image:
    """The picture in its own shape, its longer side SIDE pixels.

    The pixels of a small one stay square.
    """
    drawn = Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture).convert("RGB")
    factor = SIDE / max(drawn.size)
    size = (max(1, round(drawn.width * factor)), max(1, round(drawn.height * factor)))
    return drawn.resize(size, Image.Resampling.NEAREST if factor >= 2 else Image.Resampling.LANCZOS)


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
    room: int,
) -> int:
    """Write one line, shortened where the room is too small; the pixels that it takes."""
    shown, font = drawable(text[:200], size)
    while shown and draw.textlength(shown, font=font) > room:
        shown = f"{shown[:-2].rstrip()}…" if len(shown) > 2 else ""
    if shown:
        draw.text(at, shown, fill=colour, font=font)
    return round(draw.textlength(shown, font=font))
