"""How is one rung trained, so that a kill at any moment changes nothing in the end?"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import models, tasks
from receta.checks import Trained, blind_answer
from receta.core import disk, records
from receta.core.deadline import NEVER, Deadline
from receta.core.progress import Progress, tell_stage
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.data.dataset import Splits
from receta.data.examples import Examples, Parts
from receta.pipeline import backend
from receta.pipeline.batches import Batches
from receta.training import precision, state
from receta.training.result import RungResult

if TYPE_CHECKING:
    import keras

    from receta.training.callbacks import Given

# what a kill can cost at most; the result is the same, since the work is repeated exactly
_SAVE_EVERY_S = 10.0
_WATCHED = 16  # examples of the fixed batch
TRAIN_SAMPLE = 2000  # training examples on which loss and accuracy are measured at the end
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


def strength(
    own: Recipe, recipe: Recipe, n: int, speed: float, deadline: Deadline
) -> tuple[float, float]:
    """(passes over the n training examples, strength of augmentation that suits them) for a
    rung's own recipe.

    What is seen few times is not learnt by heart, and variation only makes it harder: 5 passes over
    CIFAR-10's 8,500 end at 0.674 without any, at 0.627 with a twentieth; 4 over Fashion-MNIST at
    0.909
    and 0.895. A thousand pictures are learnt by heart in a few passes: there a little helps from
    the
    first on, most of all for pictures of other people (0.92 and 0.84 of the sign letters; LOG.md).
    So
    the strength is full from 40 passes on, and falls to nothing at 8, or at 0 for 1,500 examples.
    The passes are those that the recipe allows, or the time at `speed` (pictures a second, 0 where
    unknown). A strength that the recipe states stays.
    """
    epochs: float = own.epochs or open_epochs(n)
    if deadline.limited and speed:
        most = own.epochs or _IN_A_BUDGET * open_epochs(n)
        epochs = min(most, max(0.0, deadline.left()) * speed / max(n, 1))
    if not own.augment or "augment" in recipe.model_fields_set:
        return epochs, own.augment
    none = _NONE * min(1.0, max(0.0, (n - _LITTLE) / (_MUCH - _LITTLE)))
    share = min(1.0, max(0.0, (epochs - none) / (_MOST - none)))
    return epochs, 0.0 if own.augment * share < _TOO_LITTLE else round(own.augment * share, 3)


def milder(
    own: Recipe, recipe: Recipe, n: int, folder: Path, speed: float, deadline: Deadline
) -> Recipe:
    """A rung's recipe with the `strength` of augmentation that suits its time.

    Decided once and kept in the folder.
    """
    if not own.augment or "augment" in recipe.model_fields_set:
        return own
    path = folder / "augment.json"
    if not path.exists():
        epochs, augment = strength(own, recipe, n, speed, deadline)
        disk.write_json(path, {"epochs": round(epochs, 1), "augment": augment})
    return own.with_settings(augment=disk.read_json(path, records.AUGMENT)["augment"])


def plan(rung: str, parts: Parts, recipe: Recipe, folder: Path, deadline: Deadline) -> Plan:
    """Decide epochs and precision once; later calls read what was decided.

    deadline: when the rung must be done.
    """
    path = folder / "plan.json"
    if path.exists():
        stored = disk.read_json(path, records.PLAN)
        return Plan(**{name: stored[name] for name in records.PLAN})
    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    epochs = recipe.epochs or open_epochs(batches.n) * (_IN_A_BUDGET if deadline.limited else 1)
    patience = (
        recipe.patience
        if recipe.patience is not None
        else max(_PATIENCE, round(_PATIENT_SHARE * epochs))
    )
    chosen: str = recipe.precision
    why, speed = f"{chosen}: as the recipe says", 0.0
    if not models.trains(rung) and chosen == "auto":
        chosen, why = "float32", "float32: nothing to train"
    elif chosen == "auto":
        backend.forget(recipe.seed)
        machine = backend.start(recipe.threads).to_json()
        chosen, why = precision.decide(network(rung, parts, recipe), machine)
        # The checks told how fast float32 is; building another network takes seconds.
        if deadline.limited and chosen == "mixed_bfloat16" and deadline.left() > _WORTH_TIMING_S:
            speed = _speed(rung, parts, recipe, batches, chosen, deadline.share(_TIMED_SHARE))
    limit_s = round(max(_SHORTEST_S, deadline.left()), 2) if deadline.limited else None
    decided = Plan(rung, epochs, patience, chosen, why, round(speed, 2), limit_s)
    disk.write_json(path, vars(decided))
    return decided


def _speed(
    rung: str, parts: Parts, recipe: Recipe, batches: Batches, chosen: str, deadline: Deadline
) -> float:
    """Pictures a second in training, in a number format."""
    import keras

    backend.forget(recipe.seed)
    keras.config.set_dtype_policy(chosen)
    try:
        return precision.images_per_second(
            trainer(network(rung, parts, recipe), recipe), batches.batch(0, 0), deadline
        )
    finally:
        keras.config.set_dtype_policy("float32")


def train_rung(
    rung: str,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    *,
    lower: dict[str, float],
    deadline: Deadline,
    progress: Progress,
    callbacks: Given | None = None,
) -> tuple[RungResult, Trained]:
    """Train one rung in its folder, going on where it stood.

    recipe is the rung's own. deadline: when it must be done. callbacks: a user's, see
    `receta.training.callbacks`. Returns its result (also in rung.json) and what the
    checks after training look at. The best weights by validation accuracy, then loss, are
    kept, in float32, in model.keras.
    """
    import keras

    tell_stage(progress, rung)
    decided = plan(rung, parts, recipe, folder, deadline)
    started = time.monotonic()
    keras.config.set_dtype_policy(decided.precision if models.trains(rung) else "float32")
    try:
        backend.forget(recipe.seed)
        model = network(rung, parts, recipe)
        journal = (
            fit(rung, model, parts, recipe, folder, decided, progress, callbacks, deadline=deadline)
            if models.trains(rung)
            else None
        )
    finally:
        keras.config.set_dtype_policy("float32")
    trained = time.monotonic()
    # What is delivered computes in float32, on any machine; the figures below are its own.
    backend.forget(recipe.seed)
    delivered = network(rung, parts, recipe)
    delivered.set_weights(journal.best if journal else model.get_weights())
    sample = parts.train.take(
        np.sort(rng(recipe.seed, "judge").permutation(len(parts.train))[:TRAIN_SAMPLE])
    )
    predicted = predict(
        delivered,
        parts.validation,
        callbacks=[journal.guests] if journal and journal.guests else (),
    )
    learnt = predict(delivered, sample)
    task = tasks.of(parts.train.task)
    train, train_loss = (
        task.measure(learnt, sample.targets),
        float(task.losses(learnt, sample.targets).mean()),
    )
    history = journal.history if journal else []
    with disk.replacing(folder / "model.keras") as temporary:
        delivered.save(temporary)
    disk.write_text(folder / "history.csv", history_csv(rung, history))
    result = RungResult(
        rung,
        "trained",
        decided.why,
        measure=task.measure(predicted, parts.validation.targets),
        loss=float(task.losses(predicted, parts.validation.targets).mean()),
        train=train,
        train_loss=train_loss,
        parameters=int(delivered.count_params()),
        flops=models.flops(delivered),
        seconds=round((journal.seconds if journal else 0.0) or time.monotonic() - started, 2),
        images_per_second=round(journal.images_per_second, 1) if journal else 0.0,
        epochs=len(history),
        best_epoch=journal.best_epoch + 1 if journal else 0,
        precision=decided.precision,
        after_s=round(time.monotonic() - trained, 2),
    )
    watched = np.stack(journal.watched) if journal and journal.watched else np.zeros((0, 0, 0))
    return result, Trained(
        rung,
        delivered,
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


def unjudged(parts: Splits, speed: float, deadline: Deadline) -> Deadline:
    """When a rung must be trained, so that time is left to judge it: on validation when
    trained, for its
    temperature and with it, on a sample of training, and twice on the test part.

    speed: pictures a second in training, of which a forward pass is a third; 0 where unknown.
    """
    if not deadline.limited or not speed:
        return deadline
    looks = 3 * len(parts.validation) + min(TRAIN_SAMPLE, len(parts.train)) + 2 * len(parts.test)
    return deadline.sooner(min(looks / (3 * speed), max(0.0, deadline.left() / 2)))


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


def history_csv(rung: str, history: list[dict[str, float]]) -> str:
    """Text of history.csv: one line an epoch."""
    text = io.StringIO()
    lines = csv.DictWriter(text, HISTORY, extrasaction="ignore", lineterminator="\n")
    lines.writeheader()
    lines.writerows({"rung": rung, **row} for row in history)
    return text.getvalue()


def network(
    rung: str, parts: Parts, recipe: Recipe, shape: tuple[int, ...] | None = None
) -> keras.Model:
    """A fresh network of a rung for these parts; shape: of other inputs than theirs."""
    return models.build(
        rung, shape or parts.inputs.shape, blind_answer(parts.train), recipe, task=parts.train.task
    )


def trainer(model: keras.Model, recipe: Recipe) -> keras.Model:
    """What is trained in the place of a network: itself, or one around it that varies its pictures.

    Compiled.
    """
    if recipe.augment:
        from receta.pipeline.augmentation import varied

        # The names are settled in receta.training._climb_one, from the findings of the probe in
        # checks.json.
        model = varied(model, recipe.augment, recipe.seed, recipe.augmentations)
    return models.compiled(model, recipe)


def fit(
    rung: str,
    model: keras.Model,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    decided: Plan,
    progress: Progress,
    callbacks: Given | None = None,
    *,
    deadline: Deadline = NEVER,
) -> Any:
    """Train a network as was decided, from its state in the folder if there is one.

    Returns the journal.
    """
    from receta.pipeline.feed import Feed
    from receta.training.callbacks import guests_of
    from receta.training.journal import Journal
    from receta.training.pace import Pace

    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    judged = Feed(Batches.of(parts.validation, max(recipe.batch_size, 128)))
    learner = trainer(model, recipe)
    watched = parts.validation.take(np.arange(min(_WATCHED, len(parts.validation)))).values
    most = batches.steps * decided.epochs
    pace = Pace(most, folder / "pace.json" if decided.limit_s is not None else None)
    journal = Journal(
        rung,
        model,
        folder / "state.npz",
        recipe.with_settings(patience=decided.patience),
        pace,
        batches.steps,
        batches.n,
        watched,
        _SAVE_EVERY_S,
        progress,
        most=most,
    )
    journal.validation_steps = len(parts.validation) / recipe.batch_size
    guests = journal.guests = guests_of(
        rung, model, recipe, folder, judged, watched, parts.validation, callbacks, progress
    )
    if guests:
        guests.epochs, guests.steps = decided.epochs, batches.steps
    found = state.load(folder / "state.npz")
    if found is not None:
        learner.test_on_batch(*judged[0])  # running metrics exist only after a first batch
        try:
            journal.resume(learner, *found)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise state.damaged(folder / "state.npz", error) from error
    if decided.limit_s is not None:
        journal.deadline = deadline.within(decided.limit_s - journal.seconds)
    try:
        # finish the epoch that was cut off: `fit` fixes the batches of an epoch at its start
        if journal.step:
            feed = Feed(batches, start=journal.step)
            _run(learner, feed, judged, journal, journal.epoch, journal.epoch + 1)
        if not journal.finished and journal.epoch < decided.epochs:
            _run(learner, Feed(batches), judged, journal, journal.epoch, decided.epochs)
    finally:
        journal.put_bars_away()
    if guests:
        guests.close()
    journal.close(learner)
    return journal


def _run(learner: keras.Model, feed: Any, judged: Any, journal: Any, first: int, end: int) -> None:
    journal.feed = feed
    if journal.guests:
        journal.guests.first = journal.step
    # The journal comes last: what it saves holds what all others did in the step.
    learner.fit(
        feed.given(),
        validation_data=judged.given(),
        initial_epoch=first,
        epochs=end,
        shuffle=False,
        verbose=0,
        callbacks=[*([journal.guests] if journal.guests else ()), journal],
    )
