"""What is written of a picture: its own bytes, a PNG of its pixels, or its pixels at a size?"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from receta.core.errors import InputError
from receta.core.progress import Bar
from receta.data import image, image_formats
from receta.data.dataset import Dataset

_GLIMPSE = (16, 16)  # decoded at this size: enough to know that it can be


def encode(data: Dataset, position: int, size: tuple[int, int] | None) -> bytes:
    """The file of a picture; of pixels, and where a size is asked for, a PNG.

    Raises Unreadable when the picture cannot be decoded.
    """
    stored = data.source.raw(int(data.rows[position]))
    if isinstance(stored, bytes):
        if size is None:
            # what no other verb can read is not passed on as a picture
            image.decode(stored, _GLIMPSE)
            return stored
        return png(image.decode(stored, size))
    return png(stored if size is None else image.resize(stored, size))


def files(
    data: Dataset, size: tuple[int, int] | None, bar: Bar, lost: dict[str, str]
) -> Iterator[tuple[int, bytes]]:
    """Position and file of every picture that can be read.

    Of the others `lost` gets the reason, by id.
    """
    for position, one in enumerate(data.ids):
        bar.advance()
        try:
            content = encode(data, position, size)
        except image.Unreadable as error:
            lost[one] = str(error)
            continue
        yield position, content


def png(pixels: np.ndarray) -> bytes:
    """A PNG of (height, width, channels) uint8, without loss."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(
        stream, "PNG", compress_level=3
    )
    return stream.getvalue()


def suffix(content: bytes) -> str:
    """The suffix that fits a file's first bytes; '' for no picture known.

    >>> suffix(b"GIF89a")
    '.gif'
    """
    return image_formats.SUFFIX_OF.get(
        image_formats.format_of(content[: image_formats.MAGIC_BYTES]), ""
    )


def common_shape(data: Dataset, size: tuple[int, int] | None) -> tuple[int, int, int]:
    """(height, width, channels) that all readable pictures have, or can be brought to.

    Raises InputError when their sizes differ and none is asked for.
    """
    sizes: set[tuple[int, int]] = set()
    channels = 1
    for row in data.rows:
        try:
            stored = data.source.raw(int(row))
            height, width, own = (
                stored.shape if isinstance(stored, np.ndarray) else image.probe(stored)
            )
        except image.Unreadable:
            continue
        sizes.add((height, width))
        channels = max(channels, own)
    if size is None and len(sizes) > 1:
        raise InputError(
            f"the pictures have {len(sizes):,} sizes, from {min(sizes)[0]}x{min(sizes)[1]} to "
            f"{max(sizes)[0]}x{max(sizes)[1]}; "
            f"expected one, since an array has one shape. Name it, such as --size 96x96."
        )
    height, width = size or next(iter(sizes), (0, 0))
    if not height:
        raise InputError(
            "none of the pictures can be read; expected pictures. Look at the files, or name "
            "others."
        )
    return height, width, channels
