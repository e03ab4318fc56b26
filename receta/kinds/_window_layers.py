"""How does a network look at a window without its level and its scale, and give them back?

All is taken out of the window alone, by channel: nothing that comes after it can change it. Level
and scale are mean and mean absolute difference from it, of the steps that are there; what is
missing counts as the level. The mean and not the last value, for one odd step at the end would
move all others. Stride is how far a step is from the one a season before, in the mean.

Seen are the steps without level, in scales, and beside them what each is more than the step of the
last season in its place, in strides. Answers are counted from that last season, in strides too:
where a season returns almost unchanged, a scale is 26 strides or more, and errors of such series
would be lost among those of others (LOG.md).
"""

from __future__ import annotations

from typing import Any

from receta.core.own_input import MOST
from receta.core.spec import Spec
from receta.kinds._windows import LEAST_OF_LEVEL, LEAST_STRIDE, find_season

LEVEL, SCALE, STRIDE, SEEN = "level", "scale", "stride", "seen"
BASE = "base"  # a layer of a rung whose answers are counted from something else


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
    season = find_season(spec)
    pairs = there[:, season:] * there[:, :-season]
    apart = ops.abs(off[:, season:] - off[:, :-season]) * pairs
    known = ops.sum(pairs, axis=1, keepdims=True)
    mean_apart = ops.sum(apart / ops.maximum(known, 1.0), axis=1, keepdims=True)
    stride = ops.where(known > 0.0, mean_apart, scale)
    stride = _named(ops.maximum(stride, scale * LEAST_STRIDE), STRIDE)
    beside = (off - again(off, spec, spec.shape[0], ahead=False)) / stride
    return inputs, _named(ops.concatenate([off / scale, beside], axis=-1), SEEN)


def again(seen: Any, spec: Spec, steps: int, *, ahead: bool) -> Any:
    """The last season of windows (n, steps, channels) again and again, for so many steps.

    Those that follow the window where `ahead`, else those that end with it.
    """
    from keras import ops

    season = find_season(spec)
    times = -(-steps // season)
    last = seen[:, -season:]
    tiled = ops.concatenate([last] * times, axis=1) if times > 1 else last
    return tiled[:, :steps] if ahead else tiled[:, -steps:]


def close_window(spec: Spec, body: Any, answers: Any) -> Any:
    """Answers (n, outputs) in strides of the window, as those in its unit.

    They are counted from the seasonal naive forecast of the step that they are for, so that a
    network which says nothing repeats the last season.
    """
    from keras import layers

    horizon = spec.rhythm.horizon
    level, scale, stride = (
        body.get_layer(name).output[:, :, :1] for name in (LEVEL, SCALE, STRIDE)
    )
    seen = body.get_layer(SEEN).output[:, :, :1]
    own = [layer for layer in body.layers if layer.name == BASE]
    naive = own[0].output if own else level + scale * again(seen, spec, horizon, ahead=True)
    each = layers.Reshape((horizon, answers.shape[-1] // horizon), dtype="float32")(answers)
    said = naive + stride * each
    return layers.Reshape((answers.shape[-1],), dtype="float32", name="quantiles")(said)


def _named(tensor: Any, name: str) -> Any:
    from keras import layers

    return layers.Activation("linear", dtype="float32", name=name)(tensor)
