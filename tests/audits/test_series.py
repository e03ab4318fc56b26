"""Do the audits of series know days, months, clocks and weekends, and what a part may see?"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta.audits import SHELF, audit
from receta.audits.made_up.tiny_tables import noise, series
from receta.data import derived
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.sources import load

MINE = (
    "junk_cells",
    "series_leakage",
    "missing",
    "infinite",
    "time_order",
    "duplicate_times",
    "gaps",
    "irregular_steps",
)


def found(data, *names):
    return {one.check: one for one in audit(data, only=names or MINE) if one.verdict != "ok"}


def of_times(times, **more):
    return series(noise(len(times), "series"), np.asarray(times), **more)


def regular(first, n, step):
    return np.datetime64(first) + np.arange(n) * step


DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
MONTHS = np.arange(np.datetime64("2001-01"), np.datetime64("2005-01"))
MONTH_ENDS = (MONTHS + 1).astype("datetime64[D]") - 1
WORKDAYS = np.array([day for day in regular("2001-01-01", 400, DAY) if np.is_busday(day)])
LOCAL_MIDNIGHTS = (
    regular("2001-01-01T23", 365, DAY)
    - np.where((np.arange(365) > 82) & (np.arange(365) < 299), 1, 0) * HOUR
)
# What is traded from 9 to 16 on weekdays.
HOURS = regular("2001-01-01T00", 24 * 100, HOUR)
TRADED = np.array(
    [hour for hour in HOURS if np.is_busday(hour.astype("M8[D]")) and 9 <= hour.item().hour < 16]
)


# --- what is regular


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (regular("2001-01-01", 40, DAY), "1 day"),
        (regular("2001-01-01T00", 40, HOUR), "1 hour"),
        (MONTHS, "1 month"),
        (MONTHS[::3], "3 months"),
        (MONTHS[::12], "1 year"),
        (MONTH_ENDS, "1 month"),
        (MONTH_ENDS[2::3], "3 months"),
        (MONTHS.astype("M8[D]") + 14, "1 month"),
        (regular("2001-01-01", 40, 7 * DAY), "1 week"),
        (regular("2001-01-01", 40, 28 * DAY), "4 weeks"),
        (WORKDAYS, "1 day"),
        (WORKDAYS[:10], "1 day"),
        (LOCAL_MIDNIGHTS, "1 day"),
        (TRADED, "1 hour"),
        (regular("2001-01-01T00:00", 99, np.timedelta64(15, "m")), "15 minutes"),
        (np.busday_offset(MONTHS, 0, "forward"), "1 month"),
        (np.busday_offset(MONTHS + 1, -1, "forward"), "1 month"),
        (np.arange(np.datetime64("1900"), np.datetime64("1990")), "1 year"),
        (
            regular("2001-01-01T00:00:00.000", 99, np.timedelta64(250, "ms")).astype("M8[s]")[::4],
            "1 second",
        ),
        (
            regular("2001-01-01T00:00", 99, np.timedelta64(60, "s"))
            + np.tile([0, 1, 2], 33).astype("m8[s]"),
            "1 minute",
        ),
    ],
)
def test_regular_series_have_neither_gaps_nor_irregular_steps(times, step):
    findings = audit(of_times(times), only=["gaps", "irregular_steps"])
    assert [finding.verdict for finding in findings] == ["ok", "ok"], findings
    assert step in findings[1].where or step == "1 minute"  # of which some are 58 seconds long


@pytest.mark.parametrize("name", ["airline-passengers", "monthly-sunspots"])
def test_real_months_are_regular(shared, name):
    column = {"airline-passengers": "Passengers", "monthly-sunspots": "Sunspots"}[name]
    assert (
        found(load(shared / "time-series" / f"{name}.csv", series=column, window=12, horizon=1))
        == {}
    )


def test_the_two_days_that_melbourne_lacks_are_named(shared):
    data = load(
        shared / "time-series" / "daily-min-temperatures.csv", series="Temp", window=30, horizon=1
    )
    findings = found(data)
    assert set(findings) == {"gaps"}
    assert findings["gaps"].measured == 2
    assert findings["gaps"].shown["missing"] == ["1984-12-31", "1988-12-31"]
    assert "1984-12-31, 1988-12-31" in findings["gaps"].where
    assert len(findings["gaps"].ids) == 2 * 30  # windows that hold days of both sides
    assert {"1985-01-01", "1985-01-30", "1989-01-01"} <= set(findings["gaps"].ids)
    assert "1984-12-30" not in findings["gaps"].ids


def test_a_real_series_of_which_rows_are_taken_lacks_exactly_these(shared, tmp_path):
    lines = (shared / "time-series" / "monthly-sunspots.csv").read_text().splitlines()
    gone = [lines.pop(at).split(",")[0].strip('"') for at in (1200, 777, 300)]
    (tmp_path / "fewer.csv").write_text("\n".join(lines) + "\n")
    finding = found(load(tmp_path / "fewer.csv", series="Sunspots", window=12, horizon=1))["gaps"]
    assert finding.shown["missing"] == [f"{month}-01" for month in sorted(gone)]


# --- gaps


@pytest.mark.parametrize(
    "times", [MONTHS, MONTH_ENDS, WORKDAYS, TRADED, regular("2001-01-01T00", 90, HOUR)], ids=str
)
def test_steps_taken_out_are_the_steps_that_are_named(times):
    gone = [7, 20, 21]
    finding = found(of_times(np.delete(times, gone)))["gaps"]
    expected = times[gone].astype("M8[s]")
    assert finding.measured == 3
    assert [np.datetime64(text, "s") for text in finding.shown["missing"]] == expected.tolist()
    assert finding.shown["runs"] == 2


def test_weekends_are_no_gap_but_a_holiday_is():
    holiday = np.datetime64("2001-12-25")
    finding = found(of_times(np.setdiff1d(WORKDAYS, [holiday])))["gaps"]
    assert finding.shown["missing"] == ["2001-12-25"]
    assert "always rests" in finding.where


def test_the_hour_that_clocks_skip_is_said_to_be_one():
    times = np.delete(
        regular("2001-03-20T00", 200, HOUR),
        (np.datetime64("2001-03-25T02") - np.datetime64("2001-03-20T00")).astype(int),
    )
    finding = found(of_times(times))["gaps"]
    assert finding.shown["missing"] == ["2001-03-25T02:00:00"]
    assert "UTC" in finding.advice


def test_one_date_of_another_century_lacks_very_much_and_takes_no_time():
    times = np.append(
        np.datetime64("1901-01-01T00:00:00"),
        regular("2020-01-01T00:00:00", 500, np.timedelta64(1, "s")),
    )
    finding = found(of_times(times))["gaps"]
    assert finding.measured > 3e9
    assert len(finding.shown["missing"]) == 20


def test_windows_across_a_gap_are_those_that_hold_both_sides():
    times = np.delete(regular("2001-01-01", 31, DAY), 15)  # the 16th lacks
    finding = found(of_times(times, window=3, horizon=2))["gaps"]
    assert finding.ids == ("2001-01-15", "2001-01-17", "2001-01-18", "2001-01-19")


# --- other times


def test_steps_at_other_hours_are_irregular():
    times = regular("2001-01-01T00", 30, DAY).copy()
    times[[5, 6, 20]] += 12 * HOUR
    findings = found(of_times(times))
    assert set(findings) == {"irregular_steps"}
    assert findings["irregular_steps"].measured == 4
    assert findings["irregular_steps"].shown["regular"]


def test_times_at_random_are_irregular_and_have_no_gaps():
    times = np.datetime64("2001-01-01T00:00:00") + np.sort(
        np.random.Generator(np.random.Philox(1)).choice(10**6, 200, replace=False)
    )
    findings = found(of_times(times))
    assert set(findings) == {"irregular_steps"}
    assert not findings["irregular_steps"].shown["regular"]


def test_equal_times_are_named_once_and_their_values_compared():
    times = np.sort(
        np.append(
            regular("2001-01-01", 30, DAY),
            np.array(["2001-01-05", "2001-01-05", "2001-01-20"], "M8[D]"),
        )
    )
    values = noise(33, "values")
    values[5] = values[4]
    findings = found(series(values, times))
    assert set(findings) == {"duplicate_times"}
    assert findings["duplicate_times"].measured == 3
    assert findings["duplicate_times"].shown == {
        "times": ["2001-01-05", "2001-01-20"],
        "other_values": 2,
        "series": 1,
    }


def test_several_series_in_one_file_are_said_to_be_several():
    finding = found(of_times(np.repeat(regular("2001-01-01", 30, DAY), 3)))["duplicate_times"]
    assert finding.shown["series"] == 3
    assert "3 series in one file" in finding.advice


def test_a_file_that_runs_backwards_is_said_to(tmp_path):
    days = regular("2001-01-01", 30, DAY)[::-1]
    (tmp_path / "back.csv").write_text(
        "day,y\n" + "".join(f"{day},{number}.5\n" for number, day in enumerate(days))
    )
    findings = found(load(tmp_path / "back.csv", series="y", window=5, horizon=1))
    assert set(findings) == {"time_order"}
    assert findings["time_order"].shown["backwards"]


def test_a_line_at_the_wrong_place_is_named():
    order = np.array([*range(9), 29, *range(9, 29)])
    source = of_times(regular("2001-01-01", 30, DAY)).source
    finding = found(Dataset.of(source.replaced(file_order=order)))["time_order"]
    assert (finding.measured, finding.shown["times"]) == (1, ["2001-01-11"])


def test_a_series_without_times_is_taken_as_it_stands():
    source = Series(
        "x(", noise(40, "x")[:, None], None, window=4, horizon=1, channel_names=("y",), version=""
    )
    assert found(Dataset.of(source)) == {}


# --- values


def test_steps_without_a_value_name_the_windows_over_them():
    values = noise(30, "values")
    values[10] = np.nan
    findings = found(series(values, window=3, horizon=2))
    assert set(findings) == {"missing"}
    assert (findings["missing"].shown["cells"], len(findings["missing"].ids)) == (1, 5)


def test_junk_in_a_series_is_not_also_missing():
    values = noise(30, "values")
    values[10] = np.nan
    findings = found(Dataset.of(series(values).source.replaced(junk={10: "fwefew"})))
    assert set(findings) == {"junk_cells"}
    assert findings["junk_cells"].shown["texts"] == {"fwefew": 1}


# --- leakage


def parts_by(n, first_test, gap):
    return [
        "train" if row < first_test - gap else "" if row < first_test else "test"
        for row in range(n)
    ]


@pytest.mark.parametrize(("gap", "seen"), [(2, 0), (1, 1), (0, 2)])
def test_windows_that_reach_into_the_test_targets_are_counted(gap, seen):
    n = 40 - 3 - 3 + 1
    data = series(noise(40, "series"), window=3, horizon=3, parts=parts_by(n, 25, gap))
    leaks = found(data)
    assert (leaks["series_leakage"].measured if leaks else 0) == seen
    assert all(finding.failed for finding in leaks.values())


def test_training_on_what_comes_after_the_test_is_a_leak():
    parts = ["test"] * 10 + [""] * 6 + ["train"] * 20
    assert found(series(noise(40, "series"), parts=parts))["series_leakage"].measured == 20


def test_parts_that_are_set_later_are_looked_at_too():
    data = series(noise(40, "series"))
    shuffled = [("train", "test")[row % 2] for row in range(len(data))]
    assert found(derived.with_parts(data, shuffled))["series_leakage"].failed


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("lead", [-3, 0, 2])
def test_a_channel_that_knows_the_future_fails_and_one_that_knows_the_past_does_not(lead, smooth):
    y = (
        np.sin(np.arange(300) / 9) + np.sin(np.arange(300) / 31)
        if smooth
        else noise(300, "y").cumsum()
    )
    data = series(
        np.stack([y[10:-10], 3 * y[10 + lead : -10 + lead] + 1], axis=1),
        names=("y", "x"),
        horizon=4,
    )
    findings = found(data)
    assert (findings["series_leakage"].shown["lead"] if findings else None) == (
        lead if lead > 0 else None
    )


# --- nothing makes them raise


@st.composite
def any_series(draw):
    n, channels = draw(st.integers(0, 50)), draw(st.integers(1, 3))
    pool = draw(
        st.lists(
            st.floats(width=64) | st.sampled_from([0.0, 1.0, np.nan, np.inf, 1e308]),
            min_size=1,
            max_size=60,
        )
    )
    leaps = draw(
        st.lists(
            st.integers(0, 5) | st.sampled_from([86400, 604800, 2678400, 10**9]),
            min_size=1,
            max_size=50,
        )
    )
    times = np.datetime64(
        draw(st.sampled_from(["0001-01-01", "1969-12-31", "2001-01-31", "9000-02-28"])), "s"
    )
    times = times + np.resize(np.array(leaps), n).cumsum() * draw(
        st.sampled_from([1, 60, 3600, 86400])
    )
    unit = draw(st.sampled_from(["s", "ms", None]))
    order = np.array(draw(st.permutations(range(n))), np.int64)
    values = np.resize(np.array(pool), n * channels).reshape(n, channels)
    junk = dict.fromkeys(np.flatnonzero(np.isnan(values[:, 0])).tolist(), "fwefew")
    source = Series(
        "any(",
        values,
        times.astype(f"M8[{unit}]") if unit else None,
        window=draw(st.integers(1, 9)),
        horizon=draw(st.integers(1, 5)),
        channel_names=[f"x{k}" for k in range(channels)],
        version="",
        file_order=order,
        junk=junk,
    )
    names = draw(
        st.lists(st.sampled_from(["train", "validation", "test", ""]), min_size=1, max_size=50)
    )
    source.parts = draw(
        st.sampled_from([None, [names[row % len(names)] for row in range(len(source))]])
    )
    data = Dataset.of(source)
    return (
        data.take(
            np.array(draw(st.lists(st.booleans(), min_size=len(data), max_size=len(data))), bool)
        )
        if draw(st.booleans())
        else data
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_series())
def test_no_audit_raises_on_any_short_series(data):
    for name in MINE:
        findings = getattr(SHELF.module(name), name)(data, None)
        assert findings
        for finding in findings:
            json.dumps(finding.to_json(), allow_nan=False)
            assert set(finding.ids) <= set(data.ids)
