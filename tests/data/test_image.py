"""Do bytes of every kind become the right pixels, or a reason why not?"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shell import bomb

from receta.data import image, image_opening
from receta.data.decoding_cost import cheap_pixels
from receta.data.image import Unreadable, decode, decode_with_size, probe

HEIGHT, WIDTH = 24, 32
ACROSS, DOWN = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
# survives JPEG
SMOOTH = np.stack([255 * ACROSS, 255 * DOWN, 255 * (1 - ACROSS)], axis=2).astype(np.uint8)
GREY = SMOOTH[:, :, 0]


def encoded(pixels: np.ndarray | Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    picture = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    picture.save(out, kind, **how)
    return out.getvalue()


def far(one: np.ndarray, other: np.ndarray) -> int:
    """Largest difference of two pictures of one shape."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max(initial=0))


def mean_gap(one: np.ndarray, other: np.ndarray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_grey_stays_grey_to_the_value(kind: str) -> None:
    pixels = decode(encoded(GREY, kind))
    expected = GREY[:, :, np.newaxis]
    assert pixels.dtype == np.uint8
    assert far(pixels if pixels.shape[2] == 1 else pixels[:, :, :1], expected) == 0


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("PNG", {}),
        ("PNG", {"compress_level": 0}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_colour_is_read_to_the_value(kind: str, how: dict[str, object]) -> None:
    content = encoded(SMOOTH, kind, **how)
    assert far(decode(content), SMOOTH) == 0
    assert probe(content) == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"subsampling": 0}, {"optimize": True}])
def test_both_jpeg_decoders_agree(how: dict[str, object]) -> None:
    large = np.asarray(Image.fromarray(SMOOTH).resize((320, 240)))
    for pixels in (large, large[:, :, 0]):
        content = encoded(pixels, "JPEG", quality=95, **how)
        for size in ((240, 320), (60, 80), (33, 47), (7, 300)):
            turbo = image._turbo(content, size, None, "stretch")
            assert turbo is not None, "libjpeg-turbo takes an ordinary JPEG"
            pillow = image._pillow(content, size, None, "stretch")
            assert turbo[1] == pillow[1] == (240, 320)
            assert mean_gap(turbo[0], pillow[0]) < 1.5
            assert far(turbo[0], pillow[0]) <= 12


def test_channels_can_be_chosen() -> None:
    for content in (encoded(SMOOTH, "PNG"), encoded(SMOOTH, "JPEG", quality=95)):
        luma = np.asarray(Image.fromarray(SMOOTH).convert("L"))[:, :, np.newaxis]
        assert far(decode(content, (HEIGHT, WIDTH), 1), luma) <= 6
        assert decode(content, (8, 8), 1).shape == (8, 8, 1)
        assert decode(content, (8, 8), 3).shape == (8, 8, 3)
    tripled = decode(encoded(GREY, "PNG"), None, 3)
    assert far(tripled, np.repeat(GREY[:, :, np.newaxis], 3, axis=2)) == 0


def test_transparency_is_laid_over_white() -> None:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[:, : WIDTH // 2] = 255
    over_white = np.where(alpha[:, :, np.newaxis] == 255, SMOOTH, 255).astype(np.uint8)
    for kind, how in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        assert far(decode(encoded(np.dstack([SMOOTH, alpha]), kind, **how)), over_white) == 0
    grey = Image.merge("LA", (Image.fromarray(GREY), Image.fromarray(alpha)))
    assert (
        far(
            decode(encoded(grey, "PNG")),
            np.where(alpha == 255, GREY, 255)[:, :, np.newaxis].astype(np.uint8),
        )
        == 0
    )


def test_palettes_become_their_colours() -> None:
    indices = np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) % 4
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]], np.uint8)
    picture = Image.fromarray(indices)
    picture.putpalette(colours.tobytes())
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        assert far(decode(encoded(picture, kind)), colours[indices]) == 0
    white = np.where((indices == 3)[:, :, np.newaxis], 255, colours[indices]).astype(np.uint8)
    for kind in ("PNG", "GIF"):
        assert far(decode(encoded(picture, kind, transparency=3)), white) == 0
    assert set(np.unique(decode(encoded(Image.fromarray(GREY > 99), "PNG")))) == {0, 255}  # 1 bit


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_clipped(kind: str) -> None:
    deep = np.linspace(0, 65535, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.uint16)
    pixels = decode(encoded(deep, kind))
    assert far(pixels, (deep >> 8).astype(np.uint8)[:, :, np.newaxis]) == 0
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert probe(encoded(deep, kind)) == (HEIGHT, WIDTH, 1)


def test_floating_tiff_is_scaled_or_refused() -> None:
    assert (
        far(
            decode(encoded(ACROSS.astype(np.float32), "TIFF")),
            np.round(255 * ACROSS).astype(np.uint8)[:, :, np.newaxis],
        )
        <= 1
    )
    with pytest.raises(
        Unreadable, match="floating pixels from -2 to -1; expected 0 to 1 or 0 to 255"
    ):
        decode(encoded((ACROSS - 2).astype(np.float32), "TIFF"))


def test_cmyk_jpeg_becomes_rgb() -> None:
    content = encoded(Image.fromarray(SMOOTH).convert("CMYK"), "JPEG", quality=98)
    assert mean_gap(decode(content), SMOOTH) < 4
    assert mean_gap(decode(content, (HEIGHT, WIDTH)), SMOOTH) < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotation_noted_by_the_camera_is_applied(kind: str, orientation: int) -> None:
    """Turning a picture as EXIF 2.32 (4.6.5) asks gives the scene back."""
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    notes = Image.Exif()
    notes[0x0112] = orientation
    stored = np.ascontiguousarray(undo[orientation](SMOOTH))
    how = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    content = encoded(stored, kind, exif=notes, **how)
    assert probe(content) == (HEIGHT, WIDTH, 3)
    pixels, own = decode_with_size(content, (HEIGHT, WIDTH))
    assert own == (HEIGHT, WIDTH)
    assert mean_gap(pixels, SMOOTH) < 3


def test_rotation_is_found_behind_a_long_note() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    content = encoded(np.ascontiguousarray(np.rot90(SMOOTH)), "JPEG", quality=98, exif=notes)
    # a comment before the EXIF block
    long = b"\xff\xfe" + (60_002).to_bytes(2, "big") + b" " * 60_000
    assert mean_gap(decode(content[:2] + long + content[2:], (HEIGHT, WIDTH)), SMOOTH) < 4


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_animations_the_first_picture_counts(kind: str) -> None:
    first, second = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    content = encoded(
        first,
        kind,
        save_all=True,
        append_images=[second],
        **({"lossless": True} if kind == "WEBP" else {}),
    )
    assert far(decode(content), np.full((8, 8, 3), (255, 0, 0), np.uint8)) <= 1


@pytest.mark.parametrize(("fit", "corner"), [("stretch", False), ("crop", False), ("pad", True)])
def test_other_shapes_are_fitted(fit: image.Fit, corner: bool) -> None:
    white = np.full((20, 60, 3), 255, np.uint8)
    for kind in ("PNG", "JPEG"):
        pixels = decode(encoded(white, kind), (30, 30), fit=fit)
        assert pixels.shape == (30, 30, 3)
        assert bool(pixels[0].max() < 9) == corner


def test_bombs_are_refused_unopened() -> None:
    for side in (10_001, 20_000):
        with pytest.raises(Unreadable, match="megapixels"):
            decode(bomb(side))
        with pytest.raises(Unreadable, match="megapixels"):
            probe(bomb(side))
    jpeg = bytearray(encoded(SMOOTH, "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = (20_000).to_bytes(2, "big") * 2
    with pytest.raises(Unreadable, match="megapixels"):
        decode(bytes(jpeg), (8, 8))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file: 0 bytes"),
        (b"hello", "not a picture: text"),
        (b"<html>404", "not a picture: an HTML page"),
        (b"%PDF-1.7", "not a picture: a PDF document"),
        (b"PK\x03\x04", "not a picture: a ZIP archive"),
        (bytes(20_000), "not a picture: 20 kB of zeros"),
        (b"\xff\xd8\xff", "a JPEG of 3 bytes cut off before its header ends"),
        (b"\x89PNG\r\n\x1a\n", "a PNG of 8 bytes, damaged or cut off"),
        (b"\x93\xf0", "2 bytes of an unknown format"),
    ],
)
def test_the_reason_is_named(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(content)


REAL = {
    **{
        kind.lower(): encoded(SMOOTH, kind)
        for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
    },
    "progressive": encoded(SMOOTH, "JPEG", progressive=True),
    "deep": encoded(GREY.astype(np.uint16) * 257, "PNG"),
    "alpha": encoded(np.dstack([SMOOTH, GREY]), "PNG"),
}


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("size", [None, (9, 9)])
def test_a_truncated_picture_is_whole_or_unreadable(
    kind: str, size: tuple[int, int] | None
) -> None:
    """Never a picture whose end is black: only marks after the last pixel may be missing."""
    content = REAL[kind]
    whole = decode(content, size)
    for end in {
        *range(0, len(content), max(1, len(content) // 60)),
        *range(max(0, len(content) - 14), len(content)),
    }:
        with contextlib.suppress(Unreadable):
            pixels = decode(content[:end], size)
            # A JPEG without its end mark is left to Pillow, which shrinks a little otherwise.
            assert far(pixels, whole) <= (
                12 if kind == "jpeg" and end >= len(content) - 2 else 0
            ), end


def _only_unreadable(content: bytes) -> None:
    for call in (
        lambda: probe(content),
        lambda: decode(content),
        lambda: decode(content, (8, 8), 3),
    ):
        reason = ""
        try:
            call()
        except Unreadable as error:
            reason = str(error)
        assert reason.isprintable()


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    _only_unreadable(content)


@given(st.sampled_from(sorted(REAL)), st.data())
@settings(max_examples=300, deadline=None)
def test_no_damage_raises_anything_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(REAL[kind])
    del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 6)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _only_unreadable(bytes(content))


# What a picture costs


def piece(kind: bytes, data: bytes = b"") -> bytes:
    """A chunk of a PNG, whose sum nobody looks at before it is too late."""
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def with_scans(picture: bytes, n: int) -> bytes:
    """A progressive JPEG that goes over its pixels n times more."""
    return picture[:-2] + picture[picture.rindex(b"\xff\xda") : -2] * n + picture[-2:]


def with_segments(picture: bytes, one: bytes, n: int) -> bytes:
    return picture[:2] + one * n + picture[2:]


def many_tags(n: int) -> bytes:
    entries = b"".join(struct.pack("<HHLL", 1000 + i, 1, 1, 0) for i in range(n))
    return b"II*\x00" + struct.pack("<LH", 8, n) + entries + bytes(4)


def costly() -> dict[str, bytes]:
    jpeg, png = encoded(SMOOTH, "JPEG"), encoded(SMOOTH, "PNG")
    progressive, gif = encoded(SMOOTH, "JPEG", progressive=True), encoded(GREY, "GIF")
    tiff, body = encoded(GREY, "TIFF"), b"\x00" * 20_000
    runs = bytearray(encoded(GREY, "BMP") + bytes(2_000_000))
    runs[30] = 1
    header, end = png[:33], 13 + (3 << gif[10] % 8 + 1)  # of the palette
    return {
        "scans": with_scans(progressive, 60),
        "scans in a grey one": with_scans(encoded(GREY, "JPEG", progressive=True), 70),
        "nothing behind the head": jpeg[: jpeg.index(b"\xff\xc0") + 5]
        + struct.pack(">HH", 9_000, 9_000)
        + jpeg[jpeg.index(b"\xff\xc0") + 9 : jpeg.index(b"\xff\xda") + 14]
        + b"\xff\xd9",
        "Exif": with_segments(jpeg, b"\xff\xe1\x00\x09Exif\x00\x00x", 17),
        "notes": with_segments(jpeg, b"\xff\xfe\x00\x02", 1_001),
        "fill": with_segments(jpeg, b"\xff", 70_000),
        "tags of a JPEG": encoded(SMOOTH, "JPEG", exif=b"Exif\x00\x00" + many_tags(4_001)),
        "tags of a PNG": encoded(SMOOTH, "PNG", exif=many_tags(4_001)),
        "tags of a WebP": encoded(SMOOTH, "WEBP", exif=many_tags(4_001)),
        "chunks": header + piece(b"abCd") * 2_000 + png[33:],
        "chunks behind": png[:-12] + piece(b"abCd") * 2_000 + png[-12:],
        "packed texts": header + piece(b"zTXt", b"k\x00\x00" + zlib.compress(body)) * 65 + png[33:],
        "blocks of a GIF": gif[:end] + b"!\xfe" + b"\x01x" * 20_001 + b"\x00" + gif[end:],
        "gap of a GIF": gif[:end] + bytes(70_000) + gif[end:],
        "pieces of a WebP": encoded(SMOOTH, "WEBP") + b"XXXX\x00\x00\x00\x00" * 2_000,
        "tags of a TIFF": many_tags(4_001),
        "claims of a TIFF": tiff[:8]
        + struct.pack("<H", 2)
        + b"".join(struct.pack("<HHLL", tag, 7, 10**6, 8) for tag in (1000, 1001))
        + bytes(4),
        "runs": bytes(runs),
        "strips": tiff[:8]
        + struct.pack("<H", 1)
        + struct.pack("<HHLL", 273, 4, 70_000, 26)
        + bytes(4)
        + bytes(4 * 70_000),
    }


@pytest.mark.parametrize("what", costly())
def test_what_costs_more_than_its_pixels_is_refused_before_a_decoder_sees_it(
    what, monkeypatch
) -> None:
    content = costly()[what]
    monkeypatch.setattr(Image, "open", None)
    monkeypatch.setattr(image, "_turbo", None)
    for ask in (decode, probe, lambda content: decode(content, (8, 8), 1)):
        with pytest.raises(
            Unreadable, match=r"costs more to decode than a picture of its size: (a|an|its) .*"
        ):
            ask(content)


def test_a_picture_of_millions_of_rows_is_refused_by_its_head() -> None:
    header = struct.pack(">LLBBBBB", 1, 70_000, 1, 0, 0, 0, 0)
    with pytest.raises(
        Unreadable, match="1 x 70000 pixels: more than 65535 in a row, a decompression bomb"
    ):
        decode(
            b"\x89PNG\r\n\x1a\n"
            + piece(b"IHDR", header)
            + piece(b"IDAT", zlib.compress(bytes(140_000)))
            + piece(b"IEND")
        )
    canvas = (
        b"VP8X"
        + struct.pack("<LL", 10, 2)
        + (16_382).to_bytes(3, "little") * 2
        + b"ANIM"
        + struct.pack("<L", 6)
        + bytes(6)
    )
    with pytest.raises(
        Unreadable, match="16383 x 16383 pixels: more than 100 megapixels, a decompression bomb"
    ):
        decode(b"RIFF" + struct.pack("<L", 4 + len(canvas)) + b"WEBP" + canvas)


def test_what_sound_files_hold_is_read() -> None:
    """Many scans, a previews' own scans, notes, colour profiles, frames: each is usual
    somewhere.
    """
    progressive = encoded(SMOOTH, "JPEG", progressive=True)
    preview = b"\xff\xe2" + struct.pack(">H", 4_002) + b"\xff\xda\x00\x02" * 1_000
    files = [
        with_scans(progressive, 50),
        with_segments(progressive, preview, 100),
        progressive + b"\xff\xda" * 5_000,
        with_segments(progressive, b"\xff\xe2\x00\x10ICC_PROFILE\x00xx", 255),
        encoded(SMOOTH, "PNG")[:33] + piece(b"tEXt", b"a\x00b") * 500 + encoded(SMOOTH, "PNG")[33:],
        encoded(SMOOTH, "GIF", save_all=True, append_images=[Image.fromarray(SMOOTH[::-1])] * 50),
        encoded(SMOOTH, "TIFF", tiffinfo={278: 1}, exif=many_tags(500)),
    ]
    for content in files:
        assert (
            decode(content).shape[:2]
            == decode(content, (HEIGHT, WIDTH)).shape[:2]
            == (HEIGHT, WIDTH)
        )


def test_a_large_picture_is_decoded_alone(monkeypatch) -> None:
    """Two of 100 megapixels at once would take gigabytes each."""
    monkeypatch.setattr(image_opening, "_LARGE", 100)
    at_work = most = 0
    real = Image.Image.load

    def watched(self):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        found = real(self)
        at_work -= 1
        return found

    monkeypatch.setattr(Image.Image, "load", watched)
    content = encoded(np.zeros((500, 500, 3), np.uint8), "BMP")
    with ThreadPoolExecutor(8) as pool:
        assert all(found.shape == (500, 500, 3) for found in pool.map(decode, [content] * 24))
    assert most == 1


def test_what_is_cheap_to_decode_is_told_by_its_head() -> None:
    def of(side: int) -> np.ndarray:
        return np.zeros((side, side, 3), np.uint8)

    jpeg, png = encoded(of(300), "JPEG"), encoded(of(300), "PNG")
    costly = {
        "large JPEG": encoded(of(400), "JPEG"),
        "large PNG": encoded(of(400), "PNG"),
        "WebP": encoded(of(8), "WEBP"),
        "progressive": encoded(of(8), "JPEG", progressive=True),
        "many scans": jpeg[:-2] + jpeg[jpeg.rindex(b"\xff\xda") : -2] * 5,
        "frame behind the scan": jpeg[:2] + jpeg[jpeg.index(b"\xff\xda") :],
        "many bytes": jpeg + bytes(70_000),
        "packed text": png[:33] + piece(b"zTXt", b"k\x00\x00") + png[33:],
        "interlaced": png[:28] + b"\x01" + png[29:],
        "nothing": b"",
        "a beginning": jpeg[:3],
        "a text before the head": png[:8] + piece(b"tEXt", png[16:29]) + png[8:],
        "two heads": png[:33] + png[8:],
        "a fill byte": jpeg.replace(b"\xff\xc0", b"\xff\xff\xc0"),
        "two frames": jpeg.replace(b"\xff\xc0", jpeg[jpeg.index(b"\xff\xc0") :][:19] + b"\xff\xc0"),
        "an end before the frame": jpeg[:2] + b"\xff\xd9\x00\x02" + jpeg[2:],
        "a segment of no length": jpeg[:2] + b"\xff\xfe\x00\x00" + jpeg[2:],
    }
    cheap = [jpeg, png, with_segments(jpeg, b"\xff\xfe\x00\x02", 9)]
    assert [cheap_pixels(content) for content in cheap] == [90_000] * 3
    assert [what for what, content in costly.items() if cheap_pixels(content)] == []
