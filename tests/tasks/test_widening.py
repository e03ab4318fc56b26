"""Do bounds that are moved on one half of windows hold what they promise on the other?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.tasks._widening import find_widening


def windows(n: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts (n, 4, levels) of normal noise with bounds that are `spread` times too wide."""
    rng = np.random.default_rng(0)
    level = rng.normal(0, 10, (n, 4, 1))
    bounds = np.array([-1.96, -1.2816, 0, 1.2816, 1.96]) * spread
    return level + bounds, level[..., 0] + rng.normal(size=(n, 4))


def moved(said: np.ndarray, shares: tuple[float, ...]) -> np.ndarray:
    keras = pytest.importorskip("keras")
    from receta.tasks import quantiles

    inputs = keras.Input((said[0].size,))
    plain = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
    network = quantiles.widen(plain, shares)
    return np.asarray(network(said.reshape(len(said), -1))).reshape(said.shape)


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
def test_coverage_is_as_promised_whatever_the_bounds_were(spread: float) -> None:
    said, truth = windows(2000, spread)
    shares = find_widening(said[:1000], truth[:1000])
    assert shares is not None
    after = moved(said[1000:].astype(np.float32), shares)
    for first, last, promised in ((1, 3, 0.8), (0, 4, 0.95)):
        inside = (after[..., first] <= truth[1000:]) & (truth[1000:] <= after[..., last])
        # 4,000 steps: three standard errors are 0.019 and 0.010
        assert abs(inside.mean() - promised) < 0.025
    assert after[..., 2] == pytest.approx(said[1000:, :, 2], abs=1e-4)
    assert (np.diff(after, axis=2) >= -1e-4).all()


def test_of_few_steps_nothing_is_learnt() -> None:
    said, truth = windows(5, 1.0)
    assert find_widening(said, truth) is None
