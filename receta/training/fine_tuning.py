"""Are the layers of a pretrained network trained too, and was it worth it?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import models, tasks
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training.decisions import Decisions
from receta.training.fitting import fit
from receta.training.networks import build_network
from receta.training.planning import plan, time_steps

if TYPE_CHECKING:
    import keras

# validation accuracy of the head from which fine-tuning is left out where nobody asked for it
# (LOG.md)
GOOD = 0.95
# Floating-point operations that two epochs of fine-tuning may take where nobody asked for it and no
# budget says more: some ten minutes of two cores. Counted and not timed, so that a repeat decides
# alike.
_MOST_WORK = 2e13
# as long as its features a picture takes in fine-tuning: forwards, and backwards twice as long; not
# measured
_TIMES_FORWARDS = 4


@dataclass(frozen=True)
class Frozen:
    """A pretrained network with its head, before its own layers are trained.

    answers: on the validation part. seconds_each: what the features of a picture took, 0 where
    that was not seen.
    """

    rung: str
    model: keras.Model
    parts: Parts
    recipe: Recipe
    answers: np.ndarray
    seconds_each: float = 0.0


@dataclass(frozen=True)
class FineTuning:
    """How many layers are trained, why, and pictures a second then; 0 where that was not timed."""

    layers: int | str
    why: str
    images_per_second: float = 0.0


def settle_fine_tuning(frozen: Frozen, session: Session) -> FineTuning:
    """What `choose_layers` says, once: time cannot be measured twice alike."""

    def decide() -> dict[str, Any]:
        chosen = choose_layers(frozen, session)
        speed = round(chosen.images_per_second, 2)
        return {"fine_tune": chosen.layers, "why": chosen.why, "images_per_second": speed}

    known = Decisions(session.folder).once("fine_tune", decide)
    return FineTuning(known["fine_tune"], known["why"], float(known.get("images_per_second", 0.0)))


def choose_layers(frozen: Frozen, session: Session) -> FineTuning:
    """By the recipe, by what is left to gain, and by the time there is, in this order."""
    recipe, parts, rung = frozen.recipe, frozen.parts, frozen.rung
    if not models.is_tunable(frozen.model):
        return FineTuning(
            0,
            "head on frozen features; a SavedModel is used as it is (fine_tune=all trains its "
            "weights too)",
        )
    if recipe.fine_tune == 0:
        return FineTuning(0, "head on frozen features, as the recipe says")
    if recipe.fine_tune is not None:
        limited = session.deadline.is_limited
        return FineTuning(
            recipe.fine_tune,
            f"head on frozen features, then {recipe.fine_tune} layers fine-tuned, as the recipe "
            "says",
            time_steps(rung, parts, recipe, session.deadline) if limited else 0.0,
        )
    task, truth = tasks.of(parts.train.task), parts.validation.targets
    reached = score(task, frozen.answers, truth)[0]
    if reached >= task.strict(GOOD, truth):
        return FineTuning(
            0,
            f"head on frozen features; at {reached:.3f} of validation fine-tuning is left out "
            "(fine_tune=all does it)",
        )
    # 0.997 of sign digits, where a head on features names 0.93 (LOG.md)
    if "cnn" in recipe.rungs[recipe.rungs.index(rung) :]:
        return FineTuning(
            0,
            "head on frozen features; what is left to gain is left to the cnn (fine_tune=all "
            "tries it here too)",
        )
    if session.deadline.is_limited:
        return _choose_by_time(frozen, session)
    return _choose_by_work(frozen)


def _choose_by_work(frozen: Frozen) -> FineTuning:
    n, work = len(frozen.parts.train), models.count_flops(frozen.model)
    # backwards takes as much as twice forwards
    if work is not None and 3 * 2 * work * n <= _MOST_WORK:
        return FineTuning("all", "head on frozen features, then all layers fine-tuned")
    much = "work that cannot be counted" if work is None else f"{6 * work * n:.1e} operations"
    return FineTuning(
        0,
        f"head on frozen features; two epochs of fine-tuning are {much}, where {_MOST_WORK:.0e} "
        "are spent unasked (fine_tune=all does it)",
    )


def _choose_by_time(frozen: Frozen, session: Session) -> FineTuning:
    n, deadline = len(frozen.parts.train), session.deadline
    # A network for which there is no time is not built to be timed.
    hoped = 2 * n * _TIMES_FORWARDS * frozen.seconds_each
    speed = 0.0
    if hoped <= deadline.seconds_left():
        speed = time_steps(frozen.rung, frozen.parts, frozen.recipe, deadline)
    least = 2 * n / speed if speed else hoped
    if least <= deadline.seconds_left():
        return FineTuning("all", "head on frozen features, then all layers fine-tuned", speed)
    return FineTuning(
        0,
        f"head on frozen features; an epoch of fine-tuning takes {least / 2:.0f} s, so that the "
        f"two it needs do not fit into the {max(deadline.seconds_left(), 0):.0f} s that are left",
        speed,
    )


def fine_tune(frozen: Frozen, layers: int | str, session: Session) -> Any:
    """The journal of a training of the upper layers, from the head that was found."""
    rung, parts = frozen.rung, frozen.parts
    weights, recipe = frozen.model.get_weights(), frozen.recipe.with_settings(fine_tune=layers)
    machine = dataclasses.replace(session.machine, precision="float32")
    session = dataclasses.replace(session, machine=machine)
    planned = plan(rung, parts, recipe, session)
    model = build_network(rung, parts, recipe)
    model.set_weights(weights)
    return fit(rung, model, parts, recipe, session, planned)


def judge_worth(rung: str, frozen: tuple[float, float], tuned: tuple[float, float]) -> Finding:
    """Whether the network got better; each is given by its `score` on validation."""
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


def score(task: tasks.Task, predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(score, loss): more of the first is better."""
    return task.measure(predicted, truth).score, float(task.losses(predicted, truth).mean())
