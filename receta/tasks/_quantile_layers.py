"""How does a network say quantiles that never cross, and what does it learn from?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.tasks._quantile_scores import LEVELS, MEASURE, MIDDLE, count_steps

MEDIAN, GAPS, LADDER = "median", "gaps", "ladder"
_LEAST_GAP = 1e-4  # of a stride, at which a gap begins
_GAP_SPREAD = 0.01  # of the first weights: gaps begin where the targets have them


def close(features: Any, blind: np.ndarray, spread: float) -> Any:
    """(n, horizon x levels) in strides: a median, and gaps that are added up on its both sides.

    blind: (horizon x levels, 2), of which the first column are quantiles.
    """
    from keras import layers

    first = blind[:, 0].reshape(-1, len(LEVELS))
    horizon = len(first)
    median = _dense(features, horizon, MEDIAN, 0.1 * spread)
    gaps = _dense(features, horizon * (len(LEVELS) - 1), GAPS, _GAP_SPREAD * spread)
    steps = layers.Concatenate(dtype="float32", name="beside_median")(
        [
            layers.Reshape((horizon, 1), dtype="float32")(median.output),
            layers.Reshape((horizon, len(LEVELS) - 1), dtype="float32")(
                layers.Activation("softplus", dtype="float32", name="positive")(gaps.output)
            ),
        ]
    )
    added = layers.Dense(len(LEVELS), use_bias=False, trainable=False, dtype="float32", name=LADDER)
    answers = layers.Reshape((len(blind),), dtype="float32", name="relative")(added(steps))
    set_bias(median, gaps, first)
    added.kernel.assign(sums())
    return answers


def _dense(features: Any, units: int, name: str, spread: float) -> Any:
    import keras

    first = keras.initializers.VarianceScaling(spread, "fan_avg", "uniform") if spread else "zeros"
    layer = keras.layers.Dense(units, kernel_initializer=first, dtype="float32", name=name)
    layer(features)
    return layer


def set_bias(median: Any, gaps: Any, quantiles: np.ndarray) -> None:
    """Begin at quantiles (horizon, levels), whatever the features are."""
    median.bias.assign(quantiles[:, MIDDLE])
    gaps.bias.assign(unsoftened(np.diff(quantiles, axis=1)).ravel())


def read_bias(model: Any) -> np.ndarray | None:
    """(horizon x levels,) what the biases of median and gaps say together; None without them."""
    from keras import ops

    named = {layer.name: layer for layer in model.layers}
    if not {MEDIAN, GAPS} <= named.keys():
        return None
    median, gaps = (
        np.asarray(ops.convert_to_numpy(named[name].bias), np.float64) for name in (MEDIAN, GAPS)
    )
    wide = np.log1p(np.exp(gaps)).reshape(len(median), -1)
    steps = np.concatenate([median[:, np.newaxis], wide], axis=1)
    return np.asarray((steps @ sums()).ravel())


def begin_quantiles(median: Any, gaps: Any, errors: np.ndarray) -> None:
    """Begin with gaps as wide as errors (n, horizon) of a forecast are, on its both sides."""
    quantiles = np.quantile(errors, LEVELS, axis=0).T
    quantiles[:, MIDDLE] = 0.0
    quantiles[:, :MIDDLE] = np.minimum(quantiles[:, :MIDDLE], 0.0)
    quantiles[:, MIDDLE:] = np.maximum(quantiles[:, MIDDLE:], 0.0)
    set_bias(median, gaps, quantiles)


def unsoftened(gaps: np.ndarray) -> np.ndarray:
    """What softplus makes gaps of.

    >>> np.log1p(np.exp(unsoftened(np.array([0.5, 2.0])))).round(6).tolist()
    [0.5, 2.0]
    """
    least = np.maximum(gaps, _LEAST_GAP)
    return np.asarray(least + np.log(-np.expm1(-least)))


def sums() -> np.ndarray:
    """(levels, levels) float32: (median, gaps from below to above) -> quantiles."""
    found = np.zeros((len(LEVELS), len(LEVELS)), np.float32)
    found[0] = 1.0
    for level in range(len(LEVELS)):
        # gap k lies between the levels k and k + 1
        found[1 + level : 1 + MIDDLE, level] = -1.0
        found[1 + MIDDLE : 1 + level, level] = 1.0
    return found


def loss_of(outputs: int) -> Any:
    """Pinball loss of the levels, doubled, in units of the targets."""
    horizon = outputs // len(LEVELS)

    def pinball(truth: Any, predicted: Any) -> Any:
        from keras import ops

        ahead, unit = truth[:, :horizon, None], truth[:, horizon, None, None]
        said = ops.reshape(predicted, (-1, horizon, len(LEVELS)))
        off = (ahead - said) / unit
        levels = np.array(LEVELS, np.float32)
        return 2 * ops.mean(ops.maximum(levels * off, (levels - 1) * off), axis=(1, 2))

    return pinball


def metric() -> Any:
    """Mean absolute error of the median in units of the targets."""
    import keras
    from keras import ops

    def scaled_error(truth: Any, predicted: Any) -> Any:
        horizon = count_steps(truth.shape[1])
        off = ops.abs(truth[:, :horizon] - predicted[:, MIDDLE :: len(LEVELS)])
        return ops.mean(off, axis=1) / truth[:, horizon]

    return keras.metrics.MeanMetricWrapper(scaled_error, name=MEASURE)
