"""How are two pictures blended, and their labels with them?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

# of Beta(alpha, alpha) for mixup at strength 1; Zhang et al. (2018) found 0.1 to 0.4 best
ALPHA = 0.4
# Below, TensorFlow's gamma numbers are too small for float32, and their quotient is a half: the
# strongest mixture of all.
_LEAST_ALPHA = 0.04


class Mix(keras.layers.Layer):
    """Blend each picture of a batch with the one before it, in training only.

    In, out: (n, height, width, c) uint8. `share` is the part of a picture's own label in
    this step, 0.5 to 1: with both ways named, either is taken in every other step by
    chance. Batches are shuffled, so the one before is a random one.
    """

    def __init__(self, names: Sequence[str], strength: float, seed: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.names, self.strength = tuple(names), strength
        self.generator = keras.random.SeedGenerator(seed + 1)
        self.share = self.add_weight(shape=(), initializer="ones", trainable=False, name="share")

    def call(self, images: Any, training: bool = False) -> Any:
        """Mix in training, else give the pictures back."""
        if not training:
            return images
        height, width = images.shape[1:3]
        chance = keras.random.uniform((4,), seed=self.generator)
        values = ops.cast(images, "float32")
        other = before(values)
        wanted = ALPHA * self.strength
        alpha = max(wanted, _LEAST_ALPHA)
        blend = ops.reshape(keras.random.beta((1,), alpha, alpha, seed=self.generator), ())
        # else the picture would be the other one's variation
        blend = ops.maximum(blend, 1.0 - blend)
        if wanted < alpha:
            blend = 1.0 - (1.0 - blend) * (wanted / alpha)
        # CutMix: Beta(1, 1) is even; the rectangle covers up to half of the picture, times
        # strength.
        side = ops.sqrt(0.5 * self.strength * chance[0])
        high, wide = ops.round(side * height), ops.round(side * width)
        top, left = (
            ops.floor(chance[1] * (height - high + 1)),
            ops.floor(chance[2] * (width - wide + 1)),
        )
        rows, columns = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
        inside = ops.logical_and(
            ops.logical_and(rows >= top, rows < top + high)[:, None],
            ops.logical_and(columns >= left, columns < left + wide)[None],
        )
        pasted = 1.0 - high * wide / (height * width)
        if self.names == ("mixup",):
            share, own = blend, blend
        else:
            mask = 1.0 - ops.cast(inside, "float32")[None, :, :, None]
            share, own = pasted, mask
            if "mixup" in self.names:
                blended = chance[3] < 0.5
                share = ops.where(blended, blend, pasted)
                own = ops.where(blended, ops.ones_like(mask) * blend, mask)
        self.share.assign(share)
        return ops.cast(ops.clip(own * values + (1.0 - own) * other + 0.5, 0, 255), "uint8")

    def compute_output_spec(self, images: Any, training: bool = False) -> Any:
        """The same shape and type as came in."""
        return keras.KerasTensor(images.shape, "uint8")


def before(batch: Any) -> Any:
    """Each entry's partner: the one before it, the last for the first."""
    return ops.roll(batch, 1, axis=0)


class MixingModel(keras.Model):
    """A trainer whose loss in training is that of both labels, by their shares.

    Its metrics judge by the picture's own label, which has the larger share. The loss of
    integer targets is linear in the label, so that no soft targets are needed.
    """

    mix: Mix

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """share x loss of the own label + (1 - share) x loss of the other."""
        own = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return own
        weight = None if sample_weight is None else before(sample_weight)
        other = super().compute_loss(x, before(y), y_pred, weight, training)
        share = ops.cast(self.mix.share, own.dtype)
        return share * own + (1.0 - share) * other
