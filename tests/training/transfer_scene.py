"""What do the tests of transfer train on? Also run as a program that can be killed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.recipe import Recipe
from receta.data.dataset import Splits


def recipe(own: Path, **settings: Any) -> Recipe:
    """A transfer from one's own network; everything that has a state of its own in fine-tuning."""
    return Recipe(
        **{
            "rungs": (f"pretrained:{own}",),
            "threads": 2,
            "precision": "float32",
            "epochs": 3,
            **settings,
        }
    )


def parts() -> Splits:
    """Some digits."""
    from receta import load, split

    return split(load("digits").take(np.arange(900, 1200)), Recipe())


def own(path: Path) -> Path:
    """Train a small network on other digits for a moment, and save it."""
    import keras

    from receta import decode, load, models
    from receta.pipeline import backend

    backend.start(2)
    backend.forget(1)
    others = load("digits").take(np.arange(600))
    x = inputs = keras.Input((8, 8, 1), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(x)
    for width in (16, 32):
        x = keras.layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.MaxPooling2D()(x))
    network = models.compile_network(
        keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x)),
        Recipe(learning_rate=3e-3),
    )
    network.fit(
        decode(others).take(others.rows),
        others.targets,
        epochs=8,
        batch_size=32,
        shuffle=False,
        verbose=0,
    )
    network.save(path)
    return path


def train_in(network: Path, folder: Path) -> None:
    """Train into a folder, saving the state after every step."""
    from receta.training import fitting, train

    fitting._SAVE_EVERY_S = 0.02
    train(parts(), recipe(network, fine_tune="all", learning_rate=1e-3), folder)


if __name__ == "__main__":
    train_in(Path(sys.argv[1]), Path(sys.argv[2]))
