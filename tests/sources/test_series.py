"""Are series read in the order of time, and what cannot be a step named?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.sources import load


class Told(Quiet):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def write(tmp_path):
    def _write(content: str | bytes, name: str = "a.csv") -> Path:
        place = tmp_path / name
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    return _write


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **{"series": "v", "window": 2, **options})
    text = str(caught.value)
    assert "\n" not in text
    assert "expected" in text
    return text.replace(str(place), "FILE")


def test_windows_and_horizons_follow_each_other(write):
    data = load(
        write("t,v\n" + "".join(f"2020-01-{day:02},{day}\n" for day in range(1, 11))),
        series="v",
        window=3,
        horizon=2,
    )
    assert len(data) == 6
    assert data[0].tolist() == [[1], [2], [3]]
    assert data.targets[0].tolist() == [4, 5]
    assert data.ids[0] == "2020-01-04"
    assert (data.kind, data.task, data.class_names) == ("series", "values", ())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=20))
def test_steps_are_sorted_by_time_and_equal_times_keep_their_order(write, days):
    lines = [f"{np.datetime64('2020-01-01') + day},{number}\n" for number, day in enumerate(days)]
    source = load(write("t,v\n" + "".join(lines)), series="v", window=2).source
    assert source.values[:, 0].tolist() == sorted(range(len(days)), key=lambda number: days[number])
    assert (source.file_order == source.values[:, 0]).all()
    assert (np.diff(source.times) >= np.timedelta64(0)).all()
    assert len(set(source.ids)) == len(source)


def test_window_and_horizon_have_defaults_that_are_told(write):
    told = Told()
    data = load(
        write("t,v,w\n" + "".join(f"{year}-01-01,{year},1\n" for year in range(1900, 1940))),
        series="v",
        progress=told,
    )
    assert (data.source.window, data.source.horizon, len(data)) == (30, 1, 10)
    assert told.lines == [
        "only 'v' is read; left out: 'w'",
        "window of 30 steps, horizon of 1 (say --window and --horizon to change them)",
    ]


@pytest.mark.parametrize(
    ("content", "times"),
    [
        (
            "v,when\n1,2020-01-03\n2,2020-01-01\n3,2020-01-02\n",
            ["2020-01-01", "2020-01-02", "2020-01-03"],
        ),
        (
            '"Month","v"\n"1749-02",1\n"1749-01",2\n"1749-03",2\n',
            ["1749-01-01", "1749-02-01", "1749-03-01"],
        ),
        ("Year,v\n1990,1\n1992,2\n1991,3\n", ["1990-01-01", "1991-01-01", "1992-01-01"]),
        (
            "timestamp,v\n1600000000,1\n1600000060,2\n1600000120,3\n",
            ["2020-09-13T12:26:40", "2020-09-13T12:27:40", "2020-09-13T12:28:40"],
        ),
        (
            "time,v\n1600000000000,1\n1600000000250,2\n1600000000500,3\n",
            ["2020-09-13T12:26:40.000", "2020-09-13T12:26:40.250", "2020-09-13T12:26:40.500"],
        ),
        (
            "t,v\n2020-01-01T00:00:00Z,1\n2020-01-01T01:00:00Z,2\n2020-01-01T02:00:00Z,3\n",
            ["2020-01-01T00", "2020-01-01T01", "2020-01-01T02"],
        ),
    ],
)
def test_the_time_is_found(write, content, times):
    source = load(write(content), series="v", window=1).source
    assert (source.times == np.array(times, "datetime64[ms]")).all()


def test_without_a_time_the_lines_are_the_order(write):
    told = Told()
    data = load(write("3\n1\n2\n5\n"), series="1", window=2, progress=told)
    assert data.source.times is None
    assert data.ids == ("step-3", "step-4")
    assert data.source.values[:, 0].tolist() == [3, 1, 2, 5]
    assert "no column of dates found: the steps are in the order of the lines" in told.lines


def test_values_that_are_none_stay_as_missing_steps(write):
    data = load(
        write("t,v\n2020-01-03,x\n2020-01-01,1\n2020-01-02,\n2020-01-04,4\n"), series="v", window=2
    )
    assert np.array_equal(data.source.values[:, 0], [1, np.nan, np.nan, 4], equal_nan=True)
    assert data.source.junk == {2: "x"}
    assert len(data) == 2


def test_steps_without_a_time_are_left_out_with_the_reason(write):
    data = load(
        write("t,v\n2020-01-03,3\n,7\n2020-01-01,1\nsoon,5\n2020-01-02,2\n"), series="v", window=2
    )
    assert data.source.values[:, 0].tolist() == [1, 2, 3]
    assert data.source.file_order.tolist() == [2, 4, 0]
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("row-2", "its time (t) is missing"),
        ("row-4", "its time (t) is no date: 'soon'"),
    ]


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("", {}, "is empty"),
        ("t,v\n", {}, "has a header but no rows"),
        ("t,w\n2020-01-01,1\n", {}, "has no column 'v'"),
        ("t,v\n2020-01-01,a\n2020-01-02,b\n", {}, "column 'v' holds texts (such as 'a')"),
        ("t,v\n1,\n2,NA\n", {}, "holds no number at all"),
        (
            "t,v\n1,1\n2,2\n",
            {},
            "FILE has 2 steps; expected at least 3, a window of 2 and a horizon of 1",
        ),
        ("t,v\n1,1\n2,2\n", {"window": 0}, "--window 0 is no number of steps"),
        ("t,v\n1,1\n2,2\n", {"horizon": -1}, "--horizon -1 is no number"),
        ("t,v\n1,1\n2,2\n", {"group": "t"}, "--group t means nothing to a series"),
        ("t,v\n1,1\n2,2\n", {"task": "values"}, "--task values means nothing to series"),
        (
            "t,v\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\nsource: me\n",
            {},
            "line 5 has 1 cell; expected 2",
        ),
    ],
)
def test_bad_series_are_one_line(write, content, options, says):
    assert says in refused(write(content), **options)


def test_a_series_has_no_test_file(write):
    main, other = write("v\n1\n2\n3\n4\n"), write("v\n5\n6\n7\n8\n", "b.csv")
    assert refused(main, test=other).startswith(
        "--test means nothing to a series, for its test part is its last steps"
    )


@pytest.mark.parametrize(
    ("name", "column", "steps", "first", "last"),
    [
        ("airline-passengers", "Passengers", 144, "1949-01-01", "1960-12-01"),
        ("daily-min-temperatures", "Temp", 3650, "1981-01-01", "1990-12-31"),
        ("monthly-sunspots", "Sunspots", 2820, "1749-01-01", "1983-12-01"),
    ],
)
def test_real_series(shared, name, column, steps, first, last):
    source = load(
        shared / "time-series" / f"{name}.csv", series=column, window=12, horizon=3
    ).source
    assert len(source.values) == steps
    assert [str(source.times[at])[:10] for at in (0, -1)] == [first, last]
    assert not np.isnan(source.values).any()
