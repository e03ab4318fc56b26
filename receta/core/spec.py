"""What is one input of a network, so that new examples are read as those of training were?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# How a picture of another shape is brought to the shape of an input.
Fit = Literal["stretch", "crop", "pad"]


@dataclass(frozen=True)
class Spec:
    """Name, shape of one example (without the batch), dtype and meaning of an input.

    vocabulary: the names that its whole numbers stand for, of a category; () of others.

    >>> Spec("pixels", (28, 28, 1), "uint8", "picture").to_json()["shape"]
    [28, 28, 1]
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str
    vocabulary: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {**vars(self), "shape": list(self.shape), "vocabulary": list(self.vocabulary)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Spec:
        """The spec that `to_json` wrote."""
        return cls(
            plain["name"],
            tuple(plain["shape"]),
            plain["dtype"],
            plain["meaning"],
            tuple(plain.get("vocabulary", ())),
        )
