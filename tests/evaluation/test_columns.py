"""Do columns that matter come first, are idle ones told as such, and do answers follow a column?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from receta import load
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.data.examples import Examples
from receta.evaluation.columns import judge_columns
from receta.kinds import feed, rows
from receta.splitting import split
from receta.tasks._order import judge_order


@pytest.fixture(scope="module")
def validation(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """y is 3 a, and 5 more where the colour is red; b is idle."""
    chance = np.random.default_rng(0)
    a, b = chance.normal(size=(2, 400)).round(3)
    red = chance.integers(0, 2, 400)
    path = tmp_path_factory.mktemp("columns") / "table.csv"
    lines = [
        f"{x},{z},{'red' if r else 'blue'},{3 * x + 5 * r:.3f}"
        for x, z, r in zip(a, b, red, strict=True)
    ]
    path.write_text("a,b,colour,y\n" + "\n".join(lines) + "\n")
    parts = split(load(str(path), target="y"), Recipe())
    return feed(parts, Recipe(), Unasked()).validation


@pytest.fixture(scope="module")
def judged(validation: Examples) -> dict[str, Any]:
    (spec,) = validation.inputs.specs
    red = 1 + spec.columns[-1].vocabulary.index("red")

    def predict(cells: np.ndarray) -> np.ndarray:
        return (3 * cells[:, 0] + 5 * (cells[:, 2] == red))[:, None]

    return judge_columns(predict, validation, spec.columns, ("y",), seed=0)


def test_what_matters_comes_first_and_what_is_idle_last(judged: dict[str, Any]) -> None:
    found = judged["importance"]
    assert {one["column"] for one in found[:2]} == {"a", "colour"}
    assert found[-1]["column"] == "b"
    assert found[-1]["value"] == pytest.approx(0, abs=1e-9)
    assert found[0]["interval"][0] > 0.5


def test_the_answer_follows_a_column_as_the_model_does(judged: dict[str, Any]) -> None:
    followed = {one["column"]: one for one in judged["dependence"]}
    assert followed.keys() == {"a", "colour"}
    slope = np.polyfit(followed["a"]["at"], np.ravel(followed["a"]["answers"]), 1)[0]
    assert slope == pytest.approx(3)
    levels = dict(zip(followed["colour"]["at"], followed["colour"]["answers"], strict=True))
    assert levels["red"][0] - levels["blue"][0] == pytest.approx(5, abs=1e-4)


def test_a_row_is_told_by_its_cells_as_they_were_read(validation: Examples) -> None:
    told = rows.tell_example(validation.inputs, int(validation.rows[0]))
    assert [name for name, _ in told] == ["a", "b", "colour"]
    assert told[-1][1] in ("red", "blue")


def test_areas_are_those_of_scikit_learn_with_equal_probabilities() -> None:
    from sklearn import metrics

    chance = np.random.default_rng(1)
    truth = chance.random(300) < 0.2
    said = (chance.normal(size=300) + truth).round(1)
    found = judge_order(said, truth, "yes")
    assert found["roc"]["area"] == pytest.approx(metrics.roc_auc_score(truth, said))
    assert found["pr"]["area"] == pytest.approx(metrics.average_precision_score(truth, said))
    for one in found.values():
        assert one["interval"][0] < one["area"] < one["interval"][1]


def test_one_class_alone_has_no_order() -> None:
    assert judge_order(np.ones(3), np.ones(3, bool), "yes") == {}
