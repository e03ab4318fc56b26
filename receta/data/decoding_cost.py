"""What would make a picture cost more to decode than its size says?

Pixels alone are no bound: a JPEG may go over them a thousand times, and decoders walk through
the pieces of a file one by one. So the pieces are counted before a decoder sees the file.
"""

from __future__ import annotations

import re
import struct
from typing import Literal

# More than any camera's still picture in common use (2026), and 300 MB once decoded.
MOST_PIXELS = 100_000_000
# What a JPEG can hold, so no photo is longer: rows by the million cost gigabytes by themselves.
MOST_SIDE = 65_535
# Scans of a JPEG: libjpeg writes 10, a search for the smallest file (mozjpeg) tries 64.
MOST_SCANS = 64
# Scans times pixels: the largest picture with half as many scans again as libjpeg writes.
MOST_SCANNED = 16 * MOST_PIXELS
# Pixels that a byte of a JPEG can stand for: Huffman's codes take a bit at least for each block of
# 64.
_MOST_A_BYTE = 1_024
_FREE_PIXELS = 1_000_000
# Pieces of a file that hold no pixels. Sound photos have 5 to 60; a colour profile may take 255.
MOST_PIECES = 1_000
# Pieces of an Exif block: by CIPA DC-008 it fits into one; some cameras go on in a few more.
_MOST_EXIF = 16
# Pieces of a PNG that unpack to at most 1 MB each, which they may do at every reading.
_MOST_PACKED = 64
# Bytes between the pieces, which decoders skip one by one.
_MOST_GAP = 65_536
# PNG and WebP may divide their pixels as they like; libpng writes 8,192 bytes at a time.
_BYTES_A_PIECE = 256
# A strip or tile of a TIFF costs as much as a hundred pixels; one a row is the least that is usual.
_MOST_STRIPS = 65_536
# Tags of a TIFF or an Exif block, which Pillow reads one by one; cameras write some hundred.
_MOST_TAGS = 4_000
# Blocks of up to 255 bytes before the first picture of a GIF: notes of 64 kB have some hundred.
_MOST_BLOCKS = 20_000
# Bytes of a BMP of runs, which Pillow decodes one by one: a second a megabyte.
_MOST_RUNS = 2_000_000

# A picture of so few bytes and pixels is decoded in a millisecond or two.
_CHEAP_BYTES, _CHEAP_PIXELS = 65_536, 131_072
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # the first chunk has 13 bytes
_CHEAP_SCANS = 4  # three colours one by one, and a thumbnail
_SCAN, _SCAN_OR_PROGRESSIVE = b"\xff\xda", re.compile(rb"\xff[\xc2\xc6\xca\xda]")
_PACKED = (b"zTXt", b"iTXt", b"iCCP", b"eXIf")  # pieces of a PNG that unpack to more than they are

_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_GIF_STEP = re.compile(rb"[\x21\x2c\x3b]")
_SOF = frozenset([*range(0xC0, 0xD0)]) - {0xC4, 0xC8, 0xCC}
_SEVERAL = frozenset([0xC2, 0xC6, 0xCA, 0xCE])  # progressive frames


def find_excess(content: bytes) -> str:
    """Why a picture is not decoded, in a few words; '' for one that costs what its pixels do.

    >>> find_excess(b"GIF89a")
    ''
    """
    if content[:3] == b"\xff\xd8\xff":
        return _in_jpeg(content)
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return _in_png(content)
    if content[:4] == b"GIF8":
        return _in_gif(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _in_webp(content)
    if content[:4] in (b"II*\x00", b"MM\x00*", b"MM*\x00", b"II\x00*", b"II+\x00", b"MM\x00+"):
        return _in_tiff(content)
    if content[:2] == b"BM" and content[30:31] in (b"\x01", b"\x02") and len(content) > _MOST_RUNS:
        return f"a BMP of {len(content)} bytes of runs, more than {_MOST_RUNS}"
    return ""


def cheap_pixels(content: bytes) -> int:
    """Pixels of a picture that is decoded in a millisecond or two, by its head; 0 for any other.

    Only plain JPEG and PNG files are, of the one shape that every decoder reads alike.

    >>> cheap_pixels(b"GIF89a")
    0
    """
    if len(content) > _CHEAP_BYTES:
        return 0
    pixels = 0
    if content[:3] == b"\xff\xd8\xff":
        marks = _SCAN_OR_PROGRESSIVE.findall(content)
        if len(marks) == marks.count(_SCAN) <= _CHEAP_SCANS:
            pixels = _pixels_of_jpeg(content)
    elif content[:16] == _PNG_HEAD and len(content) > 28:
        width, height = struct.unpack(">II", content[16:24])
        plain = content[28] == 0 and content.count(b"IHDR") == 1  # not interlaced
        pixels = width * height if plain and not any(name in content for name in _PACKED) else 0
    return pixels if pixels <= _CHEAP_PIXELS else 0


def _pixels_of_jpeg(content: bytes) -> int:
    """Pixels of a JPEG that is not progressive, as its one frame says.

    0 where anything but segments stands before the first scan: decoders skip it, each its way.
    """
    at, pixels = 2, 0
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return pixels
        if marker < 0xC0 or 0xD0 <= marker <= 0xD9 or marker == 0xFF or length < 2:
            return 0
        if marker in _SOF:
            if pixels or marker not in (0xC0, 0xC1) or length < 8 or at + 9 > len(content):
                return 0
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            pixels = height * width
        at += 2 + length
    return 0


def _in_jpeg(content: bytes) -> str:
    """Source: ITU-T T.81, B.1.1: a marker, then the length of its segment."""
    at, pieces, exif, gap, scans, pixels, components = 2, 0, 0, 0, 0, 0, b""
    head = several = True
    while (found := _JPEG_MARKER.search(content, at)) is not None:
        marker = content[found.end() - 1]
        gap += found.start() - at if head else 0
        at = found.end()
        if marker in (0x01, 0xD8):
            continue
        if marker == 0xD9:
            break
        if marker == 0xDA:
            scans += 1
            if head:
                several = several or content[at + 2 : at + 3] != components
            head = False
            if MOST_PIXELS >= pixels > max(_FREE_PIXELS, _MOST_A_BYTE * len(content)):
                return f"a JPEG of {len(content)} bytes for {pixels} pixels, which cannot be all"
            if not several:
                break
        elif marker in _SOF:
            height, width = struct.unpack(">HH", content[at + 3 : at + 7].ljust(4, b"\x00"))
            pixels, components, several = (
                height * width,
                content[at + 7 : at + 8],
                marker in _SEVERAL,
            )
        pieces += marker != 0xDA
        if marker == 0xE1 and content[at + 2 : at + 6] == b"Exif":
            exif += 1
            if exif == 1 and _n_tags(content[at + 8 : at + 65_537]) > _MOST_TAGS:
                return "an Exif block of thousands of tags"
        if pieces > MOST_PIECES + scans or exif > _MOST_EXIF or gap > _MOST_GAP:
            return f"its head has more than {MOST_PIECES} pieces, or {_MOST_GAP} bytes between them"
        if scans > MOST_SCANS or scans * pixels > MOST_SCANNED:
            return f"a JPEG of more than {scans - 1} scans; usual are 1 to 10"
        at += int.from_bytes(content[at : at + 2], "big")
    return ""


def _in_png(content: bytes) -> str:
    at, pieces, packed = 8, 0, 0
    most = MOST_PIECES + len(content) // _BYTES_A_PIECE
    while at + 8 <= len(content):
        kind = content[at + 4 : at + 8]
        pieces += 1
        packed += kind in (b"zTXt", b"iTXt", b"iCCP")
        if pieces > most or packed > _MOST_PACKED:
            return f"a PNG of more than {pieces - 1} pieces, {packed} of them packed"
        if kind == b"eXIf" and _n_tags(content[at + 8 : at + 1_000_000]) > _MOST_TAGS:
            return "an Exif block of thousands of tags"
        # what comes behind is no part of the picture, and no decoder looks at it
        if kind == b"IEND":
            break
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return ""


def _in_webp(content: bytes) -> str:
    at, pieces = 12, 0
    most = MOST_PIECES + len(content) // _BYTES_A_PIECE
    if content[12:16] == b"VP8X":
        width, height = (
            1 + int.from_bytes(content[place : place + 3], "little") for place in (24, 27)
        )
        if width * height > MOST_PIXELS:
            return (
                f"{width} x {height} pixels: more than {MOST_PIXELS // 1_000_000} megapixels, "
                "a decompression bomb"
            )
    while at + 8 <= len(content):
        pieces += 1
        if pieces > most:
            return f"a WebP of more than {most} pieces"
        if (
            content[at : at + 4] == b"EXIF"
            and _n_tags(content[at + 8 : at + 1_000_000].removeprefix(b"Exif\x00\x00")) > _MOST_TAGS
        ):
            return "an Exif block of thousands of tags"
        at += 8 + (int.from_bytes(content[at + 4 : at + 8], "little") + 1) // 2 * 2
    return ""


def _in_gif(content: bytes) -> str:
    """Blocks before the first picture, which are all that is read besides it."""
    at, blocks = 13 + (3 << (content[10] % 8 + 1) if content[10:11] > b"\x7f" else 0), 0
    while (found := _GIF_STEP.search(content, at)) is not None and content[found.start()] == 0x21:
        blocks += 1 + found.start() - at
        at = found.end() + 1
        while at < len(content) and content[at] and blocks <= _MOST_BLOCKS:
            blocks += 1
            at += 1 + content[at]
        if blocks > _MOST_BLOCKS:
            return f"a GIF of more than {_MOST_BLOCKS} blocks before its picture"
        at += 1
    return (
        f"a GIF with {found.start() - at} bytes before its picture"
        if found and found.start() - at > _MOST_GAP
        else ""
    )


def _n_tags(block: bytes) -> int:
    """Tags of the first directory of an Exif block, which is a TIFF."""
    order: Literal["little", "big"] = "little" if block[:2] == b"II" else "big"
    first = int.from_bytes(block[4:8], order)
    return int.from_bytes(block[first : first + 2], order) if block[:2] in (b"II", b"MM") else 0


def _in_tiff(content: bytes) -> str:
    """Tags of the first directory, as TIFF 6.0 lays them out: tag, type, count, value."""
    order: Literal["little", "big"] = "little" if content[:2] == b"II" else "big"
    sizes = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
    # A TIFF of more than 4 GB (BigTIFF) counts and points in 8 bytes instead of 2 and 4.
    head, few, wide = (8, 8, 8) if b"+" in content[2:4] else (4, 2, 4)
    first = int.from_bytes(content[head : head + wide], order)
    tags = int.from_bytes(content[first : first + few], order)
    claimed = jpeg = strips = 0
    if tags > _MOST_TAGS:
        return f"a TIFF of {tags} tags"
    for entry in range(tags):
        at = first + few + (4 + 2 * wide) * entry
        tag, kind, count = (
            int.from_bytes(content[at + place : at + place + n], order)
            for place, n in ((0, 2), (2, 2), (4, wide))
        )
        size = count * sizes.get(kind, 1)
        claimed += size if size > wide else 0
        jpeg += tag == 259 and int.from_bytes(content[at + 4 + wide : at + 6 + wide], order) in (
            6,
            7,
        )
        strips = max(strips, count) if tag in (273, 324) else strips
    if claimed > len(content):
        return "a TIFF whose tags claim more bytes than it has"
    if strips > _MOST_STRIPS:
        return f"a TIFF of {strips} strips or tiles"
    if jpeg and content.count(b"\xff\xda") > MOST_SCANS + 4 * strips:
        return f"a TIFF of JPEG with more than {MOST_SCANS + 4 * strips} scans"
    return ""
