"""Do columns that matter come first, are idle ones told as such, and do answers follow a column?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from receta import load
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.spec import ColumnSpec
from receta.data.examples import Examples
from receta.evaluation import columns as columns_module
from receta.evaluation.columns import (
    Predict,
    _choose_outputs,
    _find_steps,
    _tell_place,
    judge_columns,
)
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


@dataclass(frozen=True)
class Table:
    """Cells and truth without a source, as the judge asks for them."""

    values: np.ndarray
    targets: np.ndarray
    task: str = "values"

    def __len__(self) -> int:
        return len(self.values)

    def take(self, order: np.ndarray) -> Table:
        return Table(self.values[order], self.targets[order], self.task)


def ask(
    predict: Predict, table: Any, columns: Sequence[ColumnSpec], names: Sequence[str] = ("y",)
) -> dict[str, Any]:
    return judge_columns(predict, table, columns, names, seed=3)


def numbers(n: int) -> list[ColumnSpec]:
    return [ColumnSpec(f"c{k}", "number") for k in range(n)]


def test_importance_is_what_is_lost_in_other_rows_with_its_interval() -> None:
    """By a second, plain count: 12 rows of two classes; the day has a second cell."""
    chance = np.random.default_rng(5)
    cells = chance.integers(0, 9, (12, 4)).astype(np.float32)
    columns = [ColumnSpec("a", "number"), ColumnSpec("day", "date"), ColumnSpec("b", "number")]

    def predict(given: np.ndarray) -> np.ndarray:
        return np.eye(2)[(given @ [1, -3, 3, 0] > 3).astype(int)]

    truth = predict(cells).argmax(axis=1)
    truth[0] = 1 - truth[0]
    table = Table(cells, truth, "classes")
    found = {one["column"]: one for one in ask(predict, table, columns, ("n", "y"))["importance"]}
    order = rng(3, "columns").permutation(12)
    cells, truth = cells[order], truth[order]
    for name, mine in (("a", [0]), ("day", [1, 2]), ("b", [3])):
        lost = np.zeros(12)
        for repeat in range(5):
            other = cells.copy()
            other[:, mine] = cells[rng(3, "importance", name, repeat).permutation(12)][:, mine]
            lost += predict(cells).argmax(axis=1) == truth
            lost -= predict(other).argmax(axis=1) == truth
        lost /= 5
        far = 1.959964 * np.sqrt(((lost - lost.mean()) ** 2).sum() / 11 / 12)
        assert found[name]["value"] == pytest.approx(lost.mean())
        assert found[name]["interval"] == pytest.approx((lost.mean() - far, lost.mean() + far))
    assert found["day"]["value"] > found["a"]["value"] > found["b"]["value"] == 0
    assert list(found) == ["day", "a", "b"]


@pytest.mark.parametrize(
    ("rows_there", "columns", "asked"),
    [
        (9, 1, []),
        (10, 1, [10, 50]),
        (600, 0, []),
        (600, 1, [500, 2500]),
        (600, 100, [500, *[2000] * 100]),
        (600, 500, [400, *[400] * 500]),
    ],
)
def test_a_model_is_asked_of_so_many_rows(rows_there: int, columns: int, asked: list[int]) -> None:
    counts = []

    def predict(given: np.ndarray) -> np.ndarray:
        counts.append(len(given))
        return np.zeros((len(given), 1))

    cells = np.zeros((rows_there, max(columns, 1)), np.float32)
    found = ask(predict, Table(cells, np.arange(rows_there, dtype=float)), numbers(columns))
    assert counts == asked
    assert found.get("dependence", []) == [], "what moves nothing is not followed"


def test_of_very_many_columns_fifty_rows_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_module, "_MOST_ASKED", 450)
    counts = []

    def predict(given: np.ndarray) -> np.ndarray:
        counts.append(len(given))
        return np.zeros((len(given), 1))

    ask(predict, Table(np.zeros((60, 10)), np.arange(60.0)), numbers(10))
    assert counts == [50] * 11


def test_six_columns_are_followed_at_places_of_their_own() -> None:
    """The answer is c0 times the last column, and less of each column after c0."""
    n, chance = 101, np.random.default_rng(1)
    cells = np.stack([chance.permutation(n) for _ in range(9)], axis=1).astype(np.float64)
    weights = np.array([0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0])
    cells[:, -1] = 1 + np.arange(n) / n / 9

    def predict(given: np.ndarray) -> np.ndarray:
        return (given[:, 0] * given[:, -1] + given @ weights)[:, None]

    found = ask(predict, Table(cells, predict(cells)[:, 0]), numbers(9))
    assert [one["column"] for one in found["dependence"]] == [f"c{k}" for k in range(6)]
    followed = found["dependence"][0]
    assert followed["at"] == (2, 11, 19, 28, 37, 46, 54, 63, 72, 81, 89, 98)
    assert (followed["kind"], followed["outputs"]) == ("number", ("y",))
    some = cells[rng(3, "columns").permutation(n)][:100]
    for place, mean, low, high in zip(
        *(followed[name] for name in ("at", "answers", "low", "high")), strict=True
    ):
        said = place * some[:, -1] + some[:, 1:] @ weights[1:]
        assert mean == pytest.approx((said.mean(),))
        assert (*low, *high) == pytest.approx(np.quantile(said, [0.1, 0.9]))


def test_a_column_is_set_to_numbers_that_are_there_levels_by_their_count_and_days() -> None:
    nan, texts = np.nan, tuple("abcdefghij")
    number, level = ColumnSpec("n", "number"), ColumnSpec("l", "category", texts)
    day = ColumnSpec("d", "date")
    assert _find_steps(number, np.array([nan, 3, np.inf, 1, -np.inf, 3])).tolist() == [1, 3]
    assert not len(_find_steps(number, np.array([nan, nan])))
    codes = np.array([0, 0, 0, nan, 4, 2, 2, 4, 9, 9, 9, *range(1, 11)])
    assert _find_steps(level, codes).tolist() == [9, 2, 4, 1, 3, 5, 6, 7]
    assert [_tell_place(level, one) for one in (1.0, 10.0)] == ["a", "j"]
    assert [_tell_place(day, one) for one in (0.0, 31.0)] == ["1970-01-01", "1970-02-01"]
    assert _tell_place(number, 2.5) == 2.5


def test_of_a_day_its_first_cell_is_set_and_one_level_is_not_followed() -> None:
    chance = np.random.default_rng(2)
    cells = chance.permutation(40)[:, None] * np.array([[1.0, 100.0, 0.0]])
    columns = [ColumnSpec("day", "date"), ColumnSpec("one", "number")]

    def predict(given: np.ndarray) -> np.ndarray:
        return given[:, :1] + given[:, 1:2] / 100

    (one,) = ask(predict, Table(cells, predict(cells)[:, 0]), columns)["dependence"]
    assert (one["at"][0], one["at"][-1]) == ("1970-01-02", "1970-02-08")
    assert one["answers"][-1][0] - one["answers"][0][0] == pytest.approx(37)


@pytest.mark.parametrize(
    ("task", "targets", "names", "outputs"),
    [
        ("values", [0.5, 1.5], "y", [0]),
        ("values", [0.5, 1.5], "yz", [0]),
        ("classes", [0, 0, 1], "ny", [1]),
        ("classes", [0, 1, 1, 2, 2, 3, 4, 4, 4], "abcde", [1, 2, 4]),
        ("labels", [[1, 0], [1, 0]], "ny", [0, 1]),
        ("labels", [[1, 0, 1, 1]], "abcd", [0, 2, 3]),
    ],
)
def test_few_outputs_are_followed(task: str, targets: Any, names: str, outputs: list[int]) -> None:
    table: Any = Table(
        np.zeros(0), np.asarray(targets, np.int8 if task == "labels" else None), task
    )
    assert _choose_outputs(table, tuple(names)) == outputs
