"""What is trained in one call of `fit`, by which recipe, and on which examples is it watched?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from receta.core.recipe import Recipe
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

_WATCHED = 16  # examples of the fixed batch


@dataclass(frozen=True)
class Watched:
    """The fixed batch: a few validation examples, whose answers are followed.

    inputs: (k, ...) as the network takes them. truth: (k,) their classes, or (k, labels).
    """

    inputs: np.ndarray
    truth: np.ndarray
    class_names: tuple[str, ...]
    task: str = "classes"

    @classmethod
    def of(cls, validation: Examples) -> Watched:
        """The first examples of the validation part."""
        few = validation.take(np.arange(min(_WATCHED, len(validation))))
        return cls(few.values, few.targets, validation.class_names, validation.task)


@dataclass(frozen=True)
class Lesson:
    """A network and what it learns from.

    model: what answers, without the augmentation around it. steps: of an epoch; n: training
    examples of an epoch. most: steps that are never exceeded. validation_steps: a validation, in
    training steps' worth of examples.
    """

    rung: str
    model: keras.Model
    recipe: Recipe
    steps: int
    n: int
    most: int
    watched: Watched
    validation_steps: float = 1.0
    things: str = "pictures"  # what the examples are called
