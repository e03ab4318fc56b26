"""Is a number of a run's files taken at its bounds and refused one step beyond?"""

from __future__ import annotations

from typing import Any

import pytest

from receta.core import records
from receta.core.shapes import mismatch

COUNT = (0, -1)
SHARES = [(0.0, -0.001), (1.0, 1.001)]


@pytest.mark.parametrize(
    ("shape", "fine", "beyond"),
    [
        (records.RUN["format"], *COUNT),
        (records.RUN["format"], 10**6, 10**6 + 1),
        (records.RUN["data"]["n?"], *COUNT),
        (records.RUN["data"]["n?"], 2**48, 2**48 + 1),
        (records.RUN["input"]["shape"][0], 1, 0),
        (records.RUN["input"]["shape"][0], 65536, 65537),
        (records.RUN["machine"]["threads"], *COUNT),
        (records.RUN["machine"]["threads"], 4096, 4097),
        *[(records.RUNG["validation_accuracy?"], *pair) for pair in SHARES],
        (records.CALIBRATION["times"], 1, 0),
        (records.CALIBRATION["times"], 100, 101),
        (records.CALIBRATION["sure_from?"], 0.0, -0.001),
        (records.CALIBRATION["sure_from?"], 2.0, 2.001),
        (records.PLAN["epochs"], *COUNT),
        (records.PLAN["epochs"], 10**6, 10**6 + 1),
        (records.PLAN["patience"], *COUNT),
        (records.PLAN["patience"], 10**6, 10**6 + 1),
        (records.DECISIONS["learning_rate?"]["suggested"], 1e-9, 0.9e-9),
        (records.DECISIONS["learning_rate?"]["suggested"], 100.0, 100.1),
        (records.DECISIONS["examples?"], *COUNT),
        (records.DECISIONS["examples?"], 2**48, 2**48 + 1),
        (records.DECISIONS["fine_tune?"]["fine_tune"], *COUNT),
        (records.DECISIONS["fine_tune?"]["fine_tune"], 10_000, 10_001),
    ],
)
def test_a_number_is_taken_at_its_bound_and_not_beyond(
    shape: Any, fine: float, beyond: float
) -> None:
    assert mismatch(fine, shape) == ""
    assert mismatch(beyond, shape).startswith(f"it is {beyond}")
