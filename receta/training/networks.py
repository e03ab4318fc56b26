"""How is a rung's network built, made ready to learn, and asked?"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from receta import kinds, models, tasks
from receta.checks import blind_answer
from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.data.examples import Examples, Parts
from receta.pipeline import backend
from receta.pipeline.batches import Batches

if TYPE_CHECKING:
    import keras


def build_network(
    rung: str, parts: Parts, recipe: Recipe, specs: tuple[Spec, ...] = ()
) -> keras.Model:
    """The network of a rung as it begins, always the same; specs: of other inputs than theirs."""
    train = parts.train
    backend.forget(recipe.seed)
    network = models.build(
        rung, specs or kinds.learn(train), blind_answer(train), recipe, task=train.task
    )
    models.begin(rung, network, train, recipe)
    return network


def build_learner(model: keras.Model, recipe: Recipe) -> keras.Model:
    """What is trained in the place of a network: itself, or one around it that varies its pictures.

    Compiled.
    """
    if recipe.augment:
        from receta.pipeline.augmentation import vary

        # Which ways keep labels was found by the probe, before the recipe was written down.
        model = vary(model, recipe.augment, recipe.seed, recipe.augmentations)
    return models.compile_network(models.tell_members_apart(model) or model, recipe)


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
    return np.asarray(model.predict(feed.for_keras(), verbose=0, callbacks=list(callbacks)))


def history_columns(task: str) -> tuple[str, ...]:
    """The columns of history.csv.

    >>> history_columns("values")[2:6]
    ('loss', 'rmse', 'val_loss', 'val_rmse')
    """
    named = tasks.of(task).MEASURE
    curves = ("loss", named, "val_loss", f"val_{named}")
    return ("rung", "epoch", *curves, "learning_rate", "seconds")


def write_history(rung: str, history: list[dict[str, float]], task: str) -> str:
    """Text of history.csv: one line an epoch."""
    text = io.StringIO()
    lines = csv.DictWriter(text, history_columns(task), extrasaction="ignore", lineterminator="\n")
    lines.writeheader()
    lines.writerows({"rung": rung, **row} for row in history)
    return text.getvalue()
