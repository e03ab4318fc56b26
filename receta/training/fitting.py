"""How does a network learn, from wherever an earlier process left it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.pipeline.batches import Batches, Numbered
from receta.training import state
from receta.training.decisions import Decisions
from receta.training.lesson import Lesson, Watched
from receta.training.networks import build_learner
from receta.training.planning import Plan

if TYPE_CHECKING:
    import keras

# what a kill can cost at most; the result is the same, since the work is repeated exactly
_SAVE_EVERY_S = 10.0


def fit(
    rung: str, model: keras.Model, parts: Parts, recipe: Recipe, session: Session, plan: Plan
) -> Any:
    """Train a network as was planned, from its state in the folder if there is one.

    recipe: the rung's own. Returns the journal.
    """
    from receta.pipeline.feed import Feed
    from receta.training.callbacks import guests_of
    from receta.training.journal import Journal
    from receta.training.pace import Pace

    batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
    judged = Feed(Batches.of(parts.validation, max(recipe.batch_size, 128)))
    learner = build_learner(model, recipe)
    lesson = Lesson(
        rung,
        model,
        recipe.with_settings(patience=plan.patience),
        batches.steps,
        batches.n,
        most=batches.steps * plan.epochs,
        watched=Watched.of(parts.validation),
        validation_steps=len(parts.validation) / recipe.batch_size,
        things=parts.train.noun.many,
    )
    path = session.folder / "state.npz"
    pace = Pace(lesson.most, Decisions(session.folder) if plan.limit_s is not None else None)
    journal = Journal(lesson, path, pace, _SAVE_EVERY_S, session.progress)
    guests = journal.guests = guests_of(lesson, session, judged)
    if guests:
        guests.epochs, guests.steps = plan.epochs, batches.steps
    resume(learner, judged, journal)
    if plan.limit_s is not None:
        journal.planner.deadline = session.deadline.within(plan.limit_s - journal.seconds)
    go_on(learner, batches, judged, journal, plan.epochs)
    if guests:
        guests.close()
    journal.close()
    return journal


def resume(learner: keras.Model, judged: Any, journal: Any) -> None:
    """Let learner and journal stand where the journal's file says, if there is one."""
    found = state.load(journal.path)
    if found is None:
        return
    learner.test_on_batch(*judged[0])  # running metrics exist only after a first batch
    try:
        journal.resume(learner, *found)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise state.error_of_damage(journal.path, error) from error


def go_on(learner: keras.Model, batches: Numbered, judged: Any, journal: Any, epochs: int) -> None:
    """Train from where the journal stands until so many epochs, or until it says that it is over.

    judged: the feed of validation.
    """
    from receta.pipeline.feed import Feed

    try:
        # finish the epoch that was cut off: `fit` fixes the batches of an epoch at its start
        if journal.step:
            feed = Feed(batches, start=journal.step)
            _run(learner, feed, judged, journal, journal.epoch + 1)
        if not journal.finished and journal.epoch < epochs:
            _run(learner, Feed(batches), judged, journal, epochs)
    finally:
        journal.put_bars_away()


def _run(learner: keras.Model, feed: Any, judged: Any, journal: Any, end: int) -> None:
    """Train from the journal's epoch on, until the epoch `end`."""
    journal.feed = feed
    if journal.guests:
        journal.guests.first = journal.step
    # The journal comes last: what it saves holds what all others did in the step.
    learner.fit(
        feed.for_keras(),
        validation_data=judged.for_keras(),
        initial_epoch=journal.epoch,
        epochs=end,
        shuffle=False,
        verbose=0,
        callbacks=[*([journal.guests] if journal.guests else ()), journal],
    )
