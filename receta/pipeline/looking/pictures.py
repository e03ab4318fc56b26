"""What are the pictures, and what does the network get to see of them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core.language import translate
from receta.core.progress import Progress
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.pipeline.looking.summaries import (
    Rows,
    Shown,
    class_table,
    count_parts,
    list_quarantined,
    strays,
)
from receta.pixels import Pixels, decode

BINS = 32
_SAMPLE = 1000  # pictures whose pixels are counted


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
            "quarantined": list_quarantined(self.left_out),
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


def spread(sizes: np.ndarray) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Smallest, median and largest (height, width) by area, of sizes (n, 2)."""
    order = np.argsort(sizes[:, 0].astype(np.int64) * sizes[:, 1], kind="stable")
    picked = [sizes[order[position]] for position in (0, len(order) // 2, -1)]
    smallest, median, largest = ((int(height), int(width)) for height, width in picked)
    return smallest, median, largest


def look_at_pictures(
    data: Dataset, recipe: Recipe | None, pixels: Pixels | None, progress: Progress
) -> Look:
    """Count classes and measure sizes and pixels; pictures are decoded once."""
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
