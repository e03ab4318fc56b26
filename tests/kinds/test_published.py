"""Are forecasts judged as the M4 competition judges them?"""

from __future__ import annotations

from pathlib import Path

import pytest

from receta import kinds, tasks
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.sources import load
from receta.splitting import split


@pytest.mark.slow
def test_repeating_the_last_day_scores_on_m4_what_is_published(shared: Path) -> None:
    folder, recipe = shared / "time-series", Recipe()
    data = load(folder / "m4-hourly-train.csv.gz", test=folder / "m4-hourly-test.csv.gz")
    assert data.source.rhythm.season == 24
    test = split(kinds.read(data, recipe, Unasked()), recipe).test
    said = kinds.of(test).baselines(test)["seasonal_naive"]
    task = tasks.of("quantiles")
    found = task.scores(said, test.targets, (), sure_from=0.5, thresholds=None)
    assert found.n == 414
    assert found.mase == pytest.approx(1.193, abs=5e-4)
    assert found.smape == pytest.approx(13.91, abs=5e-3)
