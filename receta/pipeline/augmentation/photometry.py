"""How do light and colours of a picture change, on float32 values of 0..255?"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601
# RGB to luma and two colour differences, and back: NTSC's YIQ, in which hue is an angle.
_TO_YIQ = np.array(
    [LUMA, [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]], np.float32
)
_FROM_YIQ = np.linalg.inv(_TO_YIQ).astype(np.float32)


def tone(values: Any, light: Any, contrast: Any, saturation: Any, hue: Any) -> Any:
    """Brightness, contrast about the mean, saturation and hue: one linear map a picture.

    values (n, h, w, 1 | 3); light (n,) is added, contrast and saturation (n,) are factors,
    hue (n,) in radians. saturation None, or a grey picture: colours stay.
    """
    height, width, channels = values.shape[1:]
    mean = ops.mean(values, axis=(1, 2, 3))
    constant = _each(mean * (1.0 - contrast) + light)
    if channels != 3 or saturation is None:
        return values * _each(contrast) + constant
    cos, sin, zero = ops.cos(hue) * saturation, ops.sin(hue) * saturation, ops.zeros_like(hue)
    turn = ops.stack(
        [
            ops.stack([zero + 1.0, zero, zero], 1),
            ops.stack([zero, cos, -sin], 1),
            ops.stack([zero, sin, cos], 1),
        ],
        1,
    )
    colours = ops.matmul(ops.matmul(_FROM_YIQ, turn), _TO_YIQ) * contrast[:, None, None]
    mixed = ops.matmul(
        ops.reshape(values, (-1, height * width, 3)), ops.transpose(colours, (0, 2, 1))
    )
    return ops.reshape(mixed, (-1, height, width, 3)) + constant


def noisy(values: Any, deviation: Any, fields: Any) -> Any:
    """Add noise: fields (k, h, w, c) of deviation 1, each used for every k-th picture.

    deviation (n,), of either sign, is each picture's own.
    """
    n, k = ops.shape(values)[0], fields.shape[0]
    return values + ops.take(fields, ops.arange(n, dtype="int32") % k, axis=0) * _each(deviation)


def cut_out(values: Any, side: float, across: Any, down: Any) -> Any:
    """Fill a square of `side` of the shorter side with the mean; its centre lies anywhere.

    across, down (n,) in -1..1. Source: DeVries and Taylor (2017).
    """
    height, width = values.shape[1:3]
    half = side * min(height, width) / 2
    rows = (
        ops.abs(ops.arange(height, dtype="float32")[None] - (down[:, None] + 1) / 2 * (height - 1))
        < half
    )
    columns = (
        ops.abs(ops.arange(width, dtype="float32")[None] - (across[:, None] + 1) / 2 * (width - 1))
        < half
    )
    inside = (
        ops.cast(rows, "float32")[:, :, None, None] * ops.cast(columns, "float32")[:, None, :, None]
    )
    return values + inside * (ops.mean(values, axis=(1, 2), keepdims=True) - values)


def sharpen(values: Any, amount: Any) -> Any:
    """Away from (or towards) the mean of 3 x 3 neighbours by an amount (n,)."""
    return ops.clip(
        values + (values - ops.average_pool(values, 3, 1, "same")) * _each(amount), 0, 255
    )


def solarize(values: Any, share: Any) -> Any:
    """Turn round the brightest `share` (n,) of the range."""
    return ops.where(values > _each(255.5 * (1.0 - share)), 255.0 - values, values)


def posterize(values: Any, share: Any) -> Any:
    """Keep 8 bits at share 0 (n,), down to 4 at 1."""
    step = _each(2.0 ** ops.round(share * 4))
    return ops.floor((values + 0.5) / step) * step


def _each(numbers: Any) -> Any:
    return numbers[:, None, None, None]
