"""Is the turn that a camera noted found, in whichever order and place its segments lie?"""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from receta.data import image
from receta.data.image_orientation import lies_on_side, read_orientation

PIXELS = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3) * 3


def tiff(order: str, *entries: tuple[int, int, int], first: int = 8) -> bytes:
    """TIFF whose directory of (tag, type, value) begins at a byte."""
    ends = {"II": "<", "MM": ">"}[order]
    head = order.encode() + struct.pack(f"{ends}HL", 42, first)
    fields = b"".join(struct.pack(f"{ends}HHLHH", *one[:2], 1, one[2], 0) for one in entries)
    return head.ljust(first, b"\xee") + struct.pack(f"{ends}H", len(entries)) + fields


def segment(mark: int, content: bytes) -> bytes:
    return bytes((0xFF, mark)) + struct.pack(">H", len(content) + 2) + content


def exif(directory: bytes) -> bytes:
    return segment(0xE1, b"Exif\x00\x00" + directory)


JFIF, XMP = segment(0xE0, b"JFIF" + bytes(10)), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00")
END = segment(0xDB, bytes(65)) + b"\xff\xda\x00\x08"


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + END


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_the_note_is_read_in_both_orders_of_bytes(order: str, turn: int) -> None:
    note = tiff(order, (0x010F, 2, 7), (0x0112, 3, turn), (0x0128, 3, 2))
    for segments in (
        (exif(note),),
        (JFIF, exif(note)),
        (XMP, JFIF, segment(0xFE, b"x"), exif(note)),
    ):
        assert read_orientation(jpeg(*segments)) == turn
    assert read_orientation(jpeg(exif(tiff(order, (0x0112, 3, turn), first=20)))) == turn


def test_the_first_exif_counts_and_what_follows_the_scan_does_not() -> None:
    six, three = exif(tiff("MM", (0x0112, 3, 6))), exif(tiff("MM", (0x0112, 3, 3)))
    assert read_orientation(jpeg(six, three)) == 6
    for mark in (0xDA, 0xD9):
        assert read_orientation(b"\xff\xd8" + segment(mark, b"") + six) == 0  # Pillow must judge
    assert read_orientation(b"\xff\xd8\xff" + six) == 0  # a byte that fills a gap
    assert read_orientation(b"\xff\xd8" + JFIF + b"x" + six) == 0


def test_without_a_note_nothing_is_turned() -> None:
    assert read_orientation(jpeg(JFIF)) == 1
    assert read_orientation(jpeg(exif(tiff("II", (0x010F, 2, 6))))) == 1
    assert read_orientation(jpeg(exif(tiff("II")))) == 1
    assert read_orientation(b"\xff\xd8") == 1
    far = segment(0xFE, bytes(65_000))
    assert read_orientation(b"\xff\xd8" + far + b"gap" + exif(tiff("II"))) == 0
    assert read_orientation(b"\xff\xd8" + far + bytes(600) + exif(tiff("II"))) == 1


def test_a_note_that_is_spoilt_is_left_to_pillow() -> None:
    sound = tiff("MM", (0x0112, 3, 6))
    assert read_orientation(jpeg(exif(b"XX" + sound[2:]))) == 0
    assert read_orientation(jpeg(exif(tiff("MM", (0x0112, 4, 6))))) == 0
    two = tiff("MM", (0x010F, 2, 7), (0x0112, 3, 6))
    assert read_orientation(jpeg(exif(two[:-1]))) == 0
    assert read_orientation(jpeg(exif(sound))) == 6
    # the whole segment, but not a byte beyond it
    content = jpeg(exif(two))
    assert read_orientation(content[: 2 + len(exif(two))]) == 6
    assert read_orientation(content[: 2 + len(exif(two)) - 1]) == 0


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("size", [None, (6, 4), (3, 2)])
def test_a_picture_is_turned_as_it_was_held(turn: int, size: tuple[int, int] | None) -> None:
    """Oracle: the eight turns of TIFF 6.0, by NumPy."""
    upright = np.repeat(np.repeat(PIXELS, 8, axis=0), 8, axis=1)
    turns = [
        *(lambda p: p, lambda p: p[:, ::-1], lambda p: p[::-1, ::-1], lambda p: p[::-1]),
        *(lambda p: p.transpose(1, 0, 2), lambda p: np.rot90(p, 1)),
        *(lambda p: np.rot90(p, 2).transpose(1, 0, 2), lambda p: np.rot90(p, -1)),
    ]
    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x0112] = turn
    stored = Image.fromarray(np.ascontiguousarray(turns[turn - 1](upright)))
    stored.save(out, "JPEG", quality=98, subsampling=0, exif=tags)
    found, own = image.decode_with_size(out.getvalue(), size)
    wanted = image.resize(upright, size) if size else upright
    assert own == (48, 32)
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted.astype(int)).mean() < 3
    assert image.probe(out.getvalue()) == (48, 32, 3)
    with Image.open(io.BytesIO(out.getvalue())) as picture:
        assert lies_on_side(picture) is (turn > 4)
