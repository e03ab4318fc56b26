"""Is a yardstick fitted once, bounded by its time, and judged without being delivered?"""

from __future__ import annotations

import html
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sealing import seal_run

from receta import Run, judge, split, train, training
from receta.core import disk
from receta.core.deadline import Deadline
from receta.core.errors import RecipeError
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.kinds import feed, read
from receta.sources import load
from receta.yardsticks import SHELF, boosting

RECIPE = Recipe(rungs=("prior", "boosting"))


@pytest.fixture(scope="module")
def parts() -> Splits:
    return split(load("sklearn:diabetes"), RECIPE)


@pytest.fixture(scope="module")
def run(parts: Splits, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("boosting") / "run"
    return judge(train(parts, RECIPE, folder), parts)


def test_the_best_network_is_delivered_and_not_the_yardstick(run: Run) -> None:
    better = training.find_better(run.rungs)
    assert run.best.rung == "prior"
    assert better is not None
    assert better.rung == "boosting"
    assert run.scores is not None
    assert run.scores["baselines"]["boosting"] < run.scores["baselines"]["prior"]
    assert not (run.folder / "rungs" / "boosting" / "model.keras").exists()


def test_the_verdict_begins_with_what_is_better_than_every_network(run: Run) -> None:
    result = disk.read_json(run.folder / "result.json")
    said = "No network does better than always saying the mean: wrong by "
    beside = "gradient boosting does better on validation ("
    assert result["verdict"].startswith(said)
    assert beside in result["verdict"].partition(". ")[0], "in the first sentence"
    assert result["test"]["better"]["network"] == "prior"
    page = (run.folder / "report.html").read_text("utf-8")
    assert beside in html.unescape(page)


def test_what_it_answered_is_kept_as_plain_arrays(run: Run, parts: Splits) -> None:
    path = run.folder / "rungs" / "boosting" / "answers.npz"
    with np.load(path, allow_pickle=False) as kept:
        assert kept["test"].shape == (len(parts.test), 1)
    assert all(name.endswith(".npy") for name in zipfile.ZipFile(path).namelist())


def test_a_run_that_goes_on_does_not_fit_it_again(
    parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit_none(*_: object) -> None:
        raise AssertionError("fitted again")

    train(parts, RECIPE, tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    (tmp_path / "run" / "model.keras").unlink()
    seal_run(tmp_path / "run")
    monkeypatch.setattr(boosting, "boosting", fit_none)
    again = train(parts, RECIPE, tmp_path / "run")
    assert [one.is_yardstick for one in again.rungs] == [False, True]


def test_a_ladder_of_yardsticks_alone_is_refused(parts: Splits, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="boosting is a yardstick"):
        train(parts, Recipe(rungs=("boosting",)), tmp_path / "run")


def test_classes_that_the_training_part_lacks_have_no_probability() -> None:
    iris = read(load("sklearn:iris"), Recipe(), Unasked())
    known = iris.take(np.flatnonzero(iris.targets != 1))
    said = SHELF.function("boosting")(known, Recipe(), Session(Path()))(iris)
    assert said.shape == (150, 3)
    assert not said[:, 1].any()
    assert np.allclose(said.sum(axis=1), 1)


def test_trees_grow_only_while_there_is_time() -> None:
    def count(seconds: float) -> int:
        model = boosting._regressor(0, np.zeros(2, bool))
        rng = np.random.default_rng(0)
        now = [0.0]
        session = Session(Path(), deadline=Deadline(seconds, 0.0, lambda: now[0]))
        grown = boosting._grow(model, rng.normal(size=(99, 2)), rng.normal(size=99), session)
        return int(grown.n_iter_)

    assert count(1e-9) == 2
    assert count(1e9) == 100


def test_categories_are_told_apart_and_the_rarest_of_many_count_as_one(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(20) for _ in range(30)]
    lines = [f"{word},{row % 7},{int(word[1:]) % 2}" for row, word in enumerate(words)]
    path = tmp_path / "words.csv"
    path.write_text("word,n,y\n" + "\n".join(lines) + "\n")
    data = load(str(path), target="y")
    parts = feed(split(data, Recipe()), Recipe(), Unasked())
    answer = SHELF.function("boosting")(parts.train, Recipe(), Session(tmp_path))
    right = (answer(parts.validation).argmax(axis=1) == parts.validation.targets).mean()
    assert right == 1.0
    assert boosting._bound(np.array([[255.0], [3.0]]), np.array([True])).tolist() == [[0.0], [3.0]]
