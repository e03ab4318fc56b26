"""One class each, or several labels or none: which task do the labels of examples make?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Task


@dataclass(frozen=True)
class Named:
    """Targets (n,) int64 of classes or (n, labels) int8 of labels, and their names."""

    task: Task
    targets: np.ndarray
    class_names: tuple[str, ...]


def name_labels(place: str, sets: Sequence[Sequence[str]], task: Task | None) -> Named:
    """Classes where every example has exactly one label, unless the user says otherwise.

    Raises InputError where what the user says cannot be.
    """
    if task not in (None, "classes", "labels"):
        raise InputError(
            f"--task {task} means nothing to pictures; expected classes (one each) or labels "
            "(several, or none). Choose one."
        )
    others = [row for row, one in enumerate(sets) if len(one) != 1]
    if task == "classes" and others:
        first = naming.first_few(map(naming.printable, sets[others[0]])) or "none"
        raise InputError(
            f"{place}: {len(others):,} of {len(sets):,} examples have several labels or none "
            f"(the first: {first}); expected one each, as "
            f"--task classes says. Leave --task out to say labels, or mend them."
        )
    class_names, codes = naming.classes([label for one in sets for label in one])
    if not others and task != "labels":
        return Named("classes", np.array(codes, np.int64), class_names)
    targets = np.zeros((len(sets), len(class_names)), np.int8)
    targets[np.repeat(np.arange(len(sets)), [len(one) for one in sets]), codes] = 1
    return Named("labels", targets, class_names)


_MISSING = ("na", "n/a", "nan", "null", "none", "nil", "<na>", "#n/a")


def missing_words(counts: Mapping[str, int]) -> tuple[frozenset[str], list[str]]:
    """Words such as NA that say that a label is missing, and one line about them.

    Beside numbers they do; beside other words they are the name of a class, as NA is of
    Namibia. counts: how often each label is there.

    >>> missing_words({"0": 5, "1": 4, "nan": 2})[0], missing_words({"NA": 5, "ZA": 4})[0]
    (frozenset({'nan'}), frozenset())
    """
    words = {label: n for label, n in counts.items() if label.strip().lower() in _MISSING}
    others = [label for label in counts if label not in words]
    if not words or not others:
        return frozenset(), []
    total, shown = sum(words.values()), naming.first_few(words, 3)
    are = "label is" if total == 1 else "labels are"
    if all(map(naming.is_number, others)):
        return frozenset(words), [f"{total:,} {are} {shown} beside numbers: missing, and left out"]
    return frozenset(), [
        f"{total:,} {are} {shown}: taken as names of classes; only an empty cell is missing"
    ]


def tell_task(progress: Progress, task: Task, targets: np.ndarray, asked: Task | None) -> None:
    """Say that examples have several labels, where nobody said so before."""
    if task == "labels" and asked is None:
        held = targets.sum(axis=1, dtype=np.int64)
        progress.say(
            f"labels: {int((held > 1).sum()):,} of {len(held):,} pictures have several, "
            f"{int((held == 0).sum()):,} have none "
            f"(--task classes refuses such)"
        )
