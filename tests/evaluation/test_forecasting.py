"""Does a forecast go on where the steps end, at the times of the calendar, as a long frame?"""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from receta import evaluation
from receta.core.errors import InputError
from receta.core.rhythm import Rhythm
from receta.core.spec import Spec
from receta.evaluation import forecasting
from receta.evaluation.forecasting import COLUMNS, Forecast, forecast

WINDOW, HORIZON = 3, 2


class Last:
    """Says the last value it sees, plus the number of the step."""

    class_names = tuple(f"v +{step + 1}" for step in range(HORIZON))
    task, sure_from, thresholds = "values", 0.5, None

    def __init__(self, about: dict[str, Any] | None = None, **rhythm: Any) -> None:
        named = Rhythm(horizon=HORIZON, **rhythm)
        spec = Spec("steps", (WINDOW, 1), "float32", "step", fields=("v",), rhythm=named)
        self.specs = (spec,)
        self.about = {"data": about or {}}

    def predict(self, windows: np.ndarray) -> np.ndarray:
        assert windows.shape[1:] == (WINDOW, 1)
        return windows[:, -1] + np.arange(1, HORIZON + 1)


def write(folder: Path, times: list[str], name: str = "h.csv") -> Path:
    place = folder / name
    lines = "".join(f"{time},{at}\n" for at, time in enumerate(times))
    place.write_text("t,v\n" + lines)
    return place


@pytest.mark.parametrize(
    ("times", "every", "ahead"),
    [
        (["2024-01-01", "2024-02-01", "2024-03-01"], "1 M", ["2024-04-01", "2024-05-01"]),
        (["2023-12-31", "2024-01-31", "2024-02-29"], "1 M", ["2024-03-31", "2024-04-30"]),
        (["2024-01-01", "2024-04-01", "2024-07-01"], "3 M", ["2024-10-01", "2025-01-01"]),
        (["2024-03-06", "2024-03-07", "2024-03-08"], "1 B", ["2024-03-11", "2024-03-12"]),
        (
            ["2024-03-06 21:00", "2024-03-06 22:00", "2024-03-06 23:00"],
            "3600 s",
            ["2024-03-07T00:00:00", "2024-03-07T01:00:00"],
        ),
    ],
)
def test_the_times_ahead_follow_the_calendar(tmp_path, times, every, ahead):
    made = forecast(Last(time="t", every=every), write(tmp_path, times))
    assert [one["ds"] for one in made] == ahead
    assert [one["yhat"] for one in made] == [3, 4]


def test_without_a_file_it_goes_on_from_the_data_of_the_run(tmp_path):
    days = [f"2024-01-{day:02}" for day in range(1, 21)]
    place = write(tmp_path, days)
    about = {"source": str(place), "options": {"series": "v", "window": 3, "horizon": 2}}
    made = forecast(Last(about, time="t"))
    assert [(one["ds"], one["cutoff"], one["yhat"]) for one in made] == [
        ("2024-01-21", "2024-01-20", 20),
        ("2024-01-22", "2024-01-20", 21),
    ]


def test_a_bundle_asks_for_a_file(tmp_path):
    with pytest.raises(
        InputError, match=r"a bundle holds no data of its run.*predict BUNDLE HISTORY"
    ):
        forecast(Last())


def test_each_of_many_series_is_forecast_and_short_ones_are_named(tmp_path):
    place = tmp_path / "many.csv"
    rows = [
        f"{name},2024-01-{day:02},{day}"
        for name, n in (("a", 5), ("b", 2))
        for day in range(1, n + 1)
    ]
    place.write_text("id,t,v\n" + "\n".join(rows) + "\n")
    made = forecast(Last(time="t", id="id"), place)
    assert {one["unique_id"] for one in made} == {"a"}
    assert [(one.id, one.reason) for one in made.left_out] == [("b", "has 2 steps")]


def test_steps_that_are_too_few_are_one_line(tmp_path):
    with pytest.raises(InputError, match="expected at least 3 steps"):
        forecast(Last(time="t"), write(tmp_path, ["2024-01-01", "2024-01-02"]))


def test_the_frame_is_written_as_csv_and_parquet(tmp_path):
    made = forecast(Last(time="t"), write(tmp_path, [f"2024-01-0{day}" for day in range(1, 6)]))
    made.write(tmp_path / "f.csv")
    with (tmp_path / "f.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["ds"] for row in rows] == ["2024-01-06", "2024-01-07"]
    made.write(tmp_path / "f.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "f.parquet")
    assert tuple(table.column_names) == COLUMNS
    assert table["yhat"].to_pylist() == [5, 6]
    assert str(table["ds"].to_pylist()[0]) == "2024-01-06 00:00:00"
    with pytest.raises(InputError, match="ends in neither"):
        made.write(tmp_path / "f.xlsx")


def test_numbers_are_written_with_the_digits_that_float32_holds(tmp_path):
    place = write(tmp_path, ["2024-01-01", "2024-01-02", "2024-01-03"])
    place.write_text(place.read_text().rsplit(",", 1)[0] + ",416.99963\n")
    made = forecast(Last(time="t"), place)
    assert made[0]["yhat"] == 417.99963


def test_without_dates_steps_are_counted(tmp_path: Path) -> None:
    place = tmp_path / "h.csv"
    place.write_text("v\n" + "".join(f"{at}.5\n" for at in range(7)))
    made = forecast(Last(), place)
    assert [(one["unique_id"], one["ds"], one["cutoff"], one["yhat"]) for one in made] == [
        ("", 8, 7, 7.5),
        ("", 9, 7, 8.5),
    ]


def test_days_at_midnight_are_written_as_days_and_a_long_month_is_remembered(tmp_path) -> None:
    """The 31st is 63 steps before the last: still among what tells the day of the month."""
    months = np.arange("2018-01", "2024-12", dtype="datetime64[M]")
    days = [
        str(month.astype("datetime64[D]") + 29 - 2 * (month.item().month == 2)) for month in months
    ]
    days[-64] = days[-64][:8] + "31"
    made = forecast(Last(time="t", every="1 M"), write(tmp_path, days))
    expected = (
        "31" if np.datetime64(days[-64][:7]).item().month in (1, 3, 5, 7, 8, 10, 12) else "30"
    )
    assert (made[0]["ds"], made[1]["ds"]) == ("2024-12-" + expected, "2025-01-" + expected)


def test_steps_without_a_number_and_infinite_ones_are_faults_of_their_series(tmp_path) -> None:
    lines = [
        *(f"{name},2024-01-0{day},{v}" for name, values in (
            ("empty", ["12345", "", "", ""]),
            ("endless", ["1", "2", "inf", "4", "5"]),
            ("gap", ["1", "2", "3", "", "5"]),
            ("old", ["inf", "2", "3", "4", "5"]),
        ) for day, v in enumerate(values, 1)),
    ]  # fmt: skip
    place = tmp_path / "many.csv"
    place.write_text("id,t,v\n" + "\n".join(lines) + "\n")
    made = forecast(Last(time="t", id="id"), place)
    assert [one["unique_id"] for one in made] == ["gap", "gap", "old", "old"]
    assert [(one.id, one.reason) for one in made.left_out] == [
        ("empty", "holds no number in its last steps"),
        ("endless", "holds an infinite number in its last steps"),
    ]
    assert made.to_json()["quarantined"][0]["id"] == "empty"


def test_series_are_asked_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "_BATCH", 2)
    place = tmp_path / "many.csv"
    lines = [f"s{k},2024-01-0{day},{k * 10 + day}" for k in range(5) for day in (1, 2, 3)]
    place.write_text("id,t,v\n" + "\n".join(lines) + "\n")
    asked = []

    class Counted(Last):
        def predict(self, windows: np.ndarray) -> np.ndarray:
            asked.append(len(windows))
            return super().predict(windows)

    made = forecast(Counted(time="t", id="id"), place)
    assert asked == [2, 2, 1]
    assert [one["yhat"] for one in made] == [k * 10 + 3 + step for k in range(5) for step in (1, 2)]


def test_the_last_series_that_is_too_short_is_told_with_its_file(tmp_path: Path) -> None:
    place = tmp_path / "short.csv"
    place.write_text("id,t,v\na,2024-01-01,1\nb,2024-01-01,1\nb,2024-01-02,2\n")
    with pytest.raises(InputError, match=r"short\.csv: b has 2 steps; expected at least 3 steps"):
        forecast(Last(time="t", id="id"), place)
    place.write_text(
        "t,v\n" + "".join(f"2024-01-0{n + 1},{'12345'[n : n + 1]}\n" for n in range(9))
    )
    about = {"source": str(place), "options": {"series": "v", "window": 3}}
    with pytest.raises(InputError, match=r"^the data of the run: the series holds no number in"):
        forecast(Last(about, time="t"))


def test_a_wide_file_is_read_only_for_a_model_of_plain_values(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    header = "id," + ",".join(f"V{at}" for at in range(2, 32))
    wide.write_text(
        f"{header}\n" + "".join(f"{k},{','.join(map(str, range(1, 30)))},\n" for k in "ab")
    )
    plain, timed = Last(), Last(time="t")
    for model in (plain, timed):
        model.specs = (dataclasses.replace(model.specs[0], fields=("value",)),)
    assert [one["yhat"] for one in forecast(plain, wide)] == [30, 31, 30, 31]
    for model in (timed, Last()):
        with pytest.raises(InputError, match="column"):
            forecast(model, wide)


def test_a_forecast_is_shown_by_ten_steps_and_written_without_dates_too(tmp_path: Path) -> None:
    step = {"unique_id": "a", "ds": 8, "cutoff": 7, "yhat": 1.0}
    between = {**step, "unique_id": "", "lo-80": 0.5, "hi-80": 1.5}
    assert repr(Forecast([step, between])).splitlines() == [
        "Forecast(2 steps of 2 series)",
        "  a 8: 1",
        "  8: 1 (0.5 to 1.5)",
    ]
    assert len(repr(Forecast([step] * 10)).splitlines()) == 11
    assert repr(Forecast([step] * 1012)).splitlines()[11:] == ["  and 1,002 more"]
    Forecast([step]).write(tmp_path / "f.PARQUET")
    table = pyarrow.parquet.read_table(tmp_path / "f.PARQUET")
    assert [str(one) for one in table.schema.types][:5] == [
        "string",
        *["int64"] * 2,
        *["double"] * 2,
    ]
    assert table["y"].to_pylist() == [None]
    assert "quarantined" not in Forecast([step]).to_json()


def test_the_door_takes_the_first_file_or_the_data_of_the_run(tmp_path: Path) -> None:
    days = [f"2024-01-0{day}" for day in range(1, 6)]
    one, two = write(tmp_path, days), write(tmp_path, days[:4], "two.csv")
    model: Any = Last(time="t")
    assert evaluation.predict(model, [one, two])[0]["cutoff"] == "2024-01-05"
    assert evaluation.predict(model, str(two))[0]["cutoff"] == "2024-01-04"
    with pytest.raises(InputError, match="a bundle holds no data of its run"):
        evaluation.predict(model)
