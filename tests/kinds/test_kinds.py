"""Does each kind say in one line what it cannot take, and see nothing but its training part?"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from kinds import scenes

from receta import journey, kinds, models
from receta.core.errors import InputError, RecipeError
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.data.dataset import Quarantined
from receta.kinds import _numbers
from receta.kinds._requests import take_row
from receta.sources import load
from receta.splitting import split

KINDS = [kinds.SHELF.module(name) for name in kinds.SHELF.names()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_every_rung_of_a_kind_is_for_it(kind: kinds.Kind) -> None:
    for rung in kind.RUNGS:
        models.refuse_kind(rung, kind)


def test_a_spec_comes_back_from_json_as_it_was() -> None:
    spec = Spec("cells", (2,), "float32", "number", (), ("a", "b"), (0.1, 2.0), (1.0, 1 / 3))
    assert Spec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rungs": ("cnn",)}, "the rung cnn is not for rows"),
        ({"tta": "mirror"}, "tta=mirror is about pictures"),
        ({"augment": 0.5}, "augment=0.5 is about pictures"),
        ({"image_size": (8, 8)}, "is about pictures, and these data hold rows"),
    ],
)
def test_what_means_nothing_for_rows_is_refused(
    settings: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises((InputError, RecipeError), match=said):
        journey.run("sklearn:iris", out=tmp_path / "run", recipe=Recipe(**settings))


def test_rows_with_a_missing_column_are_refused_by_its_name(tmp_path: Path) -> None:
    place = tmp_path / "new.csv"
    place.write_text("a,c\n1,2\n3,4\n")
    with pytest.raises(InputError, match="has no column 'b'; expected 'a', 'b'"):
        list(kinds.of_model(Taking()).parse(Taking(), [place], print))


def test_missing_columns_are_all_named_up_to_twenty_and_the_rest_is_counted(tmp_path: Path) -> None:
    fields = tuple(f"c{number}" for number in range(1, 26))

    class Wide:
        specs = (Spec("cells", (25,), "float32", "number", fields=fields),)

    place = tmp_path / "new.csv"
    place.write_text("c1,c2,c3\n1,2,3\n")
    with pytest.raises(InputError, match=r"'c23' and 2 more; expected 'c1'.*'c20' and 5 more, "):
        list(kinds.of_model(Wide()).parse(Wide(), [place], print))


def test_a_list_in_the_order_of_a_file_is_told_the_order_of_the_model() -> None:
    class Taking:
        specs = (Spec("cells", (2,), "float32", "number", fields=("a", "b")),)

    with pytest.raises(InputError, match=r"A list is in the order of the model.*: 'a', 'b'"):
        take_row(Taking(), ["Biscoe", 3], "inputs[0]")
    with pytest.raises(InputError, match=r"'Biscoe'; expected a number[^L]*$"):
        take_row(Taking(), {"a": "Biscoe", "b": 3}, "inputs[0]")


def test_rows_without_a_header_are_taken_in_order_where_all_cells_are_numbers(
    tmp_path: Path,
) -> None:
    class Taking:
        specs = (Spec("cells", (2,), "float32", "number", fields=("a", "b")),)

    said: list[str] = []
    place = tmp_path / "one.csv"
    place.write_text("5.1,3.5\n")
    ((name, row),) = kinds.of_model(Taking()).parse(Taking(), [place], said.append)
    assert (name, row.tolist()) == ("0", pytest.approx([5.1, 3.5]))
    assert said == [f"{place} has no header: its columns are taken for a, b, in this order."]
    place.write_text("5.1,3.5,1\n")
    with pytest.raises(InputError, match="has no column 'a', 'b'"):
        list(kinds.of_model(Taking()).parse(Taking(), [place], said.append))


def test_a_forecast_needs_the_steps_that_the_model_sees_and_no_more(tmp_path: Path) -> None:
    class Taking:
        specs = (Spec("steps", (12, 1), "float32", "step", fields=("value",), target="value"),)
        class_names = ("value +1", "value +2", "value +3")

    place = scenes.write_series(tmp_path / "days.csv")
    lines = place.read_text().splitlines()
    place.write_text("\n".join(lines[:13]) + "\n")
    ((name, window),) = kinds.of_model(Taking()).parse(Taking(), [place], print)
    assert (name, window.shape) == ("2024-01-12", (12, 1))
    place.write_text("\n".join(lines[:9]) + "\n")
    said = "has 8 steps; expected at least 12, which the model sees to forecast the next 3"
    with pytest.raises(InputError, match=said):
        list(kinds.of_model(Taking()).parse(Taking(), [place], print))
    known = kinds.of_model(Taking()).options_of(Taking())
    assert known == {"window": 12, "horizon": 3, "season": 1}  # "value" is what a wide file has


def test_what_is_learnt_of_inputs_follows_from_the_training_part_alone(tmp_path: Path) -> None:
    place = scenes.write_series(tmp_path / "days.csv")
    lines = place.read_text().splitlines()
    other = tmp_path / "other.csv"
    changed = [line if at < 220 else f"{line.split(',')[0]},999" for at, line in enumerate(lines)]
    other.write_text("\n".join(changed) + "\n")
    learnt = []
    for file in (place, other):
        parts = split(load(file, series="value", window=12), Recipe())
        assert parts.train.rows.max() + 12 < 219
        learnt.append(kinds.learn(kinds.feed(parts, Recipe(), Quiet()).train))
    assert learnt[0] == learnt[1]


def test_a_field_that_does_not_vary_or_is_missing_keeps_a_spread_of_one(tmp_path: Path) -> None:
    rows = [f"{n},7,,{n % 5}" for n in range(60)]
    place = tmp_path / "rows.csv"
    place.write_text("size,same,none,price\n" + "\n".join(rows) + "\n")
    examples = kinds.read(load(place, target="price", task="values"), Recipe(), Quiet())
    (spec,) = kinds.learn(examples)
    at = {name: position for position, name in enumerate(spec.fields)}
    assert "none" not in at  # nothing stands there
    assert spec.columns[at["same"]].spread == 1.0
    assert spec.columns[at["same"]].edges == ()
    assert spec.columns[at["size"]].mean == pytest.approx(29.5)


@pytest.mark.parametrize(
    ("mean", "spread"), [(0.0, 4e-7), (0.0, 1e-20), (1e9, 500.0), (1e30, 1e29), (5.0, 2.0)]
)
def test_a_column_of_any_unit_reaches_the_network_with_a_spread_of_one(
    mean: float, spread: float
) -> None:
    cells = mean + spread * np.random.default_rng(0).normal(size=(200, 1))
    (spec,) = _numbers.learn(_examples(cells))
    assert spec.spread[0] == pytest.approx(cells.std(), rel=0.01)
    network = keras.Model(*_numbers.open_network((spec,), 0.0))
    fed = np.asarray(network(cells.astype(np.float32)))
    assert fed.std() == pytest.approx(1.0, rel=1e-4)
    assert abs(fed.mean()) < 0.1


@pytest.mark.parametrize("same", [0.1, 1e9 + 7, -3e-12])
def test_rounding_is_no_spread(same: float) -> None:
    (spec,) = _numbers.learn(_examples(np.full((997, 1), same)))
    assert spec.spread == (1.0,)


def test_rows_that_no_network_can_use_are_told_apart() -> None:
    cells = np.array([[1.0, np.nan], [np.nan, np.nan], [1e308, 0.0], [-np.inf, 0.0]])
    too_large = "holds a number that is infinite or too large"
    assert _numbers.find_reasons(cells) == {1: "holds no number at all", 2: too_large, 3: too_large}


def _examples(cells: np.ndarray) -> Any:
    spec = Spec("cells", cells.shape[1:], "float32", "number", fields=("a",))
    return SimpleNamespace(
        values=cells.astype(np.float32), inputs=_numbers.Numbers(cells.astype(np.float32), (spec,))
    )


def test_a_target_whose_square_is_too_large_is_left_out_with_the_reason(tmp_path: Path) -> None:
    rows = [f"{n},{n % 5}" for n in range(60)] + ["1,1e308", "2,-3e18"]
    place = tmp_path / "rows.csv"
    place.write_text("size,price\n" + "\n".join(rows) + "\n")
    examples = kinds.read(load(place, target="price", task="values"), Recipe(), Quiet())
    said = {gone.reason for gone in examples.left_out}
    assert (len(examples), said) == (60, {"what is to be predicted is infinite or too large"})


class Taking:
    """What takes two columns of numbers."""

    specs = (Spec("cells", (2,), "float32", "number", fields=("a", "b")),)


def _parse(place: Path, content: str) -> tuple[list[tuple[str, Any]], list[str]]:
    place.write_text(content)
    said: list[str] = []
    return list(kinds.of_model(Taking()).parse(Taking(), [place], said.append)), said


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1e308,2", "holds a number that is infinite or too large"),
        ("1,-inf", "holds a number that is infinite or too large"),
        (",", "holds no number at all"),
    ],
)
@pytest.mark.parametrize("others", [0, 1, 5], ids=str)
def test_a_row_that_training_refuses_is_not_answered(
    row: str, why: str, others: int, tmp_path: Path
) -> None:
    read, said = _parse(tmp_path / "new.csv", "a,b\n" + "1,2\n" * others + f"{row}\n")
    assert read[-1] == (str(others), Quarantined(str(others), why))
    assert [one.tolist() for _, one in read[:-1]] == [[1.0, 2.0]] * others
    assert said == []


def test_texts_in_most_cells_leave_the_numbers_beside_them(tmp_path: Path) -> None:
    read, _ = _parse(tmp_path / "new.csv", "a,b\nfoo,2\nbar,2\n2020-01-01,2\n3,4\n")
    assert [isinstance(one, Quarantined) for _, one in read] == [True, True, True, False]


def test_missing_cells_are_filled_and_counted_once(tmp_path: Path) -> None:
    read, said = _parse(tmp_path / "new.csv", "a,b\n,2\n1,2\nNA,4\n")
    assert np.isnan(np.stack([one for _, one in read])).sum() == 2
    median = "are taken for the median, or for the level 'missing', of the training part."
    assert said == [f"2 missing cells of 2 rows {median}"]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 2 columns called 'a'; expected one"):
        _parse(tmp_path / "new.csv", "a,a,b\n1,9,2\n")


@pytest.mark.parametrize(("name", "form"), [("rows.json", "JSON"), ("rows.npz", "NPZ")])
def test_a_file_of_another_form_is_told_what_is_expected(
    name: str, form: str, tmp_path: Path
) -> None:
    expected = rf"is {form}; expected CSV, TSV or Parquet with the columns 'a', 'b'\."
    with pytest.raises(InputError, match=expected):
        _parse(tmp_path / name, '[{"a": 1, "b": 2}]')


@pytest.mark.parametrize("last", ["1e308", "-inf", "what"])
def test_a_window_with_a_bad_step_is_not_answered(last: str, tmp_path: Path) -> None:
    class Windows:
        specs = (Spec("steps", (4, 1), "float32", "step", fields=("value",)),)

    place = tmp_path / "days.csv"
    steps = [f"2024-01-{day:02},{day if day < 20 else last}" for day in range(1, 21)]
    place.write_text("day,value\n" + "\n".join(steps) + "\n")
    ((name, read),) = kinds.of_model(Windows()).parse(Windows(), [place], print)
    assert (name, type(read)) == ("2024-01-20", Quarantined)


def _train(cells: str, out: Path) -> list[str]:
    """What is said until training would begin; InputError where it does not."""

    class Heard(Quiet):
        def __init__(self) -> None:
            self.said: list[str] = []

        def say(self, text: str) -> None:
            self.said.append(text)

    place = out / "rows.csv"
    place.write_text(cells)
    heard = Heard()
    recipe = Recipe(rungs=("prior",), precision="float32")
    journey.run(
        place, out=out / "run", target="price", task="values", recipe=recipe, progress=heard
    )
    return heard.said


def test_a_target_of_one_value_is_refused_before_training(tmp_path: Path) -> None:
    rows = "".join(f"{n},7\n" for n in range(60))
    with pytest.raises(InputError, match=r"the target has one value, 7, in all \d+ rows of the"):
        _train(f"size,price\n{rows}", tmp_path)
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_run_says_what_it_fills_and_what_is_rounded(tmp_path: Path) -> None:
    rows = "".join(f"{'' if n in (3, 8) else n},{10**9 + 9 * n},{n % 7}\n" for n in range(90))
    said = _train(f"size,big,price\n{rows}", tmp_path)
    log = (tmp_path / "run" / "log.txt").read_text("utf-8")
    for line in (
        "2 missing cells in 1 column ('size'): the network takes the median",
        "numbers: size",
        "The numbers of 'big' lie so close together that single precision rounds them.",
    ):
        assert sum(line in one for one in said) == 1
        assert line in log
