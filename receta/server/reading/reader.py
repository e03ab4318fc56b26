"""What reads the examples of a request: its contract, and what it reads?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from receta.data.nouns import Noun

Given = bytes | np.ndarray  # a picture as a file or as pixels; of other kinds what a network takes
SMALL = 131_072  # pixels of a picture, or numbers, that are ready in a millisecond or two


@dataclass(frozen=True)
class Tensor:
    """One tensor of the Open Inference Protocol: numbers (shape), or texts for BYTES."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: np.ndarray | list[Any]


class Reader(Protocol):
    """What stands between a request and a network.

    noun: what an example is called; its unit is the key in JSON. most: how many in one request.
    takes_files: whether a body may be an example as it is. expected: for refusals;
    expected_tensors: the same for requests of tensors.
    """

    noun: Noun
    most: int
    takes_files: bool
    expected: str
    expected_tensors: str

    def take(self, value: object, where: str) -> Given:
        """One of the `instances`; Refused where it is none."""

    def take_named(self, value: object, where: str) -> Given:
        """One example under its own word, such as {"image": ...}; Refused where it is none."""

    def arrange(self, value: object) -> object:
        """The list of examples that `inputs` of TensorFlow Serving hold."""

    def take_tensors(self, tensors: Sequence[Tensor]) -> list[Given]:
        """The examples that tensors hold; Refused where they hold none."""

    def weigh(self, given: Sequence[Given]) -> int:
        """How much work examples are that are each ready in a millisecond or two; else 0."""

    def count_pixels(self, given: Sequence[Given]) -> int:
        """Pixels that must be decoded, by the heads of the files; 0 of what are no pictures."""

    def read(
        self, names: Sequence[str], given: Sequence[Given], has_gone: Callable[[], bool]
    ) -> list[np.ndarray]:
        """The examples as the network takes them; Unreadable, named, for the first that is not.

        has_gone: whether whoever asked waits no longer.
        """
