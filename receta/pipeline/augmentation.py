"""How are training pictures varied, inside the graph and repeatably?"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

# At strength 1. The courses use shifts to 0.2, rotations to 40 degrees, zoom to 0.4.
SHIFT = 0.2  # of the side
ROTATION = math.radians(30)
ZOOM = 0.2


@keras.saving.register_keras_serializable("receta")
class RandomAffine(keras.layers.Layer):
    """Random shift, rotation and zoom of each picture, in one resampling.

    In: (n, height, width, channels) in 0..255; out: the same, uint8 again. Acts in
    training only. Its random state is a variable of the model, so it is resumed exactly.
    """

    def __init__(self, strength: float, seed: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.strength, self.seed = strength, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:
        """Vary the pictures in training, else give them back."""
        if not training:
            return images
        n, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        draw = keras.random.uniform((4, n), -self.strength, self.strength, seed=self.generator)
        angle, zoom = draw[0] * ROTATION, 1.0 + draw[1] * ZOOM
        across, down = draw[2] * SHIFT * width, draw[3] * SHIFT * height
        cos, sin = ops.cos(angle) * zoom, ops.sin(angle) * zoom
        # Turn and zoom about the centre: output (x, y) comes from input (cos x - sin y + dx, ...).
        x, y = (width - 1) / 2, (height - 1) / 2
        zero = ops.zeros_like(angle)
        matrix = ops.stack([cos, -sin, x - cos * x + sin * y + across, sin, cos, y - sin * x - cos * y + down, zero, zero], axis=1)
        varied = ops.image.affine_transform(ops.cast(images, "float32"), matrix, fill_mode="nearest")
        return ops.cast(ops.clip(ops.round(varied), 0, 255), "uint8")

    def compute_output_spec(self, images: Any, training: bool = False) -> Any:
        """The same shape and type as came in."""
        return keras.KerasTensor(images.shape, "uint8")

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return {**super().get_config(), "strength": self.strength, "seed": self.seed}


def varied(model: keras.Model, strength: float, seed: int) -> keras.Model:
    """The model behind random variation, for training; it shares all weights.

    The model itself stays free of random layers, so that what is saved, exported and
    served cannot run in training mode by mistake.
    """
    if not strength:
        return model
    inputs = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    return keras.Model(inputs, model(RandomAffine(strength, seed, name="augment")(inputs)), name="augmented")
