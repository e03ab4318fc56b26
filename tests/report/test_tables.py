"""Does the page of a table show values, intervals, columns and the worst rows, safely?"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from report.report_facts import minimal_facts as minimal

from receta.report import tables
from receta.report.facts import Facts, Mistake
from receta.report.page import render_page

NASTY = "<b>age</b>"


def of_values(**changes: Any) -> Facts:
    """Facts of 40 rows, of which the last is farthest off."""
    truth = np.linspace(0, 10, 40)
    said = truth + np.where(np.arange(40) == 39, 5.0, 0.1)
    known = minimal()
    scores = {
        "measure": "rmse",
        "value": 0.8,
        "rmse": 0.8,
        "r2": 0.9,
        "interval": [0.5, 1.0],
        "intervals": {"rmse": [0.5, 1.0]},
        "n": 40,
        "coverage_80": 0.75,
        "coverage_80_interval": [0.6, 0.86],
        "width_80": 2.0,
        "importance": [{"column": NASTY, "value": 1.2, "interval": [1.0, 1.4]}],
        "dependence": [
            {
                "column": NASTY,
                "kind": "number",
                "at": [1.0, 2.0],
                "outputs": ["y"],
                "answers": [[1.0], [2.0]],
                "low": [[0.5], [1.5]],
                "high": [[1.5], [2.5]],
            }
        ],
    }
    data = dataclasses.replace(
        known.data, task="values", kind="table", class_names=("y",), counts={}
    )
    mistakes = [Mistake(None, "row-39", "10", "15", (), (), ((NASTY, "41"), ("town", "")))]
    plain = dataclasses.replace(
        known, data=data, best="mlp", scores=scores, values=(truth, said), mistakes=mistakes
    )
    return dataclasses.replace(plain, **changes)


def test_the_page_says_how_often_the_interval_held_and_draws_each_chart() -> None:
    page = render_page(of_values())
    assert "± 1, in which four of five errors of the validation part lie" in page
    assert "held 75.0" in page
    assert page.count('class="charts"') == 2
    assert "row-<wbr>39" in page or "row-39" in page


def test_names_of_columns_are_no_markup() -> None:
    page = render_page(of_values())
    assert NASTY not in page
    assert "&lt;b&gt;age&lt;/b&gt;" in page


def test_columns_that_matter_stand_first_beside_a_row() -> None:
    found = tables.list_worst(of_values())
    assert found is not None
    assert found["columns"][0] == NASTY
    assert found["rows"][0]["cells"] == ["41", ""]


def test_what_has_no_values_and_no_columns_shows_none() -> None:
    plain = minimal()
    assert tables.show_values(plain) is None
    assert tables.show_columns(plain) is None
    assert tables.say_coverage(plain) == ""
