"""What can be asked of anything that predicts?"""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Predictor(Protocol):
    """Run, Ensemble and Bundle: raw inputs in, probabilities or values out."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the columns of `predict`."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(height, width, channels) of the images that `predict` takes."""

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 images (n, height, width, channels) -> (n, classes) in 0..1."""
