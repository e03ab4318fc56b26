"""How long may a rung learn, in which number format, and how much are its pictures varied?

Each is decided before the first step and kept in the rung's decisions.
"""

from __future__ import annotations

from dataclasses import dataclass

from receta import models
from receta.core.deadline import Deadline
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.pipeline import backend
from receta.pipeline.batches import Batches
from receta.training import precision
from receta.training.decisions import Decisions
from receta.training.networks import build_learner, build_network

_SEEN_IN_ALL = 300_000  # pictures, when the recipe leaves the epochs open
_FEWEST, _MOST = 12, 40
_TOO_LITTLE = 0.02  # of strength, for which asking what keeps labels takes longer than it gives
# passes up to which much data are best not varied; what is little and what is much
_NONE, _LITTLE, _MUCH = 8, 1_500, 5_000
_WORTH_TIMING_S, _TIMED_SHARE = 30.0, 0.1  # of a rung: from when its speed is timed, and how long
_SHORTEST_S = 2.0  # in which a small rung learns something, once its graph is built
_IN_A_BUDGET = 4  # times as many epochs at most, where a budget says how long it may take
# epochs, and share of the epochs planned: a long schedule is noisy for long
_PATIENCE, _PATIENT_SHARE = 8, 0.25


@dataclass(frozen=True)
class Plan:
    """What was decided before the first step and must not change on resuming.

    epochs: at most. limit_s: seconds for steps and validations, None without a limit.
    """

    rung: str
    epochs: int
    patience: int
    precision: str
    why: str
    images_per_second: float
    limit_s: float | None


def open_epochs(n: int) -> int:
    """Epochs for n examples when the recipe says none: 300,000 pictures, 12 to 40 epochs.

    >>> open_epochs(1000), open_epochs(60_000)
    (40, 12)
    """
    return int(min(_MOST, max(_FEWEST, round(_SEEN_IN_ALL / max(n, 1)))))


def find_strength(
    own: Recipe, recipe: Recipe, n: int, speed: float, deadline: Deadline
) -> tuple[float, float]:
    """(passes over n training examples, strength of augmentation that suits them) for a rung.

    own: the rung's recipe; a strength that the user's recipe states stays. What is seen few times
    is not learnt by heart, and variation only makes it harder: 5 passes over CIFAR-10's 8,500 end
    at 0.674 without any, at 0.627 with a twentieth; 4 over Fashion-MNIST at 0.909 and 0.895. A
    thousand pictures are learnt by heart in a few passes: there a little helps from the first on,
    most of all for pictures of other people (0.92 and 0.84 of the sign letters; LOG.md). So the
    strength is full from 40 passes on, and falls to nothing at 8, or at 0 for 1,500 examples. The
    passes are those that the recipe allows, or the time at `speed` (pictures a second, 0 where
    unknown).
    """
    epochs: float = own.epochs or open_epochs(n)
    if deadline.is_limited and speed:
        most = own.epochs or _IN_A_BUDGET * open_epochs(n)
        epochs = min(most, max(0.0, deadline.seconds_left()) * speed / max(n, 1))
    if not own.augment or "augment" in recipe.model_fields_set:
        return epochs, own.augment
    none = _NONE * min(1.0, max(0.0, (n - _LITTLE) / (_MUCH - _LITTLE)))
    share = min(1.0, max(0.0, (epochs - none) / (_MOST - none)))
    return epochs, 0.0 if own.augment * share < _TOO_LITTLE else round(own.augment * share, 3)


def settle_strength(own: Recipe, recipe: Recipe, n: int, speed: float, session: Session) -> Recipe:
    """A rung's recipe with the strength of augmentation that suits its time, decided once."""
    if not own.augment or "augment" in recipe.model_fields_set:
        return own

    def decide() -> dict[str, float]:
        epochs, augment = find_strength(own, recipe, n, speed, session.deadline)
        return {"epochs": round(epochs, 1), "augment": augment}

    return own.with_settings(augment=Decisions(session.folder).once("augment", decide)["augment"])


def plan(rung: str, parts: Parts, recipe: Recipe, session: Session) -> Plan:
    """Decide epochs and number format once; later calls read what was decided.

    recipe: the rung's own. The session's deadline is when the rung must be done.
    """
    known = Decisions(session.folder).once(
        "plan", lambda: vars(_decide(rung, parts, recipe, session))
    )
    return Plan(**{name: known[name] for name in Plan.__dataclass_fields__})


def _decide(rung: str, parts: Parts, recipe: Recipe, session: Session) -> Plan:
    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    deadline = session.deadline
    epochs = recipe.epochs or open_epochs(batches.n) * (_IN_A_BUDGET if deadline.is_limited else 1)
    patience = (
        recipe.patience
        if recipe.patience is not None
        else max(_PATIENCE, round(_PATIENT_SHARE * epochs))
    )
    chosen = session.machine.precision
    why, speed = f"{chosen}: as the recipe says", 0.0
    if not models.is_trained(rung) and chosen == "auto":
        chosen, why = "float32", "float32: nothing to train"
    elif chosen == "auto":
        machine = backend.start(session.machine.threads).to_json()
        chosen, why = precision.decide(build_network(rung, parts, recipe), machine)
        # The checks told how fast float32 is; building another network takes seconds.
        if (
            deadline.is_limited
            and chosen == "mixed_bfloat16"
            and deadline.seconds_left() > _WORTH_TIMING_S
        ):
            speed = time_steps(rung, parts, recipe, deadline, number_format=chosen)
    limit_s = round(max(_SHORTEST_S, deadline.seconds_left()), 2) if deadline.is_limited else None
    return Plan(rung, epochs, patience, chosen, why, round(speed, 2), limit_s)


def time_steps(
    rung: str, parts: Parts, recipe: Recipe, deadline: Deadline, number_format: str = "float32"
) -> float:
    """Pictures a second in the training of a rung, seen in a tenth of the time left at most."""
    import keras

    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    keras.config.set_dtype_policy(number_format)
    try:
        learner = build_learner(build_network(rung, parts, recipe), recipe)
        share = deadline.share(_TIMED_SHARE)
        return precision.images_per_second(learner, batches.batch(0, 0), share)
    finally:
        keras.config.set_dtype_policy("float32")
