"""What are the data, and what does the network get to see of them? The door `look`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.pipeline.looking.pictures import BINS, Look, look_at_pictures, spread
from receta.pipeline.looking.samples import THUMBNAIL, grid, groups, samples, thumbnail
from receta.pipeline.looking.series import look_at_series
from receta.pipeline.looking.tables import look_at_table
from receta.pipeline.looking.texts import look_at_texts
from receta.pixels import Pixels

__all__ = [
    "BINS",
    "THUMBNAIL",
    "Look",
    "grid",
    "groups",
    "look",
    "samples",
    "spread",
    "thumbnail",
]

_LOOKS: dict[str, Callable[[Dataset], Any]] = {
    "table": look_at_table,
    "series": look_at_series,
    "texts": look_at_texts,
}


def look(
    data: Dataset,
    recipe: Recipe | None = None,
    *,
    pixels: Pixels | None = None,
    progress: Progress = Unasked(),
) -> Any:
    """Count and measure what is there; pictures are decoded once.

    Gives a Look of pictures, TableLook, SeriesLook or TextsLook: each has `to_json()`,
    `tables()` to be printed, and `left_out`. Any to type checkers, for the kind decides.

    >>> from receta.sources import load
    >>> look(load("digits")).shape
    (8, 8, 1)
    """
    if data.is_seen:
        return look_at_pictures(data, recipe, pixels, progress)
    return _LOOKS[data.kind](data)
