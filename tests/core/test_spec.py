"""Does a spec come back from JSON as it was, and is one refused whose parts do not fit?"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from receta.core.rhythm import Rhythm
from receta.core.spec import ColumnSpec, Spec

COLUMNS = (
    ColumnSpec("age", "number", edges=(1.0, 2.0), has_missing=True),
    ColumnSpec("day", "date", seconds=3.0, span=9.0),
)
CELLS = Spec(
    *("cells", (3,), "float32", "cell"),
    fields=("age", "day", "day (second)"),
    mean=(1.0, 2.0, 3.0),
    spread=(1.0, 0.5, 1e-9),
    target="y",
    rhythm=Rhythm(season=1, horizon=0, every="999999999 s"),
    columns=COLUMNS,
)
WORDS = Spec("words", (7,), "int32", "word", vocabulary=("", "cat"), fields=("a", "b"))


@pytest.mark.parametrize("spec", [CELLS, WORDS, Spec("pixels", (4, 4, 3), "uint8", "picture")])
def test_a_spec_comes_back_from_json(spec: Spec) -> None:
    assert Spec.from_json(spec.to_json()) == spec


def change(column: int = -1, rhythm: Rhythm | None = None, **fields: Any) -> Spec:
    """The spec of cells with other fields, of a column where one is named."""
    if column >= 0:
        columns = list(COLUMNS)
        columns[column] = dataclasses.replace(columns[column], **fields)
        fields = {"columns": tuple(columns)}
    return dataclasses.replace(CELLS, **fields, **({} if rhythm is None else {"rhythm": rhythm}))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (change(shape=()), "the shape is empty"),
        (change(shape=(0,), columns=(), fields=(), mean=(), spread=()), "the shape is empty"),
        (change(dtype="float64"), "the dtype is 'float64'"),
        (dataclasses.replace(WORDS, vocabulary=("a", "a")), "the words are not each there once"),
        (change(fields=("age", "day", "day")), "the fields are not each there once"),
        (
            change(shape=(4,), mean=(), spread=(), columns=()),
            "the fields are not those of the shape",
        ),
        (change(columns=COLUMNS[::-1]), "the columns are not those of the fields"),
        (change(mean=(1.0, 2.0)), "the means are not those of the fields"),
        (change(spread=(1.0, 2.0)), "the spreads are not those of the fields"),
        (change(spread=(1.0, 2.0, 0.0)), "a spread is not above 0"),
        (change(rhythm=Rhythm(season=0)), "the season is less than 1 step"),
        (change(rhythm=Rhythm(horizon=-1)), "the horizon is less than 0"),
        (change(rhythm=Rhythm(every="0 s")), "a step is '0 s'"),
        (change(rhythm=Rhythm(every="1234567890 s")), "a step is '1234567890 s'"),
        (change(0, spread=0.0), "of the column 'age' is too small"),
        (change(0, reach=0.0), "of the column 'age' is too small"),
        (change(1, seconds=-1.0), "of the column 'day' is too small"),
        (change(1, span=-1.0), "of the column 'day' is too small"),
        (change(0, vocabulary=("u", "u")), "the texts of the column 'age' are not each there once"),
    ],
)
def test_a_spec_whose_parts_do_not_fit_is_refused(spec: Spec, words: str) -> None:
    with pytest.raises(
        ValueError,
        match=f"^of its input '(cells|words)' {words}" if "column '" not in words else words,
    ):
        Spec.from_json(spec.to_json())


def test_what_just_fits_is_taken() -> None:
    for spec in (
        change(1, seconds=0.0, span=0.0),
        change(0, spread=1e-300, reach=1e-300),
        change(rhythm=Rhythm(season=1, horizon=0, every="3 M")),
        change(mean=(), spread=()),
    ):
        assert Spec.from_json(spec.to_json()) == spec
