"""Are tables read to the cell, their kinds decided over whole columns, and bad ones named?"""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta.codecs import csv_layout, dating
from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.data.dataset import Dataset
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
        raw = content.encode() if isinstance(content, str) else content
        place.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return place

    return _write


@pytest.fixture
def column(write):
    """The column that some texts make, and what is said about it."""

    def _column(*cells: str, separator: str = ","):
        quoted = [f'"{cell}"' if separator in cell or not cell else cell for cell in cells]
        told = Told()
        place = write(
            "x|t".replace("|", separator)
            + "\n"
            + "".join(f"{cell}{separator}{'uv'[at % 2]}\n" for at, cell in enumerate(quoted))
        )
        found = load(place, target="t", progress=told).columns[0]
        return found, told.lines

    return _column


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **{"target": "y", **options})
    text = str(caught.value)
    assert "\n" not in text
    assert "expected" in text
    return text.replace(str(place), "FILE")


def cells(data: Dataset) -> list[list[object]]:
    return [[column.cell(row) for column in data.columns] for row in range(len(data))]


GOOD = "a,b,y\n1,p,red\n2.5,,blue\n,q,red\n"


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.txt", "a.data"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_table_is_read_to_the_cell(write, name, end, encoding):
    data = load(write(GOOD.replace("\n", end).encode(encoding), name), target="y")
    assert cells(data) == [[1.0, "p"], [2.5, None], [None, "q"]]
    assert [data.class_names[target] for target in data.targets] == ["red", "blue", "red"]
    assert data.ids == ("row-1", "row-2", "row-3")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(write, separator):
    assert cells(load(write(GOOD.replace(",", separator)), target="y")) == [
        [1.0, "p"],
        [2.5, None],
        [None, "q"],
    ]


names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(names, st.floats(allow_nan=False), st.sampled_from(["u", "v"])),
        min_size=4,
        max_size=12,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_whatever_the_csv_module_writes_is_read_back(write, rows, separator):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows(
        [
            ("words", "numbers", "y"),
            *(("w" + word, repr(number), label) for word, number, label in rows),
            ("w", "1", "u"),
            ("w", "1", "v"),
        ]
    )
    data = load(write(text.getvalue()), target="y")
    assert [data.columns[0].cell(row) for row in range(len(rows))] == [
        "w" + word for word, _, _ in rows
    ]
    assert data.columns[1].values[: len(rows)].tolist() == [number for _, number, _ in rows]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=300) | st.text(alphabet='a1,;"\n\r\t .-?', max_size=120).map(str.encode),
    st.sampled_from(["a.csv", "a.parquet"]),
    st.sampled_from(["-1", "a", "1"]),
    st.sampled_from(["error", "quarantine"]),
)
def test_any_bytes_are_a_table_or_one_line(write, content, name, target, bad_rows):
    try:
        load(write(content, name), target=target, bad_rows=bad_rows)
    except InputError as error:
        text = str(error)
    else:
        text = ""
    assert "\n" not in text


def test_columns_without_a_header_are_numbered(write):
    place = write("5.1,3.5,a\n4.9,3.0,b\n4.7,3.2,a\n")
    told = Told()
    for target in ("column-3", "3", "-1"):
        data = load(place, target=target, progress=told)
        assert [column.name for column in data.columns] == ["column-1", "column-2"]
    assert told.lines[0] == "no header found: the columns are called column-1 to column-3"
    assert "'column-1', 'column-2', 'column-3', or its number (-1 is the last)" in refused(
        place, target="0"
    )


@pytest.mark.parametrize(
    "content",
    [
        "a,0,1,2,y\n1,2,3,4,u\n5,6,7,8,v\n",
        "x,y\nred,u\nblue,v\nred,u\nblue,v\n",
        "x,y\nred,u\n",
        "day,y\n2020-01-01,u\n2020-01-02,v\n",
    ],
)
def test_a_first_line_that_differs_from_the_others_is_a_header(write, content):
    assert (
        load(write(content), target="-1", task="classes").columns[0].name in ("a", "x", "day")
        if content.count("\n") > 2
        else True
    )
    assert csv_layout.find_layout("", content.encode(), set()).header


def test_numbers_are_numbers_and_missing_cells_are_missing(column):
    found, _ = column(
        "1",
        "-2.5e3",
        " 7 ",
        "",
        "NA",
        "n/a",
        "NaN",
        "null",
        "None",
        "?",
        "-",
        "inf",
        "-Infinity",
        ".5",
    )
    assert found.kind == "number"
    assert np.array_equal(
        found.values, [1, -2500, 7, *[np.nan] * 8, np.inf, -np.inf, 0.5], equal_nan=True
    )
    assert found.junk == {}


def test_texts_among_numbers_are_junk(column):
    found, _ = column(*map(str, range(30)), "fwefew", *map(str, range(30)))
    assert found.kind == "number"
    assert found.junk == {30: "fwefew"}
    assert np.flatnonzero(found.missing).tolist() == [30]


def test_texts_that_come_back_among_few_numbers_are_levels(column):
    found, _ = column(*["0", "1", "2"] * 30, *["3+"] * 8)
    assert (found.kind, found.categories) == ("category", ("0", "1", "2", "3+"))


def test_half_texts_are_categories_with_their_numbers(column):
    found, _ = column("1", "2", "x", "y")
    assert (found.kind, found.categories, found.junk) == ("category", ("1", "2", "x", "y"), {})


@pytest.mark.parametrize(
    ("texts", "separator", "values"),
    [
        (("1,5", "2", "0,25"), ";", [1.5, 2, 0.25]),
        (("1.234,5", "2", "1.000.000"), ";", [1234.5, 2, 1e6]),
        (("1,234", "5", "1,234,567.5"), ",", [1234, 5, 1234567.5]),
        (("1 234", "5", "12 345 678"), ",", [1234, 5, 12345678]),
    ],
)
def test_commas_and_spaces_in_numbers_are_read_as_they_were_meant(column, texts, separator, values):
    found, _ = column(*texts, separator=separator)
    assert found.kind == "number"
    assert found.values.tolist() == values


def test_what_could_be_read_in_two_ways_is_told(column):
    found, lines = column("1,234", "5,678")
    assert found.values.tolist() == [1234, 5678]
    assert "1,234 are read as 1234" in lines[0]
    found, lines = column("1,234", "5,678", separator=";")
    assert found.values.tolist() == [1.234, 5.678]
    assert "1,234 are read as 1.234" in lines[0]


@pytest.mark.parametrize(
    "texts", [("00123", "00456"), ("1234567890123456789", "1234567890123456788")]
)
def test_codes_keep_every_digit(column, texts):
    found, lines = column(*texts)
    assert (found.kind, set(found.categories)) == ("category", set(texts))
    assert "kept as texts" in lines[0]


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (("2020-01-31", "", "1749-02-01"), ["2020-01-31", None, "1749-02-01"]),
        (("1749-01", "1749-02"), ["1749-01-01", "1749-02-01"]),
        (("2/1/2020", "31/1/2020"), ["2020-01-02", "2020-01-31"]),
        (("2/1/2020", "1/31/2020"), ["2020-02-01", "2020-01-31"]),
        (("1.2.2020", "3.4.2021"), ["2020-02-01", "2021-04-03"]),
        (("3 Mar 2020", "Apr 5, 2021"), ["2020-03-03", "2021-04-05"]),
        (("01/02/99", "13/02/01"), ["1999-02-01", "2001-02-13"]),
    ],
)
def test_dates_are_decided_over_the_whole_column(column, texts, days):
    found, lines = column(*texts)
    assert found.kind == "date"
    assert [
        None if day is None else day[:10] for day in (found.cell(row) for row in range(len(texts)))
    ] == days
    # about the target alone, and about two formats
    assert len([line for line in lines if "formats" not in line]) == 1


def test_dates_with_two_readings_are_told(column):
    found, lines = column("1/2/2020", "2/1/2020")
    assert found.cell(0)[:10] == "2020-02-01"
    assert "they are read as the day first" in lines[0]
    found, lines = column("1/2/2020", "1/3/2020", "2/1/2020")
    assert found.cell(0)[:10] == "2020-01-02"
    assert "the month first, then the day (so they ascend)" in lines[0]


def test_times_have_zones_and_parts_of_seconds():
    texts = [
        "2020-01-01T10:00:00Z",
        "2020-01-01T10:00:00+02:00",
        "1/1/2020 11:00:00.25 PM",
        "31/2/2020",
        "2020-01-01 25:00",
    ]
    moments = dating.parse(texts).values
    assert [str(moment) for moment in moments] == [
        "2020-01-01T10:00:00.000000",
        "2020-01-01T08:00:00.000000",
        "2020-01-01T23:00:00.250000",
        "NaT",
        "NaT",
    ]


def test_years_stay_numbers(column):
    assert column("1990", "1991")[0].kind == "number"


@pytest.mark.parametrize(
    ("targets", "task", "classes"),
    [
        (["red", "blue"] * 3, "classes", ("blue", "red")),
        (["true", "false"] * 3, "classes", ("false", "true")),
        (["0.0", "1.0"] * 3, "classes", ("0", "1")),
        (["10", "9", "9", "10"], "classes", ("9", "10")),
        ([str(n) for n in range(24)] * 4, "classes", tuple(str(n) for n in range(24))),
        ([str(n) for n in range(40)], "values", ()),
        (["1.5", "2.5"] * 9, "values", ()),
        ([*[str(n) for n in range(24)] * 4, "99"], "values", ()),
        (["007", "010"] * 2, "classes", ("007", "010")),
    ],
)
def test_task_is_inferred_and_said(write, targets, task, classes):
    told = Told()
    data = load(
        write("x,y\n" + "".join(f"{n},{target}\n" for n, target in enumerate(targets))),
        target="y",
        progress=told,
    )
    assert (data.task, data.class_names) == (task, classes)
    assert data.targets.dtype == (np.int64 if task == "classes" else np.float64)
    assert told.lines[-1].startswith("target 'y': ")
    assert ("--task" in told.lines[-1]) == (targets[0] not in ("red", "true", "007"))


def test_task_is_what_the_user_says(write):
    place = write("x,y\n" + "".join(f"{n},{n % 3}\n" for n in range(9)))
    assert load(place, target="y").class_names == ("0", "1", "2")
    values = load(place, target="y", task="values")
    assert values.targets.tolist() == [0, 1, 2] * 3
    fractions = write("x,y\n1,1.5\n2,2.5\n3,1.5\n")
    assert load(fractions, target="y", task="classes").class_names == ("1.5", "2.5")


def test_rows_without_a_target_are_left_out_with_the_reason(write):
    lines = "".join(f"{n},{n % 3}\n" for n in range(30))
    data = load(write(f"x,y\n{lines}5,fwefew\n6,\n7,inf\n8,1\n"), target="y")
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("row-31", "its target (y) is no number: 'fwefew'"),
        ("row-32", "its target (y) is missing"),
        ("row-33", "its target (y) is infinite"),
    ]
    assert data.ids[-1] == "row-34"
    assert data.columns[0].values[-1] == 8


def test_a_group_is_a_column_that_stops_being_a_feature(write):
    place = write("x,who,y\n" + "".join(f"{n},{n // 3},{n % 2}\n" for n in range(9)) + "1,,0\n")
    data = load(place, target="y", group="who")
    assert data.groups == ("0", "0", "0", "1", "1", "1", "2", "2", "2")
    assert [column.name for column in data.columns] == ["x"]
    assert data.left_out[0].reason == "its group (who) is missing"
    assert load(place, target="y", group="[0-9]$").groups[:2] == ("1", "2")
    assert "Did you mean 'who'?" in refused(place, group="whom")
    assert "no regular expression" in refused(place, group="[")
    assert "both target and group" in refused(place, group="y")


def test_a_column_of_parts_says_the_parts(write):
    data = load(write("x,Split,y\n1,train,a\n2,dev,a\n3,Test,b\n4,training,b\n5,,b\n"), target="y")
    assert data.parts == ("train", "validation", "test", "train", "")
    assert [column.name for column in data.columns] == ["x"]
    other = load(write("x,split,y\n1,left,a\n2,right,a\n3,test,b\n"), target="y")
    assert [column.name for column in other.columns] == ["x", "split"]
    assert other.source.parts is None
    assert (
        "column 'split' looks like parts but holds 'left', which is none: passed over (mend it to keep the parts)"
        in other.notes
    )


@pytest.mark.parametrize(
    ("name", "cells", "parts"),
    [
        ("Usage", "Training PublicTest PrivateTest Training", "train validation test train"),
        ("is_valid", "False True False False", "train validation train train"),
        ("for_test", "0 0 1 0", "train train test train"),
        (
            "partici\u00f3n",
            "entrenamiento prueba entrenamiento entrenamiento",
            "train test train train",
        ),
        ("anything", "train test train train", "train test train train"),
    ],
)
def test_parts_of_a_table_are_understood_under_other_names(write, name, cells, parts):
    lines = [f"{row},{cells.split()[row % 4]},{'ab'[row // 4 % 2]}" for row in range(16)]
    data = load(write(f"x,{name},y\n" + "\n".join(lines) + "\n"), target="y")
    assert data.parts[:4] == tuple(parts.split())
    assert [column.name for column in data.columns] == ["x"]
    assert sum(f"column {name!r} says the parts" in note for note in data.notes) == 1


def test_a_column_called_test_stays_a_finding(write):
    data = load(
        write(
            "x,test,y\n" + "".join(f"{row},{row % 2},{'ab'[row // 2 % 2]}\n" for row in range(12))
        ),
        target="y",
    )
    assert [column.name for column in data.columns] == ["x", "test"]
    assert set(data.parts) == {""}


def test_rows_without_a_target_are_counted(write):
    data = load(write("x,y\n1,a\n2,\n3,b\n4,NA\n5,a\n"), target="y")
    assert "2 of 5 rows have no target and are left out" in data.notes
    assert len(data.left_out) == 2


def test_an_index_without_a_name_is_no_feature_but_an_id_is(write):
    assert [column.name for column in load(write(",x,y\n0,5,u\n1,6,v\n"), target="y").columns] == [
        "x"
    ]
    assert [
        column.name for column in load(write("id,x,y\n0,5,u\n1,6,v\n"), target="y").columns
    ] == ["id", "x"]


def test_equal_rows_stay_and_keep_their_order(write):
    data = load(write("x,y\n2,u\n1,v\n2,u\n"), target="y")
    assert data.columns[0].values.tolist() == [2, 1, 2]
    assert data.source.raw(0) == data.source.raw(2) != data.source.raw(1)


def test_quotes_hold_separators_lines_and_quotes(write):
    data = load(write('x,y\n"a,b",u\n"c\nd",v\n"say ""e""",u\n'), target="y")
    assert [data.columns[0].cell(row) for row in range(3)] == ["a,b", "c\\x0ad", 'say "e"']


def test_ragged_lines_are_named_or_left_out(write):
    place = write("x,y\n\n1,u\n2,v,3\n4,u\n5\n6,v\n")
    assert refused(place) == (
        "FILE: line 4 has 3 cells; expected 2. 2 of 5 lines are like that: mend them, or leave them out with --bad-rows quarantine."
    )
    data = load(place, target="y", bad_rows="quarantine")
    assert data.ids == ("row-1", "row-3", "row-5")
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("row-2", "has 3 cells; expected 2"),
        ("row-4", "has 1 cell; expected 2"),
    ]
    assert "All 2 lines are like that" in refused(
        write("x,y\n1,2,3\n4,5,6\n"), bad_rows="quarantine"
    )


def test_lines_of_spaces_are_no_rows(write):
    data = load(write("x,y\n1,u\n   \n2,v\n"), target="y")
    assert (data.ids, data.left_out) == (("row-1", "row-3"), ())


def test_a_quote_that_never_ends_is_named(write):
    assert "line 3 opens a quote that is not closed" in refused(write('x,y\n1,u\n"2,v\n3,u\n4,v\n'))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("x,y\n", "has a header but no rows"),
        ("y\nu\nv\nu\nu\n", "no column beside the target 'y'"),
        ("x,y\n1,u\0\n", "holds a NUL byte in line 2"),
        (bytes(range(1, 256)) * 20, "is no text"),
        ("x,y\n1,\n2,NA\n", "holds no target at all"),
        ("x,y,y\n1,u,v\n", "2 columns called 'y'"),
        ("x,z\n1,u\n", "has no column 'y'"),
        (b"PK\3\4....", "a ZIP archive or an Excel workbook"),
        (b"\x1f\x8b\x08\0broken", "cut off or damaged"),
        ("x,y\n1,2020-01-01\n2,2020-01-02\n", "holds dates"),
    ],
)
def test_bad_tables_are_one_line(write, content, says):
    assert says in refused(write(content))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"task": "values"}, "--task values needs numbers"),
        ({"task": "regression"}, "--task regression is unknown"),
        ({"target": "kolour"}, "Did you mean 'colour'?"),
        ({"target": "z" * 500}, "z'; expected one of"),
        ({"shape": (2, 2)}, "means nothing to table"),
    ],
)
def test_wrong_options_are_one_line(write, options, says):
    assert says in refused(write("x,colour\n1,u\n2,v\n"), **{"target": "colour", **options})


def test_too_many_classes_out_of_numbers_are_one_line(write):
    place = write("x,y\n" + "".join(f"{n},{n}\n" for n in range(1200)))
    assert "holds 1,200 different numbers; expected at most 1,000 classes" in refused(
        place, task="classes"
    )


def test_columns_with_one_name_are_told_apart(write):
    told = Told()
    data = load(write("a,a,,y\n1,2,3,u\n1,2,4,v\n"), target="y", progress=told)
    assert [column.name for column in data.columns] == ["a", "a~2", "column-3"]
    assert told.lines[0] == "two columns are called 'a'; the later one is called 'a~2' here"


def test_text_that_is_no_utf8_is_read_and_told(write):
    told = Told()
    data = load(write("años;y\n1,5;sí\n2,5;no\n".encode("latin-1")), target="y", progress=told)
    assert (data.columns[0].name, data.class_names) == ("años", ("no", "sí"))
    assert "is no UTF-8 (line 1); it is read as Windows-1252" in told.lines[0]


def test_ten_thousand_columns_and_a_cell_of_a_megabyte_work(write):
    names = ",".join(f"c{n}" for n in range(9_999))
    row = "1," * 9_999
    assert len(load(write(f"{names},y\n{row}u\n{row}v\n"), target="y").columns) == 9_999
    long = load(write("x,y\n" + "z" * 2**20 + ",u\nb,v\n"), target="y")
    assert len(long.columns[0].cell(0)) == 2**20


def test_parquet_keeps_the_kinds_that_it_says(tmp_path):
    import datetime
    import decimal

    import pyarrow as pa
    from pyarrow import parquet

    place = tmp_path / "a.parquet"
    parquet.write_table(
        pa.table(
            {
                "int": [1, None, 3],
                "float": [1.5, float("nan"), float("inf")],
                "bool": [True, None, False],
                "code": pa.array(["a", "b", "a"]).dictionary_encode(),
                "big": [2**60, 2**60 + 1, 0],
                "nothing": pa.nulls(3),
                "day": [datetime.date(2020, 1, 1), None, datetime.date(1700, 1, 1)],
                "when": pa.array([0, 1500, None], pa.timestamp("ms", "Europe/Madrid")),
                "money": [decimal.Decimal("1.25"), None, decimal.Decimal("-3")],
                "text": ["1", "2", "NA"],
                "list": [[1], [2], [3]],
                "blob": [b"x", b"y", b"z"],
                "y": ["u", "v", "u"],
            }
        ),
        place,
    )
    told = Told()
    data = load(place, target="y", progress=told)
    assert [(column.name, column.kind) for column in data.columns] == [
        ("int", "number"),
        ("float", "number"),
        ("bool", "category"),
        ("code", "category"),
        ("big", "category"),
        ("nothing", "number"),
        ("day", "date"),
        ("when", "date"),
        ("money", "number"),
        ("text", "number"),
    ]
    assert cells(data)[0] == [
        1.0,
        1.5,
        "true",
        "a",
        str(2**60),
        None,
        "2020-01-01T00:00:00",
        "1970-01-01T00:00:00.000",
        1.25,
        1.0,
    ]
    assert cells(data)[1] == [
        None,
        None,
        None,
        "b",
        str(2**60 + 1),
        None,
        None,
        "1970-01-01T00:00:01.500",
        None,
        2.0,
    ]
    assert any("left out 2 columns that hold no plain cells" in line for line in told.lines)
    assert "has no column 'list'" in refused(place, target="list")


def test_another_file_is_the_test_part(write):
    main = write("x,c,y\n1,a,u\n2,b,v\n3,a,u\n", "main.csv")
    both = load(main, test=write("c,y,x\nz,v,9\n,u,8\n", "test.csv"), target="y")
    assert both.parts == ("", "", "", "test", "test")
    assert cells(both)[3:] == [[9.0, "z"], [8.0, None]]
    assert "it lacks 1 ('c')" in refused(main, test=write("x,y\n1,u\n", "other.csv"))


def test_real_tables(shared):
    housing = load(shared / "regression" / "housing.csv", target="-1")
    assert (len(housing), len(housing.columns), housing.task, housing.targets.max()) == (
        506,
        13,
        "values",
        50,
    )
    assert all(column.kind == "number" for column in housing.columns)
    abalone = load(shared / "regression" / "abalone.csv", target="column-9")
    assert (len(abalone), abalone.task, abalone.columns[0].categories) == (
        4177,
        "values",
        ("F", "I", "M"),
    )
    cars = load(shared / "regression" / "auto_imports.csv", target="26")
    assert (len(cars), sum(int(column.missing.sum()) for column in cars.columns)) == (201, 51)
    assert (cars.task, cars.columns[1].kind) == ("values", "number")


def test_signs_as_a_table_have_24_classes(shared):
    folder = shared / "sign-letters"
    data = load(
        folder / "sign_letters_28x28_train_hands_1_2.csv.gz",
        test=folder / "sign_letters_28x28_test_hands_3_4.csv.gz",
        target="label",
    )
    assert (len(data), len(data.class_names), len(data.columns)) == (1435, 24, 784)


@pytest.mark.slow
def test_a_table_of_27455_by_785_with_junk_is_read_within_a_gigabyte(tmp_path):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (27_455, 785)).astype(str)
    values[:, 0] = rng.integers(0, 24, 27_455).astype(str)
    junk = rng.choice(27_455, 50, replace=False)
    values[junk, rng.integers(1, 785, 50)] = "fwefew"
    place = tmp_path / "dirty.csv"
    place.write_text(
        ",".join(["label", *(f"pixel{n + 1}" for n in range(784))])
        + "\n"
        + "\n".join(map(",".join, values))
        + "\n"
    )
    command = (
        "import re; from receta.sources import load; "
        f"data = load({str(place)!r}, target='label'); found = {{row for column in data.columns for row in column.junk}}; "
        f"assert found == set({sorted(map(int, junk))}), found; "
        "print(int(re.search('VmHWM: *\\t *([0-9]+)', open('/proc/self/status').read())[1]) / 2**20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1  # gigabytes; measured: 0.6
