"""How is one rung trained that learns from the inputs themselves?"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from receta import models, tasks
from receta.checks import Trained, blind_answer
from receta.core import disk
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training.fitting import fit
from receta.training.networks import build_network, predict, write_history
from receta.training.planning import plan
from receta.training.result import RungResult

TRAIN_SAMPLE = 2000  # training examples on which loss and accuracy are measured at the end


def train_rung(
    rung: str, parts: Parts, recipe: Recipe, session: Session, *, lower: Mapping[str, float]
) -> tuple[RungResult, Trained]:
    """Train one rung in its folder, going on where it stood.

    recipe: the rung's own. lower: training losses of simpler rungs. Returns its result and what
    the checks after training look at. The best weights by the measure on validation, then by the
    loss, are kept in model.keras, in float32.
    """
    import keras

    tell_stage(session.progress, rung)
    planned = plan(rung, parts, recipe, session)
    started = time.monotonic()
    keras.config.set_dtype_policy(planned.precision if models.is_trained(rung) else "float32")
    try:
        model = build_network(rung, parts, recipe)
        has_steps = models.is_trained(rung) and not models.is_solved(rung, parts.train.kind, recipe)
        journal = fit(rung, model, parts, recipe, session, planned) if has_steps else None
    finally:
        keras.config.set_dtype_policy("float32")
    trained = time.monotonic()
    # What is delivered computes in float32, on any machine; the figures below are its own.
    delivered = build_network(rung, parts, recipe)
    delivered.set_weights(journal.best if journal else model.get_weights())
    sample = parts.train.take(sample_of_training(parts, recipe))
    guests = [journal.guests] if journal and journal.guests else ()
    predicted = predict(delivered, parts.validation, callbacks=guests)
    learnt = predict(delivered, sample)
    task, truth = tasks.of(parts.train.task), parts.validation.targets
    train = task.measure(learnt, sample.targets)
    train_loss = float(task.losses(learnt, sample.targets).mean())
    history = journal.history if journal else []
    with disk.replacing(session.folder / "model.keras") as temporary:
        delivered.save(temporary)
    disk.write_text(session.folder / "history.csv", write_history(rung, history, parts.train.task))
    result = RungResult(
        rung,
        "trained",
        planned.why,
        measure=task.measure(predicted, truth),
        loss=float(task.losses(predicted, truth).mean()),
        train=train,
        train_loss=train_loss,
        parameters=int(delivered.count_params()),
        flops=models.count_flops(delivered),
        seconds=round((journal.seconds if journal else 0.0) or time.monotonic() - started, 2),
        images_per_second=round(journal.images_per_second, 1) if journal else 0.0,
        epochs=len(history),
        best_epoch=journal.best_epoch + 1 if journal else 0,
        precision=planned.precision,
        after_s=round(time.monotonic() - trained, 2),
    )
    return result, Trained(
        rung,
        delivered,
        history,
        np.stack(journal.watched) if journal and journal.watched else np.zeros((0, 0, 0)),
        train_loss,
        train.value,
        predicted,
        truth,
        blind_answer(parts.train),
        dict(lower),
        parts.train.task,
    )


def sample_of_training(parts: Parts, recipe: Recipe) -> np.ndarray:
    """(k,) positions of the training examples on which a trained rung is measured."""
    return np.sort(rng(recipe.seed, "judge").permutation(len(parts.train))[:TRAIN_SAMPLE])
