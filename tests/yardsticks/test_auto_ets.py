"""Does AutoETS forecast what repeats itself, see no future, and keep to its time?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import kinds, yardsticks
from receta.core.deadline import Deadline
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.sources import load
from receta.splitting import split

pytest.importorskip("statsforecast")
STEPS = 120


def read(folder: Path, later: float = 0.0) -> Parts:
    """A month a step, with a season and a trend; later: what the last year is raised by."""
    months = np.datetime64("2010-01") + np.arange(STEPS)
    noise = np.random.default_rng(0).normal(0, 0.3, STEPS)
    values = 50 + 0.2 * np.arange(STEPS) + 10 * np.sin(np.arange(STEPS) * np.pi / 6) + noise
    values[-12:] += later
    lines = "".join(f"{m},{v}\n" for m, v in zip(months, values.tolist(), strict=True))
    place = folder / f"{later:g}.csv"
    place.write_text("m,v\n" + lines)
    recipe = Recipe()
    examples = kinds.read(load(place, window=24, horizon=12, origins=1), recipe, Unasked())
    return Parts.of(split(examples, recipe), examples.inputs)


def fit(parts: Parts, seconds: float = 60.0) -> yardsticks.Answer:
    session = Session(Path(), Unasked(), Deadline(seconds))
    return yardsticks.SHELF.function("auto_ets")(parts.train, Recipe(), session)


def test_it_forecasts_a_season_and_sees_no_future(tmp_path: Path) -> None:
    said = []
    for later in (0.0, 1e6):
        parts = read(tmp_path, later)
        said.append(fit(parts)(parts.test))
    assert np.array_equal(said[0], said[1])
    parts = read(tmp_path)
    truth = parts.test.targets[:, :12]
    steps = said[0].reshape(1, 12, 5)
    assert np.abs(steps[:, :, 2] - truth).mean() < 1.0
    assert (np.diff(steps, axis=2) > 0).all()


def test_where_its_time_is_too_short_it_says_so(tmp_path: Path) -> None:
    from receta.yardsticks import auto_ets

    session = Session(Path(), Unasked(), Deadline(0.0))
    pieces, plan = [np.arange(50.0) % 7] * 500, auto_ets._Plan((7,), 7)
    with pytest.raises(yardsticks.OutOfTime, match="would take about"):
        auto_ets._fit_all(pieces, [50] * 500, plan, session)
    assert len(auto_ets._fit_all(pieces[:2], [50] * 2, plan, session)) == 2  # those it has


def test_a_season_too_long_for_it_is_taken_out_where_that_is_better() -> None:
    from receta.yardsticks import auto_ets

    steps, rng = np.arange(600), np.random.default_rng(0)
    wave = 50 + 10 * np.sin(2 * np.pi * steps / 60) + rng.normal(0, 0.3, 600)
    plan = auto_ets._Plan((60,), 20)
    fit = auto_ets._fit_best(wave[:480], 480, plan)
    assert set(fit.known) == {480}
    said = fit.forecast(wave[:570], 570, 20)
    assert set(fit.known) == {480, 540}  # nothing is looked for anew within a season
    assert np.abs(said[:, 2] - (50 + 10 * np.sin(2 * np.pi * np.arange(570, 590) / 60))).mean() < 1
    walk = np.cumsum(rng.normal(size=600))
    assert not auto_ets._fit_best(walk, 600, plan).known
