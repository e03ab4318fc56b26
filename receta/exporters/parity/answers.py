"""What does each output of a network hold: classes, labels or values?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta.predictors.described import Output


def gives(outputs: list[np.ndarray], sigmoid: Sequence[bool]) -> list[str]:
    """Of each output what it holds, by what a network says of some examples: classes, labels or
    values.

    sigmoid: whether it ends in one, so that each value is a probability by itself.
    """
    return [
        "classes"
        if _adds_up(given)
        else "labels"
        if ended and bool(((given >= 0) & (given <= 1)).all())
        else "values"
        for given, ended in zip(outputs, sigmoid, strict=True)
    ]


def _adds_up(given: np.ndarray) -> bool:
    """Whether these are probabilities of classes along the last axis."""
    return (
        given.ndim > 1
        and given.shape[-1] > 1
        and bool((given >= 0).all())
        and bool(np.allclose(given.sum(axis=-1), 1, atol=1e-3))
    )


def probable(outputs: Sequence[Output], *, labels: bool = False) -> bool:
    """Whether a network names classes (n, classes), or labels of a run, by probabilities."""
    return (
        len(outputs) == 1
        and len(outputs[0].shape) == 1
        and (labels or outputs[0].gives == "classes")
    )
