"""Is mixed bfloat16 faster than float32 for this network on this processor?"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

WORTH = 1.1  # bfloat16 has three digits; below a tenth saved they are not worth giving up
_SECONDS = 2.0  # a precision, at most, besides building the graph: below ten in all
_MOST_STEPS = 12
_SMALL = 2_000_000  # multiplications an example; below, a step is all overhead and neither is faster


def faster(build: Callable[[], Any], batch: tuple[np.ndarray, np.ndarray]) -> tuple[str, str, dict[str, float]]:
    """(precision, why in words, images a second by precision), measured on real steps.

    build gives a compiled network under the policy in force; batch is (inputs, targets).
    """
    import keras

    work = multiplications(build())
    if work < _SMALL:
        return "float32", f"float32: the network is so small ({work / 1e6:.2g} M multiplications a picture) that neither is faster", {}
    speed = {}
    before = keras.config.dtype_policy()
    try:
        for precision in ("float32", "mixed_bfloat16"):
            keras.config.set_dtype_policy(precision)
            keras.backend.clear_session()
            speed[precision] = images_per_second(build(), batch)
    finally:
        keras.config.set_dtype_policy(before)
    ratio = speed["mixed_bfloat16"] / speed["float32"]
    chosen = "mixed_bfloat16" if ratio > WORTH else "float32"
    return chosen, (
        f"{chosen}: bfloat16 trains {speed['mixed_bfloat16']:.0f} pictures a second here, "
        f"float32 {speed['float32']:.0f} ({ratio:.2f} times)"
    ), speed  # fmt: skip


def multiplications(model: Any) -> float:
    """Multiplications of a forward pass for one example, of dense and convolution layers."""
    total = 0.0
    for layer in model.layers:
        kernel = getattr(layer, "kernel", None)
        if hasattr(layer, "layers"):
            total += multiplications(layer)
        elif kernel is not None:
            places = np.prod(layer.output.shape[1:-1]) if len(kernel.shape) > 2 else 1
            total += float(np.prod(kernel.shape) * places)
    return total


def images_per_second(model: Any, batch: tuple[np.ndarray, np.ndarray]) -> float:
    """Training speed of a compiled network on one batch, median of some steps."""
    inputs, targets = batch
    for _ in range(2):  # graph, then memory
        model.train_on_batch(inputs, targets)
    times: list[float] = []
    while len(times) < _MOST_STEPS and (len(times) < 3 or sum(times) < _SECONDS):
        started = time.perf_counter()
        model.train_on_batch(inputs, targets)
        times.append(time.perf_counter() - started)
    return len(inputs) / float(np.median(times))
