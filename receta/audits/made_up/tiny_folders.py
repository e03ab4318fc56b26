"""How do audits write their tiny innocent and culprit image folders?"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from receta.core import seeds


def write(folder: Path, pictures: Mapping[str, int | bytes]) -> str:
    """Write pictures by path, each given as a number or as bytes.

    Bytes are the file; a number stands for an 8 x 8 picture of its own, always the
    same. Returns the folder.
    """
    from PIL import Image

    for name, content in pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            Image.fromarray(pixels(content)).save(path)
    return str(folder)


def pixels(number: int) -> np.ndarray:
    """(8, 8, 3) uint8 noise that belongs to a number."""
    return seeds.rng(number, "example").integers(0, 256, (8, 8, 3), dtype=np.uint8)


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    """A file of some kind (JPEG, PNG ...) with a picture (height, width, 1 | 3) uint8."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(buffer, kind)
    return buffer.getvalue()


def classes(**counts: int) -> dict[str, int | bytes]:
    """Paths of so many different pictures for each class.

    >>> classes(cat=1, dog=2)
    {'cat/0.png': 0, 'dog/0.png': 1, 'dog/1.png': 2}
    """
    names = [f"{name}/{index}.png" for name, n in counts.items() for index in range(n)]
    return {name: number for number, name in enumerate(names)}


def write_scaled(folder: Path, pictures: dict[str, tuple[int, float]]) -> str:
    """Write pictures of 64 x 64, each given by a number and how bright it is."""
    from PIL import Image

    for name, (number, brightness) in pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = pixels(number).repeat(8, axis=0).repeat(8, axis=1)
        Image.fromarray((picture * brightness).astype(np.uint8)).save(path)
    return str(folder)
