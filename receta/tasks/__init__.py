"""What is learnt: one class, several labels, or values? The shelf of tasks; its door is `of`.

Whoever would ask which task it is calls the task's entry instead. An entry is one file. What it
holds is said by `Task`, and looked at when it is loaded. Targets and predictions are arrays over
examples, (n,) or (n, outputs). `blind` is what the targets of the training part tell alone: the
answer of who never looks at an input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from receta.core.measure import Better, Measure, wilson
from receta.core.registry import Shelf
from receta.tasks._class_scores import Scores
from receta.tasks._contract import Task
from receta.tasks._label_scores import HALF, LabelScores
from receta.tasks._quantile_layers import begin_quantiles
from receta.tasks._quantile_scores import QuantileScores, split_targets
from receta.tasks._value_scores import ValueScores
from receta.tasks._words import say, say_values, show

if TYPE_CHECKING:
    from receta.core.recipe import Recipe

__all__ = [
    "HALF",
    "SHELF",
    "LabelScores",
    "QuantileScores",
    "Scores",
    "Task",
    "ValueScores",
    "begin_quantiles",
    "better",
    "chooses_by",
    "measure_evenly",
    "names",
    "of",
    "of_ending",
    "of_scores",
    "of_targets",
    "output_name",
    "say",
    "say_values",
    "show",
    "split_targets",
    "wilson",
]

SHELF = Shelf("receta.tasks", "task", contract=Task)


def of(name: str) -> Task:
    """The entry of a task; UnknownName for none.

    >>> of("classes").MEASURE
    'accuracy'
    """
    return cast(Task, SHELF.module(name))


def output_name(task: str) -> str:
    """What the one output of a network that receta trained is called."""
    return "values" if of(task).ACTIVATION == "linear" else "probabilities"


def names() -> tuple[str, ...]:
    """All tasks, in their order."""
    return SHELF.names()


def better(measure: str) -> Better:
    """Which way a measure is better, by the task that declares it; higher where none does.

    >>> better("rmse")
    'lower'
    """
    return next((entry.BETTER for entry in map(of, names()) if measure == entry.MEASURE), "higher")


def chooses_by(task: Task, recipe: Recipe) -> str:
    """The figure that epochs and rungs are chosen by: another one where rare classes are to count.

    >>> from receta.core.recipe import Recipe
    >>> (
    ...     chooses_by(of("classes"), Recipe()),
    ...     chooses_by(of("classes"), Recipe(imbalance="smote")),
    ... )
    ('accuracy', 'balanced_accuracy')
    """
    return task.EVENLY if task.EVENLY and recipe.imbalance != "none" else task.MEASURE


def measure_evenly(
    task: Task, predicted: np.ndarray, targets: np.ndarray, recipe: Recipe
) -> Measure | None:
    """What rungs are chosen by where rare classes are to count; None where it is MEASURE."""
    is_plain = chooses_by(task, recipe) == task.MEASURE
    return None if is_plain else task.measure_evenly(predicted, targets)


def of_scores(scores: Mapping[str, Any]) -> Task:
    """The task whose figures stand in scores.json; classes where they do not say."""
    if "mean_average_precision" in scores:
        return of("labels")
    named = scores.get("measure", "accuracy")
    return next((entry for entry in map(of, names()) if named == entry.MEASURE), of("classes"))


def of_targets(targets: np.ndarray) -> Task:
    """The task whose targets are held in this dtype; classes where none fits."""
    return next(
        (entry for entry in map(of, names()) if targets.dtype == entry.DTYPE), of("classes")
    )


def of_ending(name: str, activation: str) -> Task:
    """The task of a network by its last layer: its activation, or its name where it has none.

    >>> of_ending("quantiles", "").NOUN[0], of_ending("any", "softmax").NOUN[0]
    ('step', 'class')
    """
    named = next((one for one in names() if name.partition("_")[0] == one), "")
    if named and not activation:
        return of(named)
    wanted = activation or "linear"
    return next((entry for entry in map(of, names()) if wanted == entry.ACTIVATION), of("classes"))
