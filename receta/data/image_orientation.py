"""How did the camera hold a picture, and is it to be turned?"""

from __future__ import annotations

from typing import Literal

from PIL import Image


def read_orientation(content: bytes) -> int:
    """EXIF orientation of a JPEG, 1 where there is none, 0 where Pillow must judge.

    Source: CIPA DC-008 (Exif 2.32), 4.5 and 4.6: TIFF in the APP1 segment, tag 0x0112.
    """
    position = 2
    while (
        position + 4 <= len(content)
        and content[position] == 0xFF
        and content[position + 1] not in (0xDA, 0xD9, 0xFF)
    ):
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        if (
            content[position + 1] == 0xE1
            and content[position + 4 : position + 10] == b"Exif\x00\x00"
        ):
            return _tiff_orientation(content[position + 10 : end])
        position = end
    return 1 if b"Exif\x00\x00" not in content[:65_536] else 0


def _tiff_orientation(tiff: bytes) -> int:
    orders: dict[bytes, Literal["little", "big"]] = {b"II": "little", b"MM": "big"}
    order = orders.get(tiff[:2])
    if order is None:
        return 0
    first = int.from_bytes(tiff[4:8], order)
    for entry in range(int.from_bytes(tiff[first : first + 2], order)):
        field = tiff[first + 2 + 12 * entry :][:12]
        if len(field) < 12:
            return 0
        if int.from_bytes(field[:2], order) == 0x0112:
            return (
                int.from_bytes(field[8:10], order) if int.from_bytes(field[2:4], order) == 3 else 0
            )
    return 1


def lies_on_side(picture: Image.Image) -> bool:
    """Whether the camera noted (EXIF) that the picture is to be turned by a quarter.

    Of a TIFF Pillow gives the size when turned already.
    """
    return picture.format != "TIFF" and picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
