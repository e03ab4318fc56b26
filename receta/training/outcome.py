"""What is kept of a trained network, and what do the checks after training look at?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from receta import models, tasks
from receta.checks import Trained, blind_answer
from receta.core import disk
from receta.core.measure import Measure
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training.networks import write_history
from receta.training.result import RungResult

if TYPE_CHECKING:
    import keras

TRAIN_SAMPLE = 2000  # training examples on which loss and accuracy are measured at the end


@dataclass(frozen=True)
class Answers:
    """What a rung answers: for the validation part, and for `sample`, training examples.

    sample: their positions in the training part. recipe: the rung's own.
    """

    parts: Parts
    sample: np.ndarray
    validation: np.ndarray
    train: np.ndarray
    recipe: Recipe

    def measure_validation(self) -> tuple[Measure, float]:
        """The measure and the loss on the validation part."""
        return self._measure(self.validation, self.parts.validation.targets)

    def measure_training(self) -> tuple[Measure, float]:
        """The measure and the loss on the sample of the training part."""
        return self._measure(self.train, self.parts.train.targets[self.sample])

    def _measure(self, answers: np.ndarray, truth: np.ndarray) -> tuple[Measure, float]:
        task = tasks.of(self.parts.train.task)
        return task.measure(answers, truth), float(task.losses(answers, truth).mean())

    def as_result(self, rung: str, why: str) -> RungResult:
        """The result of a trained rung with its measures and losses, and nothing else yet."""
        of_both = *self.measure_validation(), *self.measure_training()
        task, truth = tasks.of(self.parts.train.task), self.parts.validation.targets
        evenly = tasks.measure_evenly(task, self.validation, truth, self.recipe)
        return RungResult(rung, "trained", why, (), *of_both, evenly=evenly)


@dataclass(frozen=True)
class Network:
    """A network as its training left it.

    history: one line an epoch. watched: as in `Trained`, one array an epoch.
    """

    model: keras.Model
    answers: Answers
    history: list[dict[str, float]]
    watched: list[np.ndarray]


def keep_network(
    rung: str, network: Network, session: Session, *, why: str, lower: Mapping[str, float]
) -> tuple[RungResult, Trained]:
    """Write model.keras and history.csv; the result, and what the checks after training look at.

    lower: training losses of simpler rungs. The result lacks what only who trained knows.
    """
    parts, model, history = network.answers.parts, network.model, network.history
    with disk.replacing(session.folder / "model.keras") as temporary:
        model.save(temporary)
    text = write_history(rung, history, parts.train.task)
    disk.write_text(session.folder / "history.csv", text)
    train, train_loss = network.answers.measure_training()
    result = replace(
        network.answers.as_result(rung, why),
        parameters=int(model.count_params()),
        flops=models.count_flops(model),
        epochs=len(history),
    )
    return result, Trained(
        rung,
        model,
        history,
        np.stack(network.watched) if network.watched else np.zeros((0, 0, 0)),
        train_loss,
        train.value,
        network.answers.validation,
        parts.validation.targets,
        blind_answer(parts.train),
        dict(lower),
        parts.train.task,
    )


def sample_of_training(parts: Parts, recipe: Recipe) -> np.ndarray:
    """(k,) positions of the training examples on which a trained rung is measured."""
    return np.sort(rng(recipe.seed, "judge").permutation(len(parts.train))[:TRAIN_SAMPLE])
