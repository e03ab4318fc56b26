"""What is a network without data compared on? Smooth patterns that are made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from receta.core.seeds import rng
from receta.exporters._bundle import Input
from receta.exporters._parity import Batch, Inputs

_SIDE = 96  # pixels of a picture whose size is open
_STEPS = 16  # of a series whose length is open
_COARSE = 5  # points a side that a pattern is drawn between
_JUDGED = 256


@dataclass(frozen=True)
class MadeUp:
    """Smooth patterns for every input: noise gives nearly constant outputs and hides faults."""

    inputs: tuple[Input, ...]

    def probes(self, n: int) -> Inputs:
        """n examples for every input."""
        return self._drawn("probes", n)

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """One part without labels."""
        yield "made-up inputs", iter([(self._drawn("judged", _JUDGED), None)])

    def rows(self, n: int) -> Inputs:
        """n examples other than those of `parts`."""
        return self._drawn("calibrate", n)

    def _drawn(self, purpose: str, n: int) -> Inputs:
        drawn = [_values(taken, n, rng(0, "made up", purpose, taken.name)) for taken in self.inputs]
        return drawn[0] if len(drawn) == 1 else drawn


def _values(taken: Input, n: int, draw: np.random.Generator) -> np.ndarray:
    shape = tuple(side or (_SIDE if len(taken.shape) == 3 else _STEPS) for side in taken.shape)
    if taken.below:
        return draw.integers(0, taken.below, (n, *shape)).astype(taken.dtype)
    if not taken.highest:
        return _smooth(draw, n, shape).astype(taken.dtype)
    patterns = _smooth(draw, n, shape).reshape(n, -1)
    low, high = patterns.min(axis=1, keepdims=True), patterns.max(axis=1, keepdims=True)
    pixels = ((patterns - low) / np.maximum(high - low, 1e-9) * taken.highest).reshape(n, *shape)
    return (np.round(pixels) if np.dtype(taken.dtype).kind in "iu" else pixels).astype(taken.dtype)


def _smooth(draw: np.random.Generator, n: int, shape: tuple[int, ...]) -> np.ndarray:
    """Normal values (n, *shape), drawn on a coarse grid; between its points along all axes but the last, linear."""
    coarse = [min(side, _COARSE) for side in shape[:-1]] + list(shape[-1:])
    values = draw.standard_normal((n, *coarse)).astype(np.float32)
    for axis, side in enumerate(shape[:-1], start=1):
        where = np.linspace(0, values.shape[axis] - 1, side)
        low = np.minimum(where.astype(int), max(values.shape[axis] - 2, 0))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        weight = (where - low).astype(np.float32).reshape([-1 if other == axis else 1 for other in range(values.ndim)])
        values = values.take(low, axis) * (1 - weight) + values.take(high, axis) * weight
    return values
