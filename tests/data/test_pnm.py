"""Are the plainest pictures read as Pillow reads them, and hostile ones in bounded work?"""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from patience import PATIENCE
from PIL import Image

from receta.data import image, image_formats, pnm


def packed(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PPM")
    return content.getvalue()


def reason(content: bytes) -> str:
    with pytest.raises(image.Unreadable) as caught:
        image.decode(content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["bits", "grey", "colour"])
def test_binary_files_give_the_pixels_that_were_written(kind):
    draw = np.random.default_rng(0)
    pixels = {
        "bits": draw.integers(0, 2, (5, 19)).astype(bool),
        "grey": draw.integers(0, 256, (5, 19)).astype(np.uint8),
        "colour": draw.integers(0, 256, (5, 19, 3)).astype(np.uint8),
    }[kind]
    content = packed(pixels)
    expected = pixels * np.uint8(255) if kind == "bits" else pixels
    assert image_formats.format_of(content) == "PPM"
    assert np.array_equal(image.decode(content).squeeze(), expected)
    assert image.probe(content) == (5, 19, 3 if kind == "colour" else 1)


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (b"P1\n# by hand\n3 2\n1 0 1\n010", [[0, 255, 0], [255, 0, 255]]),
        (b"P2 2 1 7 0 7", [[0, 255]]),
        (b"P3\n2 1\n255\n1 2 3 # red\n4 5 6\n", [[[1, 2, 3], [4, 5, 6]]]),
        (b"P5 2 1 1023 \x03\xff\x00\x00", [[255, 0]]),
        (b"P6 1 1 100 \x64\x32\x00", [[[255, 128, 0]]]),
    ],
)
def test_text_and_odd_ranges_become_0_to_255_as_the_file_says(content, pixels):
    assert image.decode(content).squeeze().tolist() == np.array(pixels).squeeze().tolist()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"P2 2 1 7 0 8", "a value of 8; expected at most 7"),
        (b"P2 2 1 7 0", "truncated: the picture of 2 x 1 ends early"),
        (b"P2 2 1 7 0 x", "something between its values is no number"),
        (b"P6 9 9 255\n12", "truncated: the picture of 9 x 9 ends early"),
        (b"P5 0 3 255\n", "0 x 3 pixels"),
        (b"P5 99999 99999 255\n", "99999 x 99999 pixels"),
        (b"P5 2 1 70000 \x00\x00", "values up to 70000"),
        (b"P4 99999 1000", "truncated"),
        (b"P5 2 1 999 \x00\x00\x00", "truncated: the picture of 2 x 1 ends early, after 14 bytes"),
        (b"P5 2 1", "header is cut off"),
    ],
)
def test_damaged_files_say_why(content, words):
    assert words in reason(content)


def test_a_hostile_text_takes_no_time_that_grows_with_its_square():
    """Comments by the hundred thousand, digits without end: what Pillow needs minutes for."""
    code = (
        "from receta.data import image\n"
        "for body in (b'#\\n7 ' * 10**6, b'9' * 10**7, b'#' * 10**7, b'# ' * 10**6):\n"
        "    try: image.decode(b'P2 9000 9000 255\\n' + body)\n"
        "    except image.Unreadable: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.split() == ["refused"] * 4


def test_words_that_begin_as_a_picture_might_are_none():
    for text in (
        b"BMW, Audi and Opel",
        b"P6 tools for a car",
        b"RIFFRAFF is a word",
        b"GIF9",
        b"\0\0\0\x18ftypisom\0\0\0\0",
    ):
        assert image_formats.format_of(text) == ""


def test_avif_is_read():
    content = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 30, 30)).save(content, "AVIF", quality=95)
    assert image_formats.format_of(content.getvalue()[: image_formats.MAGIC_BYTES]) == "AVIF"
    pixels = image.decode(content.getvalue())
    assert pixels.shape == (10, 20, 3)
    assert np.abs(pixels.astype(int) - (200, 30, 30)).max() < 12


def test_heic_without_its_extra_names_the_extra(monkeypatch):
    monkeypatch.setattr(image_formats, "is_readable", lambda kind: False)
    content = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(300)
    assert image_formats.format_of(content) == "HEIC"
    assert (
        reason(content)
        == "HEIC cannot be read here: pip install 'receta[heic]', or convert to JPEG"
    )


def test_heic_with_its_extra_is_read():
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    content = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), (20, 200, 30))).save(content)
    pixels = image.decode(content.getvalue(), (24, 32))
    assert np.abs(pixels.astype(int) - (20, 200, 30)).max() < 12


@pytest.mark.parametrize("width", range(1, 18))
def test_rows_of_bits_end_at_a_whole_byte(width: int) -> None:
    bits = np.random.default_rng(width).integers(0, 2, (3, width))
    content = b"P4 %d 3\n" % width + np.packbits(bits, axis=1).tobytes()
    assert np.array_equal(image.decode(content)[:, :, 0], np.where(bits, 0, 255))
    assert "truncated" in reason(content[:-1])


def test_text_has_a_bound_of_bytes_and_of_comments(monkeypatch) -> None:
    with pytest.raises(ValueError, match="a PPM of 64 MB as text; expected at most 64 MB"):
        pnm.open_pnm(b"P2 1 1 9 9" + b" " * 2**26, 1)
    content = b"P2 1 1 9 9" + b"\n#" * 3
    monkeypatch.setattr(pnm, "MOST_TEXT", len(content))
    monkeypatch.setattr(pnm, "_MOST_COMMENTS", 3)
    assert pnm.open_pnm(content, 1).tobytes() == b"\xff"
    with pytest.raises(ValueError, match="expected at most 0 MB"):
        pnm.open_pnm(content + b" ", 1)
    monkeypatch.setattr(pnm, "_MOST_COMMENTS", 2)
    with pytest.raises(ValueError, match="more than 2 comments"):
        pnm.open_pnm(content, 1)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b"P5 2 1 255 \xff\x00", [255, 0]),
        (b"P5 2 1 254 \xfe\x7f", [255, 128]),
        (b"P5 2 1 256 \x01\x00\x00\x80", [255, 128]),
        (b"P5 2 1 65535 \xff\xff\x00\x01", [65535, 1]),
        (b"P5 2 1 65534 \xff\xfe\x7f\xff", [255, 128]),
        (b"P5 1 1 255 \x07 and more", [7]),
        (b"P2 2 1 1 1 0 7", [255, 0]),
    ],
)
def test_values_are_bytes_up_to_255_and_pairs_of_them_beyond(content, values) -> None:
    assert np.asarray(pnm.open_pnm(content, 2)).ravel().tolist() == values


def test_a_picture_has_a_pixel_at_least_and_as_many_as_are_allowed_at_most() -> None:
    assert pnm.open_pnm(b"P5 3 2 9 " + bytes(6), 6).size == (3, 2)
    for content in (b"P5 3 2 9 " + bytes(6), b"P5 3 0 9 ", b"P5 0 3 9 "):
        with pytest.raises(ValueError, match="pixels: expected 1 to 0 megapixels"):
            pnm.open_pnm(content, 5)
    for highest in (b"0", b"65536"):
        with pytest.raises(ValueError, match="expected at most 65535"):
            pnm.open_pnm(b"P5 1 1 " + highest + b" \x00\x00", 1)


def test_formats_are_told_by_their_first_bytes() -> None:
    sizes = (12, 16, 40, 52, 56, 64, 108, 124)
    found = [image_formats.format_of(b"BM" + bytes(12) + bytes((n, 0, 0, 0))) for n in range(256)]
    assert [n for n, kind in enumerate(found) if kind == "BMP"] == list(sizes)
    brand = b"ftypmif1\0\0\0\0"
    for kind, name in ((b"avif", "AVIF"), (b"avis", "AVIF"), (b"hevc", "HEIC"), (b"isom", "")):
        assert image_formats.format_of(b"\0\0\0\x14" + brand + kind) == name
        assert image_formats.format_of(b"\0\0\0\x18" + brand + b"mif1" + kind) == name
        # behind the end of its box, or of what is looked at
        assert image_formats.format_of(b"\0\0\0\x14" + brand + b"mif1" + kind) == ""
        late = brand + b"mif1" * 12
        assert image_formats.format_of(b"\0\0\0\xff" + late[:44] + kind) == name
        assert image_formats.format_of(b"\0\0\0\xff" + late[:60] + kind) == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * 9_999, "text"),
        (bytes(9_999), "9999 bytes of zeros"),
        (bytes(10_000), "10 kB of zeros"),
        (bytes(512) + b"\xff", "513 bytes of zeros"),
        (b"\x00\x00\x00\x18ftypisom", "a video"),
        (b"<!DOCTYPE html>", "an HTML page"),
        (b"RIFF\x00\x00\x00\x00WEBP", "a WebP of 12 bytes, damaged or cut off"),
    ],
)
def test_what_is_no_picture_is_named(content: bytes, words: str) -> None:
    assert image_formats.what_is(content) == words
