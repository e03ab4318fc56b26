"""Where does each pixel of a bent picture come from, at the least cost?

Three ways, for the fastest that a set of augmentations allows: whole pixels by one gather,
upright ones by two products, the rest by the backend's own resampling. On 128 pictures of
96 x 96 x 3 they take 12, 31 and 62 ms on two cores (LOG.md). What lies beyond the border
repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import ops


@dataclass(frozen=True)
class Affine:
    """An affine map about the centre, each (n,): output (x, y) comes from
    turn(slant(scale(x, y))) + (across, down); angle in radians.
    """

    scale_x: Any
    scale_y: Any
    across: Any
    down: Any
    angle: Any
    slant_x: Any
    slant_y: Any


def move(images: Any, mirror_x: Any, mirror_y: Any, across: Any, down: Any) -> Any:
    """Mirror and move by whole pixels: images (n, h, w, c), the rest (n,); any dtype."""
    n, (height, width, channels) = ops.shape(images)[0], images.shape[1:]
    rows = ops.cast(_sources(mirror_y, down, height), "int32")
    columns = ops.cast(_sources(mirror_x, across, width), "int32")
    start = ops.arange(n, dtype="int32")[:, None, None] * height
    places = (start + rows[:, :, None]) * width + columns[:, None, :]
    return ops.take(ops.reshape(images, (-1, channels)), places, axis=0)


def stretch(images: Any, scale_x: Any, scale_y: Any, across: Any, down: Any) -> Any:
    """Mirror, zoom and move along the sides, in between by shares of two pixels; uint8."""
    height, width, channels = images.shape[1:]
    values = ops.reshape(ops.cast(images, "float32"), (-1, height, width * channels))
    values = ops.matmul(_shares(_sources(scale_y, down, height), height), values)
    values = ops.transpose(ops.reshape(values, (-1, height, width, channels)), (0, 2, 1, 3))
    values = ops.matmul(
        _shares(_sources(scale_x, across, width), width),
        ops.reshape(values, (-1, width, height * channels)),
    )
    values = ops.transpose(ops.reshape(values, (-1, width, height, channels)), (0, 2, 1, 3))
    return _whole(values)


def bend(images: Any, by: Affine) -> Any:
    """Any affine map, as one bilinear resampling; uint8."""
    height, width = images.shape[1:3]
    cos, sin, x, y = ops.cos(by.angle), ops.sin(by.angle), (width - 1) / 2, (height - 1) / 2
    a, b = (cos - sin * by.slant_y) * by.scale_x, (cos * by.slant_x - sin) * by.scale_y
    c, d = (sin + cos * by.slant_y) * by.scale_x, (sin * by.slant_x + cos) * by.scale_y
    zero = ops.zeros_like(by.angle)
    across, down = x - a * x - b * y + by.across, y - c * x - d * y + by.down
    matrix = ops.stack([a, b, across, c, d, down, zero, zero], axis=1)
    return _whole(
        ops.image.affine_transform(ops.cast(images, "float32"), matrix, fill_mode="nearest")
    )


def _sources(scale: Any, shift: Any, side: int) -> Any:
    """(n, side): the input place of each output place, within the picture."""
    centre = (side - 1) / 2
    place = ops.arange(side, dtype="float32")[None] - centre
    return ops.clip(centre + scale[:, None] * place + shift[:, None], 0, side - 1)


def _shares(sources: Any, side: int) -> Any:
    """(n, side, side): how much each output place takes of each input place."""
    return ops.maximum(0.0, 1.0 - ops.abs(sources[:, :, None] - ops.arange(side, dtype="float32")))


def _whole(values: Any) -> Any:
    return ops.cast(ops.clip(values + 0.5, 0, 255), "uint8")
