"""Does a forecast hang on its window alone, in any unit, with steps missing, for series of any size?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from receta import kinds, models, tasks
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.rhythm import Rhythm
from receta.data.dataset import Dataset
from receta.data.examples import Examples
from receta.data.series import Series
from receta.pipeline import backend

WINDOW, HORIZON, SEASON = 24, 6, 8
TASK = tasks.of("quantiles")
RUNGS = [name for name in models.SHELF.names() if models.SHELF.module(name).KINDS == ("series",)]
RUNGS.insert(2, "linear")


def wave(steps: int = 160, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.3, steps)
    return np.asarray(10 + 3 * np.sin(np.arange(steps) * 2 * np.pi / SEASON) + noise)


def read(*pieces: np.ndarray, season: int = SEASON) -> Examples:
    """All windows of some series, as a network is fed them."""
    source = Series(
        "series('made up'",
        np.concatenate(pieces)[:, np.newaxis],
        None,
        window=WINDOW,
        horizon=HORIZON,
        channel_names=("value",),
        version="",
        names=[f"s{number}" for number in range(len(pieces))],
        ends=np.cumsum([len(one) for one in pieces]),
        rhythm=Rhythm(season=season),
    )
    return kinds.read(Dataset.of(source), Recipe(), Quiet())


def build(rung: str, examples: Examples, **settings: Any) -> Any:
    backend.forget(0)
    recipe = Recipe().for_rung({**models.defaults(rung), **settings})
    blind = TASK.blind(examples.targets, 5 * HORIZON)
    network = models.build(rung, kinds.learn(examples), blind, recipe, task="quantiles")
    models.begin(rung, network, examples, recipe)
    return network


@pytest.fixture(scope="module", params=RUNGS)
def network(request: pytest.FixtureRequest) -> Any:
    """A network that is not trained, with weights that say something."""
    made = build(request.param, read(wave()))
    rng = np.random.default_rng(1)
    for name in ("median", "gaps"):
        kernel = made.get_layer(name).kernel
        kernel.assign(kernel + rng.normal(0, 0.05, kernel.shape))
    return made


def say(network: Any, values: np.ndarray) -> np.ndarray:
    """(n, horizon, levels) of windows (n, steps)."""
    said = network.predict(values[:, :, np.newaxis].astype(np.float32), verbose=0)
    return np.asarray(said).reshape(len(values), HORIZON, -1)


def windows(values: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(values, WINDOW)


def test_what_comes_after_a_window_changes_no_bit_of_its_forecast(network: Any) -> None:
    values, last = wave(), 100
    other = np.concatenate([values[:last], wave(seed=9)[last:] * -1e4])
    before, after = (read(one) for one in (values, other))
    known = np.flatnonzero(before.source.starts + WINDOW <= last)
    said = [network.predict(one.inputs.take(one.rows[known]), verbose=0) for one in (before, after)]
    assert np.array_equal(said[0], said[1])


def test_forecasts_follow_the_unit_of_a_series(network: Any) -> None:
    values = windows(wave())[:40]
    plain, moved = say(network, values), say(network, values * 1000 + 1e6)
    assert moved == pytest.approx(plain * 1000 + 1e6, abs=1000 * 0.01)


def test_a_window_with_steps_missing_is_answered(network: Any) -> None:
    values = windows(wave())[:30].copy()
    lost = np.random.default_rng(2).random(values.shape) < np.linspace(0, 0.98, 30)[:, np.newaxis]
    lost[:, 3] = False
    values[lost] = np.nan
    said = say(network, values)
    assert np.isfinite(said).all()
    assert np.abs(said - 10).max() < 100


@pytest.mark.parametrize("constant", [0.0, 7.0, -1e9, 1e-20])
def test_a_window_that_never_varies_is_answered_near_its_value(
    constant: float, network: Any
) -> None:
    said = say(network, np.full((1, WINDOW), constant))
    assert np.isfinite(said).all()
    assert np.abs(said - constant).max() <= 0.5 + 1e-4 * abs(constant)


def test_quantiles_never_cross(network: Any) -> None:
    hard = np.random.default_rng(3).normal(0, 1, (200, WINDOW)) ** 3
    assert (np.diff(say(network, hard), axis=2) >= 0).all()


@pytest.mark.parametrize("season", [1, SEASON, WINDOW - 1, WINDOW, 365])
def test_layers_find_the_stride_and_the_naive_forecast_of_the_targets(season: int) -> None:
    import keras

    examples = read(wave(), season=season)
    made = build("seasonal_naive", examples)
    truth = tasks.split_targets(examples.targets)
    layer = keras.Model(made.inputs, made.get_layer("stride").output)
    stride = layer.predict(examples.values, verbose=0)[:, 0]
    assert stride == pytest.approx(truth.stride, rel=1e-4)
    said = made.predict(examples.values, verbose=0)[:, 2::5]
    assert said == pytest.approx(truth.naive, abs=1e-4)


def test_naive_rungs_repeat_the_last_step_and_the_last_season() -> None:
    examples = read(wave())
    last, season = (
        build(rung, examples).predict(examples.values, verbose=0)[:, 2::5]
        for rung in ("naive", "seasonal_naive")
    )
    seen = examples.values[:, :, 0]
    assert last == pytest.approx(np.repeat(seen[:, -1:], HORIZON, axis=1), abs=1e-4)
    assert season == pytest.approx(seen[:, -SEASON : -SEASON + HORIZON], abs=1e-4)


def test_the_bounds_of_a_naive_forecast_hold_as_often_as_they_say_on_what_they_were_set_on() -> (
    None
):
    examples = read(wave(400))
    found = TASK.scores(
        build("seasonal_naive", examples).predict(examples.values, verbose=0),
        examples.targets,
        (),
        sure_from=0.0,
        thresholds=None,
    )
    assert found.coverage_80 == pytest.approx(0.8, abs=0.03)
    assert found.coverage_95 == pytest.approx(0.95, abs=0.02)
    assert found.mase == pytest.approx(found.blind, abs=1e-4)


def test_series_of_unlike_size_are_learnt_alike() -> None:
    rng = np.random.default_rng(5)
    at = np.arange(400)
    large = 1e5 * (5 + np.sin(at * 0.37) + rng.normal(0, 0.02, 400))
    small = 3 + np.cos(at * 0.23) + rng.normal(0, 0.02, 400)
    examples = read(large, small, season=1)
    network = build("dense", examples)
    models.compile_network(network, Recipe(learning_rate=3e-3))
    order = np.random.default_rng(6)
    for _ in range(250):
        some = examples.take(np.sort(order.choice(len(examples), 64, replace=False)))
        network.train_on_batch(some.values, some.targets)
    for number in (0, 1):
        mine = examples.source.series_at(examples.source.starts) == number
        own = examples.take(mine)
        reached = TASK.measure(network.predict(own.values, verbose=0), own.targets)
        assert reached.value < 0.4 * reached.blind


def test_units_are_those_of_the_steps_before_the_forecast() -> None:
    values = wave()
    examples = read(values)
    apart = np.abs(values[SEASON:] - values[:-SEASON])
    unit = tasks.split_targets(examples.targets).unit[:, 0]
    ends = examples.source.starts + WINDOW
    expected = [apart[: end - SEASON].mean() for end in ends]
    assert unit == pytest.approx(expected, rel=1e-5)


def test_what_is_no_series_keeps_its_targets() -> None:
    inputs: Any = SimpleNamespace(reasons={})
    data = read(wave())
    from receta.data.examples import readable

    assert readable(data, inputs).targets is data.targets


def test_a_saved_network_loads_in_safe_mode_and_forecasts_the_same(
    network: Any, tmp_path: Path
) -> None:
    network.save(tmp_path / "model.keras")
    again = models.load_saved(tmp_path / "model.keras")
    values = windows(wave())[:5]
    assert np.array_equal(say(network, values), say(again, values))
