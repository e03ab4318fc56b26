"""How are targets written down, whichever the task: counted, named, spelled, moved?

Classes are whole numbers, one an example. Labels are int8, a row of 0 and 1 an example. Values are
floats. What is reckoned with them is the task's: receta/tasks/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from receta.core.amounts import figure

NOTHING = "no label"  # what an example without any is called
SETS = np.dtype(np.int8)  # how labels are held
_MOST_SPELLED = 8  # values


def counts(targets: np.ndarray, names: int) -> np.ndarray:
    """(names,) int64: how many examples each class or label has; none of values.

    >>> (
    ...     counts(np.array([[1, 1], [0, 1]], np.int8), 2).tolist(),
    ...     counts(np.array([0, 0]), 2).tolist(),
    ... )
    ([1, 2], [2, 0])
    """
    if targets.dtype.kind == "f":
        return np.zeros(0, np.int64)
    found = (
        targets.sum(axis=0, dtype=np.int64)
        if targets.dtype == SETS
        else np.bincount(targets, minlength=names)
    )
    return np.asarray(found, np.int64)


def move_targets(targets: np.ndarray, places: np.ndarray, names: int) -> np.ndarray:
    """Targets among other names: places (old names,) are the new positions, -1 for none."""
    if targets.dtype != SETS:
        return np.asarray(places[targets])
    known = places >= 0
    found = np.zeros((len(targets), names), targets.dtype)
    found[:, places[known]] = targets[:, known]
    return found


def spell_target(target: Any) -> str:
    """A target as a short text: a number, those of labels with commas between, or values.

    Of many values their digest: a run keeps one text an example.
    """
    if not isinstance(target, np.ndarray):
        return f"{target}"
    if target.size > _MOST_SPELLED and target.dtype.kind == "f":
        return hashlib.sha256(target.tobytes(), usedforsecurity=False).hexdigest()[:32]
    if target.dtype == SETS:
        return ",".join(map(str, np.flatnonzero(target)))
    return f"[{' '.join(map(repr, target.tolist()))}]"


def name_target(target: Any, class_names: Sequence[str]) -> str:
    """A target for people: the class, or the labels or values with commas between.

    >>> name_target(np.array([1, 0, 1]), ("cat", "dog", "snow")), name_target(1, ("cat", "dog"))
    ('cat, snow', 'dog')
    """
    if isinstance(target, float | np.ndarray) and np.asarray(target).dtype.kind == "f":
        return ", ".join(figure(one, 4) for one in np.ravel(target).tolist())
    if not isinstance(target, np.ndarray):
        return class_names[int(target)]
    return ", ".join(class_names[index] for index in np.flatnonzero(target).tolist()) or NOTHING
