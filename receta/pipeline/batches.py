"""Which examples stand in which batch? A pure function of (seed, epoch, step)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from receta.core.targets import counts
from receta.data.examples import Examples
from receta.pipeline import balance
from receta.pipeline.made_rows import make_rows


class Feeding(Protocol):
    """What gives some rows to a network."""

    def take(self, rows: np.ndarray) -> np.ndarray:
        """What a network gets of some rows: (k, ...)."""


class Numbered(Protocol):
    """Batches of an epoch by their number: what a feed reads."""

    @property
    def steps(self) -> int:
        """Batches an epoch."""

    @property
    def class_weights(self) -> np.ndarray | None:
        """(classes,) weights of a mistake, None where all count alike."""

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(inputs (k, ...), targets (k,) or (k, outputs))."""


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches of some rows of the inputs, with their targets.

    rows: (n,) int64, targets: (n,) or (n, labels). Every epoch uses each example once, in a new
    order (or as often as `balance` says); the batches differ by one example at most in size, so
    none is left with one alone.
    """

    inputs: Feeding
    rows: np.ndarray
    targets: np.ndarray
    batch_size: int
    seed: int | None = None  # None: never shuffled
    way: str = "none"  # of showing rare classes: receta.pipeline.balance

    @classmethod
    def of(
        cls, examples: Examples, batch_size: int, seed: int | None = None, way: str = "none"
    ) -> Batches:
        """Batches of all examples of a view; of a table perhaps with rows that are made."""
        if way in balance.ABOUT_TABLES:
            made = make_rows(examples, way, seed or 0)
            return cls(made, np.arange(len(made.targets)), made.targets, batch_size, seed)
        return cls(examples.inputs, examples.rows, examples.targets, batch_size, seed, way)

    @functools.cached_property
    def n(self) -> int:
        """Examples shown in an epoch."""
        return (
            int(balance.count_shown(self.way, self._counts).sum())
            if self.way != "none"
            else len(self.targets)
        )

    @functools.cached_property
    def class_weights(self) -> np.ndarray | None:
        """(classes,) float32 weights of a mistake, None where all count alike."""
        return balance.class_weights(self.way, self._counts)

    @property
    def _counts(self) -> np.ndarray:
        return counts(self.targets, 0)

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return -(-self.n // self.batch_size)

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(images (k, height, width, channels) uint8, targets (k,) or (k, labels))."""
        n, steps = self.n, self.steps
        return self.between(epoch, step * n // steps, (step + 1) * n // steps)

    def between(self, epoch: int, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """The examples from one place of an epoch's order to before another, as `batch` does."""
        chosen = _order(self, epoch)[start:end]
        return self.inputs.take(self.rows[chosen]), self.targets[chosen]


@functools.lru_cache(maxsize=4)
def _order(batches: Batches, epoch: int) -> np.ndarray:
    if batches.seed is None:
        return np.arange(len(batches.rows))
    return balance.order(batches.way, batches.targets, batches.seed, epoch)
