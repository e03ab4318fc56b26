"""How long does each stage of a run take on two idle cores, roughly?

For the bar alone: nothing is decided by it.
"""

from __future__ import annotations

import math

from receta import models
from receta.core.deadline import Deadline
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.examples import Examples
from receta.data.nouns import noun_of

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
# to build and to check it
_FIXED_S = {
    "prior": 1.0,
    "naive": 1.5,
    "seasonal_naive": 1.5,
    "boosting": 2.0,
    "auto_ets": 3.0,
    "linear": 3.0,
    "mlp": 4.0,
    "dense": 4.0,
}
_NETWORK_S = 8.0
_READING_S, _LOOKING_S = 1.0, 2.0  # of what is no picture: its values are there at once
# Windows are seen in as many steps whatever their number; milliseconds of one.
_WINDOW_STEPS, _WINDOW_MS, _WINDOW_USUAL_MS = 1_500, {"linear": 2.0, "dense": 3.0}, 8.0
_TRAINED_ON, _USUAL_SIDE = 0.7, 32  # share of the pictures; pixels of their side
_OF_A_NETWORK = {"linear": 0.1, "mlp": 0.15}  # of the time of a convolutional network


def at_first(data: Dataset, recipe: Recipe, deadline: Deadline) -> dict[str, float]:
    """Seconds of each stage for these data, before anybody knows which models suit them."""
    n, seen = len(data), data.noun.is_seen
    reading = {
        DECODING: 0.5 + n * _DECODING_MS / 1000 if seen else _READING_S,
        AUDITING: 1.0 + n * _AUDITING_MS / 1000 if seen else _LOOKING_S,
        STARTING: 3.0,
    }
    trained_on = round(_TRAINED_ON * n)
    ahead = of_climb(trained_on, recipe, deadline, side=_USUAL_SIDE, kind=data.kind)
    return {**reading, **ahead}


def of_climb(
    n: int, recipe: Recipe, deadline: Deadline, *, side: int, kind: str = "images"
) -> dict[str, float]:
    """Seconds of each rung of a recipe and of what comes after it, by stage.

    n: training examples. side: of the pictures, in pixels.

    >>> found = of_climb(1_000, Recipe(rungs=("prior", "cnn")), Deadline(), side=28)
    >>> list(found)[:3], list(found)[-1], round(found["cnn"])
    (['prior', 'checking cnn', 'cnn'], 'writing the report', 25)
    """
    rungs = recipe.rungs
    found: dict[str, float] = {}
    last = {SETTING_RIGHT: 1.5, JUDGING: 1.5, REPORT: 1.5}
    shares = sum(models.share(rung, kind) for rung in rungs) or 1.0
    for rung in rungs:
        fixed = _FIXED_S.get(rung, _NETWORK_S)
        if models.is_transfer(rung):
            found |= {
                f"features of {rung}": 3.0 + 1.5 * n * _FEATURES_MS / 1000,
                f"checking {rung}": 2.0,
                rung: 3.0,
            }
            continue
        seconds = _seconds_of_steps(rung, n, recipe, side=side, kind=kind)
        if deadline.is_limited:
            seconds = max(
                1.0,
                models.share(rung, kind) / shares * (deadline.seconds_left() - sum(last.values()))
                - fixed,
            )
        found |= (
            {f"checking {rung}": fixed, rung: seconds} if models.is_trained(rung) else {rung: fixed}
        )
    return {**found, **last}


def _seconds_of_steps(rung: str, n: int, recipe: Recipe, *, side: int, kind: str) -> float:
    """How long an idle machine trains a rung, where no budget says it."""
    from receta.training.planning import open_epochs

    if noun_of(kind).in_time:
        return _WINDOW_STEPS * _WINDOW_MS.get(rung, _WINDOW_USUAL_MS) / 1000
    passes = (recipe.epochs or open_epochs(n)) * n
    return _OF_A_NETWORK.get(rung, 1.0) * passes * (_STEP_MS + side**2 * _PIXEL_MS) / 1000


def of_run(train: Examples, recipe: Recipe, deadline: Deadline) -> dict[str, float]:
    """Seconds of each stage from the start of TensorFlow on, for the training part."""
    side = math.isqrt(math.prod(train.inputs.shape[:2]))
    n, kind = len(train), train.kind
    return {STARTING: 3.0, **of_climb(n, recipe, deadline, side=side, kind=kind)}
