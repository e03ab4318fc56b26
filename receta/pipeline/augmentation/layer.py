"""Which random numbers make one training picture out of another?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from receta.core.augmentations import GEOMETRIC
from receta.pipeline.augmentation import geometry, photometry

# At strength 1. The courses use shifts to 0.2, rotations to 40 degrees, zoom to 0.4.
SHIFT = 0.2  # of the side
ROTATION = math.radians(30)
SHEAR = math.tan(math.radians(15))
ZOOM = 0.2
AREA = 0.75  # what a crop may lose, as in Szegedy et al. (2015) but for the smallest cuts
ASPECT = math.log(4 / 3)
BRIGHTNESS = 0.3 * 255
CONTRAST = SATURATION = 0.5
HUE = math.radians(18)
NOISE = 0.1 * 255
CUTOUT = 0.5  # of the side
# patterns of noise a step: one for each picture takes longer than all the rest together (LOG.md)
FIELDS = 16

# What RandAugment chooses from: those of Cubuk et al. (2020) that need no histogram.
RANDOM = (
    "identity",
    "rotation",
    "shear across",
    "shear down",
    "shift across",
    "shift down",
    "brightness",
    "contrast",
    "colour",
    "sharpness",
    "posterize",
    "solarize",
)
CHOSEN = 2


class Augment(keras.layers.Layer):
    """Random variation of each picture by itself, in training only.

    In: (n, height, width, 1 | 3) in 0..255; out: the same, uint8. All that bends is one
    resampling, all colours one product. Its random state is a variable of the trainer, so
    it is resumed exactly; names are those of `receta.core.augmentations`, but for mixing.
    """

    def __init__(self, names: Sequence[str], strength: float, seed: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.names, self.strength = tuple(names), strength
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Vary the pictures in training, else give them back."""
        if not training or not self.strength:
            return images
        height, width = images.shape[1], images.shape[2]
        drawn = _Drawn(self.names, ops.shape(images)[0], self.strength, self.generator)
        images = self._bend(images, drawn, height, width)
        if set(self.names) - set(GEOMETRIC):
            values = self._colour(ops.cast(images, "float32"), drawn)
            # the cast cuts off, so this rounds
            images = ops.cast(ops.clip(values + 0.5, 0, 255), "uint8")
        return images

    def _bend(self, images: Any, drawn: _Drawn, height: int, width: int) -> Any:
        acting = {name for name in self.names if name in GEOMETRIC}
        if not acting and "randaugment" not in self.names:
            return images
        mirror_x = drawn.sign("flip")
        mirror_y = drawn.sign("flip_vertical")
        across, down = (
            drawn("shift", SHIFT * width, "shift across"),
            drawn("shift", SHIFT * height, "shift down"),
        )
        if "randaugment" not in self.names and acting <= {"flip", "flip_vertical", "shift"}:
            return geometry.move(images, mirror_x, mirror_y, ops.round(across), ops.round(down))
        zoom = 1.0 + drawn("zoom", ZOOM)
        scale_x, scale_y = zoom * mirror_x, zoom * mirror_y
        if "crop" in self.names:
            area = 1.0 - AREA * self.strength * drawn.share("crop")
            aspect = ops.exp(drawn("crop", ASPECT) / 2)
            wide, high = (
                ops.minimum(ops.sqrt(area) * aspect, 1.0),
                ops.minimum(ops.sqrt(area) / aspect, 1.0),
            )
            across = across + drawn.spread("crop") * (1.0 - wide) * (width - 1) / 2
            down = down + drawn.spread("crop") * (1.0 - high) * (height - 1) / 2
            scale_x, scale_y = scale_x * wide, scale_y * high
        if "randaugment" not in self.names and not acting & {"rotation", "shear"}:
            return geometry.stretch(images, scale_x, scale_y, across, down)
        angle, slant = (
            drawn("rotation", ROTATION, "rotation"),
            drawn("shear", SHEAR, "shear across"),
        )
        slant_down = drawn(None, SHEAR, "shear down")
        by = geometry.Affine(scale_x, scale_y, across, down, angle, slant, slant_down)
        return geometry.bend(images, by)

    def _colour(self, values: Any, drawn: _Drawn) -> Any:
        light, contrast = (
            drawn("brightness", BRIGHTNESS, "brightness"),
            1.0 + drawn("contrast", CONTRAST, "contrast"),
        )
        saturation, hue = 1.0 + drawn("colour", SATURATION, "colour"), drawn("colour", HUE)
        if {"brightness", "contrast", "colour", "randaugment"} & set(self.names):
            tinted = bool({"colour", "randaugment"} & set(self.names))
            values = photometry.tone(values, light, contrast, saturation if tinted else None, hue)
        if "randaugment" in self.names:
            values = ops.clip(values, 0, 255)
            values = photometry.sharpen(values, drawn(None, 0.9, "sharpness"))
            values = photometry.solarize(values, ops.abs(drawn(None, 1.0, "solarize")))
            values = photometry.posterize(values, ops.abs(drawn(None, 1.0, "posterize")))
        if "noise" in self.names:
            fields = keras.random.normal((FIELDS, *values.shape[1:]), seed=self.generator)
            values = photometry.noisy(values, drawn("noise", NOISE), fields)
        if "cutout" in self.names:
            side = CUTOUT * self.strength
            values = photometry.cut_out(
                values, side, drawn.spread("cutout"), drawn.spread("cutout")
            )
        return values

    def compute_output_spec(self, images: Any, training: bool = False) -> Any:
        """The same shape and type as came in."""
        return keras.KerasTensor(images.shape, "uint8")


class _Drawn:
    """Numbers of one step: all are drawn at once, then handed out in order."""

    def __init__(self, names: Sequence[str], n: Any, strength: float, generator: Any) -> None:
        self.names, self.strength, self.n = names, strength, n
        self.rows = keras.random.uniform((_MOST_DRAWS, n), -1.0, 1.0, seed=generator)
        self.next = 0
        self.chosen = None
        if "randaugment" in names:
            luck = keras.random.uniform((n, len(RANDOM)), seed=generator)
            least = ops.sort(luck, axis=1)[:, -CHOSEN:][:, :1]
            self.chosen = ops.cast(luck >= least, "float32")

    def spread(self, name: str | None) -> Any:
        """(n,) evenly in -1..1, zeros where the name does not act."""
        if name not in self.names:
            return ops.zeros((self.n,))
        self.next += 1
        return self.rows[self.next - 1]

    def share(self, name: str) -> Any:
        """(n,) evenly in 0..1."""
        return (self.spread(name) + 1.0) / 2

    def sign(self, name: str) -> Any:
        """(n,) of 1 and -1, evenly; ones where the name does not act."""
        return ops.where(self.spread(name) < 0, -1.0, 1.0)

    def __call__(self, name: str | None, most: float, random: str | None = None) -> Any:
        """(n,) in -most..most at this strength, with RandAugment's part where it was chosen."""
        value = self.spread(name) * (most * self.strength)
        if self.chosen is None or random is None:
            return value
        luck = self.spread("randaugment") * (most * self.strength)
        return value + self.chosen[:, RANDOM.index(random)] * luck


_MOST_DRAWS = 32  # rows; there are 26 at most
