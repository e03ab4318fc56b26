"""How is a pretrained rung trained: features once, the head, then perhaps the top layers?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import models, tasks
from receta.checks import Trained, blind_answer
from receta.core import disk, records, trust
from receta.core.deadline import Deadline
from receta.core.errors import RunError
from receta.core.finding import Finding
from receta.core.progress import Progress, tell_stage
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.data.examples import Parts
from receta.pipeline import backend, balance
from receta.pipeline.features import features
from receta.training import head as heads
from receta.training import precision
from receta.training.preparing import Prepared, fresh
from receta.training.result import ADVICE, RungResult
from receta.training.rung import (
    TRAIN_SAMPLE,
    fit,
    history_csv,
    network,
    plan,
    predict,
    trainer,
    unjudged,
)

if TYPE_CHECKING:
    import keras

    from receta.training.callbacks import Given

Train = Callable[..., tuple[RungResult, Trained]]  # `train_rung` and `train_transfer`
# validation accuracy of the head from which fine-tuning is left out where nobody asked for it
# (LOG.md)
GOOD = 0.95
# Floating-point operations that two epochs of fine-tuning may take where nobody asked for it and no
# budget says
# more: some ten minutes of two cores. Counted and not timed, so that a repeat decides alike.
_MOST_WORK = 2e13
_TIMED_SHARE = 0.1  # of the time that is left, that fine-tuning may be timed
_HEAD_SHARE = 0.2  # of the time for a rung, that the head may take
# as long as its features a picture takes in fine-tuning: forwards, and backwards twice as long; not
# measured
_TIMES_FORWARDS = 4
_GAP = 1e-3  # by which a probability of the network may differ from the head's on stored features


def train_transfer(
    rung: str,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    *,
    lower: dict[str, float],
    deadline: Deadline,
    ready: Prepared,
    progress: Progress,
    callbacks: Given | None = None,
) -> tuple[RungResult, Trained]:
    """Train one pretrained rung in its folder, going on where it stood.

    callbacks take part in the fine-tuning: the head is found without steps of Keras.
    ready: what `preparing` gave; parts are its. deadline: when it must be done.
    Returns its result and what the checks after training look at, as `train_rung` does.
    """
    started = time.monotonic()
    shape = parts.inputs.shape
    tell_stage(progress, rung)
    seconds_each = ready.seconds_each
    model = ready.network or fresh(rung, parts, recipe)
    body = models.featured(model)
    stored = {
        name: features(body, part.inputs, part.rows, name=rung, progress=progress)
        for name, part in (("train", parts.train), ("validation", parts.validation))
    }
    featured_s = time.monotonic() - started
    found, history = _head(folder / "head.npz", parts, recipe, stored, deadline, progress)
    model.layers[-1].set_weights([found.kernel, found.bias])
    probabilities = {name: found.probabilities(stored[name]) for name in stored}
    _agree(model, parts, probabilities["validation"])
    layers, why, speed = _decided(
        folder / "transfer.json",
        rung,
        model,
        parts,
        recipe,
        probabilities["validation"],
        deadline,
        seconds_each,
    )
    sample = np.sort(rng(recipe.seed, "judge").permutation(len(parts.train))[:TRAIN_SAMPLE])
    task = tasks.of(parts.train.task)
    frozen = _figures(task, probabilities["validation"], parts.validation.targets)
    findings: list[Finding] = []
    tuned_seconds, watched, best_epoch = 0.0, np.zeros((0, 0, 0)), _best(history)
    predicted, learnt = probabilities["validation"], probabilities["train"][sample]
    if layers != 0:
        own = recipe.with_settings(fine_tune=layers)
        journal = _tuned(
            rung, model, parts, own, folder, unjudged(parts, speed, deadline), progress, callbacks
        )
        other = fresh(rung, parts, recipe)
        other.set_weights(journal.best)
        tuned = predict(other, parts.validation)
        findings.append(_worth(rung, frozen, _figures(task, tuned, parts.validation.targets)))
        first = len(history)
        history += [
            {**line, "epoch": first + number}
            for number, line in enumerate(journal.history, start=1)
        ]
        tuned_seconds, watched = (
            journal.seconds,
            np.stack(journal.watched) if journal.watched else watched,
        )
        if findings[0].verdict == "ok":
            model, predicted, best_epoch = other, tuned, first + journal.best_epoch + 1
            learnt = predict(other, parts.train.take(sample))
    truth = parts.train.targets[sample]
    with disk.replacing(folder / "model.keras") as temporary:
        model.save(temporary)
    if models.foreign(model):
        trust.remember(folder / "model.keras")
    disk.write_text(folder / "history.csv", history_csv(rung, history))
    train_loss, train = float(task.losses(learnt, truth).mean()), task.measure(learnt, truth)
    n = len(parts.train) + len(parts.validation)
    result = RungResult(
        rung,
        "trained",
        why,
        tuple(findings),
        task.measure(predicted, parts.validation.targets),
        float(task.losses(predicted, parts.validation.targets).mean()),
        train,
        train_loss,
        int(model.count_params()),
        models.flops(model),
        round(time.monotonic() - started + seconds_each * n, 2),
        round(1 / seconds_each if seconds_each else n / max(featured_s, 1e-9), 1),
        len(history),
        best_epoch,
        "float32",
        shape,
        transfer={
            "head_penalty": found.penalty,
            "frozen_validation_accuracy": frozen[0],
            "fine_tuned_layers": layers,
            "fine_tune_seconds": round(tuned_seconds, 2),
        },
    )
    return result, Trained(
        rung,
        model,
        history,
        watched,
        train_loss,
        train.value,
        predicted,
        parts.validation.targets,
        blind_answer(parts.train),
        lower,
        parts.train.task,
    )


def _head(
    path: Path,
    parts: Parts,
    recipe: Recipe,
    stored: dict[str, np.ndarray],
    deadline: Deadline,
    progress: Progress,
) -> tuple[heads.Head, list[dict[str, float]]]:
    """The last layer, found once and kept."""
    if path.exists():
        kept = disk.read_npz(path)
        try:
            columns = [str(name) for name in kept["columns"]]
            history = [
                dict(zip(columns, map(float, line), strict=True)) for line in kept["history"]
            ]
            return heads.Head(
                kept["kernel"], kept["bias"], float(kept["penalty"]), parts.train.task
            ), [{**line, "epoch": int(line["epoch"])} for line in history]
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"{path} is damaged ({error}); expected the head of this rung. {ADVICE}"
            ) from error
    order = np.sort(balance.order(recipe.imbalance, parts.train.targets, recipe.seed, 0))
    by_class = balance.class_weights(recipe.imbalance, parts.train.counts())
    targets = parts.train.targets[order]
    train = heads.Featured(
        stored["train"][order],
        targets,
        None if by_class is None else by_class[targets],
        parts.train.task,
    )
    validation = heads.Featured(
        stored["validation"], parts.validation.targets, task=parts.train.task
    )
    asked = (recipe.l2,) if "l2" in recipe.model_fields_set else heads.PENALTIES
    found, history = heads.fit(
        train,
        validation,
        len(parts.class_names),
        penalties=asked,
        smoothing=recipe.label_smoothing,
        progress=progress,
        deadline=deadline.share(_HEAD_SHARE),
    )
    columns = list(history[0])
    with disk.replacing(path) as temporary, open(temporary, "wb") as handle:
        np.savez(
            handle,
            kernel=found.kernel,
            bias=found.bias,
            penalty=found.penalty,
            columns=np.array(columns),
            history=np.array([[line[name] for name in columns] for line in history]),
        )
    return found, history


def _agree(model: keras.Model, parts: Parts, probabilities: np.ndarray) -> None:
    """RunError unless the network says of some pictures what the head said of their features."""
    from keras import ops

    # Called as it is: building a graph for eight pictures takes longer than they do.
    said = ops.convert_to_numpy(model(parts.inputs.take(parts.validation.rows[:8]), training=False))
    gap = float(np.abs(said - probabilities[:8]).max())
    if not gap <= _GAP:
        raise RunError(
            f"the network differs by {gap:.2g} from its head on stored features; expected at "
            f"most {_GAP:g}. "
            f"Delete the folder features in the cache ({disk.cache_root()}), then repeat."
        )


def _decided(
    path: Path,
    rung: str,
    model: keras.Model,
    parts: Parts,
    recipe: Recipe,
    probabilities: np.ndarray,
    deadline: Deadline,
    seconds_each: float = 0.0,
) -> tuple[int | str, str, float]:
    """(layers to fine-tune, why, pictures a second then or 0), decided once: time cannot be
    measured twice alike.
    """
    if not path.exists():
        layers, why, speed = _choice(
            rung, model, parts, recipe, probabilities, deadline, seconds_each
        )
        disk.write_json(
            path, {"fine_tune": layers, "why": why, "images_per_second": round(speed, 2)}
        )
    stored = disk.read_json(path, records.TRANSFER)
    return stored["fine_tune"], stored["why"], float(stored.get("images_per_second", 0.0))


def _choice(
    rung: str,
    model: keras.Model,
    parts: Parts,
    recipe: Recipe,
    probabilities: np.ndarray,
    deadline: Deadline,
    seconds_each: float = 0.0,
) -> tuple[int | str, str, float]:
    if not models.tunable(model):
        return (
            0,
            "head on frozen features; a SavedModel is used as it is (fine_tune=all trains its "
            "weights too)",
            0.0,
        )
    if recipe.fine_tune == 0:
        return 0, "head on frozen features, as the recipe says", 0.0
    if recipe.fine_tune is not None:
        speed = _speed(rung, parts, recipe, deadline) if deadline.limited else 0.0
        return (
            recipe.fine_tune,
            f"head on frozen features, then {recipe.fine_tune} layers fine-tuned, as the recipe "
            "says",
            speed,
        )
    task = tasks.of(parts.train.task)
    reached = _figures(task, probabilities, parts.validation.targets)[0]
    if reached >= task.strict(GOOD, parts.validation.targets):
        return (
            0,
            f"head on frozen features; at {reached:.3f} of validation fine-tuning is left out "
            "(fine_tune=all does it)",
            0.0,
        )
    # 0.997 of sign digits, where a head on features names 0.93 (LOG.md)
    if "cnn" in recipe.rungs[recipe.rungs.index(rung) :]:
        return (
            0,
            "head on frozen features; what is left to gain is left to the cnn (fine_tune=all "
            "tries it here too)",
            0.0,
        )
    if not deadline.limited:
        work = models.flops(model)
        # backwards takes as much as twice forwards
        if work is None or 3 * 2 * work * len(parts.train) > _MOST_WORK:
            much = (
                "work that cannot be counted"
                if work is None
                else f"{6 * work * len(parts.train):.1e} operations"
            )
            return (
                0,
                (
                    f"head on frozen features; two epochs of fine-tuning are {much}, where "
                    f"{_MOST_WORK:.0e} are spent unasked "
                    f"(fine_tune=all does it)"
                ),
                0.0,
            )
        return "all", "head on frozen features, then all layers fine-tuned", 0.0
    # A network for which there is no time is not built to be timed.
    hoped = 2 * len(parts.train) * _TIMES_FORWARDS * seconds_each
    speed = 0.0 if hoped > deadline.left() else _speed(rung, parts, recipe, deadline)
    least = 2 * len(parts.train) / speed if speed else hoped
    if least > deadline.left():
        return (
            0,
            (
                f"head on frozen features; an epoch of fine-tuning takes {least / 2:.0f} s, so "
                "that the two it needs "
                f"do not fit into the {max(deadline.left(), 0):.0f} s that are left"
            ),
            speed,
        )
    return "all", "head on frozen features, then all layers fine-tuned", speed


def _speed(rung: str, parts: Parts, recipe: Recipe, deadline: Deadline) -> float:
    """Pictures a second in fine-tuning."""
    from receta.pipeline.batches import Batches

    backend.forget(recipe.seed)
    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    learner = trainer(network(rung, parts, recipe), recipe)
    return precision.images_per_second(learner, batches.batch(0, 0), deadline.share(_TIMED_SHARE))


def _tuned(
    rung: str,
    model: keras.Model,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    deadline: Deadline,
    progress: Progress,
    callbacks: Given | None,
) -> Any:
    """The journal of a training of the upper layers, from the head that was found."""
    weights = model.get_weights()
    decided = plan(rung, parts, recipe.with_settings(precision="float32"), folder, deadline)
    backend.forget(recipe.seed)
    tuned = network(rung, parts, recipe)
    tuned.set_weights(weights)
    return fit(rung, tuned, parts, recipe, folder, decided, progress, callbacks, deadline=deadline)


def _worth(rung: str, frozen: tuple[float, float], tuned: tuple[float, float]) -> Finding:
    better = (tuned[0], -tuned[1]) > (frozen[0], -frozen[1])
    advice = (
        ""
        if better
        else "Fine-tuning made it no better on validation data, so the frozen backbone with its "
        "head is kept."
    )
    return Finding(
        "fine_tuning",
        "ok" if better else "warn",
        round(tuned[0], 4),
        "validation accuracy after fine-tuning",
        f"> {frozen[0]:.4f}, that of the head alone",
        where=rung,
        advice=advice,
    )


def _figures(task: tasks.Task, predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(score, loss): more of the first is better."""
    return task.measure(predicted, truth).score, float(task.losses(predicted, truth).mean())


def _best(history: list[dict[str, float]]) -> int:
    return int(min(history, key=lambda line: line["val_loss"])["epoch"])
