"""Are deep, transparent and spoilt pictures read and told at the bounds of their rules?"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from receta.core.scale import Scale
from receta.data import image, image_ground
from receta.data.image import Unreadable, decode


def encoded(picture: Image.Image | np.ndarray, kind: str = "PNG", **how: object) -> bytes:
    out = io.BytesIO()
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    picture.save(out, kind, **how)
    return out.getvalue()


def deep(values: list[int]) -> bytes:
    """A PNG of 16 bits a colour, a row of grey pixels in three channels."""
    import struct
    import zlib

    def piece(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    row = b"\x00" + b"".join(struct.pack(">H", value) * 3 for value in values)
    return (
        b"\x89PNG\r\n\x1a\n"
        + piece(b"IHDR", struct.pack(">LLBBBBB", len(values), 1, 16, 2, 0, 0, 0))
        + piece(b"IDAT", zlib.compress(row))
        + piece(b"IEND", b"")
    )


@pytest.mark.parametrize("highest", [255, 300, 1023, 4095, 16383, 16384, 65535])
def test_colours_of_16_bits_are_read_by_the_bits_that_they_use(highest: int) -> None:
    """Up to 14 bits the range is stretched; beyond the upper 8 bits count."""
    values = [0, highest // 2, highest]
    shift = max(0, next(n for n in (8, 10, 12, 14, 16) if highest < 2**n) - 8)
    content = deep(values)
    assert decode(content)[0, :, 0].tolist() == [value >> shift for value in values]
    assert image.traits(content) == (True, False)
    low_and_high = (0, highest) if highest < 16384 else (0, 65535)
    assert image.value_range(content) == ("whole", *low_and_high)
    assert decode(content, scale=Scale(white=65535))[0, 2, 0] == (highest >> 8)


def test_grey_of_16_bits_and_floats_are_deep_and_8_bits_are_not() -> None:
    grey = np.array([[0, 700]], np.uint16)
    for content in (encoded(grey), encoded(grey, "TIFF")):
        assert image.traits(content) == (True, False)
        assert image.value_range(content) == ("whole", 0, 700)
        assert decode(content)[0, :, 0].tolist() == [0, 700 >> 2]
    floats = encoded(np.array([[0.25, 0.5]], np.float32), "TIFF")
    assert image.value_range(floats) == ("floats", 0.25, 0.5)
    plain = np.zeros((2, 2, 3), np.uint8)
    for kind in ("PNG", "BMP", "JPEG", "TIFF"):
        assert image.traits(encoded(plain, kind)) == (False, False)
        assert image.value_range(encoded(plain, kind)) is None


@pytest.mark.parametrize(
    ("values", "pixels"),
    [
        ([0.0, 1.0], [0, 255]),
        ([-0.25, 1.25], [0, 255]),
        ([0.0, 1.26], [0, 1]),
        ([0.0, 255.0], [0, 255]),
        ([-0.26, 1.0], None),
        ([-0.1, 200.0], None),
        ([0.0, 255.1], None),
        ([0.0, float("nan")], None),
    ],
)
def test_floats_are_0_to_1_or_0_to_255(values: list[float], pixels: list[int] | None) -> None:
    content = encoded(np.array([values], np.float32), "TIFF")
    if pixels is None:
        with pytest.raises(Unreadable, match="expected 0 to 1 or 0 to 255"):
            decode(content)
    else:
        assert decode(content)[0, :, 0].tolist() == pixels


@pytest.mark.parametrize(
    ("low", "high", "sound"), [(0, 65535, True), (0, 65536, False), (-1, 9, False)]
)
def test_whole_numbers_are_8_or_16_bits(low: int, high: int, sound: bool) -> None:
    content = encoded(np.array([[low, high]], np.int32), "TIFF")
    if sound:
        assert decode(content)[0, :, 0].tolist() == [0, 255]
    else:
        with pytest.raises(Unreadable, match=f"pixels from {low} to {high}; expected 8 or 16 bits"):
            decode(content)


def veiled(colour: int, alpha: list[int]) -> np.ndarray:
    """A row of one grey with these opacities."""
    return np.array([[[colour, colour, colour, one] for one in alpha]], np.uint8)


@pytest.mark.parametrize(
    ("pixels", "ground"),
    [
        (veiled(0, [255, 0]), 255),  # black is seen on white
        (veiled(255, [255, 0]), 0),  # white is not
        (veiled(239, [255, 0]), 255),  # 16 darker than white
        (veiled(240, [255, 0]), 0),
        (veiled(100, [255, 255]), None),
        (veiled(255, [0, 0]), 255),  # nothing is seen on either
        (veiled(7, [254, 254]), 255),
    ],
)
def test_what_is_transparent_lies_over_white_unless_nothing_would_be_seen(pixels, ground) -> None:
    content = encoded(pixels)
    assert image.ground_of(content) == ground
    assert image.traits(content) == (False, True)
    behind = 255 if ground is None else ground
    share = pixels[0, :, 3] / 255
    expected = pixels[0, :, 0] * share + behind * (1 - share)
    assert decode(content)[0, :, 0].tolist() == pytest.approx(expected.tolist(), abs=1)


def test_the_ground_is_what_was_wanted_where_something_is_seen_on_it() -> None:
    over = Image.fromarray(veiled(100, [255, 0]))
    assert [image_ground.choose_ground(over, wanted) for wanted in (0, 255)] == [0, 255]
    assert image_ground.choose_ground(Image.fromarray(veiled(15, [255, 0])), 0) == 255
    assert image_ground.choose_ground(Image.fromarray(veiled(16, [255, 0])), 0) == 0
    assert image.ground_of(encoded(np.zeros((2, 2, 3), np.uint8), "BMP")) is None


def test_a_side_of_the_wanted_size_is_no_reason_to_leave_the_other() -> None:
    content = encoded(np.arange(64, dtype=np.uint8).reshape(8, 8))
    for size in ((4, 8), (8, 4), (8, 8), (16, 3)):
        for fit in ("stretch", "crop", "pad"):
            assert decode(content, size, 3, fit=fit).shape == (*size, 3)
            assert image.resize(decode(content), size, 1, fit=fit).shape == (*size, 1)


def test_how_far_from_grey_a_picture_is() -> None:
    colour = np.tile(np.array([[[10, 60, 200]]], np.uint8), (20, 20, 1))
    assert (image.tint(colour), image.tint(encoded(colour))) == (190, 190)
    assert image.tint(colour[:, :, :1]) == image.tint(encoded(colour[:, :, 0])) == 0


NOISE = encoded(np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8))
SMOOTH = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8) * 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"hello", "not_a_picture"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (encoded(SMOOTH, "JPEG")[:-40], "truncated"),
        (encoded(SMOOTH)[:-40], "truncated"),
        (encoded(SMOOTH, "WEBP")[:-9], "truncated"),
        (encoded(SMOOTH, "WEBP")[:20], "truncated"),
        (NOISE[:900] + b"\xff" * 20 + NOISE[920:], "damaged"),
        (b"P5 99999 99999 255\n", "unreadable"),
    ],
)
def test_why_a_picture_cannot_be_read_has_a_word_for_programs(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(content)
    assert caught.value.code == code


def test_a_header_is_told_though_the_pixels_behind_it_are_damaged() -> None:
    assert image.probe(NOISE[:900] + b"\xff" * 20 + NOISE[920:]) == (40, 50, 1)


def test_colours_of_a_palette_are_mixed_and_not_their_numbers() -> None:
    rng = np.random.default_rng(3)
    colours = rng.integers(0, 256, (16, 3), np.uint8)
    pixels = colours[rng.integers(0, 16, (12, 18))]
    content = encoded(Image.fromarray(pixels).quantize(16), "PNG")
    whole = decode(content)
    assert np.array_equal(whole, pixels)
    for size in ((6, 9), (5, 20)):
        assert np.array_equal(decode(content, size, 3), image.resize(whole, size, 3))
        assert np.array_equal(decode(content, size, 1), image.resize(whole, size, 1))


def test_reading_a_picture_stops_at_256_mb() -> None:
    assert image.MOST_BYTES == 268_435_456
