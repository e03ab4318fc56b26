"""Within which interval does a value lie, four times out of five? Split conformal prediction.

The validation part tells how far the model is off. Of n errors the one at rank 80 % of n + 1 is the
margin: a new example of the same kind lies within it with a probability of at least 80 %
(Papadopoulos and others, 2002; Lei and others, 2018), whatever the law of the errors. As the
validation part also chose the model, it may be a little less: `judge` measures it on the test part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from receta.core.amounts import shortest
from receta.core.measure import wilson

SHARE = 0.8


def find_margins(predicted: np.ndarray, targets: np.ndarray) -> tuple[float, ...] | None:
    """Half the width of the interval of each output, of answers and truth (n, outputs).

    None of fewer than 4 examples, which cannot promise that much.

    >>> find_margins(np.zeros((9, 1)), np.arange(1.0, 10.0)[:, None])
    (8.0,)
    """
    rank = math.ceil(SHARE * (len(targets) + 1))
    if rank > len(targets):
        return None
    return tuple(np.sort(np.abs(predicted - targets), axis=0)[rank - 1].tolist())


def tell_interval(margins: Sequence[float] | None, predicted: np.ndarray) -> dict[str, Any]:
    """What an answer says of its interval; of several values a list of them.

    >>> tell_interval((2.0,), np.array([10.0]))
    {'interval_80': [8.0, 12.0]}
    """
    if margins is None:
        return {}
    pairs = [
        [shortest(one - far), shortest(one + far)]
        for one, far in zip(predicted, margins, strict=True)
    ]
    return {"interval_80": pairs[0]} if len(pairs) == 1 else {"intervals_80": pairs}


def judge_margins(
    margins: Sequence[float] | None, predicted: np.ndarray, targets: np.ndarray
) -> dict[str, Any]:
    """How often the intervals hold the truth, (n, outputs), and how wide they are."""
    if margins is None or not len(targets):
        return {}
    held = np.abs(predicted - targets) <= np.asarray(margins)
    found: dict[str, Any] = {"coverage_80": float(held.mean())}
    if held.shape[1] == 1:
        found["coverage_80_interval"] = list(wilson(int(held.sum()), len(held)))
    return {**found, "width_80": float(2 * np.mean(margins))}
