"""Do columns, tables and series give back what they hold, whichever rows are asked for?"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.core.errors import InputError
from receta.data.joined import join
from receta.data.series import Series
from receta.data.table import Column, Table

NUMBER = Column("n", "number", np.array([1.0, np.nan, 3.0, np.inf]), junk={1: "fwefew"})
CATEGORY = Column("c", "category", np.array([1, -1, 0, 1], np.int32), ("a", "b"))
DATE = Column(
    "d", "date", np.array(["2020-01-01", "NaT", "1969-12-31", "2020-01-02"], "datetime64[s]")
)


def table(columns=(NUMBER, CATEGORY, DATE), targets=(0, 1, 0, 1), **changes) -> Table:
    n = len(targets)
    words = {
        "task": "classes",
        "target_name": "y",
        "ids": [f"row-{row + 1}" for row in range(n)],
        "version": "1",
        "class_names": ("u", "v"),
    }
    return Table("table('x'", columns, np.array(targets), **{**words, **changes})


def test_numbers_are_positions_and_seconds_and_nan_where_missing():
    assert np.array_equal(NUMBER.numbers(), [1, np.nan, 3, np.inf], equal_nan=True)
    assert np.array_equal(CATEGORY.numbers(), [1, np.nan, 0, 1], equal_nan=True)
    assert np.array_equal(DATE.numbers(), [1577836800, np.nan, -86400, 1577923200], equal_nan=True)


def test_a_date_in_milliseconds_counts_seconds_too():
    exact = Column("d", "date", DATE.values.astype("datetime64[ms]"))
    assert np.array_equal(exact.numbers(), DATE.numbers(), equal_nan=True)


def test_cells_are_what_json_has_words_for():
    found = [[column.cell(row) for column in (NUMBER, CATEGORY, DATE)] for row in (0, 1)]
    assert found == [[1.0, "b", "2020-01-01T00:00:00"], [None, None, None]]


@given(st.lists(st.integers(0, 3), max_size=12))
def test_columns_of_any_rows_in_any_order_keep_their_junk(rows):
    taken = NUMBER.take(np.array(rows, np.int64))
    assert np.array_equal(taken.values, NUMBER.values[rows], equal_nan=True)
    assert taken.junk == {at: "fwefew" for at, row in enumerate(rows) if row == 1}


def test_matrix_is_the_examples_one_below_the_other():
    whole = table()
    assert whole.matrix(np.arange(4)).shape == (4, 3)
    for row in range(4):
        assert np.array_equal(whole[row], whole.matrix(np.arange(4))[row], equal_nan=True)
    assert table(columns=()).matrix(np.arange(4)).shape == (4, 0)


def test_raw_rows_are_equal_where_all_cells_are():
    twin = table(
        columns=[column.take(np.array([0, 0, 1, 3])) for column in (NUMBER, CATEGORY, DATE)]
    )
    assert twin.raw(0) == twin.raw(1) != twin.raw(3)
    assert json.loads(twin.raw(0)) == [1.0, "b", "2020-01-01T00:00:00"]


def test_replaced_leaves_the_rest_as_it_is():
    whole = table(parts=["train", "", "test", ""])
    changed = whole.replaced(columns=(NUMBER,))
    assert [column.name for column in changed.columns] == ["n"]
    assert (changed.parts, changed.class_names, changed.stamp()) == (
        whole.parts,
        whole.class_names,
        whole.stamp(),
    )
    assert len(whole.columns) == 3


def test_series_gives_windows_and_what_follows_them():
    series = Series(
        "series('x'",
        np.arange(10.0)[:, None],
        None,
        window=3,
        horizon=2,
        channel_names=("v",),
        version="1",
    )
    assert len(series) == 6
    assert series[5][:, 0].tolist() == [5, 6, 7]
    assert series.targets[5].tolist() == [8, 9]
    assert series.ids[0] == "step-4"


def test_times_that_come_twice_have_ids_of_their_own():
    times = np.array(["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-02"], "datetime64[s]")
    series = Series(
        "s", np.zeros((4, 1)), times, window=1, horizon=1, channel_names=("v",), version="1"
    )
    assert series.ids == ["2020-01-02", "2020-01-02#2", "2020-01-02#3"]


def test_joined_tables_unite_categories_by_name_of_the_column():
    other = table(
        columns=[
            DATE,
            Column("c", "category", np.array([0, 1, -1, 0], np.int32), ("b", "z")),
            NUMBER,
        ]
    )
    both = join(table(parts=["test", "train", "", ""]), other)
    assert [column.name for column in both.columns] == ["n", "c", "d"]
    assert [both.columns[1].cell(row) for row in range(8)] == [
        "b",
        None,
        "a",
        "b",
        "b",
        "z",
        None,
        "b",
    ]
    assert both.columns[0].junk == {1: "fwefew", 5: "fwefew"}
    assert both.parts == ["", "train", "", "", *["test"] * 4]
    assert both.ids[4] == "test:row-1"


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (
            Column("n", "category", np.array([0, 1, 2, -1], np.int32), ("1.5", "2", "x")),
            [1.5, 2.0, None, None],
        ),
        (Column("n", "category", np.full(4, -1, np.int32)), [None] * 4),
        (Column("n", "date", np.full(4, np.datetime64("NaT"), "datetime64[s]")), [None] * 4),
    ],
)
def test_joined_tables_have_the_kinds_of_the_first(column, cells):
    both = join(table(columns=[NUMBER]), table(columns=[column]))
    assert both.columns[0].kind == "number"
    assert [both.columns[0].cell(row) for row in range(4, 8)] == cells


def test_joined_numbers_become_the_texts_that_the_first_table_has():
    numbers = Column("c", "number", np.array([1.0, 2.5, np.nan, np.nan]), junk={3: "b"})
    both = join(table(columns=[CATEGORY]), table(columns=[numbers]))
    assert [both.columns[0].cell(row) for row in range(4, 8)] == ["1", "2.5", None, "b"]


def test_joined_tables_agree_on_the_task_of_the_first():
    values = table(targets=[0.0, 1.0, 1.0, 0.0], task="values", class_names=())
    classes = table(targets=[1, 0, 0, 1], class_names=("0", "1"))
    assert join(classes, values).targets.tolist() == [1, 0, 0, 1, 0, 1, 1, 0]
    assert join(values, classes).targets.tolist() == [0, 1, 1, 0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (lambda: table(columns=[NUMBER, CATEGORY]), "it lacks 1 ('d')"),
        (
            lambda: table(columns=[NUMBER, CATEGORY, DATE, Column("id", "number", np.zeros(4))]),
            "it has of its own 1 ('id')",
        ),
        (
            lambda: table(columns=[NUMBER, CATEGORY, Column("d", "number", np.zeros(4))]),
            "'d' holds dates in the training table, but numbers",
        ),
        (lambda: table(target_name="z"), "'y' in the training table and 'z' in the test table"),
        (lambda: table(class_names=("u", "w")), "1 classes that the training data lack ('w')"),
        (
            lambda: Series(
                "s", np.zeros((4, 1)), None, window=1, horizon=1, channel_names=("v",), version="1"
            ),
            "the test data are a series, the training data a table",
        ),
    ],
)
def test_tables_that_do_not_fit_are_one_line(other, says):
    with pytest.raises(InputError) as caught:
        join(table(), other())
    assert says in str(caught.value)
    assert "expected" in str(caught.value)
    assert "\n" not in str(caught.value)
