"""What are the data, and what does the network get to see of them? The door `look`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta import tasks
from receta.core import disk
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.language import translate
from receta.core.progress import Progress, Unasked
from receta.core.reading import reading_order
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.targets import NOTHING
from receta.data import image
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.pipeline._looking_tables import (
    Rows,
    Shown,
    class_table,
    count_parts,
    look_at_series,
    look_at_table,
    look_at_tokens,
    quarantined,
    strays,
)
from receta.pipeline._sheet import Group, draw_sheet
from receta.pixels import Pixels, decode

BINS = 32
_SAMPLE = 1000  # pictures whose pixels are counted
THUMBNAIL = 160  # pixels of the longer side in grids and reports


@dataclass(frozen=True)
class Look:
    """What there is to see before anything is trained.

    counts: examples a class. sizes (n, 2): height and width of the readable originals.
    task: labels where a picture may have several of the names, or none.
    shape: (height, width, channels) that the network gets, as uint8. histogram (32,),
    mean and std describe the pixels scaled to 0..1, as the network scales them.
    """

    n: int
    class_names: tuple[str, ...]
    counts: tuple[int, ...]
    parts: dict[str, int]
    sizes: np.ndarray
    shape: tuple[int, int, int]
    minimum: float
    maximum: float
    mean: float
    std: float
    histogram: tuple[int, ...]
    left_out: tuple[tuple[str, str], ...]
    task: str = "classes"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        smallest, median, largest = spread(self.sizes)
        return {
            "n": self.n,
            "task": self.task,
            "classes": dict(zip(self.class_names, self.counts, strict=True)),
            "parts": self.parts,
            "original_size": {"smallest": smallest, "median": median, "largest": largest},
            "network_input": {
                "shape": list(self.shape),
                "dtype": "uint8",
                "scaled": "0 to 1 in the model",
                "minimum": self.minimum,
                "maximum": self.maximum,
                "mean": self.mean,
                "std": self.std,
                "histogram": list(self.histogram),
            },
            "quarantined": quarantined(self.left_out),
        }

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        smallest, median, largest = (f"{width} x {height}" for height, width in spread(self.sizes))
        height, width, channels = self.shape
        rows: Rows = [
            ("smallest original", smallest),
            ("median original", median),
            ("largest original", largest),
            ("the network sees", f"{width} x {height} x {channels} uint8"),
            ("values", f"{self.minimum:g} to {self.maximum:g}"),
            ("mean", f"{self.mean:g}"),
            ("deviation", f"{self.std:g}"),
        ]
        classes = dict(zip(self.class_names, self.counts, strict=True))
        rows = [(translate(name), value) for name, value in rows]
        title = "sizes (width x height) and values"
        return [
            class_table(self.n, classes, "pictures", self.task),
            (title, ("what", "value"), rows),
        ]


def look(
    data: Dataset,
    recipe: Recipe | None = None,
    *,
    pixels: Pixels | None = None,
    progress: Progress = Unasked(),
) -> Any:
    """Count and measure what is there; pictures are decoded once.

    Gives a Look of pictures, TableLook, SeriesLook or TokensLook: each has `to_json()`,
    `tables()` to be printed, and `left_out`. Any to type checkers, for the kind decides.

    >>> from receta.sources import load
    >>> look(load("digits")).shape
    (8, 8, 1)
    """
    if data.kind != "images":
        by_kind: dict[str, Any] = {
            "table": look_at_table,
            "series": look_at_series,
            "tokens": look_at_tokens,
        }
        return by_kind[data.kind](data)
    recipe = recipe or Recipe()
    pixels = pixels or decode(
        data, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress
    )
    data = readable(data, pixels)
    chosen = np.sort(rng(recipe.seed, "look").permutation(len(data))[:_SAMPLE])
    values = pixels.take(data.rows[chosen]).astype(np.float32) / 255
    return Look(
        n=len(data),
        class_names=data.class_names,
        counts=tuple(data.counts().tolist()),
        parts=count_parts(data),
        sizes=pixels.sizes[data.rows],
        shape=pixels.shape,
        minimum=round(float(values.min()), 4),
        maximum=round(float(values.max()), 4),
        mean=round(float(values.mean()), 4),
        std=round(float(values.std()), 4),
        histogram=tuple(np.histogram(values, BINS, (0, 1))[0].tolist()),
        left_out=strays(data),
        task=data.task,
    )


def spread(sizes: np.ndarray) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Smallest, median and largest (height, width) by area, of sizes (n, 2)."""
    order = np.argsort(sizes[:, 0].astype(np.int64) * sizes[:, 1], kind="stable")
    picked = [sizes[order[position]] for position in (0, len(order) // 2, -1)]
    smallest, median, largest = ((int(height), int(width)) for height, width in picked)
    return smallest, median, largest


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
    if data.kind != "images" or data.task == "values":
        raise InputError(
            "a grid shows pictures, a class a row, and these data are "
            f"{'a ' * (data.kind != 'tokens')}{data.kind}; expected pictures with "
            f"labels. Look at them without a grid."
            if data.kind != "images"
            else "a grid shows pictures, a class a row, and these have values to predict; "
            "expected labels. Look at them without a grid."
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
