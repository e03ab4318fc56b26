"""Which pieces do rungs for windows share, and which of their weights need no gradient?"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from receta.core.seeds import rng
from receta.core.spec import Spec
from receta.data.examples import Examples
from receta.models.parts import blocks

FLAT = "flat"
_MOST = 20_000  # windows that closed forms look at
_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # a window
_HELD_OUT = 0.2  # of the windows, the last ones, by which the penalty is chosen


def flat_window(specs: tuple[Spec, ...], name: str) -> keras.Model:
    """The steps of all channels in a row, without level and scale: (n, steps x channels)."""
    inputs, seen = blocks.opened(specs)
    return blocks.features(inputs, layers.Flatten(name=FLAT)(seen), name)


@dataclass(frozen=True)
class Lesson:
    """What closed forms learn from, in scales of the windows.

    seen (n, steps x channels); ahead (n, horizon): less the seasonal naive forecast; weights (n,):
    units of the series in a scale.
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
        tasks_targets = np.asarray(train.targets, np.float64)
        horizon = (tasks_targets.shape[1] - 2) // 2
        looked = keras.Model(
            network.inputs, [network.get_layer(FLAT).output, network.get_layer("scale").output]
        )
        seen, scale = looked.predict(train.values, batch_size=1024, verbose=0)
        scale = scale[:, 0, :1].astype(np.float64)
        ahead = (tasks_targets[:, :horizon] - tasks_targets[:, horizon + 2 :]) / scale
        return cls(seen.astype(np.float64), ahead, (scale / tasks_targets[:, horizon, None])[:, 0])


def solve(lesson: Lesson) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of the best linear forecast in squares, drawn towards the last season.

    How strongly it is drawn is what forecasts the last fifth of the windows best.
    """
    n = len(lesson.seen)
    learnt = max(1, int(n * (1 - _HELD_OUT)))
    first = slice(0, learnt)
    errors = []
    for penalty in _PENALTIES:
        kernel, bias = _ridge(lesson, first, penalty)
        off = np.abs(lesson.ahead[learnt:] - lesson.seen[learnt:] @ kernel - bias)
        errors.append(float((off.mean(axis=1) * lesson.weights[learnt:]).sum()))
    return _ridge(lesson, slice(0, n), _PENALTIES[int(np.argmin(errors))])


def _ridge(lesson: Lesson, rows: slice, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    weights = np.minimum(lesson.weights[rows], 10 * np.median(lesson.weights[rows]))
    each = (weights / weights.mean())[:, np.newaxis] ** 2
    seen = np.concatenate([lesson.seen[rows], np.ones((len(each), 1))], axis=1)
    square = (seen * each).T @ seen
    square[np.diag_indices(len(square) - 1)] += penalty * len(each)
    found = np.linalg.solve(square, (seen * each).T @ lesson.ahead[rows])
    return found[:-1], found[-1]


def set_forecast(
    network: keras.Model, lesson: Lesson, kernel: np.ndarray, bias: np.ndarray
) -> None:
    """Let a network say a linear forecast, and its errors on training windows as the gaps."""
    from receta import tasks

    median, gaps = network.get_layer("median"), network.get_layer("gaps")
    tasks.begin_quantiles(median, gaps, lesson.ahead - lesson.seen @ kernel - bias)
    median.kernel.assign(kernel)
    median.bias.assign(bias)
    gaps.kernel.assign(ops.zeros_like(gaps.kernel))


def naive_kernel(specs: tuple[Spec, ...], horizon: int) -> np.ndarray:
    """(steps x channels, horizon): the last step, less the one that the last season repeats."""
    (spec,) = specs
    steps, channels = spec.shape
    season = spec.rhythm.season if 0 < spec.rhythm.season <= steps else 1
    kernel = np.zeros((steps, channels, horizon))
    kernel[steps - season + np.arange(horizon) % season, 0, np.arange(horizon)] -= 1.0
    kernel[-1, 0] += 1.0
    return kernel.reshape(steps * channels, horizon)
