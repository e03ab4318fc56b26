"""What should be true of a set-up before it is trained, and of a model after? The door `check`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models, tasks
from receta.checks._contract import Check
from receta.core.amounts import short
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import InputError
from receta.core.finding import Finding, Findings
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.core.registry import Shelf
from receta.core.seeds import rng
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Examples, Parts, readable
from receta.pixels import Pixels, decode

if TYPE_CHECKING:
    import keras

SHELF = Shelf("receta.checks", "check", contract=Check)
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

    build(recipe) gives a fresh network. inputs (n, ...) and targets (n,) or (n, labels)
    are training examples, validation_* held-out ones, at most a thousand or so each. blind:
    what the targets of the training part tell alone (of classes their shares). pictures (k, height,
    width, c):
    what the first k inputs were computed from, where those are features.
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
        model = models.compiled(self.build(recipe), recipe)
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


def check(
    parts: Splits,
    recipe: Recipe | None = None,
    *,
    pixels: Pixels | None = None,
    trust: bool = False,
    progress: Progress = Unasked(),
) -> Findings:
    """Check the set-up of every rung before it is trained, in seconds.

    trust: whether a SavedModel that the recipe names may run. Raises UnknownName for a rung
    that is not on the shelf.
    """
    from receta.pipeline import backend

    recipe = recipe or Recipe()
    models.admit(recipe, trusted=trust)
    backend.prefer(recipe.backend)
    backend.start(recipe.threads)
    rungs = [rung for rung in recipe.rungs if models.trains(rung)]
    fed = kinds.feed(parts, recipe, progress, pixels)  # validation pictures are looked at too
    findings = Findings()
    for rung in rungs:
        size, seen = models.size(rung, recipe, fed.inputs), fed
        if size != fed.inputs.size:
            seen = fed.fed_by(
                decode(fed.union(), size, fed.inputs.channels, fit=recipe.fit, progress=progress)
            )
        ready = setup(rung, seen, recipe, progress=progress)
        model = models.build(rung, seen.inputs.shape, ready.blind, recipe, task=ready.task)
        progress.say(
            f"{rung}: {model.count_params():,} parameters, {short(models.flops(model)) or '?'} "
            "FLOPs a picture"
        )
        findings += [*before(ready, progress=progress), *of_augmentation(ready)]
    return findings


def setup(
    rung: str, parts: Parts, recipe: Recipe, *, body: Any = None, progress: Progress = Unasked()
) -> Setup:
    """The set-up of a rung on some data, with a sample of each part.

    Of a pretrained rung it is the head on the features, for that is what is trained; body:
    its backbone, where it is built already.
    """
    train, validation = parts.train, parts.validation
    blind = blind_answer(train)
    own = models.own(rung, recipe, len(train))
    if models.transfers(rung):
        return _on_features(rung, parts, own, blind, body, progress)
    inputs, targets = _sample(train, recipe.seed)
    validation_inputs, validation_targets = _sample(validation, recipe.seed)
    build = functools.partial(models.build, rung, train.inputs.shape, blind, task=train.task)
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
        body = models.featured(
            models.build(rung, train.inputs.shape, blind, recipe, task=train.task)
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
        return models.headed(mean, variance, blind, train.task)

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


def before(
    setup: Setup, *, deadline: Deadline = NEVER, progress: Progress = Unasked()
) -> list[Finding]:
    """All checks that come before training, in their order.

    deadline: when no more are begun; those left are told as not judged.
    """
    names = [name for name in SHELF.names() if SHELF.module(name).STAGE == "before"]
    if deadline.limited:
        setup = dataclasses.replace(setup, deadline=deadline)
    findings = []
    with progress.bar(f"checking {setup.name}", len(names), "checks") as bar:
        for name in names:
            late = setup.deadline.is_over()
            findings.append(_no_time(name, setup.name) if late else SHELF.function(name)(setup))
            bar.advance(1, check=name)
    return findings


def _no_time(name: str, rung: str) -> Finding:
    return Finding(
        name,
        "ok",
        0.0,
        "looks",
        "one look",
        where=rung,
        judged=False,
        advice="The budget left no time to look.",
    )


def of_augmentation(
    setup: Setup, *, earlier: Sequence[Finding] = (), deadline: Deadline = NEVER
) -> list[Finding]:
    """Which augmentations keep labels; deadline: as for `before`.

    earlier: findings of simpler rungs, which hold here too.
    """
    recipe = setup.recipe
    # features are not varied
    if not recipe.augment or (setup.pictures is not None and recipe.fine_tune == 0):
        return []
    from receta.checks._keeping_labels import keeping_labels
    from receta.pipeline.augmentation import asked

    pictures = setup.inputs if setup.pictures is None else setup.pictures
    return keeping_labels(
        pictures,
        setup.targets[: len(pictures)],
        setup.class_names,
        asked(recipe.augmentations),
        recipe.augment,
        recipe.seed,
        asked_for=recipe.augmentations,
        where=setup.name,
        known=earlier,
        deadline=deadline,
        is_exclusive=setup.asks.IS_EXCLUSIVE,
    )


def augmentable(data: Dataset) -> None:
    """InputError for data that are no pictures of classes."""
    if data.kind != "images" or data.task == "values":
        raise InputError(
            "augmentation varies pictures with labels, and these data are "
            f"{'pictures' if data.kind == 'images' else data.kind} of "
            f"task {data.task}; expected pictures of classes. Look at them without --augmented."
        )


def draw_augmented(
    data: Dataset, recipe: Recipe, pixels: Pixels, path: Path, *, progress: Progress = Unasked()
) -> tuple[float, list[Finding]]:
    """Draw what augmentations make of pictures; (strength, which of `auto` keep labels).

    The strength is the recipe's, or that of the cnn where the recipe says none.
    """
    from receta.checks._keeping_labels import keeping_labels, left_out
    from receta.pipeline import backend
    from receta.pipeline.augmentation import asked, showing

    augmentable(data)
    backend.start(recipe.threads)
    own = recipe.for_rung(models.defaults("cnn"))
    data = readable(data, pixels)
    inputs, targets = _sample(data, own.seed)
    progress.say("asking which augmentations keep labels")
    found = keeping_labels(
        inputs,
        targets,
        data.class_names,
        asked(own.augmentations),
        own.augment,
        own.seed,
        asked_for=own.augmentations,
        is_exclusive=tasks.of(data.task).IS_EXCLUSIVE,
    )
    showing.grid(data, pixels, path, own.augment, own.seed, left_out(found))
    return own.augment, found


def without_harm(recipe: Recipe, found: Sequence[Finding]) -> Recipe:
    """The recipe with those augmentations by name that the findings do not advise against."""
    from receta.checks._keeping_labels import left_out
    from receta.pipeline.augmentation import asked

    names = tuple(name for name in asked(recipe.augmentations) if name not in left_out(found))
    return recipe.with_settings(augmentations=names) if recipe.augment else recipe


def speed(found: Sequence[Finding]) -> float:
    """Pictures a second that the network learnt from in the checks; 0 where that was not seen."""
    return next(
        (finding.facts.images_per_second for finding in found if finding.facts.images_per_second),
        0.0,
    )


def after(trained: Trained) -> list[Finding]:
    """All checks of a trained rung, in their order."""
    names = [name for name in SHELF.names() if SHELF.module(name).STAGE == "after"]
    found = [SHELF.function(name)(trained) for name in names]
    return [finding for finding in found if finding is not None]


def blind_answer(data: Dataset) -> np.ndarray:
    """What the targets of a view tell alone, as its task has it: of classes the share of each."""
    return tasks.of(data.task).blind(data.targets, len(data.class_names))


def _sample(data: Examples, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chosen = rng(seed, "check").permutation(len(data))[:_SAMPLE]
    return data.inputs.take(data.rows[chosen]), data.targets[chosen]
