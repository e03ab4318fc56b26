"""How does one model learn to say what an ensemble says?

It is trained on the ensemble's answers to the training examples, which tell more than a class
does. Source: Hinton, Vinyals and Dean (2015), "Distilling the knowledge in a neural network".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from receta import checks, kinds, models, tasks, training, yardsticks
from receta.core.errors import RecipeError
from receta.core.progress import Quiet, tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Parts
from receta.studies.ensembles import judging, writing
from receta.studies.ensembles.members import Member

_EPOCHS, _PATIENCE = 60, 8  # where the recipe of the rung names none
_FEWEST = 20  # examples that end the training; else some of the training examples do
_SOFT = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}


def distil(
    made: writing.Made,
    members: Sequence[Member],
    rung: str,
    session: Session,
    answer: Callable[[Dataset], np.ndarray],
) -> dict[str, Any]:
    """Train one rung on what an ensemble says, and write it as a run beside the ensemble's.

    answer: what the ensemble says of some data. Gives what ensemble.json says of it. Raises
    UnknownName for a rung that is not on the shelf, RecipeError for a yardstick.
    """
    import keras

    if yardsticks.is_yardstick(rung):
        raise RecipeError(f"{rung} is a yardstick, which learns no answers; expected a network.")
    began = time.monotonic()
    tell_stage(session.progress, f"teaching {rung}")
    parts = _divide(made, members)
    first = members[0].first
    recipe = models.complete_recipe(
        rung, Recipe(rungs=(rung,), seed=first.recipe.seed), len(parts.train), parts.train.kind
    )
    keras.utils.set_random_seed(recipe.seed)
    specs = kinds.learn(parts.train)
    blind = checks.blind_answer(parts.train)
    network = models.build(rung, specs, blind, recipe, task=parts.train.task)
    models.begin(rung, network, parts.train, recipe)
    usual = models.compile_network(keras.Model(network.inputs, network.outputs), recipe).optimizer
    taught = [answer(part) for part in (parts.train, parts.validation)]
    task = tasks.of(parts.train.task)
    spread = np.maximum(taught[0].std(axis=0), 1e-12).astype(np.float32)
    optimizer = type(usual).from_config(usual.get_config())
    network.compile(optimizer=optimizer, loss=_SOFT.get(task.ACTIVATION, _scaled(spread)))
    network.fit(
        parts.train.values,
        taught[0],
        validation_data=(parts.validation.values, taught[1]),
        batch_size=recipe.batch_size,
        epochs=recipe.epochs or _EPOCHS,
        callbacks=[keras.callbacks.EarlyStopping(patience=_PATIENCE, restore_best_weights=True)],
        verbose=0,
    )
    said = [_say(network, part.data, first) for part in (made.known, made.judged)]
    one = writing.Made(
        rung=rung,
        network=network,
        shared=specs[0],
        known=made.known,
        known_answers=said[0],
        judged=made.judged,
        judged_answers=said[1],
        command=made.command,
    )
    folder = session.folder.with_name(f"{session.folder.name}-one")
    seconds = time.monotonic() - began
    with training.open_folder(session.in_folder(folder)) as work:
        run = writing.write_run(work.folder, one, members, seconds)
    told: dict[str, Any] = {"run": str(folder), "rung": rung, "test": run.scores, "agreement": None}
    if len(made.judged):
        same = said[1].argmax(axis=-1) == made.judged_answers.argmax(axis=-1)
        told["agreement"] = float(same.mean()) if task.IS_EXCLUSIVE else None
    return {**told, "parameters": network.count_params(), "seconds": round(seconds, 1)}


def _divide(made: writing.Made, members: Sequence[Member]) -> Parts:
    """What the ensemble has seen trains, what weights were learnt from ends the training."""
    first = members[0].first
    data = judging.load_data(first, Quiet())
    seen = frozenset().union(*(one.seen for one in members))
    away = set(made.known.data.ids) | set(made.judged.data.ids)
    train = np.array([name in seen and name not in away for name in data.ids], bool)
    validation = np.isin(data.ids, list(made.known.data.ids)) if len(made.known) else ~train
    if validation.sum() < _FEWEST:
        validation = train & (np.arange(len(data)) % 7 == 0)
        train &= ~validation
    test = np.isin(data.ids, list(made.judged.data.ids))
    return Parts.of(
        Splits(*(data.take(part) for part in (train, validation, test))), first.inputs(data)
    )


def _say(network: Any, data: Dataset, first: training.Run) -> np.ndarray:
    if not len(data):
        return np.zeros((0, len(first.class_names)), np.float32)
    return np.asarray(network.predict(first.examples(data).values, batch_size=256, verbose=0))


def _scaled(spread: np.ndarray) -> Callable[[Any, Any], Any]:
    """Square error of values, in their spreads."""
    from keras import ops

    def lose(truth: Any, said: Any) -> Any:
        return ops.mean(ops.square((truth - said) / spread), axis=-1)

    return lose
