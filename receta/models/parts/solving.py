"""Which weights of a last layer are best, found without steps of an optimizer?

Values: ridge regression in closed form, with the penalty that leaves out one row best. Names:
logistic regression with the usual penalty, by quasi-Newton steps over all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.core.seeds import rng
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

_PENALTIES = np.logspace(-8, 5, 27)
_USUAL = 1.0  # penalty of logistic regression in scikit-learn, on all rows together
_MOST_NUMBERS = 100_000_000  # of features; of more rows some are drawn by chance
_STEPS, _MEMORY, _ENOUGH = 300, 10, 1e-6
_Slope = tuple[float, np.ndarray]


def solve_head(network: keras.Model, train: Examples, seed: int) -> None:
    """Set kernel and bias of the last dense layer of a network to the best for a training part."""
    import keras

    task = tasks.of(train.task)
    head = next(layer for layer in reversed(network.layers) if hasattr(layer, "kernel"))
    body = keras.Model(network.inputs, head.input)
    rows = max(1, _MOST_NUMBERS // max(1, head.input.shape[-1]))
    if len(train) > rows:
        train = train.take(np.sort(rng(seed, "solve").choice(len(train), rows, replace=False)))
    features = body.predict(train.values, batch_size=4096, verbose=0).astype(np.float64)
    outputs = int(head.kernel.shape[-1])
    if task.IS_COUNTED:
        wanted = task.spread_out(train.targets, outputs, 0.0).astype(np.float64)
        kernel, bias = _descend(features, wanted, np.asarray(head.bias, np.float64), task)
    else:
        last = network.layers[-1]
        flat = np.asarray(train.targets, np.float64).reshape(len(train), -1)
        kernel, bias = _solve_ridge(features, (flat - np.array(last.offset)) / np.array(last.scale))
    head.kernel.assign(kernel)
    head.bias.assign(bias)


def _solve_ridge(features: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of least squares, with a penalty by generalised cross-validation.

    features are centred in place: of a large table a copy takes 0.8 GB.
    Source: Golub, Heath and Wahba (1979), "Generalized cross-validation".
    """
    n, mean, middle = len(features), features.mean(axis=0), wanted.mean(axis=0)
    features -= mean
    square = features.T @ features
    product = features.T @ (wanted - middle)
    sizes, axes = np.linalg.eigh(square)
    sizes = np.maximum(sizes, 0.0)
    turned = axes.T @ product
    whole = float(((wanted - middle) ** 2).sum())
    best, chosen = np.inf, _PENALTIES[-1]
    for penalty in _PENALTIES:
        shrunk = sizes + penalty
        # |y|^2 - 2 w.q + w.S.w, of weights q / (S + penalty) on the axes of S
        left = whole - float(((turned**2) * (2 / shrunk - sizes / shrunk**2)[:, np.newaxis]).sum())
        freedom = n - 1 - float((sizes / shrunk).sum())
        score = max(left, 1e-12 * whole) / max(freedom, 0.5) ** 2
        if score < best * (1 - 1e-9):
            best, chosen = score, penalty
    kernel = axes @ (turned / (sizes + chosen)[:, np.newaxis])
    return kernel, middle - mean @ kernel


def _descend(
    features: np.ndarray, wanted: np.ndarray, bias: np.ndarray, task: tasks.Task
) -> tuple[np.ndarray, np.ndarray]:
    """(kernel, bias) of the lowest loss of names, with the usual penalty on the kernel."""
    n, width = features.shape
    outputs = wanted.shape[1]

    def slope(weights: np.ndarray) -> _Slope:
        kernel, offset = weights[:-outputs].reshape(width, outputs), weights[-outputs:]
        each, said = task.descend(features @ kernel + offset, wanted)
        off = np.asarray(said, np.float64) - wanted
        total = float(each.sum()) + _USUAL / 2 * float((kernel**2).sum())
        down = np.concatenate([(features.T @ off + _USUAL * kernel).ravel(), off.sum(axis=0)])
        return total / n, down / n

    found = _minimise(slope, np.concatenate([np.zeros(width * outputs), bias]))
    return found[:-outputs].reshape(width, outputs), found[-outputs:]


def _minimise(slope: Callable[[np.ndarray], _Slope], weights: np.ndarray) -> np.ndarray:
    """Where a smooth convex function is lowest, by limited-memory BFGS (Nocedal, 1980)."""
    moves: list[tuple[np.ndarray, np.ndarray]] = []
    value, down = slope(weights)
    for _ in range(_STEPS):
        if np.abs(down).max() < _ENOUGH:
            break
        direction = _turn(down, moves)
        step, expected = 1.0, float(down @ direction)
        while True:
            after, there = slope(weights - step * direction)
            if after <= value - 1e-4 * step * expected or step < 1e-10:
                break
            step /= 2
        if after >= value:
            break
        moved, bent = -step * direction, there - down
        if moved @ bent > 1e-12 * (bent @ bent):
            moves = [*moves[1 - _MEMORY :], (moved, bent)]
        weights, value, down = weights + moved, after, there
    return weights


def _turn(down: np.ndarray, moves: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The slope, turned and scaled by what the last moves showed of the curvature."""
    direction, shares = down.copy(), []
    for moved, bent in reversed(moves):
        share = (moved @ direction) / (moved @ bent)
        shares.append(share)
        direction -= share * bent
    if moves:
        moved, bent = moves[-1]
        direction *= (moved @ bent) / (bent @ bent)
    for (moved, bent), share in zip(moves, reversed(shares), strict=True):
        direction += moved * (share - (bent @ direction) / (moved @ bent))
    return direction
