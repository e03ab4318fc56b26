"""What does each picture or row look like, in a few hundred numbers that audits compare?"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels

SIDE = 48  # with cells of 8 pixels better than 32 with cells of 4 or 8 on 5 of 7 sets (LOG.md)
_CELL = 8  # Dalal and Triggs, 2005, "Histograms of oriented gradients for human detection"
_BINS = 8
_THUMB, _TINT = 8, 4
_RING = 3  # of 48: the outermost sixteenth on each side counts as background
_VERSION = 2
_MOST_LEVELS = 20  # of a category: rarer ones tell little
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601


def looks(data: Dataset, pixels: Pixels) -> np.ndarray:
    """(n,) records, one an example of the view; zeros where unreadable.

    look (d,) float16: oriented gradients, a thumbnail of the luma, and tints;
    border, colour (3,) float32: mean of the outermost ring and of all, 0 to 255;
    brightness, contrast: mean and standard deviation of the luma; detail: standard
    deviation of how far each pixel is from its four neighbours.
    """
    return pixels.measured("look", measure, _dtype(pixels.shape[2]), version=_VERSION)[data.rows]


def _dtype(channels: int) -> np.dtype[Any]:
    cells = SIDE // _CELL
    numbers = cells * cells * _BINS + _THUMB * _THUMB + (2 * _TINT * _TINT if channels == 3 else 0)
    return np.dtype(
        [
            ("look", "f2", (numbers,)),
            ("border", "f4", (3,)),
            ("colour", "f4", (3,)),
            ("brightness", "f4"),
            ("contrast", "f4"),
            ("detail", "f4"),
        ]
    )


def measure(pictures: np.ndarray) -> np.ndarray:
    """Records of (k, height, width, 1 | 3) uint8 pictures of any size.

    >>> measure(np.full((1, 1, 1, 1), 200, np.uint8))["brightness"].tolist()
    [200.0]
    """
    n, channels = len(pictures), pictures.shape[3]
    small = resize(pictures, SIDE)
    luma = small @ _LUMA if channels == 3 else small[..., 0]
    parts = [_gradients(luma), resize(luma[..., None], _THUMB).reshape(n, -1) / 255]
    if channels == 3:
        tints = np.stack([small[..., 0] - luma, small[..., 2] - luma], axis=3)
        parts.append(resize(tints, _TINT).reshape(n, -1) / 255)
    found = np.zeros(n, _dtype(channels))
    found["look"] = np.concatenate(parts, axis=1)
    ring = np.ones((SIDE, SIDE), bool)
    ring[_RING:-_RING, _RING:-_RING] = False
    found["border"], found["colour"] = small[:, ring].mean(axis=1), small.mean(axis=(1, 2))
    found["brightness"], found["contrast"] = luma.mean(axis=(1, 2)), luma.std(axis=(1, 2))
    found["detail"] = _detail(pictures)
    return found


def _detail(pictures: np.ndarray) -> np.ndarray:
    # the middle colour is most of the luma
    green = pictures[..., pictures.shape[3] // 2].astype(np.float32)
    padded = np.pad(green, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    return (4 * green - around).std(axis=(1, 2))


def resize(pictures: np.ndarray, side: int) -> np.ndarray:
    """(k, side, side, channels) float32: mean of areas, or in between where enlarged."""
    n, height, width, channels = pictures.shape
    rows = np.matmul(_weights(height, side), pictures.reshape(n, height, -1).astype(np.float32))
    return np.matmul(_weights(width, side), rows.reshape(n, side, width, channels))


@functools.lru_cache(maxsize=16)
def _weights(old: int, new: int) -> np.ndarray:
    """(new, old) float32 shares that old pixels have in new ones; rows sum to 1."""
    shares = np.zeros((new, old), np.float32)
    if old >= new:
        edges = np.arange(new + 1) * old / new
        pixel = np.arange(old)
        shares[:] = np.clip(
            np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel), 0, None
        )
    else:
        centre = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        left = np.floor(centre).astype(np.int64)
        np.add.at(shares, (np.arange(new), left), 1 - (centre - left))
        np.add.at(shares, (np.arange(new), np.minimum(left + 1, old - 1)), centre - left)
    return shares / shares.sum(axis=1, keepdims=True)


def _gradients(luma: np.ndarray) -> np.ndarray:
    """(k, cells * cells * bins): how strong edges of each direction are in each cell."""
    n, cells = len(luma), SIDE // _CELL
    padded = np.pad(luma, ((0, 0), (1, 1), (1, 1)), mode="edge")
    across, down = (
        padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2],
        padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1],
    )
    strength = np.hypot(across, down)
    direction = (np.arctan2(down, across) / np.pi % 1) * _BINS
    lower = np.floor(direction).astype(np.int64)
    share = direction - lower
    place = np.arange(SIDE) // _CELL
    cell = ((np.arange(n)[:, None, None] * cells + place[:, None]) * cells + place) * _BINS
    total = n * cells * cells * _BINS
    summed = np.bincount((cell + lower % _BINS).ravel(), (strength * (1 - share)).ravel(), total)
    summed += np.bincount((cell + (lower + 1) % _BINS).ravel(), (strength * share).ravel(), total)
    histograms = summed.reshape(n, cells, cells, _BINS)
    energy = np.pad((histograms**2).sum(axis=3), ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = sum(energy[:, i : i + cells, j : j + cells] for i in range(3) for j in range(3)) / 9
    # The constant keeps the noise of flat areas (2 of 255 a pixel) from looking like edges.
    return np.sqrt(histograms / np.sqrt(around + (2.0 * _CELL * _CELL) ** 2)[..., None]).reshape(
        n, -1
    )


def cells(data: Dataset, positions: np.ndarray) -> np.ndarray:
    """(k, d) float32: rows of a table in numbers that one kernel can compare.

    Numbers and dates by rank, -1 to 1, so that no unit and no outlier weighs more; of
    categories the most frequent a column each; whether a cell is missing where some are.
    """
    parts = [np.zeros((len(positions), 0), np.float32)]
    for column in data.columns:
        values = column.take(positions).numbers()
        known = np.isfinite(values)
        if known.any() and not known.all():
            parts.append(known[:, None].astype(np.float32))
        different, which, counts = np.unique(values[known], return_inverse=True, return_counts=True)
        if len(different) < 2:
            continue
        if column.kind == "category":
            for code in np.argsort(-counts, kind="stable")[:_MOST_LEVELS]:
                parts.append((values == different[code])[:, None].astype(np.float32))
        else:
            ranks = np.zeros((len(positions), 1), np.float32)
            ranks[known, 0] = (
                (2 * (np.cumsum(counts) - (counts + 1) / 2)) / (known.sum() - 1) - 1
            )[which]
            parts.append(ranks)
    return np.concatenate(parts, axis=1)


def principal(vectors: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """(n, k) float32, k <= most: vectors turned to the directions in which they vary most."""
    vectors = vectors.astype(np.float32)
    vectors -= vectors.mean(axis=0)
    sample = vectors[rng.permutation(len(vectors))[:10_000]].astype(np.float64)
    _, directions = np.linalg.eigh(sample.T @ sample)  # ascending
    return vectors @ directions[:, ::-1][:, : max(1, min(most, len(vectors) // 2))].astype(
        np.float32
    )
