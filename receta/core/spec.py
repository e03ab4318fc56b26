"""What is one input of a network, so that new examples are read as those of training were?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from receta.core.rhythm import TIMELESS, Rhythm

# How a picture of another shape is brought to the shape of an input.
Fit = Literal["stretch", "crop", "pad"]


@dataclass(frozen=True)
class Spec:
    """Name, shape of one example (without the batch), dtype and meaning of an input.

    vocabulary: the names that its whole numbers stand for, of a category; () of others. fields: the
    names along its last axis, such as columns of a table. mean, spread: of each field, learnt on
    the training part, where a network brings its numbers to one size; () before and of others.
    target: the column to predict, of rows and series; '' where nothing tells. rhythm: of windows of
    a series, how it runs in time: season, horizon, step.

    >>> Spec("pixels", (28, 28, 1), "uint8", "picture").to_json()["shape"]
    [28, 28, 1]
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str
    vocabulary: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    target: str = ""
    rhythm: Rhythm = TIMELESS

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if name != "rhythm"
        }
        return plain if self.rhythm == TIMELESS else {**plain, "rhythm": self.rhythm.to_json()}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Spec:
        """The spec that `to_json` wrote."""
        names = ("vocabulary", "fields", "mean", "spread")
        tuples = {name: tuple(plain.get(name, ())) for name in names}
        return cls(
            plain["name"],
            tuple(plain["shape"]),
            plain["dtype"],
            plain["meaning"],
            **tuples,
            target=plain.get("target", ""),
            rhythm=Rhythm.from_json(plain.get("rhythm", {})),
        )


def of_pixels(shape: tuple[int, ...]) -> tuple[Spec, ...]:
    """The one input of a network of pictures: whole pixels (height, width, channels), 0 to 255."""
    return (Spec("pixels", shape, "uint8", "picture"),)
