"""How does a network look at a window without its level and its scale, and give them back?

Level (mean) and scale (mean absolute difference from it) are those of the steps that are there, by
channel: nothing that comes after a window can change them. The mean and not the last value, for
one odd step at the end would move all others. What is missing counts as the level.
"""

from __future__ import annotations

from typing import Any

from receta.core.spec import Spec
from receta.kinds._numbers import MOST
from receta.kinds._windows import LEAST_OF_LEVEL, season_steps

LEVEL, SCALE, SEEN = "level", "scale", "seen"


def open_window(spec: Spec) -> tuple[Any, Any]:
    """Input of raw steps (steps, channels), and the same without level and scale.

    The largest number is taken off first: of large numbers that are close together no digit is
    lost.
    """
    import keras
    from keras import layers, ops

    inputs = keras.Input(spec.shape, dtype=spec.dtype, name=spec.name)
    lost = ops.isnan(inputs)
    there = ops.where(lost, 0.0, 1.0)
    count = ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)
    most = ops.max(ops.where(lost, -MOST, inputs), axis=1, keepdims=True)
    most = ops.where(most > -MOST, most, 0.0)
    below = ops.where(lost, 0.0, inputs - most)
    mean = ops.sum(below / count, axis=1, keepdims=True)
    off = ops.where(lost, 0.0, below - mean)
    level = _named(most + mean, LEVEL)
    spread = ops.sum(ops.abs(off) / count, axis=1, keepdims=True)
    floors = layers.Rescaling(0.0, offset=[*spec.spread], dtype="float32", name="floors")(level)
    least = ops.maximum(ops.abs(level) * LEAST_OF_LEVEL, floors)
    scale = _named(ops.maximum(spread, least), SCALE)
    return inputs, _named(off / scale, SEEN)


def close_window(spec: Spec, body: Any, answers: Any) -> Any:
    """Answers (n, outputs) in scales of the window, as those in its unit.

    They are counted from the seasonal naive forecast of the step that they are for, so that a
    network which says nothing repeats the last season.
    """
    from keras import layers, ops

    horizon = spec.rhythm.horizon
    level, scale = (body.get_layer(name).output[:, :, :1] for name in (LEVEL, SCALE))
    seen = body.get_layer(SEEN).output[:, :, :1]
    chosen = season_steps(spec)
    season = int(spec.shape[0] - chosen[0])
    last = seen[:, int(chosen[0]) :]
    times = -(-horizon // season)
    naive = ops.concatenate([last] * times, axis=1) if times > 1 else last
    each = layers.Reshape((horizon, answers.shape[-1] // horizon), dtype="float32")(answers)
    said = level + scale * (naive[:, :horizon] + each)
    return layers.Reshape((answers.shape[-1],), dtype="float32", name="quantiles")(said)


def _named(tensor: Any, name: str) -> Any:
    from keras import layers

    return layers.Activation("linear", dtype="float32", name=name)(tensor)
