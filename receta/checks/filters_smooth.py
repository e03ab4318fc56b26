"""Do the first layer's filters look like strokes and edges, or like noise?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.checks import Trained, _examples
from receta.core.finding import Finding, Verdict
from receta.core.seeds import rng

ORDER = 140
STAGE = "after"
# Correlation of neighbouring weights: strokes have 0.3 and more, noise 0 (give or take 0.05 for 32 filters
# of 3 x 3), a checkerboard -1.
WARN_BELOW = -0.1
SHOWN = 16


def filters_smooth(trained: Trained) -> Finding | None:
    """Correlation of neighbouring weights in the first layer, -1 to 1."""
    filters = _filters(trained.model)
    if filters is None:
        return None
    measured = _neighbours(filters)
    verdict: Verdict = "ok" if measured >= WARN_BELOW else "warn"
    advice = "" if verdict == "ok" else "Filters like noise hint at too high a learning rate, too little training or no regularisation."
    shown = {"filters": np.round(_strongest(filters), 3).tolist()}
    return Finding("filters_smooth", verdict, round(measured, 4), "correlation of neighbouring weights",
                   f">= {WARN_BELOW}", where=trained.name, advice=advice, shown=shown)  # fmt: skip


def _filters(model: Any) -> np.ndarray | None:
    """First layer's weights as pictures (k, height, width), or None."""
    from keras import layers, ops

    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and not isinstance(layer, layers.DepthwiseConv2D):
            kernel = ops.convert_to_numpy(layer.kernel)  # (height, width, channels, filters)
            return np.moveaxis(kernel.mean(axis=2), -1, 0) if min(kernel.shape[:2]) > 1 else None
        if isinstance(layer, layers.Dense):
            flat = next((inner for inner in model.layers if isinstance(inner, layers.Flatten)), None)
            kernel = ops.convert_to_numpy(layer.kernel)
            if flat is None or kernel.shape[0] != np.prod(flat.input.shape[1:]) or len(flat.input.shape) != 4:
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


def _strongest(filters: np.ndarray) -> np.ndarray:
    order = np.argsort(-filters.std(axis=(1, 2)), kind="stable")
    return filters[order[:SHOWN]]


def sound() -> Trained:
    """Filters that are soft blobs."""
    return _with_filters(lambda y, x: np.exp(-((x - 4) ** 2 + (y - 4) ** 2) / 8))


def broken() -> Trained:
    """Filters that are checkerboards."""
    return _with_filters(lambda y, x: (-1.0) ** (x + y) + 0.01 * rng(0, "noise").normal(size=x.shape))


def _with_filters(draw: Any) -> Trained:
    trained = _examples.trained()
    first = next(layer for layer in trained.model.layers if layer.name == "dense_256")
    y, x = np.mgrid[:8, :8]
    first.kernel.assign(np.tile(draw(y, x).reshape(64, 1), (1, 256)).astype("float32"))
    return trained
