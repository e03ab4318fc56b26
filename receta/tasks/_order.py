"""How well does a probability put the examples of one class before those of the other?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.seeds import rng

_MOST_POINTS = 100  # of a curve; it is drawn on about as many pixels
_TIMES = 500  # examples are drawn again
_MOST_DRAWN = 20_000_000  # numbers in all drawings together
_FEWEST_TIMES = 50


def judge_order(said: np.ndarray, truth: np.ndarray, name: str) -> dict[str, Any]:
    """ROC and precision-recall curves of a class: of probabilities (n,) and booleans (n,).

    Each has its area, a 95 % interval (examples of each class drawn again, percentiles), the area
    of chance, and points [x, y]. Nothing where one of the classes has no example.

    >>> found = judge_order(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]) > 0, "b")
    >>> found["roc"]["area"], round(found["pr"]["area"], 4)
    (0.75, 0.8333)
    """
    hits = int(truth.sum())
    if not 0 < hits < len(truth):
        return {}
    order = np.argsort(-said, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(said[order])), len(said) - 1)  # of equal probabilities
    is_hit = truth[order]
    roc, precision = _areas(np.ones((1, len(said))), is_hit, ends)
    lows_and_highs = _draw_again(is_hit, ends)
    found = np.cumsum(is_hit)[ends]
    missed = ends + 1 - found
    steps = _thin(len(ends))
    curves = (
        ("roc", roc, 0.5, np.stack([missed / (len(said) - hits), found / hits], axis=1)),
        ("pr", precision, hits / len(said), np.stack([found / hits, found / (ends + 1)], axis=1)),
    )
    return {
        key: {
            "class": name,
            "area": float(area[0]),
            "interval": interval,
            "chance": chance,
            "points": [
                [0.0, 0.0] if key == "roc" else [0.0, points[0, 1]],
                *points[steps].tolist(),
            ],
        }
        for (key, area, chance, points), interval in zip(curves, lows_and_highs, strict=True)
    }


def _thin(n: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, _MOST_POINTS)).round().astype(np.int64))


def _areas(
    times: np.ndarray, is_hit: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Area below the ROC curve and average precision, where each example stands so many times.

    times: (k, n), in the order of the probabilities.
    """
    found = np.cumsum(times * is_hit, axis=1)[:, ends]
    missed = np.cumsum(times * ~is_hit, axis=1)[:, ends]
    hits, others = found[:, -1:], missed[:, -1:]
    start = np.zeros((len(times), 1))
    wide = np.diff(missed, axis=1, prepend=start)
    tall = np.diff(found, axis=1, prepend=start)
    roc = (wide * (found - tall / 2)).sum(axis=1) / (hits * others)[:, 0]
    precision = found / np.maximum(found + missed, 1)
    return roc, (tall * precision).sum(axis=1) / hits[:, 0]


def _draw_again(is_hit: np.ndarray, ends: np.ndarray) -> list[list[float]]:
    """95 % intervals of both areas."""
    chance, n = rng(0, "order", len(is_hit)), len(is_hit)
    drawings = int(np.clip(_MOST_DRAWN // n, _FEWEST_TIMES, _TIMES))
    areas = []
    for _ in range(drawings):
        times = np.zeros(n)
        for mine in (np.flatnonzero(is_hit), np.flatnonzero(~is_hit)):
            times += np.bincount(chance.choice(mine, len(mine)), minlength=n)
        areas.append([float(one[0]) for one in _areas(times[None], is_hit, ends)])
    ends_of_each = np.quantile(np.array(areas), [0.025, 0.975], axis=0)
    return ends_of_each.T.tolist()
