"""Are quantiles of the next steps judged and learnt by the same figures?"""

from __future__ import annotations

import numpy as np
import pytest

from receta import tasks
from receta.core.recipe import Recipe

TASK = tasks.of("quantiles")
N, HORIZON = 300, 4


@pytest.fixture(scope="module")
def targets() -> np.ndarray:
    """Steps around a naive forecast of 100, as wide as a stride of 2."""
    rng = np.random.default_rng(0)
    naive = 100 + rng.normal(0, 5, (N, HORIZON))
    ahead = naive + 2 * rng.normal(0, 1, (N, HORIZON))
    ones = np.ones((N, 1))
    return np.concatenate([ahead, 1.5 * ones, 2 * ones, naive], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def said(targets: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    steps = np.sort(rng.normal(100, 6, (N, HORIZON, 5)), axis=2)
    return np.asarray(steps.reshape(N, -1), np.float32)


def test_keras_learns_from_the_loss_and_the_measure_that_are_told(
    targets: np.ndarray, said: np.ndarray
) -> None:
    loss = TASK.loss(said.shape[1], Recipe())(targets, said)
    assert np.asarray(loss) == pytest.approx(TASK.losses(said, targets), rel=1e-4)
    metric = TASK.metric()
    metric.update_state(targets, said)
    assert float(metric.result()) == pytest.approx(TASK.measure(said, targets).value, rel=1e-4)


def test_the_blind_answer_holds_as_often_as_its_levels_say(targets: np.ndarray) -> None:
    blind = TASK.blind(targets, 5 * HORIZON)
    assert TASK.entropy(blind) == pytest.approx(TASK.blind_loss(blind, targets), rel=1e-6)
    truth = tasks.split_targets(targets)
    bounds = blind[:, 0].reshape(HORIZON, 5)
    below = ((truth.ahead - truth.naive) / truth.stride)[:, :, np.newaxis] <= bounds
    assert below.mean(axis=0) == pytest.approx(
        np.tile([0.025, 0.1, 0.5, 0.9, 0.975], (4, 1)), abs=0.01
    )


def test_a_forecast_that_is_right_has_no_error_and_full_coverage(targets: np.ndarray) -> None:
    truth = tasks.split_targets(targets)
    found = TASK.scores(
        np.repeat(truth.ahead, 5, axis=1), targets, (), sure_from=0.0, thresholds=None
    )
    assert (found.mase, found.pinball, found.coverage_80, found.coverage_95) == (0, 0, 1, 1)
    assert found.blind == pytest.approx(2 * np.sqrt(2 / np.pi) / 1.5, rel=0.1)


def test_series_that_count_in_other_units_count_alike(
    targets: np.ndarray, said: np.ndarray
) -> None:
    assert TASK.losses(said * 1e5, targets * 1e5) == pytest.approx(
        TASK.losses(said, targets), rel=1e-4
    )


def test_an_answer_says_the_median_and_what_it_lies_between() -> None:
    found = TASK.answer(np.arange(10.0), (), 1, sure_from=0.0, thresholds=None)
    first = {"lo-95": 0.0, "lo-80": 1.0, "yhat": 2.0, "hi-80": 3.0, "hi-95": 4.0}
    assert found["steps"][0] == first
    assert tasks.say_values(found) == "2, 7"
