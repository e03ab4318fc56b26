"""How far must the bounds of forecasts be moved so that they hold what they promise?

By split conformal prediction (Romano and others, 2019, "Conformalized quantile regression"): on the
validation part, which no bound has learnt from, each bound is moved by a share of the width of its
step, until as many steps lie beyond it as its level allows. Steps that follow each other are wrong
together: they count as the fewer ones that tell as much. Where these are too few for a level, no
rule promises it: then nothing lies beyond the bound, and it is moved on by what is lacking.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.rhythm import LEVELS

_MIDDLE = LEVELS.index(0.5)
_FEWEST = 8  # steps of all validation windows, below which nothing is moved
_MOST_ALIKE = 0.95  # correlation of neighbouring errors, at most
_LEAST = 1e-9
_LAST = len(LEVELS) - 1


def find_widening(said: np.ndarray, ahead: np.ndarray) -> tuple[float, ...] | None:
    """Shares of the width for each bound, in the order of the levels without the median.

    said: (n, horizon, levels); ahead: (n, horizon). None of too few steps. A share below 0 makes
    the interval narrower; it never makes bounds cross on these windows.
    """
    if ahead.size < _FEWEST:
        return None
    n = _count_independent(said, ahead)
    steps, truth = said.reshape(-1, len(LEVELS)), ahead.reshape(-1)
    wide = steps[:, _LAST] - steps[:, 0]
    there = wide > _LEAST * np.maximum(np.abs(truth), 1e-30)
    if there.mean() < 0.5:
        return None
    steps, truth, wide = steps[there], truth[there], wide[there]
    shares = []
    for at, level in enumerate(LEVELS):
        if at == _MIDDLE:
            continue
        below = at < _MIDDLE
        beyond = (steps[:, at] - truth if below else truth - steps[:, at]) / wide
        allowed = level if below else 1 - level
        held = (1 - allowed) * (1 + 1 / n)
        rank = min(int(np.ceil(held * len(beyond))), len(beyond))
        share = float(np.sort(beyond)[rank - 1])
        shares.append(share if held <= 1 else max(share, 0.0) + held - 1)
    return _keep_order(shares, steps, wide)


def _count_independent(said: np.ndarray, ahead: np.ndarray) -> float:
    """How many independent errors tell as much as those of windows in the order of time.

    A step that several windows forecast counts once. Neighbouring errors are alike as those of an
    autoregression are (Bayley and Hammersley, 1946).
    """
    again = (ahead[1:, :-1] == ahead[:-1, 1:]).all(axis=1) & (ahead.shape[1] > 1)
    steps = ahead.shape[1] * len(ahead) - int(again.sum()) * (ahead.shape[1] - 1)
    off = ahead - said[..., _MIDDLE]
    square = float((off**2).mean())
    alike = float((off[:, 1:] * off[:, :-1]).mean()) / square if square and off[0].size > 1 else 0.0
    alike = min(max(alike, 0.0), _MOST_ALIKE)
    return max(1.0, steps * (1 - alike) / (1 + alike))


def _keep_order(shares: list[float], steps: np.ndarray, wide: np.ndarray) -> tuple[float, ...]:
    """The shares, enlarged where bounds would cross each other or the median."""
    gaps = (np.diff(steps, axis=1) / wide[:, np.newaxis]).min(axis=0).tolist()
    outer_low, low, high, outer_high = shares
    low, high = max(low, -gaps[1]), max(high, -gaps[2])
    return max(outer_low, low - gaps[0]), low, high, max(outer_high, high - gaps[3])


def widen(model: Any, shares: tuple[float, ...]) -> Any:
    """The network, at whose end each bound is moved by a share of the width of its step."""
    import keras
    from keras import layers

    answers = model.outputs[0]
    steps = layers.Reshape((-1, len(LEVELS)), dtype="float32", name="by_step")(answers)
    moved = layers.Dense(
        len(LEVELS), use_bias=False, trainable=False, dtype="float32", name="widened"
    )
    flat = layers.Reshape(answers.shape[1:], dtype="float32", name="quantiles_widened")
    bounds = moved(steps)
    moved.kernel.assign(_kernel(shares))
    inputs = model.inputs if len(model.inputs) > 1 else model.inputs[0]
    return keras.Model(inputs, flat(bounds), name=model.name)


def _kernel(shares: tuple[float, ...]) -> np.ndarray:
    """(levels, levels) float32: a bound less, or plus, its share of the last bound less the first.

    >>> np.array([0, 1, 2, 3, 4.0]) @ _kernel((0.5, 0.25, 0.0, 0.5))
    array([-2.,  0.,  2.,  3.,  6.])
    """
    found = np.eye(len(LEVELS), dtype=np.float32)
    bounds = [at for at in range(len(LEVELS)) if at != _MIDDLE]
    for at, share in zip(bounds, shares, strict=True):
        way = -share if at < _MIDDLE else share
        found[_LAST, at] += way
        found[0, at] -= way
    return found
