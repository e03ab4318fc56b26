"""Which pieces do rungs for windows share, and which of their weights need no gradient?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from receta import tasks
from receta.core.seeds import rng
from receta.core.spec import Spec
from receta.data.examples import Examples
from receta.models.parts import blocks

FLAT = "flat"
_MOST = 20_000  # windows that closed forms look at
_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)  # a window
_HELD_OUT = 0.2  # of the windows, the last ones, by which the penalty is chosen


def flat_window(specs: tuple[Spec, ...], name: str) -> keras.Model:
    """What is seen of all steps in a row: (n, steps x 2 channels)."""
    inputs, seen = blocks.open_inputs(specs)
    return blocks.features(inputs, layers.Flatten(name=FLAT)(seen), name)


@dataclass(frozen=True)
class Lesson:
    """What closed forms learn from, in strides of the windows.

    seen (n, steps x 2 channels); ahead (n, horizon): less the naive forecast from which answers are
    counted; weights (n,): strides of the windows in a unit.
    """

    seen: np.ndarray
    ahead: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, network: keras.Model, train: Examples, seed: int) -> Lesson:
        """As the layers of a network see the training part, or some of it by chance."""
        if len(train) > _MOST:
            some = rng(seed, "closed form").choice(len(train), _MOST, replace=False)
            train = train.take(np.sort(some))
        truth = tasks.split_targets(train.targets)
        names = [layer.name for layer in network.layers]
        wanted = [FLAT, "stride", *(["base"] if "base" in names else [])]
        looked = keras.Model(network.inputs, [network.get_layer(name).output for name in wanted])
        seen, stride, *base = looked.predict(train.values, batch_size=1024, verbose=0)
        stride = stride[:, 0, :1].astype(np.float64)
        naive = base[0][:, :, 0] if base else truth.naive
        return cls(
            seen.astype(np.float64), (truth.ahead - naive) / stride, (stride / truth.unit)[:, 0]
        )


def solve(lesson: Lesson) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(kernel, bias, errors) of the best linear forecast in squares, drawn to the last season.

    How strongly it is drawn is what forecasts the last fifth of the windows best; the errors are
    those on it, of what was learnt from the others.
    """
    n = len(lesson.seen)
    learnt = max(1, int(n * (1 - _HELD_OUT)))
    best, chosen, errors = np.inf, _PENALTIES[-1], lesson.ahead
    for penalty in _PENALTIES:
        kernel, bias = _ridge(lesson, slice(0, learnt), penalty)
        off = lesson.ahead[learnt:] - lesson.seen[learnt:] @ kernel - bias
        wrong = float((np.abs(off).mean(axis=1) * lesson.weights[learnt:]).sum())
        if wrong < best:
            best, chosen, errors = wrong, penalty, off
    return (*_ridge(lesson, slice(0, n), chosen), errors)


def _ridge(lesson: Lesson, rows: slice, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    weights = np.minimum(lesson.weights[rows], 10 * np.median(lesson.weights[rows]))
    each = (weights / weights.mean())[:, np.newaxis] ** 2
    seen = np.concatenate([lesson.seen[rows], np.ones((len(each), 1))], axis=1)
    square = (seen * each).T @ seen
    square[np.diag_indices(len(square) - 1)] += penalty * len(each)
    found = np.linalg.solve(square, (seen * each).T @ lesson.ahead[rows])
    return found[:-1], found[-1]


def set_forecast(
    network: keras.Model, kernel: np.ndarray, bias: np.ndarray, errors: np.ndarray
) -> None:
    """Let a network say a linear forecast, with gaps as wide as its errors (n, horizon)."""
    median, gaps = network.get_layer("median"), network.get_layer("gaps")
    tasks.begin_quantiles(median, gaps, errors)
    median.kernel.assign(kernel)
    median.bias.assign(bias)
    gaps.kernel.assign(ops.zeros_like(gaps.kernel))


def set_naive(network: keras.Model, train: Examples, seed: int) -> None:
    """Let a network say what its answers are counted from, and the errors of that as the gaps."""
    lesson = Lesson.of(network, train, seed)
    shape = (lesson.seen.shape[1], lesson.ahead.shape[1])
    set_forecast(network, np.zeros(shape), np.zeros(shape[1]), lesson.ahead)


def interpolate(found: Any, steps: int, apart: int, name: str) -> Any:
    """(n, steps) of values at knots so many steps apart, straight in between: by a fixed matrix."""
    knots = max(2, -(-steps // apart))
    fixed = layers.Dense(steps, use_bias=False, trainable=False, name=name)
    said = fixed(layers.Dense(knots, name=f"{name}_knots")(found))
    fixed.kernel.assign(interpolation(knots, steps))
    return said


def interpolation(knots: int, steps: int) -> np.ndarray:
    """(knots, steps) float32: the weight of each knot at each step.

    >>> interpolation(2, 3).tolist()
    [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]
    """
    places = np.linspace(0, knots - 1, steps)
    off = np.abs(places[np.newaxis] - np.arange(knots)[:, np.newaxis])
    return np.maximum(0.0, 1.0 - off).astype(np.float32)
