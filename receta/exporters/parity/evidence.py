"""What is a network judged on, and how are inputs cut into pieces?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

Inputs = np.ndarray | list[np.ndarray]  # one array, or one for each input of the network


# what goes in, and the true classes or labels where they are known
Batch = tuple[Inputs, np.ndarray | None]


class Evidence(Protocol):
    """What a network is judged on: pictures of its run, rows that somebody gave, or what was
    made up.

    source: the words for what `rows` gives. untold: the inputs of which neither data nor the
    network say which values they take; what is made up for them proves nothing of a smaller
    variant.
    """

    @property
    def source(self) -> str: ...

    @property
    def untold(self) -> tuple[str, ...]: ...

    def probes(self, n: int) -> Inputs:
        """n inputs that are as different as they may be."""

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """Named parts in batches; the last one is what accuracies are told of."""

    def rows(self, n: int) -> Inputs:
        """At most n inputs that a target may calibrate itself on: never those of `parts`, if
        there are others.
        """


def part(inputs: Inputs, start: int, stop: int) -> Inputs:
    """Some of the examples, of every input."""
    return [one[start:stop] for one in inputs] if isinstance(inputs, list) else inputs[start:stop]


def as_list(outputs: Any) -> list[np.ndarray]:
    """What a network gave, as a list of arrays also where it is one."""
    return (
        [np.asarray(one) for one in outputs]
        if isinstance(outputs, list | tuple)
        else [np.asarray(outputs)]
    )


# as many at once, and as many alone: faults of batch normalisation show at one of the two only
SOME = 16
