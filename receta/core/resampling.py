"""How sure is a figure of n examples, if others had been drawn?

The normal law of a mean square error is too narrow where a few large errors carry it. Here the
bootstrap asks how far such a mean is off in units of its own standard error, on the logarithm
(bootstrap-t; Hall, 1988): of the laws that were simulated it covers most (LOG.md, 2026-11-30,
"Is the interval of an error as sure as it says?").
"""

from __future__ import annotations

import numpy as np

from receta.core.seeds import rng

TIMES = 1_000  # examples are drawn again
# Examples up to which they are drawn again; from there on the normal law says the same.
_MOST = 5_000
_NORMAL = 1.959964  # standard deviations that hold 95 %
# Standard errors that an end may be off at most: of few examples the upper end would be anywhere.
_FARTHEST = 4.0
_BLOCK = 2_000_000  # numbers that are drawn at once


def interval_of_ratio(top: np.ndarray, bottom: np.ndarray) -> tuple[float, float]:
    """95 % for mean(top) / mean(bottom) of the same examples, (n,) each and never below 0.

    >>> low, high = interval_of_ratio(np.array([0.0, 0.0, 0.0, 100.0]), np.ones(4))
    >>> 0 < low < 25 < high
    True
    """
    n, ratio = len(top), float(top.mean() / bottom.mean())
    if n < 2 or not ratio:
        return ratio, ratio
    centre, error = (float(one[0]) for one in _on_logarithm(top[None], bottom[None]))
    if not error > 0:
        return ratio, ratio
    low, high = -_NORMAL, _NORMAL
    if n <= _MOST:
        drawn = np.quantile(_draw_distances(top, bottom, centre), [0.025, 0.975])
        low, high = min(low, drawn[0]), max(high, drawn[1])  # never narrower than the normal law
    ends = centre - np.clip([high, low], -_FARTHEST, _FARTHEST) * error
    return float(np.exp(ends[0])), float(np.exp(ends[1]))


def interval_of_mean(values: np.ndarray) -> tuple[float, float]:
    """95 % for the mean of values (n,) that are never below 0."""
    return interval_of_ratio(values, np.ones(len(values)))


def interval_of_median(values: np.ndarray) -> tuple[float, float]:
    """95 % at least for the median of values (n,), whatever their law: two of the values.

    The ranks follow from tosses of a coin. Of fewer than 6 values none are far enough apart, and
    the ends are the least and the greatest.

    >>> interval_of_median(np.arange(11.0))
    (1.0, 9.0)
    """
    from scipy import stats

    rank = int(stats.binom.ppf(0.025, len(values), 0.5))  # values that may lie below the median
    ordered = np.sort(values)
    low = max(rank - 1, 0)
    return float(ordered[low]), float(ordered[len(values) - 1 - low])


def _draw_distances(top: np.ndarray, bottom: np.ndarray, centre: float) -> np.ndarray:
    """How many standard errors of its own each drawing is from the centre."""
    chance, n, found = rng(0, "resampling", len(top)), len(top), []
    for start in range(0, TIMES, max(1, _BLOCK // n)):
        drawn = chance.integers(0, n, (min(max(1, _BLOCK // n), TIMES - start), n))
        centres, errors = _on_logarithm(top[drawn], bottom[drawn])
        with np.errstate(divide="ignore", invalid="ignore"):
            distances = (centres - centre) / errors
        found.append(distances[np.isfinite(distances)])
    together = np.concatenate(found)
    return together if len(together) else np.array([-_NORMAL, _NORMAL])


def _on_logarithm(top: np.ndarray, bottom: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of ratios of means (k, n), and their standard errors (delta method)."""
    tops, bottoms = top.mean(axis=1), bottom.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pulls = top / tops[:, None] - bottom / bottoms[:, None]
        return np.log(tops / bottoms), pulls.std(axis=1, ddof=1) / np.sqrt(top.shape[1])
