"""Are many series looked at, cleaned and written one by one, so that none borders on another?"""

from __future__ import annotations

import numpy as np
import pytest

from receta.audits import audit
from receta.cleaning import clean
from receta.converting import convert
from receta.sources import load

DAYS = np.datetime64("2024-01-01") + np.arange(60)


@pytest.fixture
def shops(tmp_path):
    """Two shops of sixty days each; the second lacks a day, has one twice and one without value."""
    lines = [f"a,{day},{at % 7}" for at, day in enumerate(DAYS)]
    second = [f"b,{day},{100 + at % 7}" for at, day in enumerate(DAYS)]
    second[20] = f"b,{DAYS[20]},"
    second[30] = second[29]
    place = tmp_path / "shops.csv"
    place.write_text("unique_id,ds,y\n" + "\n".join([*lines, *second]) + "\n")
    return place


def test_each_series_is_looked_at_on_its_own(shops):
    found = {one.check: one for one in audit(load(shops, window=7, horizon=2))}
    assert {name for name, one in found.items() if one.verdict != "ok"} == {
        "missing",
        "duplicate_times",
        "gaps",
    }
    assert found["gaps"].measured == 1
    assert found["gaps"].where.startswith("1 of 2 series; b: ")
    assert all(name.startswith("b ") for name in found["gaps"].ids)
    assert found["time_order"].verdict == "ok"


def test_a_fix_mends_the_series_that_need_it(shops):
    data = load(shops, window=7, horizon=2)
    fixes = ["duplicate_times", "gaps", "missing"]
    cleaned = clean(data, audit(data), fix=fixes)
    found = audit(cleaned, only=["missing", "duplicate_times", "gaps"])
    assert [one.verdict for one in found] == ["ok", "ok", "ok"]
    source = cleaned.source
    assert (source.ends - source.begins).tolist() == [60, 60]
    assert source.values[:60].tolist() == data.source.values[:60].tolist()
    assert source.values[60:].min() >= 100  # nothing is filled from the shop before


def test_many_series_are_written_and_read_back(shops, tmp_path):
    data = load(shops, window=7, horizon=2, season=7)
    convert(data, "parquet", tmp_path / "shops.parquet")
    again = load(tmp_path / "shops.parquet", series="y", window=7, horizon=2, season=7)
    assert again.source.names == ("a", "b")
    assert np.array_equal(again.source.values, data.source.values, equal_nan=True)
    assert again.ids == data.ids
