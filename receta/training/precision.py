"""Is mixed bfloat16 faster than float32 for this network on this processor?"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from receta import models
from receta.core import disk
from receta.core.errors import RunError

WORTH = 1.1  # bfloat16 has three digits; below a tenth saved they are not worth giving up
_SECONDS = 6.0  # for both precisions together, besides building the graphs: below ten in all
_FEWEST_STEPS, _MOST_STEPS = 3, 15
# Multiplications an example; below, a step is all overhead, the ratio is noise (0.99 to 1.40 was
# measured for the same network), and a choice by noise would make repeats differ.
_SMALL = 4_000_000


def faster(build: Callable[[], Any], batch: tuple[np.ndarray, np.ndarray], machine: dict[str, Any], *,
           name: str) -> tuple[str, str, dict[str, float]]:
    """(precision, why in words, images a second by precision), measured on real steps.

    build gives a compiled network under the policy in force; batch is (inputs, targets).
    What was measured is kept by machine and network (name), so that a repeated run
    chooses alike.
    """
    import keras

    if not machine["bfloat16"]:
        return "float32", "float32: this processor has no bfloat16 arithmetic", {}
    work = models.flops(build())
    if work is not None and work / 2 < _SMALL:
        return "float32", f"float32: at {work / 2e6:.2g} M multiplications a picture neither is faster", {}
    asked = f"{sorted(machine.items())}{name}{batch[0].shape}"
    path = disk.cache_root() / "precision" / f"{hashlib.blake2b(asked.encode(), digest_size=12).hexdigest()}.json"
    speed: dict[str, float] | None = _known(path)
    if speed is None:
        before = keras.config.dtype_policy()
        try:
            networks = {}
            for precision in ("float32", "mixed_bfloat16"):
                keras.config.set_dtype_policy(precision)
                networks[precision] = build()
            speed = _side_by_side(networks, batch)
        finally:
            keras.config.set_dtype_policy(before)
        disk.write_json(path, speed)
    ratio = speed["mixed_bfloat16"] / speed["float32"]
    chosen = "mixed_bfloat16" if ratio > WORTH else "float32"
    return chosen, (
        f"{chosen}: bfloat16 trains {speed['mixed_bfloat16']:.0f} pictures a second here, "
        f"float32 {speed['float32']:.0f} ({ratio:.2f} times)"
    ), speed  # fmt: skip


def images_per_second(model: Any, batch: tuple[np.ndarray, np.ndarray]) -> float:
    """Training speed of a compiled network on one batch, median of some steps."""
    return _side_by_side({"": model}, batch)[""]


def _side_by_side(networks: dict[str, Any], batch: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """Images a second of each, in turns: what else the machine does hits all alike."""
    inputs, targets = batch
    times: dict[str, list[float]] = {name: [] for name in networks}
    for model in networks.values():
        for _ in range(2):  # graph, then memory
            model.train_on_batch(inputs, targets)
    began = time.perf_counter()
    for step in range(_MOST_STEPS):
        if step >= _FEWEST_STEPS and time.perf_counter() - began > _SECONDS:
            break
        for name, model in networks.items():
            started = time.perf_counter()
            model.train_on_batch(inputs, targets)
            times[name].append(time.perf_counter() - started)
    return {name: len(inputs) / float(np.median(seconds)) for name, seconds in times.items()}


def _known(path: Any) -> dict[str, float] | None:
    try:
        return disk.read_json(path) if path.exists() else None
    except RunError:  # a spoilt cache is measured anew
        return None
