"""How are PBM, PGM and PPM read: the plainest pictures there are?

Pillow reads them value by value in Python where they are text or use odd ranges: a small file
may take minutes. Here NumPy does, in time that grows with the bytes alone.
Source: netpbm.sourceforge.net/doc/pbm.html, pgm.html, ppm.html
"""

from __future__ import annotations

import re

import numpy as np
from PIL import Image

# bytes of a picture that is written as text: numbers take 8 bytes each in memory
MOST_TEXT = 64 * 2**20
_MOST_COMMENTS = 10_000
_BEGIN = re.compile(rb"P[1-6]\s+(?:#|[0-9]+\s+[0-9]+)")
_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_HEADER = re.compile(rb"P([1-6])" + _GAP + rb"([0-9]{1,9})" + _GAP + rb"([0-9]{1,9})")
_RANGE = re.compile(_GAP + rb"([0-9]{1,9})")
_LONGEST_HEADER = 65_536  # with its comments


def begins(content: bytes) -> bool:
    """Whether bytes begin as a PBM, PGM or PPM does.

    >>> begins(b"P6\\n# made by hand\\n2 2 255\\n"), begins(b"P6 tools")
    (True, False)
    """
    return content[:1] == b"P" and _BEGIN.match(content) is not None


def open_pnm(content: bytes, most_pixels: int) -> Image.Image:
    """The picture, in mode L or RGB; I;16 where a grey one uses 16 bits.

    Other ranges become 0 to 255 as the file itself says. Raises ValueError with the reason.

    >>> open_pnm(b"P2 2 1 7 0 7", 100).tobytes()
    b'\\x00\\xff'
    """
    header = _HEADER.match(content[:_LONGEST_HEADER])
    if header is None:
        raise ValueError("not a picture: a PPM whose header is cut off or damaged")
    kind, width, height = (int(number) for number in header.groups())
    if not width or not height or width * height > most_pixels:
        raise ValueError(
            f"{width} x {height} pixels: expected 1 to {most_pixels // 1_000_000} megapixels"
        )
    end, highest = header.end(), 1
    if kind not in (1, 4):
        found = _RANGE.match(content[:_LONGEST_HEADER], end)
        if found is None:
            raise ValueError("not a picture: a PPM whose header is cut off or damaged")
        end, highest = found.end(), int(found[1])
    if not 0 < highest < 65_536:
        raise ValueError(f"damaged PPM: values up to {highest}; expected at most 65535")
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    needed = int(np.prod(shape))
    values = (
        _read_text(content, end, kind, needed)
        if kind < 4
        else _packed(content, end + 1, kind, shape, highest)
    )
    if len(values) < needed:
        raise ValueError(
            f"truncated: the picture of {width} x {height} ends early, after {len(content)} bytes"
        )
    values = values[:needed].reshape(shape)
    if int(values.max()) > highest:
        raise ValueError(f"damaged PPM: a value of {values.max()}; expected at most {highest}")
    if kind in (1, 4):
        pixels = np.where(values > 0, 0, 255).astype(np.uint8)  # 1 is black
    elif highest == 65_535 and values.ndim == 2:
        pixels = values.astype(np.uint16)
    elif highest == 255:
        pixels = values.astype(np.uint8)
    else:
        pixels = ((values.astype(np.uint32) * 255 + highest // 2) // highest).astype(np.uint8)
    picture = Image.fromarray(pixels)
    picture.format = "PPM"
    return picture


def _read_text(content: bytes, end: int, kind: int, needed: int) -> np.ndarray:
    """Values that are written as text: (n,) int64."""
    if len(content) > MOST_TEXT:
        raise ValueError(
            f"a PPM of {len(content) >> 20} MB as text; expected at most {MOST_TEXT >> 20} MB. "
            "Save it as PNG"
        )
    if content.count(b"#") > _MOST_COMMENTS:
        raise ValueError(f"a PPM of more than {_MOST_COMMENTS} comments. Save it as PNG")
    body = re.sub(rb"#[^\r\n]*", b" ", content[end:])
    if re.search(rb"[^0-9\s]", body):
        raise ValueError("damaged PPM: something between its values is no number")
    if kind == 1:  # bits need nothing between them
        bits = np.frombuffer(b"".join(body.split())[:needed], np.uint8)
        return bits.astype(np.int64) - ord("0")
    return (
        np.fromstring(body, np.int64, count=-1, sep=" ") if body.strip() else np.zeros(0, np.int64)
    )


def _packed(
    content: bytes, start: int, kind: int, shape: tuple[int, ...], highest: int
) -> np.ndarray:
    """Values that are bytes, pairs of bytes or bits: (n,)."""
    if kind == 4:
        height, width = shape
        row = (width + 7) // 8
        held = np.frombuffer(content[start : start + row * height], np.uint8)
        return np.unpackbits(held[: len(held) // row * row].reshape(-1, row), axis=1)[
            :, :width
        ].ravel()
    of = np.dtype(np.uint8 if highest < 256 else ">u2")
    there = (len(content) - start) // of.itemsize
    return np.frombuffer(
        content, of, count=max(0, min(there, int(np.prod(shape)))), offset=min(start, len(content))
    )
