"""What do the tests of training train on? Also run as a program that can be killed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from receta.core.recipe import Recipe
from receta.data.dataset import Splits

# Everything that has a state of its own: dropout, augmentation, batch normalisation, a schedule,
# early stopping, uneven batches.
RECIPE = Recipe(
    rungs=("prior", "cnn", "course_dense_regularised"),
    epochs=5,
    batch_size=48,
    patience=2,
    augment=0.5,
    dropout=0.3,
    precision="float32",
    threads=2,
    schedule="cosine",
)


def parts() -> Splits:
    """Digits, a few of them."""
    from receta import load, split

    data = load("digits")
    return split(data.take(np.arange(0, len(data), 2)), RECIPE)


def train_in(folder: Path, save_every_s: float) -> None:
    """Train into a folder, saving the state that often."""
    from receta.training import fitting, train

    fitting._SAVE_EVERY_S = save_every_s
    train(parts(), RECIPE, folder, force=True)


if __name__ == "__main__":
    train_in(Path(sys.argv[1]), float(sys.argv[2]))
