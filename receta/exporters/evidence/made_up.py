"""What is a network without data compared on? Smooth patterns that are made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from receta.core.seeds import rng
from receta.exporters.evidence.input_scales import PIXELS, Scale
from receta.exporters.parity.evidence import Batch, Inputs
from receta.predictors.described import Input

_SIDE = 96  # pixels of a picture whose size is open
_STEPS = 16  # of a series whose length is open
_COARSE = 5  # points a side that a pattern is drawn between
_JUDGED = 256


@dataclass(frozen=True)
class MadeUp:
    """Smooth patterns for every input: noise gives nearly constant outputs and hides faults.

    scales: of each input as far as the network tells it; without, none is known.
    """

    inputs: tuple[Input, ...]
    scales: tuple[Scale | None, ...] = ()

    @property
    def source(self) -> str:
        """What they are, and whose words their scale follows."""
        if self.untold:
            return "made-up inputs"
        return (
            "made-up inputs, scaled as "
            f"{' and '.join(dict.fromkeys(one.by for one in self.scales if one))} tells"
        )

    @property
    def untold(self) -> tuple[str, ...]:
        """The inputs whose scale nothing tells."""
        scales = self.scales or (None,) * len(self.inputs)
        return tuple(
            taken.name for taken, scale in zip(self.inputs, scales, strict=True) if scale is None
        )

    def probes(self, n: int) -> Inputs:
        """n examples for every input."""
        return self._draw("probes", n)

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """One part without labels."""
        yield self.source, iter([(self._draw("judged", _JUDGED), None)])

    def rows(self, n: int) -> Inputs:
        """n examples other than those of `parts`."""
        return self._draw("calibrate", n)

    def _draw(self, purpose: str, n: int) -> Inputs:
        scales = self.scales or (None,) * len(self.inputs)
        drawn = [
            _values(taken, scale, n, rng(0, "made up", purpose, taken.name))
            for taken, scale in zip(self.inputs, scales, strict=True)
        ]
        return drawn[0] if len(drawn) == 1 else drawn


def _values(taken: Input, scale: Scale | None, n: int, draw: np.random.Generator) -> np.ndarray:
    shape = tuple(side or (_SIDE if len(taken.shape) == 3 else _STEPS) for side in taken.shape)
    if taken.below:
        return draw.integers(0, taken.below, (n, *shape)).astype(taken.dtype)
    if scale is not None and scale.mean is not None and scale.spread is not None:
        values = scale.mean + scale.spread * _smooth(draw, n, shape)
        return (np.clip(values, 0, PIXELS) if scale.pixels else values).astype(taken.dtype)
    highest = PIXELS if scale is not None and scale.pixels else taken.highest
    if not highest:
        return _smooth(draw, n, shape).astype(taken.dtype)
    patterns = _smooth(draw, n, shape).reshape(n, -1)
    low, high = patterns.min(axis=1, keepdims=True), patterns.max(axis=1, keepdims=True)
    pixels = ((patterns - low) / np.maximum(high - low, 1e-9) * highest).reshape(n, *shape)
    return (np.round(pixels) if np.dtype(taken.dtype).kind in "iu" else pixels).astype(taken.dtype)


def _smooth(draw: np.random.Generator, n: int, shape: tuple[int, ...]) -> np.ndarray:
    """Normal values (n, *shape), drawn on a coarse grid.

    Between its points along all axes but the last, linear.
    """
    coarse = [min(side, _COARSE) for side in shape[:-1]] + list(shape[-1:])
    values = draw.standard_normal((n, *coarse)).astype(np.float32)
    for axis, side in enumerate(shape[:-1], start=1):
        where = np.linspace(0, values.shape[axis] - 1, side)
        low = np.minimum(where.astype(int), max(values.shape[axis] - 2, 0))
        high = np.minimum(low + 1, values.shape[axis] - 1)
        weight = (
            (where - low)
            .astype(np.float32)
            .reshape([-1 if other == axis else 1 for other in range(values.ndim)])
        )
        values = values.take(low, axis) * (1 - weight) + values.take(high, axis) * weight
    return values
