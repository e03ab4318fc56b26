"""What does a check need: a network that is ready to train, its task, inputs and targets?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models, tasks
from receta.core.deadline import NEVER, Deadline
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.data.dataset import Dataset
from receta.data.examples import Examples, Parts

if TYPE_CHECKING:
    import keras


# at which a softmax layer on standardised features learns a batch by heart within the steps of the
# check
_HEAD_RATE = 3e-3


_FINE_SAMPLE = 512  # pictures of the size of a pretrained network that augmentations are tried on


# examples that a check trains on, and that it judges on: 1 % of accuracy is 3 standard errors of a
# change
_SAMPLE = 1024


@dataclass(frozen=True)
class Setup:
    """All that a check needs: a way to build the network, and some examples.

    build(recipe) gives a fresh network; one that comes compiled is taken as it is, so that ours
    and anybody's are looked at alike, and any other is compiled as the recipe says. inputs (n, ...)
    and targets (n,) or (n, labels) are training examples, validation_* held-out ones, at most a
    thousand or so each. blind: what the targets of the training part tell alone (of classes their
    shares). pictures (k, height, width, c): what the first k inputs were computed from, where those
    are features.
    """

    name: str
    build: Callable[[Recipe], keras.Model]
    recipe: Recipe
    inputs: np.ndarray
    targets: np.ndarray
    validation_inputs: np.ndarray
    validation_targets: np.ndarray
    blind: np.ndarray
    class_names: tuple[str, ...] = ()
    task: str = "classes"
    pictures: np.ndarray | None = None  # behind the inputs, where those are features
    deadline: Deadline = NEVER  # when looking must be over, within a budget
    _made: dict[Recipe, tuple[keras.Model, list[np.ndarray]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def entropy(self) -> float:
        """The loss of a blind guess, in nats of classes and labels."""
        return self.asks.entropy(self.blind)

    @property
    def asks(self) -> tasks.Task:
        """The entry of its task."""
        return tasks.of(self.task)

    def plain(self) -> Recipe:
        """The recipe without anything that makes fitting harder, and with a step of the
        optimizer for every batch.
        """
        return self.recipe.with_settings(
            dropout=0.0,
            l1=0.0,
            l2=0.0,
            stochastic_depth=0.0,
            label_smoothing=0.0,
            augment=0.0,
            weight_decay=0.0,
            accumulate=1,
        )

    def fresh(self, recipe: Recipe) -> keras.Model:
        """A new network, ready to train at a constant rate; always the same one.

        The one that was given before is set back: its compiled step, which takes as long as
        all that the checks do with it, is kept.
        """
        from keras import ops

        from receta.pipeline import backend

        if recipe in self._made:
            model, values = self._made[recipe]
            for variable, value in zip(_state(model), values, strict=True):
                variable.assign(value)
            return model
        backend.forget(recipe.seed)
        model = self.build(recipe)
        if not model.compiled:
            models.compile_network(model, recipe)
        self._made[recipe] = model, [ops.convert_to_numpy(variable) for variable in _state(model)]
        return model


def _state(model: keras.Model) -> list[keras.Variable]:
    """All that training changes: weights, random seeds, the optimizer's memory."""
    return [*model.variables, *model.optimizer.variables]


@dataclass(frozen=True)
class Trained:
    """What is known of a rung after training.

    history: one dict an epoch. watched (epochs, k, classes): predictions on one fixed
    batch after each epoch. train_loss and train_accuracy are measured without dropout.
    lower: training losses of the simpler rungs by name.
    """

    name: str
    model: keras.Model
    history: list[dict[str, float]]
    watched: np.ndarray
    train_loss: float
    train_accuracy: float
    validation_predictions: np.ndarray
    validation_targets: np.ndarray
    blind: np.ndarray
    lower: dict[str, float] = field(default_factory=dict)
    task: str = "classes"

    @property
    def asks(self) -> tasks.Task:
        """The entry of its task."""
        return tasks.of(self.task)


def setup(
    rung: str, parts: Parts, recipe: Recipe, *, body: Any = None, progress: Progress = Unasked()
) -> Setup:
    """The set-up of a rung on some data, with a sample of each part.

    Of a pretrained rung it is the head on the features, for that is what is trained; body:
    its backbone, where it is built already.
    """
    train, validation = parts.train, parts.validation
    blind = blind_answer(train)
    own = models.complete_recipe(rung, recipe, len(train), train.kind)
    if models.is_transfer(rung):
        return _on_features(rung, parts, own, blind, body, progress)
    inputs, targets = sample(train, recipe.seed)
    validation_inputs, validation_targets = sample(validation, recipe.seed)
    build = functools.partial(models.build, rung, kinds.learn(train), blind, task=train.task)
    return Setup(
        rung,
        build,
        own,
        inputs,
        targets,
        validation_inputs,
        validation_targets,
        blind,
        tuple(parts.class_names),
        train.task,
    )


def _on_features(
    rung: str, parts: Parts, recipe: Recipe, blind: np.ndarray, body: Any, progress: Progress
) -> Setup:
    from receta.pipeline import backend
    from receta.pipeline.features import features

    train = parts.train
    if body is None:
        backend.forget(recipe.seed)
        body = models.cut_below_head(
            models.build(rung, train.inputs.specs, blind, recipe, task=train.task)
        )
    seen, held_out = (
        data.take(rng(recipe.seed, "check").permutation(len(data))[:_SAMPLE])
        for data in (train, parts.validation)
    )
    inputs, others = (
        features(body, data.inputs, data.rows, name=rung, progress=progress)
        for data in (seen, held_out)
    )
    mean, variance = inputs.mean(axis=0), inputs.var(axis=0)

    def build(recipe: Recipe) -> keras.Model:
        return models.build_head(mean, variance, blind, train.task)

    return Setup(
        rung,
        build,
        recipe.with_settings(learning_rate=_HEAD_RATE),
        inputs,
        seen.targets,
        others,
        held_out.targets,
        blind,
        tuple(train.class_names),
        train.task,
        seen.inputs.take(seen.rows[:_FINE_SAMPLE]),
    )


def blind_answer(data: Dataset) -> np.ndarray:
    """What the targets of a view tell alone, as its task has it: of classes the share of each."""
    return tasks.of(data.task).blind(data.targets, len(data.class_names))


def sample(data: Examples, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, targets) of some examples, the same ones each time."""
    chosen = rng(seed, "check").permutation(len(data))[:_SAMPLE]
    return data.inputs.take(data.rows[chosen]), data.targets[chosen]
