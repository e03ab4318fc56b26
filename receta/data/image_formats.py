"""Of which format are the bytes of a picture, by their beginning alone?"""

from __future__ import annotations

import importlib.util

from receta.data import pnm
from receta.data.decoding_cost import MOST_PIXELS as MOST_PIXELS

SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".pjpeg",
        ".png",
        ".bmp",
        ".dib",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".avif",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    ]
)
# what Pillow opens; PPM is read by data/pnm.py
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "DIB")
HEIC = "HEIC cannot be read here: pip install 'receta[heic]', or convert to JPEG"
# What a file of each kind is called.
SUFFIX_OF = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "GIF": ".gif",
    "BMP": ".bmp",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "AVIF": ".avif",
    "PPM": ".ppm",
    "HEIC": ".heic",
}
# Bytes of a file's beginning that `format_of` needs: AVIF and HEIC name their brands late.
MAGIC_BYTES = 64
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes that a BMP's second header has had
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")


def format_of(content: bytes) -> str:
    """How a picture is encoded, by its first MAGIC_BYTES: one of FORMATS, PPM, HEIC, or ''.

    >>> format_of(b"GIF89a"), format_of(b"P5 28 28 255 ..."), format_of(b"BMW and Audi")
    ('GIF', 'PPM', '')
    """
    if content[:4] == b"RIFF":
        return "WEBP" if content[8:12] == b"WEBP" else ""
    # ISO/IEC 14496-12: the major brand, a version, then brands that fit too
    if content[4:8] == b"ftyp":
        brands = [content[at : at + 4] for at in (8, *range(16, min(content[3], MAGIC_BYTES), 4))]
        heic = any(brand in _HEIC_BRANDS for brand in brands)
        return "HEIC" if heic else "AVIF" if b"avif" in brands or b"avis" in brands else ""
    if content[:2] == b"BM":  # two letters alone may begin a text
        return "BMP" if int.from_bytes(content[14:18], "little") in _BMP_HEADERS else ""
    if pnm.begins(content):
        return "PPM"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def is_readable(kind: str) -> bool:
    """Whether pictures of a kind that `format_of` gives are read here; HEIC takes an extra."""
    return importlib.util.find_spec("pillow_heif") is not None if kind == "HEIC" else kind != ""


def what_is(content: bytes) -> str:
    """What the bytes look like, in a few words."""
    if content[:3] == b"\xff\xd8\xff":
        return f"a JPEG of {kilobytes(content)} cut off before its header ends"
    kind = format_of(content)
    if kind:
        return f"a {'WebP' if kind == 'WEBP' else kind} of {kilobytes(content)}, damaged or cut off"
    head = content[:512]
    if content[:4] == b"%PDF":
        return "a PDF document"
    if content[:2] == b"PK":
        return "a ZIP archive"
    if content[4:8] == b"ftyp":
        return "a video"
    if not head.strip(b"\x00"):
        return f"{kilobytes(content)} of zeros"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return f"{kilobytes(content)} of an unknown format"
    return "an HTML page" if "<html" in text.lower() or "<!doctype" in text.lower() else "text"


def kilobytes(content: bytes) -> str:
    """The size of a file, as a message says it."""
    n = len(content)
    return f"{n} bytes" if n < 10_000 else f"{n // 1000} kB"
