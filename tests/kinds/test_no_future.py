"""Does nothing of a later part of a series change what an earlier one is split, weighed or told?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import journey, kinds, models, tasks
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.data.examples import Parts
from receta.pipeline import backend
from receta.sources import load
from receta.splitting import split

STEPS, TEST = 240, 36  # the last steps, which the test part alone forecasts
RECIPE = Recipe(rungs=("seasonal_naive", "linear"), epochs=3, threads=1, precision="float32")


def write(folder: Path, later: float, changed: int = TEST) -> Path:
    """Two series of months with a season; later: what is added to the last steps of both."""
    folder.mkdir()
    place = folder / "two.csv"
    months = np.datetime64("2000-01") + np.arange(STEPS)
    lines = []
    for k, name in enumerate("ab"):
        noise = np.random.default_rng(k).normal(size=STEPS)
        values = 50 * (k + 1) + 10 * np.sin(np.arange(STEPS) * np.pi / 6) + noise
        values[-changed:] += later * np.random.default_rng(9).normal(size=changed)
        lines += [
            f"{name},{month},{value!r}"
            for month, value in zip(months, values.tolist(), strict=True)
        ]
    place.write_text("unique_id,ds,y\n" + "\n".join(lines) + "\n")
    return place


def read(place: Path) -> Parts:
    data = load(place, origins=3)
    examples = kinds.read(data, RECIPE, Unasked())
    return Parts.of(split(examples, RECIPE), examples.inputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("future")


def test_split_windows_units_and_scales_of_the_past_are_the_same_bits(folder: Path) -> None:
    one, other = (read(write(folder / f"read{later:g}", later)) for later in (0.0, 1e6))
    assert one.train.source.rhythm == other.train.source.rhythm
    for name in ("train", "validation", "test"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.ids == theirs.ids
    for name in ("train", "validation"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.values.tobytes() == theirs.values.tobytes()
        assert mine.targets.tobytes() == theirs.targets.tobytes()
    assert kinds.learn(one.train) == kinds.learn(other.train)


def test_neither_validation_nor_test_moves_what_is_learnt_without_a_gradient(folder: Path) -> None:
    """Season, windows, units, scales and the closed form are those of the training part alone."""
    one, other = (read(write(folder / f"both{later:g}", later, 2 * TEST)) for later in (0.0, 1e4))
    assert len(one.validation) == len(one.test)
    assert one.validation.targets.tobytes() != other.validation.targets.tobytes()
    assert one.train.source.rhythm == other.train.source.rhythm
    assert one.train.ids == other.train.ids
    assert one.train.values.tobytes() == other.train.values.tobytes()
    assert one.train.targets.tobytes() == other.train.targets.tobytes()
    assert kinds.learn(one.train) == kinds.learn(other.train)
    mine, theirs = (solve(parts) for parts in (one, other))
    assert mine == theirs


def solve(parts: Parts) -> list[bytes]:
    """Weights of `linear` as its closed form leaves them."""
    backend.forget(0)
    task = tasks.of("quantiles")
    recipe = Recipe().for_rung(models.defaults("linear"))
    names = len(task.outputs(parts.train))
    blind = task.blind(parts.train.targets, names)
    network = models.build("linear", kinds.learn(parts.train), blind, recipe, task="quantiles")
    models.begin("linear", network, parts.train, recipe)
    return [np.asarray(one).tobytes() for one in network.get_weights()]


@pytest.mark.slow
def test_forecasts_of_the_past_are_the_same_bits(folder: Path) -> None:
    """The networks are trained beside two futures; validation is forecast to the same bits."""
    said = []
    for later in (0.0, 1e6):
        place = write(folder / f"run{later:g}", later)
        run = journey.run(place, out=folder / f"out{later:g}", recipe=RECIPE, origins=3, force=True)
        validation = read(place).validation
        said.append([run.predict_rows(validation, rung).tobytes() for rung in RECIPE.rungs])
    assert said[0] == said[1]


def test_no_target_of_one_part_is_a_target_of_another(folder: Path) -> None:
    parts = read(write(folder / "gap", 0.0))
    source = parts.train.source
    told = []
    for part in (parts.train, parts.validation, parts.test):
        starts = source.starts[part.rows] + source.window
        told.append(set((starts[:, None] + np.arange(source.horizon)).ravel().tolist()))
    assert not told[0] & told[1]
    assert not told[1] & told[2]
    assert not told[0] & told[2]
    assert len(parts.test) == 2 * 3  # three origins of two series
    first = [source.times[source.starts[row] + source.window] for row in parts.test.rows[:3]]
    assert np.diff(np.array(first, "datetime64[M]")).astype(int).tolist() == [12, 12]
