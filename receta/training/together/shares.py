"""Which examples of a batch does each of several processes take?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from receta.pipeline.batches import Batches


@dataclass(frozen=True, eq=False)
class Share:
    """What one of `of` processes takes of batches: a feed reads it in the place of them.

    All take equally many examples of each batch, a multiple of `each` (the devices of a process).
    So a few examples are left out of an epoch: the last of its order, which are others in each.

    >>> rows = np.arange(10)
    >>> whole = Batches(rows[:, None].view(), rows, rows, batch_size=4)
    >>> Share(whole, 0, 2).steps, Share(whole, 0, 4).n
    (3, 8)
    """

    batches: Batches
    rank: int
    of: int
    each: int = 1

    @property
    def n(self) -> int:
        """Examples that all processes show in an epoch."""
        return self.batches.n // self._unit * self._unit

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return -(-self.n // max(self.batches.batch_size, self._unit))

    @property
    def _unit(self) -> int:
        return self.of * self.each

    @property
    def class_weights(self) -> np.ndarray | None:
        """(classes,) float32 weights of a mistake, None where all count alike."""
        return self.batches.class_weights

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The share of one batch: (inputs (k, ...), targets (k,) or (k, outputs))."""
        units, steps = self.n // self._unit, self.steps
        first, last = step * units // steps, (step + 1) * units // steps
        mine = (last - first) * self.each
        start = first * self._unit + self.rank * mine
        return self.batches.between(epoch, start, start + mine)
