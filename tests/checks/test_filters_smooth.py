"""Are smooth filters told from noise, and noise from what cannot be told?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.checks.filters_smooth import SURE, _neighbours, _noise, filters_smooth
from receta.checks.setups import examples
from receta.pipeline import backend


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


@pytest.mark.parametrize(("k", "side"), [(32, 3), (8, 5), (64, 7), (10, 8), (256, 8)])
def test_noise_is_as_wide_as_it_is_taken_to_be_and_never_passes(k: int, side: int) -> None:
    random = np.random.default_rng(0)
    sizes = random.uniform(0.2, 2, (k, 1, 1))
    looks = [random.normal(size=(k, side, side)) * sizes for _ in range(300)]
    away = np.array([_neighbours(one) / _noise(one) for one in looks])
    assert 0.7 < away.std() < 1.15  # of 300 looks the deviation is known to 4 %
    assert abs(away.mean()) < 0.25
    assert away.max() < SURE


def convolved(kernel: np.ndarray, epochs: int = 8) -> object:
    """What is said of a trained network whose first layer is this (side, side, 1, k)."""
    import keras

    side, k = kernel.shape[0], kernel.shape[-1]
    model = keras.Sequential(
        [keras.Input((16, 16, 1)), keras.layers.Conv2D(k, side, use_bias=False)]
    )
    model.layers[0].kernel.assign(kernel.astype("float32"))
    return filters_smooth(examples.trained(model=model, history=[{"loss": 1.0}] * epochs))


def test_noise_warns_where_filters_are_large_and_is_not_judged_where_they_are_small_few_or_young() -> (
    None
):
    random = np.random.default_rng(1)
    noise = {side: random.normal(size=(side, side, 1, 64)) for side in (3, 7)}
    large = convolved(noise[7])
    assert (large.verdict, large.judged) == ("warn", True)
    assert large.advice.endswith(".")
    small, few, young = (
        convolved(noise[3]),
        convolved(noise[7][..., :1]),
        convolved(noise[7], epochs=1),
    )
    for found, words in ((small, "3 x 3"), (few, "too few"), (young, "So few epochs")):
        assert (found.verdict, found.judged) == ("ok", False)
        assert words in found.advice


@pytest.mark.parametrize("side", [3, 5, 7])
def test_strokes_pass_at_every_size(side: int) -> None:
    places = np.linspace(-1, 1, side)
    turns = np.linspace(0, np.pi, 32, endpoint=False)
    slopes = np.cos(turns) * places[:, None, None] + np.sin(turns) * places[None, :, None]
    found = convolved(slopes[:, :, None, :])
    assert (found.verdict, found.judged) == ("ok", True)
    assert found.measured > 0.3


def test_a_checkerboard_warns() -> None:
    y, x = np.mgrid[:7, :7]
    board = np.repeat(((-1.0) ** (x + y))[:, :, None, None], 8, axis=3)
    assert convolved(board).verdict == "warn"
