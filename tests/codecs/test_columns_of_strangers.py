"""What becomes of columns as strangers write them: two formats of dates, signs of money?"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from receta.codecs.text_columns import column


def read(*texts: str):
    notes: list[str] = []
    return column("it", pa.chunked_array([list(texts)]), notes), notes


def test_dates_of_two_formats_are_read_and_told():
    made, notes = read(*["2024-01-31", "30/01/2024"] * 5)
    assert made.kind == "date"
    assert made.values[:2].astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-31",
        "2024-01-30",
    ]
    assert notes == [
        "column 'it' holds dates in 2 formats, such as '2024-01-31' and '30/01/2024'; all are "
        "read: look whether days and months are right"
    ]


def test_dates_that_contradict_each_other_are_named():
    made, notes = read(*["31/01/2024", "01/30/2024"] * 5)
    assert made.kind == "category"
    assert notes == [
        "column 'it': '31/01/2024' is a date with the day first alone, and '01/30/2024' with the "
        "month first alone. Write all in one format, such as 2024-01-31"
    ]


def test_dates_of_one_format_are_told_nothing_of():
    assert read("31/01/2024", "02/02/2024", "")[1] == []


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["$3.50", "-$1,200.25", "$ 7"], "$"),
        (["3.5 €", "-1200.25€", "7€"], "€"),
        (["3,50 €", "-1.200,25 €", "7 €"], "€"),
        (["3.50%", "-1200.25 %", "7%"], "%"),
    ],
)
def test_numbers_with_a_sign_of_money_or_percent_are_numbers(texts: list[str], sign: str):
    made, notes = read(*texts, "NA")
    assert made.kind == "number"
    np.testing.assert_allclose(made.values, [3.5, -1200.25, 7, np.nan])
    assert f"column 'it' holds numbers with {sign}; they are read without it" in notes


@pytest.mark.parametrize("texts", [["$3", "4€", "$5"], ["$a", "$b", "$c"], ["A$1", "B$2", "C$3"]])
def test_two_signs_and_words_with_one_stay_texts(texts: list[str]):
    made, notes = read(*texts)
    assert made.kind == "category"
    assert made.cell(0) == texts[0]
    assert notes == []
