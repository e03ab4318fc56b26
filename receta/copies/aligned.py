"""How far apart are two small pictures once they lie upon each other?

A place is (k, 4): shift right, shift down (shares of the side), scale across, scale
down: where in one picture the other lies. Distances count what blurring takes away, the
detail: lookalikes share their shapes, and only copies share their detail.
"""

from __future__ import annotations

import numpy as np

from receta.copies.thumbs import View, turn_pictures

# Shares of the detail's variance in which copies may differ. Of 12,000 copies by eight
# transformations 99.9 % lie within it; of the nearest pictures of different hands (sign-digits)
# none is below 0.16, of cats and dogs 0.55 (LOG.md).
FARTHEST = 0.1
# A watermark covers a part and leaves the rest as it was: there the bound is stricter, for what is
# left out is chosen so as to fit.
COVERED, FARTHEST_UNCOVERED = 0.12, 0.01
SMALLEST_MARKED = 40  # pixels a side
_DETAIL = 2  # pixels about each, of which the mean is taken away
_STEPS = 5  # of Gauss and Newton: after them nothing moves any more
_ALIGNED_SIDE = 24
_BATCH = 256


def place_of(view: View) -> np.ndarray:
    """(4,) float32: where a view's window lies."""
    across, down = (view.left + view.right) / 2 - 0.5, (view.top + view.bottom) / 2 - 0.5
    return np.array([across, down, view.right - view.left, view.bottom - view.top], np.float32)


def measure_in_view(one: np.ndarray, other: np.ndarray, view: View) -> np.ndarray:
    """(k,) distance from 0 to 2 of pictures (k, side, side), the first in that view."""
    side = one.shape[1]
    far = np.empty(len(one), np.float32)
    across, down, width, height = place_of(view)
    where = (np.arange(side, dtype=np.float32) + 0.5) / side - 0.5
    columns, rows = (
        _weights(((where * size + shift + 0.5) * side - 0.5)[None], side)[0]
        for size, shift in ((width, across), (height, down))
    )
    for start in range(0, len(one), _BATCH):
        some = slice(start, start + _BATCH)
        x = turn_pictures(one[some], view.turn).astype(np.float32)
        if view.turn == 0 and width < 1:
            x = rows @ x @ columns.T
        k = len(x)
        far[some] = 1 - _correlation(
            _detail(x).reshape(k, -1), _detail(other[some].astype(np.float32)).reshape(k, -1)
        )
    return far


def distances(one: np.ndarray, other: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(k,) distance from 0 to 2 of pictures (k, side, side), the first in those places.

    A watermark is forgiven: the distance is then that of what lies outside it, scaled
    so that FARTHEST bounds it too.
    """
    far = np.empty(len(one), np.float32)
    for start in range(0, len(one), _BATCH):
        some = slice(start, start + _BATCH)
        far[some] = _distances(one[some], other[some], places[some])
    return far


def _distances(one: np.ndarray, other: np.ndarray, places: np.ndarray) -> np.ndarray:
    k, side = len(one), one.shape[1]
    moved, inside = sample(one.astype(np.float32), places)
    still = other.astype(np.float32)
    counted = inside.astype(np.float32)
    far = _unlike(moved, still, counted)
    # A few pixels more or less are no watermark but what tells two small pictures apart.
    if side >= SMALLEST_MARKED:
        x, y, rest = moved.reshape(k, -1), still.reshape(k, -1), counted.reshape(k, -1)
        limit_at = round(x.shape[1] * (1 - COVERED))
        for _ in range(4):
            gap = np.abs(_fit_contrast(x, y, rest) - y) * counted.reshape(k, -1)
            rest = counted.reshape(k, -1) * (
                gap <= np.partition(gap, limit_at, axis=1)[:, limit_at, None]
            )
        far = np.minimum(
            far,
            _unlike(moved, still, rest.reshape(k, side, side)) * (FARTHEST / FARTHEST_UNCOVERED),
        )
    return far


def _fit_contrast(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """x in the brightness and contrast that come nearest to y's."""
    total = weight.sum(1, keepdims=True)
    mean_x, mean_y = (
        (x * weight).sum(1, keepdims=True) / total,
        (y * weight).sum(1, keepdims=True) / total,
    )
    x = x - mean_x
    gain = (x * (y - mean_y) * weight).sum(1, keepdims=True) / np.maximum(
        (x * x * weight).sum(1, keepdims=True), 1e-3
    )
    return gain * x + mean_y


def _unlike(one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(k,) distance of the detail where the weight is 1; what lies outside does not leak in."""
    k = len(one)
    about = np.maximum(_blur(weight, _DETAIL), 1e-3)
    x, y = ((part - _blur(part * weight, _DETAIL) / about) * weight for part in (one, other))
    return 1 - _correlation(x.reshape(k, -1), y.reshape(k, -1))


def align_places(one: np.ndarray, other: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Better places: the shift and scale under which `one` comes nearest to `other`.

    Lucas and Kanade (1981), with brightness and contrast as unknowns too; what does not
    fit (a watermark) counts less.
    """
    found = places.copy()
    side = one.shape[1]
    factor = max(1, side // _ALIGNED_SIDE)
    for start in range(0, len(one), _BATCH):
        some = slice(start, start + _BATCH)
        a, b = (_blur(_shrunk(x[some].astype(np.float32), factor), 1) for x in (one, other))
        found[some] = _align_few(a, b, places[some])
    return found


def _align_few(one: np.ndarray, other: np.ndarray, places: np.ndarray) -> np.ndarray:
    k, side, _ = one.shape
    first, now = places, places.copy()
    u = ((np.arange(side, dtype=np.float32) + 0.5) / side - 0.5)[None, None, :]
    target = other.reshape(k, -1)
    jacobian = np.empty((k, side, side, 6), np.float32)
    gain = None
    for _ in range(_STEPS):
        moved, inside = sample(one, now)
        down, across = np.gradient(moved, axis=(1, 2))
        down, across = (
            down * (side / now[:, 3, None, None]),
            across * (side / now[:, 2, None, None]),
        )
        jacobian[..., 0], jacobian[..., 1] = across, down
        jacobian[..., 2], jacobian[..., 3] = across * u, down * u.transpose(0, 2, 1)
        jacobian[..., 4], jacobian[..., 5] = moved, 1
        weight = inside.reshape(k, -1).astype(np.float32)
        if gain is not None:
            gap = np.abs(target - moved.reshape(k, -1) * gain[:, :1] - gain[:, 1:])
            weight /= 1 + (gap / (2 * np.median(gap, axis=1, keepdims=True) + 1)) ** 2
        plain = jacobian.reshape(k, -1, 6)
        weighted = (plain * weight[:, :, None]).transpose(0, 2, 1)
        square = weighted @ plain
        size = np.trace(square[:, :4, :4], axis1=1, axis2=2) / 4
        square[:, range(4), range(4)] += (1e-3 * size + 1e-3)[:, None]
        square[:, 4, 4] += 1e-3
        square[:, 5, 5] += 1e-3
        solved = np.linalg.solve(square, weighted @ target[:, :, None])[..., 0]
        gain = solved[:, 4:]
        slope = np.where(np.abs(gain[:, :1]) < 0.2, 1, gain[:, :1])
        now = now + solved[:, :4] / slope
        # farther than between two windows that are looked at
        now = np.clip(now, first - 0.06, first + 0.06)
    return now


def sample(pictures: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as seen in their places, and (k, side, side) bool: what lies inside them."""
    side = pictures.shape[1]
    u = (np.arange(side, dtype=np.float32) + 0.5) / side - 0.5
    across = (u * places[:, 2:3] + places[:, 0:1] + 0.5) * side - 0.5
    down = (u * places[:, 3:4] + places[:, 1:2] + 0.5) * side - 0.5
    inside = _inside(down, side)[:, :, None] & _inside(across, side)[:, None, :]
    return _weights(down, side) @ pictures @ _weights(across, side).transpose(0, 2, 1), inside


def _inside(where: np.ndarray, side: int) -> np.ndarray:
    return (where >= -0.5) & (where <= side - 0.5)


def _weights(where: np.ndarray, side: int) -> np.ndarray:
    """(k, side, side) float32: of every pixel, the share of each that lies about it (bilinear)."""
    where = np.clip(where, 0, side - 1)
    return np.maximum(0, 1 - np.abs(where[:, :, None] - np.arange(side, dtype=np.float32)))


def _detail(pictures: np.ndarray) -> np.ndarray:
    return pictures - _blur(pictures, _DETAIL)


def _shrunk(pictures: np.ndarray, factor: int) -> np.ndarray:
    k, side, _ = pictures.shape
    side = side // factor * factor
    return (
        pictures[:, :side, :side]
        .reshape(k, side // factor, factor, side // factor, factor)
        .mean(axis=(2, 4))
    )


def _blur(pictures: np.ndarray, radius: int) -> np.ndarray:
    """Means over squares of 2 radius + 1 pixels; the edge goes on outside."""
    side = pictures.shape[1]
    near = np.clip(np.arange(side)[:, None] + np.arange(-radius, radius + 1), 0, side - 1)
    box = np.zeros((side, side), np.float32)
    np.add.at(box, (np.arange(side)[:, None], near), 1 / (2 * radius + 1))
    return box @ pictures @ box.T


def _correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(k,) cosine of detail, whose mean is about nought already."""
    return (x * y).sum(1) / np.maximum(np.sqrt((x * x).sum(1) * (y * y).sum(1)), 1e-3)
