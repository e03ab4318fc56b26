"""Do columns of every kind become cells by one rule, learnt on the training part alone?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from receta import kinds
from receta.audits.target_leakage import target_leakage
from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.spec import ColumnSpec, Spec
from receta.data.column_uses import find_uses, rare_below
from receta.data.examples import Parts
from receta.kinds import cells, rows
from receta.kinds.cells import layers
from receta.sources import load
from receta.splitting import split

HEAD = "code,colour,day,hours,note,row_id,size,price"


def write_rows(place: Path, n: int = 240) -> Path:
    """A table with a column of every kind, some of whose cells are missing."""
    rng = np.random.default_rng(0)
    days = np.datetime64("2023-01-01T06:00:00") + np.arange(n) * np.timedelta64(31, "h")
    lines = []
    for row in range(n):
        colour = "" if row % 17 == 3 else ("red", "green", "blue")[row % 3]
        size = "" if row % 11 == 5 else f"{rng.normal(1e6, 50):.2f}"
        note = f"words {row} of nobody {rng.integers(10**6)}"
        lines.append(
            f"{'00' + str(row % 12 + 1)},{colour},{days[row]},{row % 5},{note},id{row:04},{size},{rng.normal():.4f}"
        )
    place.write_text(HEAD + "\n" + "\n".join(lines) + "\n")
    return place


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    place = write_rows(tmp_path_factory.mktemp("rows") / "rows.csv")
    recipe = Recipe()
    data = kinds.read(load(place, target="price"), recipe, Quiet())
    return kinds.feed(split(data, recipe), recipe, Quiet())


def test_each_column_is_taken_for_what_it_is(tmp_path: Path) -> None:
    place = write_rows(tmp_path / "rows.csv")
    uses = {use.name: use.kind for use in find_uses(load(place, target="price").columns)}
    assert uses == {
        "code": "category",
        "colour": "category",
        "day": "date",
        "hours": "number",
        "note": "text",
        "row_id": "identifier",
        "size": "number",
    }
    said = load(place, target="price", column=("hours=category", "size=identifier"))
    uses = {use.name: (use.kind, use.takes) for use in find_uses(said.columns)}
    assert uses["hours"] == ("category", "category")
    assert uses["size"] == ("identifier", None)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("hours", "--column hours is unclear; expected NAME=KIND"),
        ("hours=colour", "expected NAME=KIND, with one of number, category"),
        ("hour=number", "there is no column 'hour'"),
    ],
)
def test_what_is_said_of_a_column_is_read_or_refused(said: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        load(write_rows(tmp_path / "rows.csv"), target="price", column=(said,))


def test_identifiers_and_free_text_are_left_out_and_told(parts: Parts) -> None:
    (spec,) = parts.inputs.specs
    assert [one.name for one in spec.columns] == ["hours", "size", "day", "code", "colour"]
    said: list[str] = []
    rows.tell_changes(parts, said.append)
    assert any(line.startswith("note is left out: free text") for line in said)
    assert any(line.startswith("row_id is left out: an identifier") for line in said)
    assert "dates: day." in said


def test_a_date_is_two_whole_cells_of_float32(parts: Parts) -> None:
    (spec,) = parts.inputs.specs
    at = spec.fields.index("day")
    first = parts.inputs.values[0, at : at + 2]
    assert first.dtype == np.float32
    assert first.tolist() == [19358.0, 6 * 3600.0]


def test_a_vocabulary_holds_nothing_that_only_other_parts_hold(tmp_path: Path) -> None:
    place = write_rows(tmp_path / "rows.csv")
    lines = place.read_text().splitlines()
    recipe = Recipe()
    first = split(load(place, target="price"), recipe)
    row = int(first.test.rows[0]) + 1
    lines[row] = lines[row].replace(",blue,", ",pink,").replace(",red,", ",pink,")
    lines[row] = lines[row].replace(",green,", ",pink,").replace(",,", ",pink,", 1)
    place.write_text("\n".join(lines) + "\n")
    fed = kinds.feed(split(load(place, target="price"), recipe), recipe, Quiet())
    (spec,) = fed.inputs.specs
    colour = next(one for one in spec.columns if one.name == "colour")
    at = spec.fields.index("colour")
    test_rows = fed.test.rows.tolist()
    if row - 1 in test_rows:
        assert fed.inputs.values[row - 1, at] == 0
        assert "pink" not in colour.vocabulary


def test_a_column_that_gives_the_target_away_may_be_said_to_be_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal():.3f},{'yes' if n % 3 else 'no'},{int(n % 3 > 0)}" for n in range(120)]
    place = tmp_path / "rows.csv"
    place.write_text("size,alive,survived\n" + "\n".join(rows) + "\n")
    found = [
        {one.verdict for one in target_leakage(load(place, target="survived", column=said), None)}
        for said in ((), ("alive=identifier",))
    ]
    assert found == [{"fail"}, {"ok"}]


def test_rare_levels_are_one() -> None:
    assert [rare_below(n) for n in (30, 99, 100, 900, 10_000, 100_000)] == [2, 4, 5, 5, 10, 100]


def _answers(spec: Spec, detail: Any, given: np.ndarray) -> np.ndarray:
    opened = cells.open_cells(spec, detail)
    return np.asarray(keras.Model(opened.inputs, opened.features)(given.astype(np.float32)))


@pytest.mark.parametrize("detail", ["plain", "scaled", "pieces"])
def test_what_a_network_sees_of_cells_is_finite_and_of_one_size(parts: Parts, detail: Any) -> None:
    (spec,) = parts.inputs.specs
    seen = _answers(spec, detail, parts.train.values)
    assert np.isfinite(seen).all()
    assert np.abs(seen).max() < 10
    empty = np.full((1, len(spec.fields)), np.nan)
    assert np.isfinite(_answers(spec, detail, empty)).all()


def test_a_missing_number_is_the_median_and_told_apart_from_it() -> None:
    column = ColumnSpec(
        "a", "number", middle=5.0, reach=2.0, edges=(1.0, 5.0, 9.0), has_missing=True
    )
    spec = Spec("cells", (1,), "float32", "cell", fields=("a",), columns=(column,))
    seen = _answers(spec, "scaled", np.array([[5.0], [np.nan]]))
    assert seen.tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_an_unknown_level_is_no_level_where_training_had_no_rare_one() -> None:
    column = ColumnSpec("a", "category", ("x", "y"))
    spec = Spec("cells", (1,), "float32", "cell", fields=("a",), columns=(column,))
    seen = _answers(spec, "plain", np.array([[1.0], [2.0], [0.0], [np.nan]]))
    assert seen.tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    rare = dataclasses.replace(spec, columns=(dataclasses.replace(column, has_other=True),))
    assert _answers(rare, "plain", np.array([[0.0]])).tolist() == [[1, 0, 0]]


def test_pieces_are_shares_between_quantiles() -> None:
    column = ColumnSpec("a", "number", middle=2.0, reach=2.0, edges=(0.0, 2.0, 4.0))
    spec = Spec("cells", (1,), "float32", "cell", fields=("a",), columns=(column,))
    seen = _answers(spec, "pieces", np.array([[-1.0], [1.0], [3.0], [9.0]]))[:, 1:]
    assert seen.tolist() == [[0, 0], [0.5, 0], [1, 0.5], [1, 1]]


def test_a_wave_is_a_sine_of_turns() -> None:
    turns = np.linspace(0, 1, 101, dtype=np.float32)
    wave = np.asarray(layers._wave(keras.ops.convert_to_tensor(turns)))
    assert np.abs(wave - np.sin(2 * np.pi * turns)).max() < 0.0015


@pytest.mark.parametrize(
    ("value", "column", "cell"),
    [
        ("3", ColumnSpec("a", "number"), [3.0]),
        (None, ColumnSpec("a", "number"), [np.nan]),
        (3.0, ColumnSpec("a", "category", ("2", "3")), [2.0]),
        ("nobody", ColumnSpec("a", "category", ("2", "3")), [0.0]),
        (True, ColumnSpec("a", "category", ("False", "True")), [2.0]),
        ("2024-01-31", ColumnSpec("a", "date"), [19753.0, 0.0]),
        ("NA", ColumnSpec("a", "date"), [np.nan, np.nan]),
        ("9999-12-31T23:30", ColumnSpec("a", "date"), [2932896.0, 84600.0]),
        ("0001-01-01T00:30", ColumnSpec("a", "date"), [-719162.0, 1800.0]),
    ],
)
def test_a_plain_value_is_read_as_a_cell_of_a_file(
    value: object, column: ColumnSpec, cell: list[float]
) -> None:
    np.testing.assert_array_equal(cells.read_value(value, column, "it"), cell)


@pytest.mark.parametrize(
    ("value", "kind", "held"),
    [
        ("x", "number", "'x'"),
        (True, "number", "true"),
        (False, "date", "false"),
        ("9999-12-31T23:30-01:00", "date", "'9999-12-31T23:30-01:00'"),
        ("0001-01-01T00:30+01:00", "date", "'0001-01-01T00:30\\+01:00'"),
    ],
)
def test_what_is_none_of_a_columns_kind_is_refused_by_its_column(value, kind, held) -> None:
    with pytest.raises(InputError, match=f"the column 'a' is {held}; expected a {kind}"):
        cells.read_value(value, ColumnSpec("a", kind), "the column 'a'")


class Taking:
    """What takes a number, a date and a category."""

    specs = (
        Spec(
            "cells",
            (4,),
            "float32",
            "cell",
            fields=("a", "b", "b (second)", "c"),
            columns=(
                ColumnSpec("a", "number"),
                ColumnSpec("b", "date"),
                ColumnSpec("c", "category", ("007", "x")),
            ),
        ),
    )


def _parse(place: Path, content: str) -> list[Any]:
    place.write_text(content)
    return [row for _, row in rows.parse(Taking(), [place], lambda line: None)]


def test_new_rows_come_in_any_order_with_unknown_and_missing_cells(tmp_path: Path) -> None:
    read = _parse(tmp_path / "new.csv", "c,more,b,a\n007,1,2024-01-31,5\nwhat,2,,\n")
    assert read[0].tolist() == [5.0, 19753.0, 0.0, 1.0]
    assert np.isnan(read[1][:3]).all()
    assert read[1][3] == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a,b\n1,2024-01-31\n", "has no column 'c'"),
        ("a,b,c\nq,2024-01-31,x\nr,2024-01-31,x\n", "column 'a' of .* holds texts .*'q'"),
        ("a,b,c\n1,z,x\n", "column 'b' of .* holds texts .*'z'"),
    ],
)
def test_a_missing_column_or_one_of_another_kind_is_refused_by_name(
    content: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=why):
        _parse(tmp_path / "new.csv", content)


def test_a_spec_of_an_earlier_version_holds_numbers_alone() -> None:
    plain = {"name": "cells", "shape": [2], "dtype": "float32", "meaning": "number"}
    spec = Spec.from_json({**plain, "fields": ["a", "b"], "mean": [1, 2], "spread": [3, 4]})
    assert kinds.of_specs((spec,)) is kinds.SHELF.module("rows")
    found = cells.columns_of(spec)
    assert [(one.name, one.kind, one.middle, one.reach) for one in found] == [
        ("a", "number", 1, 3),
        ("b", "number", 2, 4),
    ]
    assert Spec.from_json(spec.to_json()) == spec
