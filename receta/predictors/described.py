"""What goes into a network and comes out of it, in words and numbers?"""

from __future__ import annotations

from dataclasses import dataclass

from receta.core.spec import Spec


@dataclass(frozen=True)
class Input:
    """One input of a network: shape without the batch (None: any size), and its numbers.

    below: whole numbers from 0 to below it, such as words of an embedding. highest: values
    from 0 to it, such as pixels. Both 0: any number.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    below: int = 0
    highest: float = 0.0

    @classmethod
    def of(cls, spec: Spec) -> Input:
        """What a run takes."""
        return cls(spec.name, spec.shape, spec.dtype, highest=255.0 * (spec.dtype == "uint8"))

    @property
    def pictures(self) -> bool:
        """Whether pictures fit: pixels from 0 to 255 of a known size, grey or in colour."""
        sized = len(self.shape) == 3 and None not in self.shape and self.shape[2] in (1, 3)
        return sized and (self.dtype == "uint8" or self.highest == 255)


SHARES = ("classes", "labels")  # outputs that are probabilities; all others are values


@dataclass(frozen=True)
class Output:
    """One output of a network, by its name in Keras; shape without the batch (None: any size).

    gives: classes (probabilities that add up to one along the last axis), labels (each value
    a probability by itself), values or quantiles.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    gives: str = "values"

    @property
    def is_share(self) -> bool:
        """Whether what it gives are probabilities."""
        return self.gives in SHARES


class Described:
    """What follows from the inputs and the thresholds of a network, written or not."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    thresholds: tuple[float, ...] | None
    specs: tuple[Spec, ...]

    @property
    def task(self) -> str:
        """classes, labels or values: what a run learnt; classes of anybody's network."""
        if self.specs and self.outputs:
            return self.outputs[0].gives
        return "classes" if self.thresholds is None else "labels"

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of the pictures that `predict` takes; 0 for any size."""
        return tuple(side or 0 for side in self.inputs[0].shape)


def judged_words(on: str) -> str:
    """The words for what something was judged on: a part of a run holds examples.

    Rows and what is made up are some already.

    >>> judged_words("test"), judged_words("rows of a.npz")
    ('test examples', 'rows of a.npz')
    """
    return f"{on} examples" if on in ("validation", "test") else on
