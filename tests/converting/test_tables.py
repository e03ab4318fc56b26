"""Does load make the same table or series of what convert wrote?"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta import convert, load
from receta.converting import SHELF
from receta.core.errors import InputError
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.data.table import Column, Table


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


words = st.text(st.characters(categories=["L"]), min_size=2, max_size=8).map(
    lambda word: f"w{word}"
)


@st.composite
def tables(draw) -> Dataset:
    """Numbers, categories and days with missing cells; classes or values; parts or none."""
    n = draw(st.integers(4, 25))
    names = draw(st.lists(words, min_size=1, max_size=4, unique_by=lambda name: name.casefold()))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = []
    for at, name in enumerate(names):
        gone = dice.random(n) < 0.2
        gone[: 2 + at % 2] = False
        kind = draw(st.sampled_from(["number", "category", "date"]))
        if kind == "number":
            columns.append(
                Column(
                    name,
                    "number",
                    np.where(gone, np.nan, np.round(dice.normal(0, 1000, n), 3) + 0.0001),
                )
            )
        elif kind == "category":
            columns.append(
                Column(
                    name,
                    "category",
                    np.where(gone, -1, dice.integers(0, 3, n)).astype(np.int32),
                    ("red", "green", "blue"),
                )
            )
        else:
            days = np.datetime64("2020-01-01", "s") + dice.integers(0, 10**6, n) * np.timedelta64(
                3600, "s"
            )
            days[gone] = np.datetime64("NaT")
            columns.append(Column(name, "date", days))
    is_classes = draw(st.booleans())
    targets = np.arange(n) % 2 if is_classes else dice.normal(size=n) + 0.123
    parts = ["train"] * (n - 2) + ["test"] * 2 if draw(st.booleans()) and n > 6 else None
    ids = [f"row-{row + 1}" for row in range(n)]
    return Dataset.of(
        Table(
            "table('t'",
            columns,
            targets,
            task="classes" if is_classes else "values",
            target_name="outcome",
            ids=ids,
            version="1",
            class_names=("no", "yes") if is_classes else (),
            parts=parts,
        )
    )


def cells(data: Dataset) -> dict[str, list]:
    return {
        column.name: [column.cell(row) for row in range(len(column))] for column in data.columns
    }


@pytest.mark.parametrize(
    "format", [name for name in SHELF.names() if "table" in SHELF.module(name).KINDS]
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=tables())
def test_load_of_convert_is_the_same_table(format, data):
    folder = Path(tempfile.mkdtemp())
    try:
        done = convert(data, format, folder / f"out{SHELF.module(format).SUFFIX}")
        again = load(done.place, **done.options)
        assert cells(again) == cells(data)
        assert again.targets.tolist() == data.targets.tolist()
        assert again.class_names == data.class_names
        assert again.ids == data.ids
        assert len(set(data.parts)) < 2 or again.parts == data.parts
    finally:
        shutil.rmtree(folder)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.integers(12, 60),
    window=st.integers(1, 4),
    horizon=st.integers(1, 3),
    timed=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_load_of_convert_is_the_same_series(steps, window, horizon, timed, seed):
    dice = np.random.default_rng(seed)
    values = dice.normal(size=(steps, 1))
    values[3] = np.nan
    times = (
        np.datetime64("2001-01-01", "s") + np.arange(steps) * np.timedelta64(86400, "s")
        if timed
        else None
    )
    data = Dataset.of(
        Series(
            "series('s'",
            values,
            times,
            window=window,
            horizon=horizon,
            channel_names=("load",),
            version="1",
        )
    )
    folder = Path(tempfile.mkdtemp())
    try:
        done = convert(data, "parquet", folder / "s.parquet")
        again = load(done.place, **done.options)
        assert again.ids == data.ids
        assert np.array_equal(again.source.values, values, equal_nan=True)
        assert np.array_equal(again.targets, data.targets, equal_nan=True)
    finally:
        shutil.rmtree(folder)


def test_junk_stays_what_it_was_in_parquet_and_stops_arrays(tmp_path):
    column = Column("age", "number", np.array([*range(1, 20), np.nan]) + 0.0, junk={19: "fwefew"})
    data = Dataset.of(
        Table(
            "table('t'",
            [column],
            np.arange(20) % 2,
            task="classes",
            target_name="y",
            version="1",
            class_names=("a", "b"),
            ids=[f"row-{row + 1}" for row in range(20)],
        )
    )
    again = load(convert(data, "parquet", tmp_path / "t.parquet").place, target="y")
    assert again.columns[0].junk == {19: "fwefew"}
    with pytest.raises(
        InputError,
        match=r"1 columns hold cells that are no numbers, such as 'age'.* convert to parquet",
    ):
        convert(data, "npz", tmp_path / "t.npz")


def test_plain_arrays_of_anybody_are_a_table(tmp_path):
    np.savez(
        tmp_path / "line.npz",
        x=np.array([[-1.0], [0], [1], [2], [3], [4]]),
        y=np.array([-3.0, -1, 1, 3, 5, 7]) + 0.5,
    )
    data = load(tmp_path / "line.npz", target="y")
    assert data.task == "values"
    assert data.targets.tolist() == [-2.5, -0.5, 1.5, 3.5, 5.5, 7.5]
    assert data.columns[0].name == "x-1"


@pytest.mark.parametrize(
    "arrays",
    [
        {"a": np.zeros(3)},
        {"x": np.zeros((3, 2, 2)), "y": np.zeros(3)},
        {"x": np.zeros((3, 2)), "y": np.zeros(4)},
        {"x": np.zeros((0, 2)), "y": np.zeros(0)},
        {
            "x": np.zeros((4, 1)),
            "y": np.arange(4) % 2,
            "categories": np.array("{"),
            "column_names": np.array(["c"]),
        },
        {
            "x": np.full((4, 1), 9.0),
            "y": np.arange(4) % 2,
            "categories": np.array('{"c": ["a"]}'),
            "column_names": np.array(["c"]),
        },
    ],
)
def test_arrays_that_are_no_table_are_said_in_one_line(arrays, tmp_path):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(InputError, match=r"bad\.npz.*expected") as caught:
        load(tmp_path / "bad.npz", target="y")
    assert "\n" not in str(caught.value)


def test_formats_that_cannot_hold_a_table_name_those_that_can(tmp_path):
    with pytest.raises(
        InputError, match="image_folder cannot hold a table; expected one of npz, parquet"
    ):
        convert(load("sklearn:iris"), "image_folder", tmp_path / "out")
