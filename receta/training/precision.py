"""Is mixed bfloat16 faster than float32 for this network on this processor?

Decided by the processor's features and the network's arithmetic, both of which are the same at
every repeat; a measured speed is not, on a machine that does other work (LOG.md).
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from receta import models
from receta.core.deadline import NEVER, Deadline

# Multiplications an example. With AVX-512's bfloat16 a step takes 1.29 to 1.61 times less of the
# processor from 6 M on, in convolutions; below, it is all overhead (LOG.md).
_WORTH = 4_000_000
_SECONDS = 6.0  # in which steps are timed, besides building the graph
_FEWEST_STEPS, _MOST_STEPS = 3, 15


def decide(network: Any, machine: dict[str, Any]) -> tuple[str, str]:
    """(precision, why in words) for a network on a machine, as
    `receta.pipeline.backend.Machine` tells it.
    """
    if machine["backend"] != "tensorflow":
        return (
            "float32",
            f"float32: bfloat16 was measured with TensorFlow, not with {machine['backend']}",
        )
    if not machine["bfloat16"]:
        return "float32", "float32: this processor has no bfloat16 arithmetic"
    work = models.count_flops(network)
    if work is None:
        return "float32", "float32: it has layers whose arithmetic cannot be counted"
    many = f"{work / 2e6:.2g} M multiplications an example"
    if work / 2 < _WORTH:
        return "float32", f"float32: {many} are too few for bfloat16 to be faster"
    return (
        "mixed_bfloat16",
        f"mixed_bfloat16: this processor computes with it, and {many} are enough to gain by it",
    )


def images_per_second(
    model: Any, batch: tuple[np.ndarray, np.ndarray], deadline: Deadline = NEVER
) -> float:
    """Training speed of a compiled network on one batch (inputs, targets), median of some steps.

    For plans within a budget alone.
    """
    inputs, targets = batch
    for _ in range(2):  # graph, then memory
        model.train_on_batch(inputs, targets)
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < _FEWEST_STEPS or (
        len(times) < _MOST_STEPS and time.perf_counter() - began < _SECONDS
    ):
        if times and deadline.is_over():
            break
        started = time.perf_counter()
        model.train_on_batch(inputs, targets)
        times.append(time.perf_counter() - started)
    return len(inputs) / float(np.median(times))
