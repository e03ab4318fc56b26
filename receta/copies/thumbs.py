"""How is every picture reduced to a small grey one, and that to 63 numbers that copies share?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from receta.pixels import Pixels

# at 32 lookalikes (sign-digits) come within 0.16 of each other where copies are at 0.09; here 0.23
# and 0.08 (LOG.md)
SIDE = 48
# as pHash keeps (Zauner, 2010, "Implementation and benchmarking of perceptual hash functions")
FREQUENCIES = 8
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601
# Below this much contrast (standard deviation, grey levels) there is nothing to recognise: a blank
# page, a black frame.
FAINTEST = 3.0


class View(NamedTuple):
    """How a picture is looked at: turned or mirrored, or a window of it (shares of its sides)."""

    name: str
    # bit 0: left and right swapped, bit 1: top and bottom, bit 2: first of all rows and columns
    turn: int = 0
    top: float = 0.0
    bottom: float = 1.0
    left: float = 0.0
    right: float = 1.0


WHOLE = View("")
# A watermark below or above leaves one of these as it was.
HALVES = (View("", 0, 0, 0.7, 0, 1), View("", 0, 0.3, 1, 0, 1))
# A crop is found as a copy of one of these windows; what lies between them is aligned when two
# pictures are compared.
CROPS = (
    View("cropped", 0, 0.025, 0.975, 0.025, 0.975),
    View("cropped", 0, 0.05, 0.95, 0.05, 0.95),
    View("cropped", 0, 0, 0.95, 0, 0.95),
    View("cropped", 0, 0, 0.95, 0.05, 1),
    View("cropped", 0, 0.05, 1, 0, 0.95),
    View("cropped", 0, 0.05, 1, 0.05, 1),
)
TURNS = (
    View("mirrored", 1),
    View("mirrored", 2),
    View("rotated", 3),
    View("mirrored", 4),
    View("rotated", 5),
    View("rotated", 6),
    View("mirrored", 7),
)


def thumbs(pixels: Pixels) -> np.ndarray:
    """(n, side, side) uint8 grey small pictures by source row, kept beside the cache."""
    side = min(SIDE, max(pixels.shape[:2]))
    shrink = shrinking(side)
    record = np.dtype([("grey", "u1", (side, side))])

    def measure(chunk: np.ndarray) -> np.ndarray:
        return shrink(chunk).reshape(len(chunk), -1).view(record)[:, 0]

    return pixels.measured("thumbs", measure, record)["grey"]


def shrinking(side: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function from (k, height, width, channels) uint8 to (k, side, side) uint8 grey."""

    def shrink(chunk: np.ndarray) -> np.ndarray:
        k, height, width, channels = chunk.shape
        weights = LUMA if channels == 3 else np.ones(1, np.float32)
        across = (averaging(width, side)[:, :, None] * weights).reshape(side, width * channels)
        rows = averaging(height, side) @ chunk.reshape(k, height, width * channels).astype(
            np.float32
        )
        small = rows.reshape(k * side, width * channels) @ across.T
        return np.clip(np.rint(small), 0, 255).astype(np.uint8).reshape(k, side, side)

    return shrink


@functools.cache
def averaging(n: int, side: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """(side, n) float32: means over equal stretches of a window of n pixels."""
    edges = (low + (high - low) * np.arange(side + 1) / side) * n
    pixel = np.arange(n)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights = np.maximum(overlap, 0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


@functools.cache
def _waves(n: int, low: float, high: float) -> np.ndarray:
    """(frequencies, n) float32: cosines over a window, summed over each pixel."""
    fine = 4 * n
    position = (np.arange(fine) + 0.5) / fine
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * position)
    return (waves.astype(np.float32) @ averaging(n, fine, low, high)) / np.float32(fine)


def contrast(small: np.ndarray) -> np.ndarray:
    """(k,) float32 standard deviation of the grey levels of small pictures."""
    found = np.empty(len(small), np.float32)
    for start in range(0, len(small), 2048):  # as floats, all of them would be four times as large
        some = small[start : start + 2048]
        found[start : start + 2048] = some.reshape(len(some), some.shape[1] * some.shape[2]).std(
            axis=1, dtype=np.float32
        )
    return found


def spectrum(small: np.ndarray, view: View = WHOLE) -> np.ndarray:
    """(k, 64) float32 of length 1: the lowest frequencies of small pictures in a view.

    Weighted by frequency, for the spectrum of photos falls by 1/f (Field, 1987): else the
    first few would say it all. Brightness and contrast fall out.
    """
    k, side, _ = small.shape
    found = np.empty((k, FREQUENCIES, FREQUENCIES), np.float32)
    down, across = _waves(side, view.top, view.bottom), _waves(side, view.left, view.right).T
    for start in range(0, k, 2048):
        found[start : start + 2048] = down @ small[start : start + 2048].astype(np.float32) @ across
    frequency = np.arange(FREQUENCIES, dtype=np.float32)
    found *= np.hypot(frequency[:, None], frequency)
    return _unit(turn_spectra(found, view.turn).reshape(k, -1))


def turn_spectra(spectra: np.ndarray, turn: int) -> np.ndarray:
    """Spectra (k, 8, 8) of the same pictures turned or mirrored: signs and a transposition."""
    if turn & 4:
        spectra = spectra.transpose(0, 2, 1)
    sign = (-1.0) ** np.arange(FREQUENCIES, dtype=np.float32)
    if turn & 1:
        spectra = spectra * sign
    if turn & 2:
        spectra = spectra * sign[:, None]
    return spectra


def turn_pictures(small: np.ndarray, turn: int) -> np.ndarray:
    """The pictures (k, side, side) turned or mirrored, as `turned` does their spectra."""
    if turn & 4:
        small = small.transpose(0, 2, 1)
    return small[:, :: -1 if turn & 2 else 1, :: -1 if turn & 1 else 1]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
