"""Does a forecast go on where the steps end, at the times of the calendar, as a long frame?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from receta.core.errors import InputError
from receta.core.rhythm import Rhythm
from receta.core.spec import Spec
from receta.evaluation.forecasting import COLUMNS, forecast

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
