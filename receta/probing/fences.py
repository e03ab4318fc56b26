"""Beyond which values is a cell of a column far out, whatever the shape of the column?"""

from __future__ import annotations

import math

import numpy as np

FEWEST = 20  # values without which quartiles say nothing of tails
# Interquartile ranges beyond the quartiles of a column: Tukey's "far out"
# (Exploratory Data Analysis, 1977).
_FENCE = 3.0
# Of many normal cells the fences are wider, so that one column of a hundred has one beyond:
# at 3.0 a million normal cells have two.
_ALARM = 0.01
# Where more cells than this share lie beyond, it is another kind of row,
# and ten times as far is asked for.
_RARE, _WIDER = 0.01, 10
_SKEW_POINTS = 200
# The medcouple from which logarithms are looked at too: that of 200 normal values is mostly less.
_SKEWED = 0.1


def find_fences(values: np.ndarray) -> tuple[float, float] | None:
    """(low, high) beyond which a value is far out; None where that cannot be said.

    Three interquartile ranges, stretched on the side of the longer tail by the medcouple
    (Hubert and Vandervieren, 2008, "An adjusted boxplot for skewed distributions"), and
    for columns above zero not narrower than on the scale of logarithms.
    """
    if len(values) < FEWEST:
        return None
    with np.errstate(all="ignore"):
        low, high = _stretch(values)
        if not low < high:
            # Most cells are equal, as zeros are in counts: the others have fences of their own.
            common = float(np.median(values))
            others = values[values != common]
            if len(others) < FEWEST:
                return None
            low, high = _stretch(others)
            low, high = min(low, common), max(high, common)
            if not low < high:
                return None
        if values.min() > 0 and medcouple(values) > _SKEWED:
            lower, upper = np.quantile(np.log(values), [0.25, 0.75])
            reach = _fence_of(len(values)) * (upper - lower)
            low, high = (
                min(low, math.exp(lower - reach)),
                max(high, math.exp(min(upper + reach, 709))),
            )
        beyond = np.count_nonzero((values < low) | (values > high))
        if beyond > max(2, _RARE * len(values)):
            middle = float(np.median(values))
            low, high = middle - _WIDER * (middle - low), middle + _WIDER * (high - middle)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _stretch(values: np.ndarray) -> tuple[float, float]:
    lower, upper = (float(edge) for edge in np.quantile(values, [0.25, 0.75]))
    skew, fence = medcouple(values), _fence_of(len(values))
    short, long = (-4.0, 3.0) if skew >= 0 else (-3.0, 4.0)
    # The short side is not drawn in below Tukey's fence: a rare value there is no slip.
    return (
        lower - fence * max(1.0, math.exp(short * skew)) * (upper - lower),
        upper + fence * max(1.0, math.exp(long * skew)) * (upper - lower),
    )


def _fence_of(n: int) -> float:
    """Interquartile ranges that all of n normal values stay within, in 99 of 100 columns.

    Never less than Tukey's.

    >>> _fence_of(1000), round(_fence_of(1_000_000), 2)
    (3.0, 3.75)
    """
    from scipy.stats import norm

    upper = float(norm.isf(0.25))
    return max(_FENCE, (float(norm.isf(_ALARM / 2 / n)) - upper) / (2 * upper))


def medcouple(values: np.ndarray) -> float:
    """Skew that outliers do not move, -1 to 1, on 200 quantiles of the values.

    Source: Brys, Hubert and Struyf, 2004, "A robust measure of skewness".

    >>> medcouple(np.arange(50.0)), medcouple(np.exp(np.arange(50.0))) > 0.5
    (0.0, True)
    """
    points = np.quantile(values, (np.arange(_SKEW_POINTS) + 0.5) / _SKEW_POINTS)
    middle = float(np.median(points))
    below, above = middle - points[points < middle], points[points > middle] - middle
    if not len(below) or not len(above):
        return 0.0
    scale = max(float(below.max()), float(above.max()))
    below, above = below / scale, above / scale  # so that nothing overflows
    sums = above[:, None] + below
    return float(
        np.median(np.divide(above[:, None] - below, sums, out=np.zeros_like(sums), where=sums > 0))
    )
