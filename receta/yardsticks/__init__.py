"""What is a network measured against that is none itself? The shelf of yardsticks.

A yardstick stands on the ladder by its name, as a rung does. It is fitted on the training part and
answers for the others; what it answered is kept as plain arrays (`receta.training.yardstick`). It
is judged and reported beside the networks. It is never delivered, served or exported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

import numpy as np

from receta.core.recipe import Recipe
from receta.core.registry import Shelf, optional
from receta.core.session import Session
from receta.data.examples import Examples

__all__ = ["SHELF", "Answer", "OutOfTime", "Yardstick", "is_yardstick"]

Answer = Callable[[Examples], np.ndarray]
"""Answers (n, outputs) for a view, in its order, as the task has those of a network."""


class OutOfTime(Exception):
    """A yardstick cannot be fitted in the time that there is; the text says what it would take."""


class Yardstick(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the yardstick that it stands behind, '' for the first"]
    ORIGIN: Annotated[str, "what it is and where it comes from, in one line"]
    KINDS: Annotated[tuple[str, ...], "kinds of data that it is for"]
    CALLED: Annotated[str, "what people call it, in the middle of a sentence"]
    SHARE: Annotated[float, "its weight when a budget of time is divided"] = 0.1

    def __call__(self, train: Examples, recipe: Recipe, session: Session) -> Answer:
        """Fit on the training part, within the deadline of the session and its threads.

        Raises OutOfTime where that is too short.
        """

    @optional
    def find_hindrance(self, train: Examples) -> str:
        """Why it cannot answer for such data, in one sentence; '' where it can."""
        return ""


SHELF = Shelf("receta.yardsticks", "yardstick", contract=Yardstick)


def is_yardstick(rung: str) -> bool:
    """Whether a name on the ladder is that of a yardstick, and of no network.

    >>> is_yardstick("boosting"), is_yardstick("mlp")
    (True, False)
    """
    return rung in SHELF
