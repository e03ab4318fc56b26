"""How do pixels become pictures that live inside the page and stay small?"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from receta.report.words import visible

SMALL_PX = 64  # up to here pixels are enlarged as squares, above they are smoothed
LONGEST_PX = 320  # sharp on dense screens at the widths that the page uses


def picture(pixels: np.ndarray, alt: str, *, most_bytes: int = 20_000, classes: str = "") -> Markup:
    """An <img> of (height, width[, 1 | 3 | 4]) uint8 pixels, at most most_bytes as a file."""
    height, width = np.shape(pixels)[:2]
    sort = "pixelated" if max(height, width) <= SMALL_PX else "smooth"
    return Markup('<img class="{} {}" src="{}" alt="{}" width="{}" height="{}">').format(
        sort, classes, data_uri(pixels, most_bytes), visible(alt), width, height
    )


def data_uri(pixels: np.ndarray, most_bytes: int = 20_000) -> str:
    """PNG for small pictures, JPEG for large ones, shrunk until it fits."""
    image = _image(pixels)
    if max(image.size) <= SMALL_PX:
        return _uri(image, "png")
    image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    for quality in (85, 70, 55):
        content = _encode(image, "jpeg", quality=quality)
        if len(content) <= most_bytes:
            return _uri_of(content, "jpeg")
    while len(content) > most_bytes and max(image.size) > SMALL_PX:
        image = image.resize(
            (max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)), Image.Resampling.LANCZOS
        )
        content = _encode(image, "jpeg", quality=70)
    return _uri_of(content, "jpeg")


def filters(shown: Any, most: int = 32) -> list[str]:
    """Data URIs of two-dimensional weights; grey is zero, white the largest size.

    Takes a nested list of (rows, columns) planes; (rows, columns, channels) are averaged.
    """
    planes = []
    for one in list(shown)[:most]:
        values = np.asarray(one, dtype=float)
        if values.ndim == 3:
            values = values.mean(axis=-1)
        if values.ndim != 2 or not values.size or not np.isfinite(values).all():
            raise ValueError(f"a filter of shape {values.shape}; expected finite (rows, columns)")
        reach = float(np.abs(values).max()) or 1.0
        planes.append(
            _uri(Image.fromarray(np.round(127.5 + 127.5 * values / reach).astype(np.uint8)), "png")
        )
    return planes


def _image(pixels: np.ndarray) -> Image.Image:
    values = np.asarray(pixels)
    if values.dtype != np.uint8:
        values = np.clip(np.round(values), 0, 255).astype(np.uint8)
    if values.ndim == 3 and values.shape[2] in (1, 2):
        values = values[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(values)).convert("L" if values.ndim == 2 else "RGB")


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, optimize=True, **options)
    return stream.getvalue()


def _uri(image: Image.Image, kind: str) -> str:
    return _uri_of(_encode(image, kind), kind)


def _uri_of(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
