"""Which pictures stand for each class, and how are they drawn?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from receta import tasks
from receta.core import disk
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.reading import reading_order
from receta.core.seeds import rng
from receta.core.targets import NOTHING
from receta.data import image
from receta.data.dataset import Dataset
from receta.pipeline._sheet import Group, draw_sheet

THUMBNAIL = 160  # pixels of the longer side in grids and reports


def samples(data: Dataset, seed: int, most: int = 60) -> np.ndarray:
    """Positions of a few examples of every class or label, one after the other: (k,) int64."""
    return np.concatenate([chosen for _, chosen in groups(data, seed, most)])


def groups(data: Dataset, seed: int, most: int = 60) -> list[tuple[str, np.ndarray]]:
    """A few examples of every class or label, and of pictures without any: name, positions (k,)
    int64.
    """
    each = max(1, min(6, most // max(1, len(data.class_names))))
    shuffled = rng(seed, "samples").permutation(len(data))
    some = data.targets[shuffled]
    order = reading_order(data.class_names)
    every = tasks.of(data.task).held(some, len(order))
    held, names = (
        [every[target] for target in order],
        [data.class_names[target] for target in order],
    )
    without = ~np.any(held, axis=0) if held else np.zeros(0, bool)
    if without.any():
        held.append(without)
        names.append(NOTHING)
    return [(name, shuffled[mine][:each]) for name, mine in zip(names, held, strict=True)]


def thumbnail(data: Dataset, position: int) -> np.ndarray:
    """One original, its longer side at most 160 pixels: (h, w, c) uint8."""
    pixels = data[position]
    height, width = pixels.shape[:2]
    factor = min(1.0, THUMBNAIL / max(height, width))
    return image.resize(pixels, (max(1, round(height * factor)), max(1, round(width * factor))))


def grid(data: Dataset, path: Path, seed: int = 0, *, title: str = "") -> None:
    """Write a picture of samples as a PNG: a title, and each class with its count.

    Raises InputError for data that are no pictures of classes, and for another suffix.
    """
    if not data.is_seen:
        raise InputError(
            f"a grid shows pictures, a class a row, and these data are {data.noun.whole}; expected "
            "pictures with labels. Look at them without a grid."
        )
    if not data.class_names:
        raise InputError(
            "a grid shows pictures, a class a row, and these have values to predict; expected "
            "labels. Look at them without a grid."
        )
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(
            f"{path} does not end in .png; expected the name of a PNG file. Call it "
            f"{path.with_suffix('.png').name}."
        )
    held = dict(zip(data.class_names, data.counts().tolist(), strict=True))
    shown = [
        Group(
            name,
            f"{held[name]:,}" if name in held else "",
            [thumbnail(data, int(position)) for position in chosen],
        )
        for name, chosen in groups(data, seed)
    ]
    about = f"{counted(len(data), 'pictures')}, {len(data.class_names)} {data.task}"
    sheet = draw_sheet(title or "Samples", about, shown)
    with disk.replacing(path) as temporary:
        sheet.save(temporary, format="PNG")
