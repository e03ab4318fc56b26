"""What is left to learn where a network sees nothing? Inputs of zeros, with the true targets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.data.dataset import Dataset
from receta.data.examples import Inputs, Parts


@dataclass(frozen=True)
class Zeroed:
    """The inputs of some data, all of them zeros; what else is asked they answer themselves."""

    inputs: Inputs

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Zeros for some rows."""
        return np.zeros_like(self.inputs.take(rows))

    @property
    def digests(self) -> np.ndarray:
        """Other digests than those of the true inputs, so that nobody takes one for the other."""
        own = [hashlib.sha256(b"zeroed" + one).hexdigest()[:32] for one in self.inputs.digests]
        return np.array(own, dtype="S32")

    def fingerprint(self, data: Dataset) -> str:
        """That of the true inputs, since the data are the same."""
        return self.inputs.fingerprint(data)

    def __getattr__(self, name: str) -> Any:
        if name == "inputs":
            raise AttributeError(name)
        return getattr(self.inputs, name)


def zero(parts: Parts) -> Parts:
    """The same parts, with inputs of zeros."""
    return parts.fed_by(Zeroed(parts.inputs))
