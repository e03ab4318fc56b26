"""How is a pretrained rung trained: features once, the head, then perhaps the top layers?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from receta import models, tasks
from receta.checks import Trained
from receta.core import trust
from receta.core.finding import Finding
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.pipeline.features import features
from receta.training.fine_tuning import (
    Frozen,
    fine_tune,
    judge_worth,
    score,
    settle_fine_tuning,
)
from receta.training.networks import build_network, predict
from receta.training.outcome import Answers, Network, keep_network, sample_of_training
from receta.training.preparing import Prepared
from receta.training.result import RungResult
from receta.training.stored_head import find_head, refuse_disagreement
from receta.training.time_shares import leave_time_to_judge


def train_transfer(
    rung: str,
    parts: Parts,
    recipe: Recipe,
    session: Session,
    *,
    lower: Mapping[str, float],
    ready: Prepared,
) -> tuple[RungResult, Trained]:
    """Train one pretrained rung in its folder, going on where it stood.

    A user's callbacks take part in the fine-tuning: the head is found without steps of Keras.
    ready: what `preparing` gave; parts are its. Returns what `train_rung` returns.
    """
    started = time.monotonic()
    tell_stage(session.progress, rung)
    model = ready.network or build_network(rung, parts, recipe)
    body = models.cut_below_head(model)
    stored = {
        name: features(body, part.inputs, part.rows, name=rung, progress=session.progress)
        for name, part in (("train", parts.train), ("validation", parts.validation))
    }
    featured_s = time.monotonic() - started
    head, history = find_head(parts, recipe, stored, session)
    model.layers[-1].set_weights([head.kernel, head.bias])
    answers = {name: head.probabilities(stored[name]) for name in stored}
    refuse_disagreement(model, parts, answers["validation"])
    frozen = Frozen(rung, model, parts, recipe, answers["validation"], ready.seconds_each)
    chosen = settle_fine_tuning(frozen, session)
    sample = sample_of_training(parts, recipe)
    task, truth = tasks.of(parts.train.task), parts.validation.targets
    before = score(task, answers["validation"], truth)
    findings: list[Finding] = []
    tuned_seconds, watched = 0.0, []
    best_epoch = int(min(history, key=lambda line: line["val_loss"])["epoch"])
    predicted, learnt = answers["validation"], answers["train"][sample]
    if chosen.layers != 0:
        until = leave_time_to_judge(parts, chosen.images_per_second, session.deadline)
        journal = fine_tune(frozen, chosen.layers, session.until(until))
        other = build_network(rung, parts, recipe)
        other.set_weights(journal.best)
        tuned = predict(other, parts.validation)
        findings.append(judge_worth(rung, before, score(task, tuned, truth)))
        first, tuned_seconds = len(history), journal.seconds
        history += [
            {**line, "epoch": first + number}
            for number, line in enumerate(journal.history, start=1)
        ]
        watched = journal.watched
        if findings[0].verdict == "ok":
            model, predicted, best_epoch = other, tuned, first + journal.best_epoch + 1
            learnt = predict(other, parts.train.take(sample))
    answers_of_both = Answers(parts, sample, predicted, learnt, recipe)
    network = Network(model, answers_of_both, history, watched)
    result, seen = keep_network(rung, network, session, why=chosen.why, lower=lower)
    if models.is_foreign(model):
        trust.remember(session.folder / "model.keras")
    n, each = len(parts.train) + len(parts.validation), ready.seconds_each
    result = replace(
        result,
        findings=tuple(findings),
        seconds=round(time.monotonic() - started + each * n, 2),
        images_per_second=round(1 / each if each else n / max(featured_s, 1e-9), 1),
        best_epoch=best_epoch,
        precision="float32",
        input_shape=parts.inputs.shape,
        transfer={
            "head_penalty": head.penalty,
            "frozen_validation_accuracy": before[0],
            "fine_tuned_layers": chosen.layers,
            "fine_tune_seconds": round(tuned_seconds, 2),
        },
    )
    return result, seen
