"""Can every rung be handed over, and say there what it says here?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import models
from receta.core.recipe import Recipe
from receta.exporters import onnx
from receta.pipeline import backend

SHARES = np.array([0.6, 0.3, 0.1])
COURSES = [name for name in models.SHELF.names() if name.startswith("course_")]


def gap(rung: str, shape: tuple[int, int, int], folder: Path, recipe: Recipe | None = None) -> float:
    """Largest difference of a probability between Keras and ONNX Runtime."""
    backend.start()
    backend.forget(3)
    model = models.build(rung, shape, SHARES, recipe)
    inputs = np.random.default_rng(0).integers(0, 256, (3, *shape)).astype(np.uint8)
    expected = np.asarray(model(inputs))  # Keras exports only what was called once
    onnx.onnx(model, folder, {})
    return float(np.abs(expected - onnx.opened(folder)(inputs)).max())


@pytest.mark.slow
@pytest.mark.parametrize("rung", COURSES)
def test_a_course_rung_says_the_same_in_onnx(rung: str, tmp_path: Path) -> None:
    assert gap(rung, (108, 120, 3) if "grey" in rung else (24, 24, 3), tmp_path) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("normalization", ["batch", "layer", "group", "none"])
def test_every_normalisation_says_the_same_in_onnx(normalization: str, tmp_path: Path) -> None:
    assert gap("cnn", (16, 16, 1), tmp_path, Recipe(normalization=normalization, stochastic_depth=0.2)) < 1e-5
