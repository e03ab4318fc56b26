"""Which pictures does a pretrained rung see in the time there is, and at which size?"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta import models, tasks
from receta.core.deadline import NEVER, Deadline, slowness
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.session import Session
from receta.core.spec import of_pixels
from receta.data.dataset import Dataset
from receta.data.examples import Parts
from receta.pipeline.features import BATCH, kept_fast, prepare_features
from receta.pixels import Pixels, decode
from receta.training.decisions import Decisions
from receta.training.networks import build_network

_FEATURES_SHARE = (
    0.6  # of the time for a rung, that features may take before pictures are made smaller
)
_READY_SHARE = (
    0.75  # of the time for a rung, after which examples whose features are not ready are left out
)
_FEWEST_A_CLASS = 8  # training examples, of which features are computed in any case
_MEASURED_S, _MEASURED_SHARE = 1.0, 0.02  # that the speed is measured, of the time for a rung
_SIDE, _GUESSED_S = 512, 0.1  # of matrices whose products are timed, and for how long
_USED = 0.57  # of their speed that a backbone reaches (LOG.md)
_SIZES = (1.0, 6 / 7, 5 / 7, 4 / 7, 3 / 7)  # of the sides: 224, 192, 160, 128, 96


@dataclass(frozen=True)
class Prepared:
    """What a pretrained rung begins with: pictures at its size, and examples for the time.

    seconds_each: what the features of a picture took, 0 where that was not seen. network: of
    the rung, untrained, where one was built on the way.
    """

    parts: Parts
    seconds_each: float = 0.0
    network: Any = None

    @property
    def body(self) -> Any:
        """What gives features, where it is built."""
        return None if self.network is None else models.cut_below_head(self.network)


def prepare(rung: str, parts: Parts, recipe: Recipe, session: Session) -> Prepared:
    """Pictures at the size for this rung, and the examples whose features are ready in time.

    Both are decided once. Without a budget all examples take part.
    """
    progress = session.progress
    tell_stage(progress, f"features of {rung}")
    decisions, network = Decisions(session.folder), None
    pixels: Pixels = parts.inputs  # a backbone takes pictures
    if decisions.find("image_size") is None:
        size, network = _choose_size(rung, parts, recipe, session)
        decisions.keep("image_size", list(size))
    height, width = decisions.find("image_size")
    if (height, width) != pixels.size:
        larger = decode(
            parts.union(), (height, width), pixels.channels, fit=recipe.fit, progress=progress
        )
        parts = parts.fed_by(larger)
    if not session.deadline.is_limited:
        return Prepared(parts)
    network = network or build_network(rung, parts, recipe)
    until = session.deadline.share(_READY_SHARE)
    return _compute(Prepared(parts, 0.0, network), rung, recipe, session.until(until))


def _choose_size(
    rung: str, parts: Parts, recipe: Recipe, session: Session
) -> tuple[tuple[int, int], Any]:
    """(the size of the pictures, the network that was built to time it or None)."""
    whole = models.choose_size(rung, recipe, parts.inputs)
    if (
        not session.deadline.is_limited
        or recipe.image_size is not None
        or whole == parts.inputs.size
    ):
        return whole, None
    size, network = _find_affordable(rung, parts, recipe, session.deadline, whole)
    if size != whole:
        session.progress.say(
            f"{rung}: pictures at {size[1]} x {size[0]} instead of {whole[1]} x {whole[0]}, "
            f"of which features would not be ready in the budget. More time, "
            f"or --set image_size={whole[0]}, gives all of them."
        )
    return size, network


def _compute(prepared: Prepared, rung: str, recipe: Recipe, session: Session) -> Prepared:
    """Compute features, those of the test part too, until the deadline.

    The training part keeps the examples that are ready by then.
    """
    parts, decisions = prepared.parts, Decisions(session.folder)
    order = sort_by_class(parts.train, recipe.seed)
    began, n = time.monotonic(), 0
    if decisions.find("examples") is None:
        # without which there is no model: not cut off
        least = order[: _FEWEST_A_CLASS * len(parts.class_names)]
        looked_at = (
            (parts.validation.rows, NEVER),
            (parts.train.rows[least], NEVER),
            (parts.test.rows, NEVER),
            (parts.train.rows[order], session.deadline),
        )
        body, began = prepared.body, time.monotonic()
        counts = prepare_features(
            body, parts.inputs, looked_at, name=rung, progress=session.progress
        )
        n = counts[0] + counts[-2] + counts[-1]
        decisions.keep("examples", counts[-1])
    seconds_each = (time.monotonic() - began) / n if n else 0.0
    ready = decisions.find("examples")
    if ready >= len(order):
        return dataclasses.replace(prepared, seconds_each=seconds_each)
    session.progress.say(
        f"{rung}: features of {ready} of {len(order)} training examples were ready in the time, "
        f"so it learns from those. More time gives all of them."
    )
    train = parts.train.take(np.sort(order[:ready]))
    return Prepared(dataclasses.replace(parts, train=train), seconds_each, prepared.network)


def sort_by_class(data: Dataset, seed: int) -> np.ndarray:
    """(n,) positions by chance, in which each class has its share of any beginning."""
    order = rng(seed, "in turn").permutation(len(data))
    strata = tasks.of(data.task).strata(data.targets[order])
    place = np.empty(len(order))
    for one in np.unique(strata):
        mine = np.flatnonzero(strata == one)
        place[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return order[np.argsort(place, kind="stable")]


def _find_affordable(
    rung: str, parts: Parts, recipe: Recipe, deadline: Deadline, whole: tuple[int, int]
) -> tuple[tuple[int, int], Any]:
    """The largest size at which features are ready in time; (size, its network or None).

    By the speed at the whole size, guessed or measured. Only sizes at which the backbone has
    less to compute: small pictures are enlarged inside, and some take one size alone.
    """

    def area(size: tuple[int, int]) -> int:
        return math.prod(models.find_inner_size(rung, recipe, *size))

    sizes = [whole]
    for factor in _SIZES[1:]:
        size = max(8, round(whole[0] * factor)), max(8, round(whole[1] * factor))
        if area(size) < area(sizes[-1]):
            sizes.append(size)
    if len(sizes) == 1:
        return whole, None
    n = sum(map(len, parts))  # the test part is looked at in the same way

    def find_largest(each: float) -> tuple[int, int]:
        """each: seconds for a picture at the whole size."""
        room = _FEATURES_SHARE * deadline.seconds_left() / n * area(whole)
        return next((size for size in sizes if each * area(size) <= room), sizes[-1])

    work = models.estimate_flops(rung, recipe, *whole)
    if work:  # to build a network and its graph only to time it may take longer than its features
        return find_largest(work / _time_arithmetic()), None
    built = build_network(rung, parts, recipe, of_pixels((*whole, parts.inputs.channels)))
    model = models.cut_below_head(built)
    batch = np.zeros((BATCH, *model.input_shape[1:]), np.uint8)
    compute = kept_fast(model)  # it is needed again where the whole size fits
    compute(batch)
    began, batches = time.monotonic(), 0
    # Long enough to feel what else the machine does: one batch may have it for itself by chance.
    while not batches or time.monotonic() - began < min(
        _MEASURED_S, _MEASURED_SHARE * deadline.seconds_left()
    ):
        compute(batch)
        batches += 1
    size = find_largest((time.monotonic() - began) / batches / BATCH)
    return size, built if size == whole else None


def _time_arithmetic() -> float:
    """Floating-point operations a second that this machine has left for a backbone, roughly.

    By products of matrices, and by the time of the processor and not of the clock, of which a
    moment tells little where others compute too.
    """
    from threadpoolctl import threadpool_limits

    square = np.ones((_SIDE, _SIDE), np.float32)
    with threadpool_limits(1, "blas"):
        square @ square
        began, times = time.thread_time(), 0
        while time.thread_time() - began < _GUESSED_S:
            square @ square
            times += 1
        one = 2 * _SIDE**3 * times / (time.thread_time() - began)
    return _USED * one * len(os.sched_getaffinity(0)) / slowness()
