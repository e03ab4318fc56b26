"""What stands beside every example of a source: its id, its target, its part and its group?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.data.dataset import Quarantined


@dataclass(frozen=True)
class Marks:
    """One of each an example, in the order of the rows; a source spells them out as its own.

    strays: what could not be an example, and why. The others: as in `receta.data.dataset.Source`.

    >>> Marks(["a", "b"], np.array([0, 1]), ("cat", "dog")).parts is None
    True
    """

    ids: Sequence[str]
    targets: np.ndarray
    class_names: Sequence[str]
    parts: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    strays: Sequence[Quarantined] = ()
