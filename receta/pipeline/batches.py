"""Which examples stand in which batch? A pure function of (seed, epoch, step)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from receta.core.seeds import rng
from receta.pixels import Pixels


def order(seed: int, epoch: int, n: int) -> np.ndarray:
    """Order of n examples in an epoch: (n,) int64, a permutation.

    >>> order(1, 0, 4).tolist() == order(1, 0, 4).tolist() != order(1, 1, 4).tolist()
    True
    """
    return rng(seed, "order", epoch).permutation(n)


@dataclass(frozen=True)
class Batches:
    """Batches of some rows of the pixels, with their targets.

    rows, targets: (n,) int64. Every epoch uses each example once, in a new order; the
    batches differ by one example at most in size, so none is left with one alone.
    """

    pixels: Pixels
    rows: np.ndarray
    targets: np.ndarray
    batch_size: int
    seed: int | None = None  # None: never shuffled

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return -(-len(self.rows) // self.batch_size)

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(images (k, height, width, channels) uint8, targets (k,) int64)."""
        n, steps = len(self.rows), self.steps
        chosen = _order(self.seed, epoch, n)[step * n // steps : (step + 1) * n // steps]
        return self.pixels.take(self.rows[chosen]), self.targets[chosen]


@functools.lru_cache(maxsize=4)
def _order(seed: int | None, epoch: int, n: int) -> np.ndarray:
    return np.arange(n) if seed is None else order(seed, epoch, n)
