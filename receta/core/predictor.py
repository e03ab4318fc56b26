"""What can be asked of anything that predicts?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from receta.core.errors import InputError
from receta.core.spec import Fit


def refuse_names(inputs: Any) -> None:
    """InputError where names of files are given for pixels."""
    first = inputs[0] if isinstance(inputs, list | tuple) and inputs else inputs
    if isinstance(first, str | bytes | Path):
        raise InputError(
            f"predict of a model takes pixels, and got the name {str(first)[:80]!r}; expected an "
            "array. "
            f"For files of pictures: receta.predict(model, {str(first)[:80]!r})"
        )


class Predictor(Protocol):
    """Run, Bundle and anybody's network: raw inputs in, probabilities or values out."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the columns of `predict`."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of the images that `predict` takes."""

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 images (n, height, width, channels) -> (n, classes) in 0..1."""


class Classifier(Predictor, Protocol):
    """A Predictor of which all is known that judging it takes."""

    @property
    def task(self) -> str:
        """classes, or labels: whether a picture has exactly one of the names."""

    @property
    def fit(self) -> Fit:
        """How pictures of another shape are brought to `input_shape`."""

    @property
    def sure_from(self) -> float:
        """Probability of the first class from which on an answer is sure."""

    @property
    def thresholds(self) -> tuple[float, ...] | None:
        """From which probability on each label is said; None of classes."""


def ask(model: Predictor, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Probabilities (n, classes) of uint8 pictures, and how unlike what was learnt each is (n,).

    None in place of the second where the model cannot tell.
    """
    judge = getattr(model, "judge", None)
    return (model.predict(inputs), None) if judge is None else judge(inputs)
