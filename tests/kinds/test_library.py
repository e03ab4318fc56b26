"""Does a run of the library's own lines know of its data what one of the command line knows?"""

from __future__ import annotations

from pathlib import Path

import pytest

from receta import cleaning, exporters, kinds, sources, training
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.data import derived
from receta.data.dataset import Dataset
from receta.sources import load
from receta.splitting import split
from receta.training import Run

RECIPE = Recipe(rungs=("linear",), epochs=2, precision="float32", threads=2)
TWICE = Finding("duplicate", "warn", 1, "rows", "0", pairs=(("row-1", "row-7"),))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "prices.csv"
    rows = [f"{n % 17},{n * 7 % 23},{2 * (n % 17) + n * 7 % 23}" for n in range(120)]
    path.write_text("size,age,price\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def data(place: Path) -> Dataset:
    return cleaning.clean(load(place, target="price", task="values"), [TWICE])


@pytest.fixture(scope="module")
def run(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("library") / "run"
    return training.train(split(data, RECIPE), RECIPE, folder, force=True)


def test_it_knows_where_its_data_are_and_how_they_were_read(run: Run, place: Path) -> None:
    known = run.about["data"]
    assert known["source"] == str(place)
    assert known["name"] == "prices.csv"
    assert known["options"] == {"target": "price", "task": "values"}
    assert known["place"] == f"{place} --target price --task values"


def test_it_is_exported_by_whoever_opens_it_later(run: Run, tmp_path: Path) -> None:
    bundle = exporters.export(Run.open(run.folder), "onnx", tmp_path / "bundle")
    assert bundle.max_gap <= 1e-4


def test_data_with_changed_cells_are_not_read_again_as_if_they_were_the_same(
    data: Dataset,
) -> None:
    changed = derived.with_columns(data, data.source.columns[:1])
    assert changed.place == data.place
    assert "options" in data.origin.to_json()
    assert "options" not in changed.origin.to_json()


def test_a_table_is_judged_by_the_column_that_the_run_knows(run: Run, place: Path) -> None:
    words = kinds.of_model(run).options_of(run)
    assert words == {"target": "price", "task": "values"}
    assert sources.usable(place, words) == words
    assert sources.usable("sklearn:diabetes", words) == {}
