"""Is a folder that receta clean wrote read as it was meant, or refused in one line?"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from receta.audits import left_out
from receta.core import disk
from receta.core.errors import InputError
from receta.sources import cleaned, load


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return Path(cleaned.sample(tmp_path / "data"))


def changed(place: Path, change: Callable[[dict[str, Any]], None]) -> None:
    plain = json.loads((place / "clean.json").read_text())
    change(plain)
    disk.write_json(place / "clean.json", plain)


def with_steps(*steps: object) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain["calls"][0]["entries"][0].update(steps=list(steps))


def refused(place: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    assert str(place / "clean.json") in str(caught.value)
    assert len(str(caught.value)) < 600


def test_what_is_left_out_is_said_with_its_reason(place):
    data = load(place)
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("cat/copy.png", "duplicate of cat/0.png")
    ]
    assert len(data) == 8
    assert repr(data.source) == f"cleaned({str(place)!r}, 8 pictures, 2 classes)"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000], ids=["empty", "cut", "bytes", "deep"]
)
def test_a_damaged_manifest_is_one_line(place, content):
    (place / "clean.json").write_bytes(content)
    refused(place, "cannot be read .*expected JSON in UTF-8")


@pytest.mark.parametrize("content", ["[]", "{}", '{"receta": "run"}', "3", "null"])
def test_a_manifest_of_something_else_is_one_line(place, content):
    (place / "clean.json").write_text(content)
    refused(place, "is not of receta clean")


def test_a_manifest_of_another_schema_is_one_line(place):
    changed(place, lambda plain: plain.update(schema=99))
    refused(place, "has schema 99; expected 1")


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.pop("data"),
        lambda plain: plain.update(data=3),
        lambda plain: plain.update(calls=3),
        lambda plain: plain.update(calls=[3]),
        lambda plain: plain.update(calls=[{"when": "", "entries": [{}]}]),
        lambda plain: plain.update(options=[1]),
        lambda plain: plain.update(options={"progres": 1}),
        lambda plain: plain["original"].pop("n"),
        lambda plain: plain.update(original=None),
        lambda plain: plain.update(test=4),
    ],
    ids=range(10),
)
def test_a_manifest_with_a_spoilt_field_is_one_line(place, change):
    changed(place, change)
    refused(place, "is spoilt")


@pytest.mark.parametrize(
    "options",
    [{"label": 3.5}, {"bad_rows": "maybe"}, {"group": "("}, {"shape": ["x"]}, {"window": "many"}],
)
def test_options_that_cannot_be_are_one_line(place, options):
    changed(place, lambda plain: plain.update(options=options))
    with pytest.raises(InputError) as caught:
        load(place)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"do": "explode"}, "is 'explode'; expected one of leave_out"),
        (3, "is 3; expected one of"),
        ({}, "is None; expected one of"),
        ({"do": "leave_out"}, "is spoilt"),
        ({"do": "leave_out", "reasons": ["cat/0.png"]}, "is spoilt"),
        (
            {"do": "leave_out", "reasons": {"cat/99.png": "x"}},
            r"names 1 of 1 examples that the data lack \(first: 'cat/99.png'\)",
        ),
        ({"do": "relabel", "labels": {"cat/0.png": "cow"}}, "names 1 classes that the data lack"),
        ({"do": "relabel", "labels": {"cat/0.png": ["cat"]}}, "is spoilt|lack"),
        ({"do": "merge_classes", "into": {"cat": "dog"}}, "leaves one class only"),
        ({"do": "merge_classes", "into": {"cat": "cow"}}, "does not fit the data"),
        ({"do": "set_parts", "validation": ["cat/0.png"], "test": ["cat/0.png"]}, "into two parts"),
        ({"do": "set_parts", "validation": "cat/0.png", "test": []}, "is spoilt"),
        ({"do": "fill", "column": "age", "value": 1}, "is for tables"),
        ({"do": "sort_times"}, "is for whole series"),
        (
            {
                "do": "leave_out",
                "reasons": {f"{name}/{n}.png": "" for name in ("cat", "dog") for n in range(4)}
                | {"cat/copy.png": ""},
            },
            "every",
        ),
    ],
)
def test_a_step_that_does_not_fit_is_one_line(place, step, words):
    changed(place, with_steps(step))
    with pytest.raises(InputError, match=words) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    assert str(place) in str(caught.value)


TABLE = [
    (
        {"do": "fill", "column": "wieght", "value": 1.0},
        r"names the column 'wieght', which the data lack; .* Did you mean 'weight'\?",
    ),
    ({"do": "fill", "column": "weight", "value": "much"}, "is spoilt"),
    ({"do": "fill", "column": "kind", "value": 3}, "is spoilt"),
    ({"do": "fill", "column": "weight", "rows": ["row-1"], "values": []}, "is spoilt"),
    ({"do": "fill", "column": "day", "value": "soon"}, "is spoilt"),
    ({"do": "clip", "column": "kind", "low": 1, "high": 2}, "is spoilt"),
    ({"do": "clip", "column": "weight", "low": None, "high": None}, "is spoilt"),
    ({"do": "transform", "column": "kind", "how": "log"}, "kind number; it holds category cells"),
    ({"do": "transform", "column": "weight", "how": "magic"}, "is spoilt"),
    (
        {
            "do": "encode",
            "column": "kind",
            "how": "one_hot",
            "categories": ["a"],
            "names": ["weight"],
        },
        "is there already",
    ),
    (
        {
            "do": "encode",
            "column": "kind",
            "how": "one_hot",
            "categories": ["a", "b"],
            "names": ["k"],
        },
        "is spoilt",
    ),
    ({"do": "drop_columns", "columns": ["weight", "price", "kind", "day"]}, "drops every column"),
    ({"do": "drop_columns", "columns": "weight"}, "is spoilt"),
    ({"do": "forget", "column": "weight", "what": "all"}, "is spoilt"),
    ({"do": "leave_out", "reasons": {"row-99": "x"}}, "names 1 of 1 examples that the data lack"),
    ({"do": "relabel", "labels": {"row-2": "blue"}}, "lack"),
]


@pytest.mark.parametrize(("step", "words"), TABLE)
def test_a_step_that_does_not_fit_a_table_is_one_line(tmp_path, step, words):
    from receta.cleaning import clean_into
    from receta.sources import table

    out = tmp_path / "out"
    clean_into(table.sample(tmp_path / "data"), out, target="colour")
    entry = {
        "code": "x",
        "method": "x",
        "n": 1,
        "unit": "cells",
        "what": "",
        "why": "",
        "steps": [step],
    }
    changed(out, lambda plain: plain.update(calls=[{"when": "", "entries": [entry]}]))
    refused(out, words)


# The original


def test_a_missing_original_is_one_line(place):
    shutil.rmtree(place.parent / "pictures")
    refused(place, "which does not exist; expected the original data there")


def test_a_changed_original_is_one_line(place):
    file = place.parent / "pictures" / "dog" / "0.png"
    file.write_bytes((place.parent / "pictures" / "dog" / "1.png").read_bytes())
    refused(place, "which has changed since")


def test_an_example_more_is_a_change(place):
    shutil.copy(
        place.parent / "pictures" / "dog" / "0.png", place.parent / "pictures" / "dog" / "9.png"
    )
    refused(place, r"\(9 examples then, 10 now\)")


def test_an_original_that_was_only_touched_is_the_same(place):
    before = load(place)
    for file in (place.parent / "pictures").rglob("*.png"):
        os.utime(file, (1, 1))
    assert load(place).fingerprint == before.fingerprint


def test_a_circle_of_folders_is_one_line(place):
    changed(place, lambda plain: plain.update(data=str(place)))
    refused(place, "come from itself")
    other = Path(cleaned.sample(place.parent / "more"))
    changed(place, lambda plain: plain.update(data=str(other)))
    changed(other, lambda plain: plain.update(data=str(place)))
    refused(place, "come from itself")


# Options


def test_a_group_is_asked_for_later(place):
    assert load(place, group="(cat|dog)").groups == ("cat",) * 4 + ("dog",) * 4


def test_options_of_another_time_are_one_line(place):
    with pytest.raises(InputError, match=r"was not said when .* was cleaned") as caught:
        load(place, label="x")
    assert "\n" not in str(caught.value)


def test_what_verbs_say_of_bad_rows_changes_nothing(place):
    assert load(place, bad_rows="quarantine").fingerprint == load(place).fingerprint


def test_a_test_part_can_stand_beside_cleaned_data(place, tmp_path):
    other = cleaned.sample(tmp_path / "other")
    data = load(place, test=other)
    assert data.parts.count("test") == 8
    assert len(data.left_out) == 2


def test_what_the_original_lacks_without_any_cleaning_stays_a_finding(place):
    (Path(json.loads((place / cleaned.FILE).read_text())["data"]) / "cat" / "9.nef").write_bytes(
        b"II*\0"
    )
    finding = left_out.left_out(load(place), None)[0]
    assert (finding.measured, finding.ids) == (1, ("cat/9.nef",))
