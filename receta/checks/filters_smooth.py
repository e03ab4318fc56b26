"""Do the first layer's filters look like strokes and edges, or like noise?

Noise is the same weights in any order. Filters whose neighbours agree more than any order makes
likely are smooth; filters that are shown not to agree warn. Small or few filters can show
neither, and are not judged. Source: Cliff and Ord (1973), "Spatial autocorrelation".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.checks import Trained
from receta.checks.beats_prior import cut_short
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict
from receta.core.seeds import rng
from receta.core.sketch import Filters

AFTER = "predictions_settle"
QUESTION = "Are the first-layer filters smooth, not noise?"
MEASURES = (
    "correlation of neighbouring weights in the first layer (the filters are drawn in the report)"
)
SOUND = (
    "4 standard deviations above what the same weights have in any order: noise passes once in "
    "30,000 times. Filters of 5 x 5 and more warn where the correlation is shown to be below "
    "0.1; smaller or too few ones, and those of one or two epochs, are not judged"
)
SKETCH = Filters("filters")
STAGE = "after"
SURE = 4.0  # standard deviations of noise: it is taken for smooth once in 30,000 times
LEAST = 0.1  # correlation; strokes have 0.3 and more (LOG.md)
DOUBT = 2.33  # standard deviations: filters with a correlation of LEAST warn once in 100 times
# Pixels a side. In 3 x 3 a sound filter may well change its sign at each weight, as one for points
# does:
# without smoothness nothing is wrong there.
SMALLEST = 5
SHOWN = 16


def filters_smooth(trained: Trained) -> Finding | None:
    """Correlation of neighbouring weights in the first layer, -1 to 1."""
    filters = _filters(trained.model)
    if filters is None:
        return None
    measured, noise = _neighbours(filters), _noise(filters)
    bound = SURE * noise
    verdict: Verdict = "ok"
    advice, judged = "", True
    if measured <= bound:
        small = min(filters.shape[1:]) < SMALLEST
        if small or measured + DOUBT * noise >= LEAST or cut_short(trained):
            judged = False
            advice = _unclear(filters, small, bool(cut_short(trained)))
        else:
            verdict = "warn"
            advice = (
                "The filters cannot be told from noise: the learning rate may be too high, the "
                "training too short, or there is nothing in the pictures that the labels follow. "
                "Compare with a tenth of the learning rate."
            )
    shown = {"filters": np.round(_strongest(filters), 3).tolist()}
    return Finding(
        "filters_smooth",
        verdict,
        round(measured, 4),
        "correlation of neighbouring weights",
        f"> {bound:.3f}, more than noise reaches",
        where=trained.name,
        advice=advice,
        shown=shown,
        judged=judged,
    )


def _unclear(filters: np.ndarray, small: bool, short: bool) -> str:
    """Why nothing can be said, in words."""
    if short:
        return "So few epochs cannot form filters."
    k, height, width = filters.shape
    if small:
        return f"Filters of {height} x {width} weights may be sound without being smooth."
    return f"{k} filters of {height} x {width} weights are too few to tell them from noise."


def _filters(model: Any) -> np.ndarray | None:
    """First layer's weights as pictures (k, height, width), or None."""
    from keras import layers, ops

    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and not isinstance(layer, layers.DepthwiseConv2D):
            kernel = ops.convert_to_numpy(layer.kernel)  # (height, width, channels, filters)
            return np.moveaxis(kernel.mean(axis=2), -1, 0) if min(kernel.shape[:2]) > 1 else None
        if isinstance(layer, layers.Dense):
            flat = next(
                (inner for inner in model.layers if isinstance(inner, layers.Flatten)), None
            )
            kernel = ops.convert_to_numpy(layer.kernel)
            if (
                flat is None
                or kernel.shape[0] != np.prod(flat.input.shape[1:])
                or len(flat.input.shape) != 4
            ):
                return None
            height, width, channels = flat.input.shape[1:]
            return np.moveaxis(kernel.reshape(height, width, channels, -1).mean(axis=2), -1, 0)
    return None


def _neighbours(filters: np.ndarray) -> float:
    """Mean correlation of each weight with its right and lower neighbour."""
    centred = filters - filters.mean(axis=(1, 2), keepdims=True)
    power = (centred**2).mean()
    across = (centred[:, :, 1:] * centred[:, :, :-1]).mean()
    down = (centred[:, 1:, :] * centred[:, :-1, :]).mean()
    # Taking the mean away makes independent weights look slightly opposed, by 1 / (n - 1).
    n = filters.shape[1] * filters.shape[2]
    return float((across + down) / 2 / max(power, 1e-12) + 1 / max(n - 1, 1))


def _noise(filters: np.ndarray) -> float:
    """Standard deviation of that correlation among the same weights in any order.

    A product of two independent weights has the variance of both, multiplied; a filter
    counts by its power, as in the correlation itself.
    """
    height, width = filters.shape[1:]
    power = filters.var(axis=(1, 2))
    of_one = (1 / (height * (width - 1)) + 1 / ((height - 1) * width)) / 4
    return float(np.sqrt(of_one * (power**2).sum()) / max(power.sum(), 1e-12))


def _strongest(filters: np.ndarray) -> np.ndarray:
    order = np.argsort(-filters.std(axis=(1, 2)), kind="stable")
    return filters[order[:SHOWN]]


def sound() -> Trained:
    """Filters that are soft blobs."""
    y, x = np.mgrid[:8, :8]
    places = rng(0, "blobs").uniform(1, 6, (256, 2, 1, 1))
    blobs = np.exp(-((x - places[:, 1]) ** 2 + (y - places[:, 0]) ** 2) / 8)
    return _with_filters(blobs.reshape(256, 64).T, history=[{"loss": 1.0}] * 8)


def broken() -> Trained:
    """Filters of pure noise, after many epochs."""
    noise = rng(0, "noise").normal(size=(64, 256))
    return _with_filters(noise, history=[{"loss": 1.0}] * 8)


def _with_filters(kernel: np.ndarray, **changes: Any) -> Trained:
    trained = examples.trained(**changes)
    first = next(layer for layer in trained.model.layers if layer.name == "dense_256")
    first.kernel.assign(kernel.astype("float32"))
    return trained
