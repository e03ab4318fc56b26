"""How long does each stage of a run take on two idle cores, roughly?

For the bar alone: nothing is decided by it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from receta import models
from receta.core.deadline import Deadline
from receta.core.recipe import Recipe
from receta.data.examples import Inputs

DECODING, AUDITING, STARTING, JUDGING, REPORT = (
    "decoding",
    "auditing",
    "starting TensorFlow",
    "judging",
    "writing the report",
)
SETTING_RIGHT = "setting probabilities right"
_DECODING_MS, _AUDITING_MS, _FEATURES_MS = 3.0, 4.0, 16.0  # a picture
# a picture in a pass, and each of its pixels, of a convolutional network
_STEP_MS, _PIXEL_MS = (
    0.15,
    0.0006,
)
_FIXED_S = {"prior": 1.0, "boosting": 2.0, "linear": 3.0, "mlp": 4.0}  # to build and to check it
_NETWORK_S = 8.0
_TRAINED_ON, _USUAL_SIDE = 0.7, 32  # share of the pictures; pixels of their side
_OF_A_NETWORK = {"linear": 0.1, "mlp": 0.15}  # of the time of a convolutional network


def at_first(recipe: Recipe, n: int, deadline: Deadline) -> dict[str, float]:
    """Seconds of each stage for n pictures, before anybody knows which models suit them."""
    reading = {
        DECODING: 0.5 + n * _DECODING_MS / 1000,
        AUDITING: 1.0 + n * _AUDITING_MS / 1000,
        STARTING: 3.0,
    }
    return {
        **reading,
        **of_climb(recipe.rungs, round(_TRAINED_ON * n), _USUAL_SIDE, recipe, deadline),
    }


def of_climb(
    rungs: Sequence[str], n: int, side: int, recipe: Recipe, deadline: Deadline
) -> dict[str, float]:
    """Seconds of each rung and of what comes after it, by stage.

    n: training examples. side: of the pictures, in pixels.

    >>> found = of_climb(("prior", "cnn"), 1_000, 28, Recipe(), Deadline())
    >>> list(found)[:3], list(found)[-1], round(found["cnn"])
    (['prior', 'checking cnn', 'cnn'], 'writing the report', 25)
    """
    from receta.training.planning import open_epochs

    found: dict[str, float] = {}
    last = {SETTING_RIGHT: 1.5, JUDGING: 1.5, REPORT: 1.5}
    shares = sum(map(models.share, rungs)) or 1.0
    for rung in rungs:
        fixed = _FIXED_S.get(rung, _NETWORK_S)
        if models.is_transfer(rung):
            found |= {
                f"features of {rung}": 3.0 + 1.5 * n * _FEATURES_MS / 1000,
                f"checking {rung}": 2.0,
                rung: 3.0,
            }
            continue
        passes = (recipe.epochs or open_epochs(n)) * n
        seconds = _OF_A_NETWORK.get(rung, 1.0) * passes * (_STEP_MS + side**2 * _PIXEL_MS) / 1000
        if deadline.is_limited:
            seconds = max(
                1.0,
                models.share(rung) / shares * (deadline.seconds_left() - sum(last.values()))
                - fixed,
            )
        found |= (
            {f"checking {rung}": fixed, rung: seconds} if models.is_trained(rung) else {rung: fixed}
        )
    return {**found, **last}


def of_run(recipe: Recipe, n: int, inputs: Inputs, deadline: Deadline) -> dict[str, float]:
    """Seconds of each stage from the start of TensorFlow on, for n training examples."""
    side = math.isqrt(math.prod(inputs.shape[:2]))
    return {STARTING: 3.0, **of_climb(recipe.rungs, n, side, recipe, deadline)}
