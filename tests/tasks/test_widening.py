"""Do bounds that are moved on one half of windows hold what they promise on the other?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.tasks._widening import _count_independent, find_widening


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
    said, truth = windows(1, 1.0)
    assert find_widening(said, truth) is None


def test_errors_that_last_count_less_and_widen_more() -> None:
    rng = np.random.default_rng(1)
    said = np.tile(np.array([-1.96, -1.2816, 0, 1.2816, 1.96]), (5, 48, 1))
    alone = rng.normal(size=(5, 48))
    lasting = np.repeat(rng.normal(size=(5, 1)), 48, axis=1)
    few, many = find_widening(said, lasting), find_widening(said, alone)
    assert few is not None
    assert many is not None
    assert all(share > 0 for share in few)  # of five errors none says what 2.5 % are
    farthest = max(np.abs(lasting).max() - 1.96, 0.0) / (2 * 1.96)
    assert max(few[0], few[3]) > farthest + 0.01
    assert abs(many[1]) < 0.1


def test_windows_that_overlap_tell_no_more_steps_than_there_are() -> None:
    steps = np.random.default_rng(2).normal(size=60)
    ahead = np.lib.stride_tricks.sliding_window_view(steps, 12)
    said = np.tile(np.array([-2.0, -1.3, 0.0, 1.3, 2.0]), (len(ahead), 12, 1))
    assert _count_independent(said, ahead) <= 60
