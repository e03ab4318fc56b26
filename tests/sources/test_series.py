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
    assert (data.kind, data.task, data.class_names) == ("series", "quantiles", ())


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


def test_season_window_and_horizon_are_found_and_told(write):
    told = Told()
    months = np.arange(np.datetime64("1990-01"), np.datetime64("2010-01"))
    lines = [f"{month}-01,{at % 12 + at / 50},1\n" for at, month in enumerate(months)]
    data = load(write("t,v,w\n" + "".join(lines)), series="v", progress=told)
    assert (data.source.window, data.source.horizon, data.source.rhythm.season) == (84, 12, 12)
    assert told.lines == [
        "the times are those of 't' (--time names another column)",
        "only 'v' is read; left out: 'w'",
        "a step is 1 month, a season of 12 steps, a window of 84 steps and a horizon of 12 steps "
        "(--season, --window and --horizon change that)",
    ]


def test_where_nothing_repeats_itself_no_season_is_told(write):
    told = Told()
    noise = np.random.default_rng(0).normal(size=60)
    data = load(write("v\n" + "".join(f"{one}\n" for one in noise)), progress=told)
    assert (data.source.rhythm.season, data.source.horizon, data.source.window) == (1, 1, 23)
    assert "no season was found" in told.lines[-1]


def test_the_season_is_found_in_the_steps_that_train_alone(write):
    days = np.datetime64("2020-01-01") + np.arange(300)
    noise = np.random.default_rng(0).normal(0, 0.1, 300)

    def season(later: float) -> int:
        values = np.where(np.arange(300) < 200, np.arange(300) % 7 + noise, later)
        lines = "".join(f"{day},{one}\n" for day, one in zip(days, values, strict=True))
        return load(write("t,v\n" + lines)).source.rhythm.season

    assert [season(later) for later in (0.0, 1e9)] == [7, 7]


def test_a_season_keeps_its_place_where_steps_lack(write):
    days = [day for day in range(80) if day not in (20, 21, 33)]
    lines = [f"{np.datetime64('2024-01-01') + day},{day % 7}\n" for day in days]
    assert load(write("t,v\n" + "".join(lines))).source.rhythm.season == 7


def test_a_file_of_many_series_keeps_each_of_them_whole(write):
    days = [np.datetime64("2020-01-01") + day for day in range(10)]
    lines = [f"{day},{name},{at}\n" for at, day in enumerate(days) for name in ("b", "a")]
    data = load(write("ds,unique_id,y\n" + "".join(lines)), window=3, horizon=2)
    assert data.source.names == ("b", "a")
    assert len(data) == 12
    assert data.ids[0] == "b 2020-01-04"
    assert data[0].tolist() == [[0], [1], [2]]
    assert data.targets[5].tolist() == [8, 9]
    assert data[6].tolist() == [[0], [1], [2]]


def test_names_are_found_where_times_come_twice(write):
    told = Told()
    days = [np.datetime64("2020-01-01") + day for day in range(10)]
    lines = [f"{day},{shop},{at}\n" for at, day in enumerate(days) for shop in ("x", "y")]
    place = write("day,shop,sales\n" + "".join(lines))
    source = load(place, series="sales", window=2, progress=told).source
    assert source.names == ("x", "y")
    assert any("each 'shop' is a series of its own" in line for line in told.lines)


WIDE = "name," + ",".join(f"V{step}" for step in range(2, 32)) + "\n"


def write_wide(write, name="wide.csv", *, first=0, lengths=(30, 25)):
    rows = [
        f"{who}," + ",".join(str(first + step) if step < n else "" for step in range(30))
        for who, n in zip("AB", lengths, strict=True)
    ]
    return write(WIDE + "\n".join(rows) + "\n", name)


def test_a_wide_file_holds_a_series_a_row(write):
    source = load(write_wide(write), window=4, horizon=2).source
    assert source.names == ("A", "B")
    assert (source.ends - source.begins).tolist() == [30, 25]
    assert not np.isnan(source.values).any()
    assert source.ids[0] == "A step-5"


def test_steps_of_a_test_file_follow_series_by_series_and_are_forecast_once(write):
    header = "name,V2,V3,V4\n"
    test = write(header + "B,100,101,102\nA,200,201,202\n", "test.csv")
    data = load(write_wide(write), test=test, window=4, season=2)
    source = data.source
    assert source.horizon == 3
    parts = np.array(data.parts)
    assert [data.ids[at] for at in np.flatnonzero(parts == "test")] == ["A step-31", "B step-26"]
    assert data.targets[parts == "test"].tolist() == [[200, 201, 202], [100, 101, 102]]
    assert data.targets[parts != "test"].max() < 100


def test_series_that_are_too_short_are_left_out_by_name(write):
    data = load(write_wide(write, lengths=(30, 5)), window=4, horizon=2)
    assert data.source.names == ("A",)
    assert [(one.id, one.reason) for one in data.left_out] == [
        ("B", "has 5 steps; expected at least 6")
    ]


def test_several_channels_are_seen_and_the_first_is_forecast(write):
    lines = "".join(f"{at},{10 * at},{-at}\n" for at in range(10))
    data = load(write("a,b,c\n" + lines), series="b,a", window=2, horizon=1)
    assert data.source.channel_names == ("b", "a")
    assert data[0].tolist() == [[0, 0], [10, 1]]
    assert data.targets[0].tolist() == [20]


def test_windows_of_a_million_steps_take_no_copy(write):
    from receta.data.series import MOST_WINDOWS, Series

    values = np.zeros((10_000_000, 1), np.float32)
    ends = np.arange(1, 1001) * 10_000
    source = Series(
        "s(",
        values,
        None,
        window=168,
        horizon=24,
        channel_names=("v",),
        version="",
        names=[str(k) for k in range(1000)],
        ends=ends,
    )
    assert MOST_WINDOWS / 2 < len(source) <= MOST_WINDOWS
    assert (source.starts % 10_000 <= 10_000 - 192).all()
    assert source.starts[-1] == len(values) - 192


@pytest.mark.parametrize(
    ("dates", "says"),
    [
        (("2020-01-01", "02/01/2020"), "written in two ways ('2020-01-01' and '02/01/2020')"),
        (("13/01/2020", "01/14/2020"), "written in two ways ('13/01/2020' and '01/14/2020')"),
    ],
)
def test_dates_of_two_formats_are_refused(write, dates, says):
    lines = "".join(f"{date},{at}\n" for at, date in enumerate(dates * 4))
    assert says in refused(write("t,v\n" + lines), window=2)


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


def test_a_test_file_that_does_not_follow_is_one_line(write):
    days = [f"2020-01-{day:02},{day}\n" for day in range(1, 21)]
    main, other = write("t,v\n" + "".join(days)), write("t,v\n" + "".join(days[15:]), "b.csv")
    assert "before the training data end" in refused(main, test=other)


@pytest.mark.parametrize(
    ("name", "season"),
    [
        ("airline-passengers", 12),
        ("daily-min-temperatures", 365),
        ("monthly-sunspots", 1),
        ("ausbeer", 4),
        ("taylor", 48),
    ],
)
def test_seasons_of_real_series_are_found_without_an_option(shared, name, season):
    assert load(shared / "time-series" / f"{name}.csv").source.rhythm.season == season


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


def test_a_season_that_does_not_fit_is_refused_or_told(write):
    place = write("v\n" + "".join(f"{step % 7}\n" for step in range(60)))
    assert "--season 60 is no shorter than the 60 steps of" in refused(place, season=60)
    assert "--season 9" in refused(place, season=99999999999999999999999)
    assert "holds no season of 30" in " ".join(load(place, season=30).notes)
    assert "holds no season" not in " ".join(load(place, season=7).notes)
