"""Does `look` count what is there and draw it?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from receta import load
from receta.pipeline.looking import grid, look, samples, spread, thumbnail


def test_look_counts_classes_sizes_and_values_of_digits() -> None:
    seen = look(load("digits"))
    assert seen.n == 1797
    assert sum(seen.counts) == 1797
    assert seen.shape == (8, 8, 1)
    assert (seen.minimum, seen.maximum) == (0, 1)
    assert sum(seen.histogram) == 1000 * 64
    assert seen.to_json()["original_size"]["median"] == (8, 8)


def test_samples_are_a_few_of_every_class() -> None:
    data = load("digits")
    chosen = samples(data, 0)
    assert np.bincount(data.targets[chosen]).tolist() == [6] * 10
    assert (samples(data, 0) == chosen).all()
    assert (samples(data, 1) != chosen).any()


def test_spread_names_smallest_median_and_largest_by_area() -> None:
    sizes = np.array([[10, 10], [3000, 2], [90, 80], [5, 5], [40, 50]])
    assert spread(sizes) == ((5, 5), (40, 50), (90, 80))


def test_grid_is_a_picture_with_a_row_a_class(tmp_path: Path) -> None:
    grid(load("digits"), tmp_path / "grid.png")
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size[1] > 10 * 96


def test_thumbnails_keep_their_shape() -> None:
    assert thumbnail(load("digits"), 0).shape == (8, 8, 1)
