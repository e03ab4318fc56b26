"""Is every size, count, depth and time of what comes from outside bounded, and the bound told?"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet as arrow_parquet

from receta.codecs import csv_layout, json_pieces, parquet, pickled_values, plain_pickle, tfrecord
from receta.core import naming, outside
from receta.core.errors import InputError
from receta.fetching import answers
from receta.sources import load, shelf
from receta.sources.blocks import npz_members
from receta.sources.parts import id_groups
from receta.sources.pixel_tables import csv_rows
from receta.sources.records import parquet_pictures


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def refused(place: Path | str, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(str(place), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


PICTURES = pa.array([{"bytes": png(), "path": f"{k}.png"} for k in range(8)])
LABELS = pa.array([0, 1] * 4)


def npy(shape: str, dtype: str, content: bytes = b"") -> bytes:
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(f"{name}.npy", content)
    return path


# The door


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (MemoryError(), "more memory than there is"),
        (RecursionError("deep"), "nested too deep"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "invalid start byte"),
        (ZeroDivisionError("a\nb"), "a b"),
    ],
)
@pytest.mark.parametrize("where", ["accepts", "csv_pixels"])
def test_whatever_a_source_raises_is_one_line(tmp_path, monkeypatch, error, words, where):
    def fail(*given: object) -> None:
        raise error

    monkeypatch.setattr(shelf.module("csv_pixels"), where, fail)
    (tmp_path / "x.csv").write_text("label,p0,p1,p2,p3\na,1,2,3,4\nb,1,2,3,4\n")
    assert words in refused(tmp_path / "x.csv")


# Arrays


@pytest.mark.parametrize("options", [{}, {"target": "y"}])
def test_arrays_that_unpack_to_too_much_are_refused_unread(tmp_path, monkeypatch, options):
    monkeypatch.setattr(outside, "FREE_UNPACKED", 10**5)
    monkeypatch.setattr(outside.most_unpacked, "__defaults__", (200, 10**5))
    monkeypatch.setattr(outside.refuse_growth, "__kwdefaults__", {"growth": 200, "free": 10**5})
    place = archive(
        tmp_path / "x.npz",
        x=npy("(800, 50, 40)", "|u1", bytes(1_600_000)),
        y=npy("(800,)", "|u1", bytes([0, 1] * 400)),
    )
    assert "as a decompression bomb does; expected at most 200 times as much, or 0 MB" in refused(
        place, **options
    )


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (npy("(10000000000, 0)", "<f8"), npy("(10000000000,)", "<U0")),
        (npy("(1000000000000000, 28, 28)", "|u1"), npy("(8,)", "<i8", bytes(64))),
        (npy("(-8, 5, 4)", "|u1", bytes(160)), npy("(8,)", "<i8", bytes(64))),
        (
            b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"(" * 9000,
            npy("(8,)", "<i8", bytes(64)),
        ),
        (npy("(" + "1, " * 200 + ")", "|u1", b"\0"), npy("(8,)", "<i8", bytes(64))),
    ],
    ids=["no bytes", "huge", "below 0", "deep header", "axes"],
)
@pytest.mark.parametrize("options", [{}, {"target": "y"}])
def test_shapes_that_nothing_stands_behind_are_one_line(tmp_path, x, y, options):
    refused(archive(tmp_path / "x.npz", x=x, y=y), **options)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_arrays_of_one_name_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as out:
        for _ in range(2):
            out.writestr("x.npy", npy("(8, 5, 4)", "|u1", bytes(160)))
        out.writestr("y.npy", npy("(8,)", "<i8", bytes(64)))
    assert "two arrays called 'x.npy'" in refused(tmp_path / "x.npz")


def test_only_the_arrays_of_a_table_are_taken_into_memory(tmp_path, monkeypatch):
    np.savez(
        tmp_path / "x.npz",
        x=np.arange(24.0).reshape(8, 3),
        y=np.arange(8) % 2,
        other=np.zeros(1000),
    )
    read: list[str] = []
    values = npz_members.Member.values
    monkeypatch.setattr(
        npz_members.Member,
        "values",
        lambda self, archive: read.append(self.key) or values(self, archive),
    )
    assert len(load(tmp_path / "x.npz", target="y")) == 8
    assert sorted(read) == ["x", "y"]


def test_packed_pictures_may_not_say_more_than_their_file_can_hold(tmp_path):
    header = struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 2**16, 2**16)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(
        struct.pack(">4BI", 0, 0, 8, 1, 8) + bytes(8)
    )
    assert "decompression bomb" in refused(tmp_path)


# Text


@pytest.mark.parametrize(
    ("head", "options"), [(b"label,p0,p1,p2,p3\n", {}), (b"t,a,b,c,d\n", {"target": "t"})]
)
def test_packed_tables_that_unpack_to_too_much_are_refused(tmp_path, monkeypatch, head, options):
    monkeypatch.setattr(outside, "FREE_STREAM", 10**6)
    monkeypatch.setattr(outside, "MOST_STREAM", 20)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(head + b"0,0,0,0,0\n" * 300_000))
    assert "expected at most 20 times as much, or 1 MB" in refused(tmp_path / "x.csv.gz", **options)


def test_thousands_of_columns_of_one_name_are_told_in_one_note(tmp_path):
    rows = [",".join([str(row % 2)] + ["5"] * 3000) for row in range(8)]
    (tmp_path / "x.csv").write_text("\n".join(["t," + ",".join(["c"] * 3000), *rows]) + "\n")
    data = load(tmp_path / "x.csv", target="t")
    assert data.columns[-1].name == "c~3000"
    assert any(
        "3,000 columns are called 'c'; the later ones are called 'c~2' to 'c~3000'" in note
        for note in data.notes
    )


def test_columns_of_a_text_file_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_layout, "MOST_COLUMNS", 5)
    (tmp_path / "x.csv").write_text("a,b,c,d,e,f\n1,2,3,4,5,6\n0,2,3,4,5,6\n")
    assert "6 columns; expected at most 5" in refused(tmp_path / "x.csv", target="a")


def test_lines_of_pixels_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "MOST_ROWS", 1000)
    (tmp_path / "x.csv").write_text("label,p0,p1,p2,p3\n" + "a,1,2,3,4\nb,1,2,3,4\n" * 200_000)
    assert "more than 1,000 lines of pixels" in refused(tmp_path / "x.csv")


def test_a_long_line_that_does_not_fit_is_named_without_a_search_for_it(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"t,a\n0,1\n1,2\n" + b"1" * 3_000_000)
    assert "line 4 has 1 cell; expected 2" in refused(tmp_path / "x.csv", target="t")


def test_an_expression_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr(id_groups, "MOST_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"takes more than 0\.2 s on these ids"):
        id_groups.find_groups("(a+)+x", ["a" * 60])
    assert id_groups.find_groups("[0-9]+", ["a1", "b"]) == ["1", None]


def test_expressions_that_are_none_are_told():
    for pattern in ("(" * 5000, "a{99999999999}", "["):
        with pytest.raises((re.error, InputError)):
            id_groups.find_groups(pattern, ["a"])


# Names


def test_a_hundred_thousand_equal_names_are_made_different():
    made = naming.unique(["a\n"] * 100_000 + ["a\\x0a"])
    assert len(set(made)) == len(made)
    assert made[-1] == "a\\x0a"


def test_names_of_thousands_of_digits_have_an_order():
    long = "9" * 6000
    assert sorted([f"a{long}", "a2", "a10", f"a1{long}"], key=naming.natural) == [
        "a2",
        "a10",
        f"a{long}",
        f"a1{long}",
    ]


# JSON


def test_values_of_one_record_are_bounded_but_not_their_number_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(json_pieces, "MOST_VALUES", 1000)
    (tmp_path / "x.json").write_text(json.dumps({"image": [[]] * 2000}))
    assert "more than 1,000 values" in refused(tmp_path / "x.json")
    assert len(list(json_pieces.Document(json.dumps([[1] * 900] * 5).encode()).entries())) == 5


# Parquet


def test_cells_that_a_parquet_file_says_it_has_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_FREE_CELLS", 10**5)
    monkeypatch.setattr(outside.most_unpacked, "__defaults__", (200, 10**5))
    arrow_parquet.write_table(
        pa.table({"a": pa.nulls(200_000, pa.int64()), "t": pa.nulls(200_000, pa.int64())}),
        tmp_path / "x.parquet",
    )
    assert "of cells or more, as a decompression bomb does" in refused(
        tmp_path / "x.parquet", target="t"
    )


def test_a_text_that_stands_in_a_million_rows_is_counted_before_it_is_made(tmp_path):
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), ["x" * 1_000_000])
    arrow_parquet.write_table(pa.table({"a": texts, "t": [0, 1] * 100_000}), tmp_path / "x.parquet")
    assert "to 2e+05 MB of cells" in refused(tmp_path / "x.parquet", target="t")


@pytest.mark.parametrize("twice", ["label", "image"])
def test_two_columns_of_one_name_are_one_line(tmp_path, twice):
    columns = {"image": [PICTURES, LABELS, PICTURES], "label": [PICTURES, LABELS, LABELS]}[twice]
    arrow_parquet.write_table(
        pa.Table.from_arrays(columns, names=["image", "label", twice]), tmp_path / "x.parquet"
    )
    text = refused(tmp_path / "x.parquet")
    assert "2 columns called 'label'" in text or "no column of pictures" in text
    assert "2 columns called" in refused(tmp_path / "x.parquet", target=twice)


def test_notes_of_the_hub_that_are_nested_too_deep_are_not_needed(tmp_path):
    deep = '{"info":{"features":{"label":{"_type":"ClassLabel","names":' + "[" * 5000 + "}"
    arrow_parquet.write_table(
        pa.table({"image": PICTURES, "label": LABELS}).replace_schema_metadata(
            {"huggingface": deep}
        ),
        tmp_path / "x.parquet",
    )
    assert load(tmp_path / "x.parquet").class_names == ("0", "1")


def test_rows_that_so_few_bytes_cannot_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_pictures, "MOST_ROWS", 10)
    arrow_parquet.write_table(
        pa.table({"image": pa.array([None] * 50_000, pa.binary()), "label": [0, 1] * 25_000}),
        tmp_path / "x.parquet",
    )
    assert "50,000 rows in" in refused(tmp_path / "x.parquet", content="image")


# Records, pickles, answers


def test_label_names_that_are_no_utf8_are_one_line(tmp_path):
    place = shelf.module("tensorflow_datasets").sample(tmp_path)
    next(tmp_path.rglob("*.labels.txt")).write_bytes(b"\xff\xfec\0")
    assert "expected a class name a line in UTF-8" in refused(place)


def test_numbers_of_a_record_that_are_not_packed_are_read():
    inner = tfrecord._field(3, b"\x08\x05" * 3 + tfrecord._field(1, b"\x07\x09") + b"\x08\x01")
    entry = tfrecord._field(1, tfrecord._field(1, b"x") + tfrecord._field(2, inner))
    assert tfrecord.parse(tfrecord._field(1, entry))["x"].tolist() == [5, 5, 5, 7, 9, 1]


def test_pickles_are_bounded(monkeypatch):
    with pytest.raises(pickled_values.Refused, match="more than 1,000 keys that are numbers"):
        plain_pickle.plain(pickle.dumps({k * (2**61 - 1): 0 for k in range(5000)}, 2))
    monkeypatch.setattr(plain_pickle, "MOST_STEPS", 100)
    with pytest.raises(pickled_values.Refused, match="more than 100 instructions"):
        plain_pickle.plain(pickle.dumps([[] for _ in range(200)], 2))


@pytest.mark.parametrize(
    ("packed", "is_refused"),
    [("gzip, gzip, gzip", True), ("zstd", True), ("gzip", False), ("", False)],
)
def test_answers_in_other_encodings_are_refused_unread(packed, is_refused):
    answer = httpx.Response(
        200,
        headers={"content-type": "image/png", "content-encoding": packed},
        stream=httpx.ByteStream(b""),
    )
    if is_refused:
        with pytest.raises(answers.Failed, match="content encoding"):
            answers.judge(answer, answers.Limits())
    else:
        answers.judge(answer, answers.Limits())
