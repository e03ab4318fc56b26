"""How is a rung's network built, made ready to learn, and asked?"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from receta import models
from receta.checks import blind_answer
from receta.core.recipe import Recipe
from receta.data.examples import Examples, Parts
from receta.pipeline import backend
from receta.pipeline.batches import Batches

if TYPE_CHECKING:
    import keras

HISTORY = (
    "rung",
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
)


def build_network(
    rung: str, parts: Parts, recipe: Recipe, shape: tuple[int, ...] | None = None
) -> keras.Model:
    """The network of a rung as it begins, always the same; shape: of other inputs than theirs."""
    backend.forget(recipe.seed)
    return models.build(
        rung, shape or parts.inputs.shape, blind_answer(parts.train), recipe, task=parts.train.task
    )


def build_learner(model: keras.Model, recipe: Recipe) -> keras.Model:
    """What is trained in the place of a network: itself, or one around it that varies its pictures.

    Compiled.
    """
    if recipe.augment:
        from receta.pipeline.augmentation import varied

        # Which ways keep labels was found by the probe, before the recipe was written down.
        model = varied(model, recipe.augment, recipe.seed, recipe.augmentations)
    return models.compiled(model, recipe)


def predict(
    model: keras.Model,
    examples: Examples,
    batch_size: int = 256,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> np.ndarray:
    """Probabilities (n, classes) float32 of a view, in its order."""
    from receta.pipeline.feed import Feed

    feed = Feed(Batches.of(examples, batch_size))
    return np.asarray(model.predict(feed.given(), verbose=0, callbacks=list(callbacks)))


def write_history(rung: str, history: list[dict[str, float]]) -> str:
    """Text of history.csv: one line an epoch."""
    text = io.StringIO()
    lines = csv.DictWriter(text, HISTORY, extrasaction="ignore", lineterminator="\n")
    lines.writeheader()
    lines.writerows({"rung": rung, **row} for row in history)
    return text.getvalue()
