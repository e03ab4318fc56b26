"""Which augmentations does a rung use, and how are they drawn?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from receta import models, tasks
from receta.checks.setups.setup import Setup, sample
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.pixels import Pixels


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
    from receta.checks.augmenting.keeping_labels import Trial, keeping_labels
    from receta.pipeline.augmentation import order_names

    pictures = setup.inputs if setup.pictures is None else setup.pictures
    trial = Trial(
        pictures,
        setup.targets[: len(pictures)],
        setup.class_names,
        order_names(recipe.augmentations),
        recipe.augment,
        recipe.seed,
        asked_for=recipe.augmentations,
        where=setup.name,
        deadline=deadline,
        is_exclusive=setup.asks.IS_EXCLUSIVE,
    )
    return keeping_labels(trial, earlier)


def augmentable(data: Dataset) -> None:
    """InputError for data that are no pictures of classes."""
    if not data.is_seen or not tasks.of(data.task).IS_COUNTED:
        raise InputError(
            f"augmentation varies pictures with labels, and these data are {data.noun.whole} of "
            f"task {data.task}; expected pictures of classes. Look at them without --augmented."
        )


def draw_augmented(
    data: Dataset, recipe: Recipe, pixels: Pixels, path: Path, *, progress: Progress = Unasked()
) -> tuple[float, list[Finding]]:
    """Draw what augmentations make of pictures; (strength, which of `auto` keep labels).

    The strength is the recipe's, or that of the cnn where the recipe says none.
    """
    from receta.checks.augmenting.keeping_labels import Trial, keeping_labels, left_out
    from receta.pipeline import backend
    from receta.pipeline.augmentation import order_names, showing

    augmentable(data)
    backend.start(recipe.threads)
    own = recipe.for_rung(models.defaults("cnn"))
    data = readable(data, pixels)
    inputs, targets = sample(data, own.seed)
    progress.say("asking which augmentations keep labels")
    trial = Trial(
        inputs,
        targets,
        data.class_names,
        order_names(own.augmentations),
        own.augment,
        own.seed,
        asked_for=own.augmentations,
        is_exclusive=tasks.of(data.task).IS_EXCLUSIVE,
    )
    found = keeping_labels(trial)
    showing.grid(data, pixels, path, own.augment, own.seed, left_out(found))
    return own.augment, found


def without_harm(recipe: Recipe, found: Sequence[Finding]) -> Recipe:
    """The recipe with those augmentations by name that the findings do not advise against."""
    from receta.checks.augmenting.keeping_labels import left_out
    from receta.pipeline.augmentation import order_names

    names = tuple(name for name in order_names(recipe.augmentations) if name not in left_out(found))
    return recipe.with_settings(augmentations=names) if recipe.augment else recipe
