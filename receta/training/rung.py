"""How is one rung trained that learns from the inputs themselves?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from receta import models
from receta.checks import Trained
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training.fitting import fit
from receta.training.networks import build_network, predict
from receta.training.outcome import Answers, Network, keep_network, sample_of_training
from receta.training.planning import plan
from receta.training.result import RungResult
from receta.training.together import fit_together


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
        journal: Any = None
        if has_steps and session.machine.workers > 1:
            journal = fit_together(model, parts, recipe, session, planned)
        elif has_steps:
            journal = fit(rung, model, parts, recipe, session, planned)
    finally:
        keras.config.set_dtype_policy("float32")
    trained = time.monotonic()
    # What is delivered computes in float32, on any machine; the figures below are its own.
    delivered = build_network(rung, parts, recipe)
    delivered.set_weights(journal.best if journal else model.get_weights())
    sample = sample_of_training(parts, recipe)
    guests = [journal.guests] if journal and journal.guests else ()
    answers = Answers(
        parts,
        sample,
        predict(delivered, parts.validation, callbacks=guests),
        predict(delivered, parts.train.take(sample)),
        recipe,
    )
    history, watched = (journal.history, journal.watched) if journal else ([], [])
    network = Network(delivered, answers, history, watched)
    result, seen = keep_network(rung, network, session, why=planned.why, lower=lower)
    result = replace(
        result,
        seconds=round((journal.seconds if journal else 0.0) or time.monotonic() - started, 2),
        images_per_second=round(journal.images_per_second, 1) if journal else 0.0,
        best_epoch=journal.best_epoch + 1 if journal else 0,
        precision=planned.precision,
        after_s=round(time.monotonic() - trained, 2),
    )
    return result, seen
