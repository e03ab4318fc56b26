"""Do ways against imbalance work on tables: numbers, categories, missing cells, the whole way?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import load, split, train
from receta.core.errors import InputError
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.data.dataset import Splits
from receta.data.examples import Examples
from receta.kinds import feed
from receta.pipeline.batches import Batches
from receta.pipeline.made_rows import make_rows


def imbalanced(folder: Path, *, with_words: bool) -> Splits:
    """600 rows, a twelfth of them rare and a bit to the right; some cells are missing."""
    chance = np.random.default_rng(0)
    lines = []
    for row in range(600):
        rare = row % 12 == 0
        a = "" if row % 50 == 7 else f"{chance.normal() + 2 * rare:.2f}"
        word = "pq"[int(chance.random() < (0.8 if rare else 0.3))]
        cells = [a, f"{1000 * chance.normal():.1f}", *([word] if with_words else [])]
        lines.append(",".join([*cells, "rare" if rare else "common"]))
    head = ["a", "b", *(["word"] if with_words else []), "y"]
    path = folder / "imbalanced.csv"
    path.write_text("\n".join([",".join(head), *lines]) + "\n")
    return split(load(str(path), target="y"), Recipe())


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    parts = imbalanced(tmp_path_factory.mktemp("numbers"), with_words=False)
    return feed(parts, Recipe(), Unasked()).train


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    parts = imbalanced(tmp_path_factory.mktemp("mixed"), with_words=True)
    return feed(parts, Recipe(), Unasked()).train


@pytest.mark.parametrize("way", ["smote", "adasyn", "smote_enn", "smote_tomek"])
def test_rows_of_the_rare_class_are_made(numbers: Examples, way: str) -> None:
    before, after = np.bincount(numbers.targets), np.bincount(make_rows(numbers, way, 0).targets)
    assert after[1] > 4 * before[1]
    assert after[0] <= before[0]


def test_rows_that_were_there_keep_their_missing_cells(numbers: Examples) -> None:
    made = make_rows(numbers, "smote", 0)
    assert np.array_equal(made.cells[: len(numbers)], numbers.values, equal_nan=True)
    assert not np.isnan(made.cells[len(numbers) :]).any()


def test_made_rows_hold_texts_that_are_there(mixed: Examples) -> None:
    made = make_rows(mixed, "smote", 0)
    assert set(np.unique(made.cells[:, -1])) == {1.0, 2.0}
    assert len(made.cells) > len(mixed)


def test_ways_that_make_no_categories_name_those_that_do(mixed: Examples) -> None:
    with pytest.raises(InputError, match=r"adasyn makes no rows; .* Choose smote, class_weights"):
        make_rows(mixed, "adasyn", 0)


def test_the_same_seed_makes_the_same_batches(numbers: Examples) -> None:
    one, other = (Batches.of(numbers, 64, 3, "smote") for _ in range(2))
    assert np.array_equal(one.batch(1, 2)[0], other.batch(1, 2)[0], equal_nan=True)
    assert one.n > len(numbers)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["none", "class_weights", "oversample", "smote"])
def test_a_run_that_weighs_rare_rows_more_names_more_of_them(way: str, tmp_path: Path) -> None:
    parts = imbalanced(tmp_path, with_words=True)
    recipe = Recipe(rungs=("mlp",), imbalance=way, epochs=15, learning_rate=3e-3, threads=1)
    run = train(parts, recipe, tmp_path / "run", force=True)
    said = run.predict_rows(run.examples(parts.train), "mlp")[:, 1]
    assert (said.mean() > 0.15) == (way != "none")
