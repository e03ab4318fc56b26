"""Which small set-ups do the checks' own tests run on?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from receta.checks import Setup, Trained
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.spec import of_pixels

_SHAPE = (8, 8, 1)
_CLASSES = 3


def stripes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures with a bright stripe whose place is the class."""
    random = rng(seed, "stripes", n)
    targets = random.integers(_CLASSES, size=n)
    pictures = random.integers(0, 90, size=(n, *_SHAPE))
    for picture, target in zip(pictures, targets, strict=True):
        picture[:, 1 + 2 * target : 3 + 2 * target] += 120
    return pictures.astype(np.uint8), targets


def setup(build: Callable[[Recipe], Any] | None = None, **changes: Any) -> Setup:
    """A sound set-up of the mlp rung on stripes; anything can be changed."""
    from receta import models

    inputs, targets = stripes(200)
    validation_inputs, validation_targets = stripes(200, seed=1)
    blind = np.bincount(targets, minlength=_CLASSES) / len(targets)
    fields = {
        "name": "mlp",
        "build": build or (lambda recipe: models.build("mlp", of_pixels(_SHAPE), blind, recipe)),
        "recipe": Recipe(learning_rate=3e-3, dropout=0.0),
        "inputs": inputs,
        "targets": targets,
        "validation_inputs": validation_inputs,
        "validation_targets": validation_targets,
        "blind": blind,
    }
    return Setup(**{**fields, **changes})


def trained(**changes: Any) -> Trained:
    """A sound trained rung, made up; anything can be changed."""
    from receta import models

    blind = np.full(_CLASSES, 1 / _CLASSES)
    targets = np.arange(300) % _CLASSES
    settled = np.stack([np.full((4, _CLASSES), 1 / _CLASSES)] * 8)
    fields = {
        "name": "mlp",
        "model": models.build("mlp", of_pixels(_SHAPE), blind),
        "history": [{"loss": 1.0}],
        "watched": settled,
        "train_loss": 0.1,
        "train_accuracy": 0.97,
        "validation_predictions": np.eye(_CLASSES)[targets],
        "validation_targets": targets,
        "blind": blind,
        "lower": {"linear": 0.5},
    }
    return Trained(**{**fields, **changes})
