"""Are pictures in base64 read from JSON of every shape, and is what is wrong told?"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import math
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import picture

from receta.codecs import base64_text, json_pieces
from receta.core import outside
from receta.core.errors import InputError
from receta.data import image
from receta.data.image import Unreadable
from receta.sources import Options, load
from receta.sources.documents import json_examples

PICTURES = [
    picture(seed, kind=kind)
    for seed, kind in enumerate(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PNG", "JPEG"])
]
TEXTS = [base64.b64encode(content).decode() for content in PICTURES]
ROWS = list(zip(TEXTS, "abababab", strict=True))


def written(folder: Path, value: Any, name: str = "pictures.json") -> Path:
    """A file of text or bytes as they are, of anything else as JSON."""
    place = folder / name
    content = (
        value
        if isinstance(value, bytes)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def refused(place: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert str(place) in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


SHAPES: dict[str, Any] = {
    "list of records": [{"image": text, "label": label} for text, label in ROWS],
    "label to pictures": {"a": TEXTS[::2], "b": TEXTS[1::2]},
    "list of label to picture": [{label: text} for text, label in ROWS],
    "columns": {"labels": list("abababab"), "images": TEXTS},
    "wrapped": {
        "info": "photos",
        "year": 2020,
        "data": [{"b64": text, "category": label} for text, label in ROWS],
    },
    "lines of records": lines(*({"label": label, "content": text} for text, label in ROWS)),
    "lines of label to picture": lines(*({label: text} for text, label in ROWS)),
    "lines of label to pictures": lines({"a": TEXTS[::2]}, {"b": TEXTS[1::2]}),
    "lines of columns": lines(
        *({"image": TEXTS[at : at + 4], "label": list("abab")} for at in (0, 4))
    ),
    "lines of lists": lines(
        [{"image": text, "label": label} for text, label in ROWS[:4]],
        [],
        [{"image": text, "label": label} for text, label in ROWS[4:]],
    ),
    "pretty lines": "\n".join(
        json.dumps({"image": text, "label": label}, indent=2) for text, label in ROWS
    ),
    "label to records": {
        "a": [{"image": text} for text in TEXTS[::2]],
        "b": [{"image": text} for text in TEXTS[1::2]],
    },
    "hugging face": [
        {"image": {"bytes": text, "path": None}, "label": label} for text, label in ROWS
    ],
    "dataturks": lines(
        *({"content": text, "annotation": {"labels": [label]}} for text, label in ROWS)
    ),
    "newer dataturks": lines(
        *(
            {"content": text, "annotation": [{"label": [label], "points": []}]}
            for text, label in ROWS
        )
    ),
    "shouting": [{"IMAGE": text, "Class-Name": label} for text, label in ROWS],
    "repeated keys": "{" + ", ".join(f'"{label}": "{text}"' for text, label in ROWS) + "}",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("suffix", ["json", "jsonl", "ndjson.gz"])
def test_every_shape_is_the_same_data(tmp_path, shape, suffix):
    value = SHAPES[shape]
    content = (value if isinstance(value, str) else json.dumps(value)).encode()
    place = written(
        tmp_path, gzip.compress(content) if suffix.endswith("gz") else content, f"x.{suffix}"
    )
    data = load(place)
    assert data.class_names == ("a", "b")
    assert data.left_out == ()
    found = sorted((data.source.raw(row), int(data.targets[row])) for row in range(len(data)))
    assert found == sorted((content, number % 2) for number, content in enumerate(PICTURES))
    assert len(set(data.ids)) == 8
    assert np.array_equal(data[0], image.decode(data.source.raw(0)))


WRITINGS = {
    "data address": lambda content: "data:image/png;base64," + base64.b64encode(content).decode(),
    "data address with parameters": lambda content: (
        "DATA:image/png;name=a.png;BASE64," + base64.b64encode(content).decode()
    ),
    "data address in percent": lambda content: (
        "data:;base64," + base64.b64encode(content).decode().replace("+", "%2B").replace("=", "%3D")
    ),
    "url-safe": lambda content: base64.urlsafe_b64encode(content).decode(),
    "no padding": lambda content: base64.b64encode(content).decode().rstrip("="),
    "too much padding": lambda content: base64.b64encode(content).decode() + "==",
    "wrapped lines": lambda content: base64.encodebytes(content).decode(),
    "windows lines": lambda content: base64.encodebytes(content).decode().replace("\n", "\r\n"),
    "spaces around": lambda content: f"  {base64.b64encode(content).decode()}\t ",
    "python bytes": lambda content: str(base64.b64encode(content)),
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("slashes", [False, True])
def test_every_way_of_writing_base64_is_read(tmp_path, writing, slashes):
    text = json.dumps(
        {
            label: [WRITINGS[writing](content) for content in PICTURES[at::2]]
            for at, label in enumerate("ab")
        }
    )
    data = load(written(tmp_path, text.replace("/", "\\/") if slashes else text))
    assert sorted(data.source.raw(row) for row in range(8)) == sorted(PICTURES)


def test_line_ends_inside_a_text_are_read_though_they_are_no_json(tmp_path):
    wrapped = [base64.encodebytes(content).decode() for content in PICTURES]
    text = "\n".join(
        f'{{"image": "{one}", "label": "{label}"}}'
        for one, (_, label) in zip(wrapped, ROWS, strict=True)
    )
    assert len(load(written(tmp_path, text, "x.jsonl"))) == 8


def test_ids_say_where_a_picture_stands(tmp_path):
    assert load(written(tmp_path, {"a": TEXTS[:2], "b": TEXTS[2]})).ids == ("a/1", "a/2", "b")
    assert load(written(tmp_path, SHAPES["lines of records"], "x.jsonl")).ids[:2] == (
        "line-1",
        "line-2",
    )
    assert load(written(tmp_path, SHAPES["list of records"])).ids[:2] == ("item-1", "item-2")
    assert load(written(tmp_path, SHAPES["repeated keys"])).ids[:3] == ("a", "b", "a~2")
    assert load(written(tmp_path, SHAPES["lines of label to pictures"])).ids[:2] == (
        "line-1/a/1",
        "line-1/a/2",
    )


def test_labels_may_be_numbers_of_any_kind(tmp_path):
    values = ["10", "2", "2.0", "1e1", "002"[2:], "10"]
    text = (
        "["
        + ",".join(f'{{"image": "{TEXTS[n]}", "label": {value}}}' for n, value in enumerate(values))
        + "]"
    )
    data = load(written(tmp_path, text))
    assert data.class_names == ("2", "10")
    assert data.targets.tolist() == [1, 0, 0, 1, 0, 1]


def test_labels_may_be_true_and_false(tmp_path):
    data = load(written(tmp_path, [{"image": text, "label": label == "a"} for text, label in ROWS]))
    assert data.class_names == ("false", "true")


def test_keys_are_set_by_options(tmp_path):
    value = [
        {"scan": text, "thumbnail": TEXTS[0], "kind": label, "label": "never"}
        for text, label in ROWS
    ]
    data = load(written(tmp_path, value), label="kind", content="scan")
    assert data.class_names == ("a", "b")
    assert data.source.raw(5) == PICTURES[5]
    assert (
        "has no label (a key 'kin'); its keys are 'scan', 'thumbnail', 'kind', 'label'. Did you "
        "mean 'kind'" in refused(written(tmp_path, value), label="kin", content="scan")
    )
    assert "has no picture (a key 'scam')" in refused(written(tmp_path, value), content="scam")


def test_unknown_keys_are_not_mistaken_for_labels(tmp_path):
    text = refused(
        written(tmp_path, [{"foto_b": text, "especie": f"una {label}"} for text, label in ROWS])
    )
    assert "line 1 (item-1) has no label and no picture; its keys are 'foto_b', 'especie'" in text
    assert "--content and --label" in text


def test_groups_and_parts_come_from_keys(tmp_path):
    value = [
        {"image": text, "label": label, "person": n // 2, "split": "train" if n < 4 else "val"}
        for n, (text, label) in enumerate(ROWS)
    ]
    data = load(written(tmp_path, value), group="person")
    assert data.groups == ("0", "0", "1", "1", "2", "2", "3", "3")
    assert data.parts == ("train",) * 4 + ("validation",) * 4
    by_part = {"train": value[:4], "test": [{**record, "split": None} for record in value[4:]]}
    assert load(written(tmp_path, by_part)).parts == ("train",) * 4 + ("test",) * 4
    deeper = {"train": {"a": TEXTS[:2], "b": TEXTS[2:4]}, "test": {"a": TEXTS[4:6], "b": TEXTS[6:]}}
    data = load(written(tmp_path, deeper))
    assert data.parts == ("train",) * 4 + ("test",) * 4
    assert data.ids[0] == "train/a/1"
    assert load(written(tmp_path, {"a": TEXTS[:2], "b": TEXTS[2:4]}), group="^.").groups == (
        "a",
        "a",
        "b",
        "b",
    )


# What is left out


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("!!!", "not base64: character 1 of 3 is '!'"),
        (TEXTS[0][:50] + "ñ" + TEXTS[0][50:], "not base64: character 51 of"),
        (TEXTS[0][:100] + "=" + TEXTS[0][100:], "not base64: character 101 of"),
        (TEXTS[0][:97], "not base64: 97 characters are one too many or too few"),
        (base64.b64encode(b"<!doctype html><html>" * 3).decode(), "not a picture: an HTML page"),
        (base64.b64encode(bytes(100)).decode(), "not a picture: 100 bytes of zeros"),
        (base64.b64encode(b"%PDF-1.7 and so on and on").decode(), "not a picture: a PDF document"),
        ("https://host/a.png", "an address, not base64"),
        ("data:image/svg+xml,<svg/>", "not base64: a data: address that does not say ;base64"),
        ("   ", "empty: no characters of base64"),
        ("", "no picture: it is empty"),
        (None, "no picture: it is nothing (null)"),
        (7, "no picture: it is the number 7"),
        (True, "no picture: it is the word true"),
    ],
)
@pytest.mark.parametrize("shape", ["records", "mapping"])
def test_what_is_no_picture_is_left_out_with_the_reason(tmp_path, bad, words, shape):
    if shape == "records":
        value: Any = lines(
            *({"image": text, "label": label} for text, label in [*ROWS[:4], (bad, "b")])
        )
    else:
        value = {"a": TEXTS[:4:2], "b": [*TEXTS[1:4:2], bad]}
    data = load(written(tmp_path, value, "x.json"))
    assert len(data) == 4
    assert len(data.left_out) == 1
    assert words in data.left_out[0].reason
    assert data.left_out[0].id == ("line-5" if shape == "records" else "b/3")


def test_lines_that_are_none_are_one_line_or_left_out(tmp_path):
    good = [json.dumps({"image": text, "label": label}) for text, label in ROWS]
    bad = [
        '{"image": "abc',
        '{"image": "abc"',
        "oops",
        '{"image": "a" "label": "b"}',
        '{"label": "a"}',
        "7",
        "{}",
        f'{{"image": "{TEXTS[0]}"}}',
        f'{{"image": "{TEXTS[0]}", "label": ""}}',
        f'{{"image": "{TEXTS[0]}", "label": [""]}}',
        f'{{"image": "{TEXTS[0]}", "label": NaN}}',
        f'{{"image": "{TEXTS[0]}", "label": "{"x" * 1001}"}}',
        "[" * 40 + "]" * 40,
    ]
    for line in bad:
        text = refused(written(tmp_path, "\n".join([*good[:3], line, *good[3:]]), "x.jsonl"))
        assert ": line 4 " in text, text
        assert "--bad-rows quarantine" in text
    data = load(
        written(tmp_path, "\n".join([*good[:3], *bad, *good[3:]]), "x.jsonl"), bad_rows="quarantine"
    )
    assert len(data) == 8
    assert [gone.id for gone in data.left_out] == [f"line-{4 + n}" for n in range(len(bad))]
    assert all("\n" not in gone.reason for gone in data.left_out)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b" \n\n ", "holds no examples"),
        (b"[]", "holds no examples"),
        (b"{}", "has no label and no picture; it is empty"),
        (b"null", "is nothing (null) without a label"),
        (b"\xff\xfe{\x00}\x00", "is UTF-16"),
        ('{"a": 1}'.encode("utf-16-be"), "is UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0", "line 1 holds "),
        (b"<html>\n</html>", "line 1 holds '<html>' where a value is due"),
        (b'{"a": \n\n[1, 2', "line 3 is where the file ends early"),
        (b'{"a": "' + TEXTS[0].encode(), "line 1 holds a text without an end"),
        (b'{\n"a": "x",\n}', "line 3 holds '}' where a key in quotes is due"),
        (b"{'a': 1}", "line 1 holds \"'a': 1}\" where a key in quotes is due"),
        (b'[{"image": "x", "label": "a"},]', "where a value is due"),
        (b'[{"image" "x"}]', "where a colon is due"),
        (b"[[] 2]", "where a comma or ] is due"),
        (b'{"a": 01}', "where a value is due"),
        (b'{"a": tru}', "where a value is due"),
        (b"[" * 100_000, "more than 32 deep"),
        (b'{"a":' * 100_000, "more than 32 deep"),
        (
            b'{"image": "x", "label": ' + b"9" * 5000 + b"}",
            "neither addresses nor pictures in base64",
        ),
        (b'[{"image": "x", "label": "\xff"}]', "line 1 holds a text that is no UTF-8 (byte 0xff)"),
        (b'{"\xff": "x"}', "line 1 holds a text that is no UTF-8 (byte 0xff)"),
        (b'[{"image": "x", "label": "\\q"}]', "line 1 holds a text that cannot be read"),
        (
            b'[{"age": 3, "income": 4.5}]',
            "has no label and no picture; its keys are 'age', 'income'",
        ),
        (
            b'[{"image": "cats/1.jpg", "label": "a"}]',
            "holds neither addresses nor pictures in base64",
        ),
        (b'{"labels": ["a", "b"], "images": ["x"]}', "has 1 pictures but 2 labels"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_other_files_are_one_line(tmp_path, content, words, packed):
    place = written(
        tmp_path, gzip.compress(content) if packed else content, f"x.json{'.gz' if packed else ''}"
    )
    assert words in refused(place)


def test_damaged_gzip_is_one_line(tmp_path):
    packed = gzip.compress(
        lines(*({"image": text, "label": label} for text, label in ROWS)).encode()
    )
    assert "is cut off or damaged" in refused(written(tmp_path, packed[:-20], "x.jsonl.gz"))
    assert "line 1" in refused(written(tmp_path, b"no gzip", "x.jsonl.gz"))


def test_gzip_bomb_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "FREE_STREAM", 10**6)
    assert "decompression bomb" in refused(
        written(tmp_path, gzip.compress(b"[" + b" " * 3 * 10**6), "x.json.gz")
    )


def test_the_file_with_one_class_says_so(shared):
    text = refused(shared / "platzi-sign-mnist" / "base64.data.json")
    assert "has one class only ('b', 1 example)" in text


def test_the_real_picture_is_read(shared, tmp_path):
    text = json.loads((shared / "platzi-sign-mnist" / "base64.data.json").read_text())["b"]
    data = load(written(tmp_path, {"b": text, "c": TEXTS[0]}))
    assert data[0].shape == (28, 28, 1)


# How it is read


def test_a_file_that_changes_makes_pictures_unreadable_not_wrong(tmp_path):
    place = written(tmp_path, SHAPES["list of records"])
    source = load(place).source
    os.truncate(place, 400)
    with pytest.raises(Unreadable, match="the file has changed"):
        source.raw(7)
    place.unlink()
    with pytest.raises(Unreadable, match="cannot be read"):
        pickle.loads(pickle.dumps(source)).raw(0)


def test_no_picture_is_kept_in_memory(tmp_path):
    big = base64.b64encode(picture(1, (300, 300)))
    place = tmp_path / "x.json"
    with place.open("wb") as file:
        file.write(
            b'{"a": [' + b", ".join(b'"%s"' % big for _ in range(40)) + b'], "b": ["' + big + b'"]}'
        )
    source = load(place).source
    assert len(source) == 41
    assert len(pickle.dumps(source)) < len(big)


def test_options_change_the_stamp(tmp_path):
    place = written(
        tmp_path, [{"image": text, "thumbnail": TEXTS[0], "label": label} for text, label in ROWS]
    )
    assert load(place).source.stamp() == load(place).source.stamp()
    assert load(place).source.stamp() != load(place, content="thumbnail").source.stamp()


def _plain(document: json_pieces.Document, value: Any) -> Any:
    if isinstance(value, json_pieces.Text):
        return document.text(value)
    if isinstance(value, json_pieces.Number):
        return float(value)
    if isinstance(value, json_pieces.Pairs):
        return {key: _plain(document, inner) for key, inner in value}
    return [_plain(document, inner) for inner in value] if isinstance(value, list) else value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    st.lists(JSON.filter(lambda value: not isinstance(value, list)), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_values_are_those_of_the_json_module(values, ascii_only, indent):
    def numbers(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float, list, dict)):
            return value
        if isinstance(value, list):
            return [numbers(inner) for inner in value]
        return (
            {key: numbers(inner) for key, inner in value.items()}
            if isinstance(value, dict)
            else float(value)
        )

    text = "\n".join(
        json.dumps(value, ensure_ascii=ascii_only, indent=indent) for value in values
    ).encode("utf-8", "surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        return
    document = json_pieces.Document(text)
    assert [_plain(document, entry.value) for entry in document.entries()] == [
        numbers(value) for value in values
    ]
    document = json_pieces.Document(
        b"[" + b",".join(json.dumps(value).encode() for value in values) + b"]"
    )
    assert [_plain(document, entry.value) for entry in document.entries()] == [
        numbers(value) for value in values
    ]


@settings(deadline=None, max_examples=300)
@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]",:\\ \n0a-.tnuef', max_size=60).map(str.encode),
    st.booleans(),
    st.booleans(),
)
def test_any_bytes_are_json_as_the_json_module_says_or_are_refused(content, cut, leave_out):
    list(json_pieces.Document(content, by_line=True).entries(leave_out=True))
    options = Options(bad_rows="quarantine" if leave_out else "error")
    reader = json_examples.Reader("x.json", json_pieces.Document(content, cut=cut), options)
    with contextlib.suppress(json_pieces.NotJson, InputError):
        list(reader.examples())
    entries: list[json_pieces.Entry] = []
    with contextlib.suppress(json_pieces.NotJson):
        entries = list(json_pieces.Document(content).entries())
    if len(entries) == 1 and not entries[0].item and b'"' not in content:
        json.loads(content.decode())


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=100), st.sampled_from(sorted(WRITINGS)))
def test_decoding_undoes_every_writing(content, writing):
    assert base64_text.decode(json.dumps(WRITINGS[writing](content))[1:-1].encode()) == content


@given(st.binary(max_size=60))
def test_decoding_any_bytes_gives_bytes_or_a_reason(content):
    with contextlib.suppress(Unreadable):
        assert isinstance(base64_text.decode(content), bytes)


def test_line_numbers_are_right_far_down_and_backwards():
    document = json_pieces.Document(b"\n" * 3_000_000 + b"{}")
    assert document.line(3_000_000) == 3_000_001
    assert document.line(5) == 6
    assert math.isfinite(document.end)


@pytest.mark.parametrize("key", ["labels", "annotation"])
def test_lists_of_several_labels_or_none_are_labels(tmp_path, key):
    held = [["a"], ["b", "a", "b"], [], ["b"]]
    shaped = [{"labels": one} for one in held] if key == "annotation" else held
    place = written(
        tmp_path,
        lines(*({"image": text, key: one} for text, one in zip(TEXTS, shaped, strict=False))),
        "x.jsonl",
    )
    data = load(place)
    assert (data.task, data.class_names) == ("labels", ("a", "b"))
    assert data.targets.tolist() == [[1, 0], [1, 1], [0, 0], [0, 1]]
    assert "3 of 4 examples" not in refused(place, task="classes")
    assert "2 of 4 examples have several labels or none (the first: 'b', 'a')" in refused(
        place, task="classes"
    )


def test_lists_of_one_label_are_classes_unless_asked_otherwise(tmp_path):
    place = written(
        tmp_path, lines(*({"image": text, "labels": [label]} for text, label in ROWS)), "x.jsonl"
    )
    assert load(place).task == "classes"
    assert load(place, task="labels").targets.sum(axis=1).tolist() == [1] * len(ROWS)


def test_the_key_of_the_label_is_chosen_by_what_stands_below_it(tmp_path):
    texts = [text for text, _ in ROWS]
    sights = [
        {"image": text, "x": 3 * n, "y": 7 * n, "species": "ab"[n % 2], "id": n}
        for n, text in enumerate(texts)
    ]
    data = load(written(tmp_path, sights))
    assert data.class_names == ("a", "b")
    assert data.notes == (
        "key 'image' holds the pictures",
        "key 'species' holds the label",
        "3 keys left aside: 'x', 'y', 'id'",
    )
    assert load(written(tmp_path, {"data": sights})).class_names == ("a", "b")
    both = [
        {"image": text, "tag": "uv"[n // 2 % 2], "species": "ab"[n % 2]}
        for n, text in enumerate(texts)
    ]
    with pytest.raises(
        InputError, match="which of its columns 'tag', 'species' holds the labels is not clear"
    ):
        load(written(tmp_path, both))
    assert load(written(tmp_path, both), label="tag").class_names == ("u", "v")


def test_parts_under_other_keys_are_understood_or_named(tmp_path):
    records = [
        {"image": text, "label": label, "is_valid": n % 4 == 0}
        for n, (text, label) in enumerate(ROWS)
    ]
    data = load(written(tmp_path, records))
    assert data.parts[:4] == ("validation", "train", "train", "train")
    records = [
        {"image": text, "label": label, "split": "test" if n else "tset"}
        for n, (text, label) in enumerate(ROWS)
    ]
    data = load(written(tmp_path, records))
    assert set(data.parts) == {""}
    assert (
        "key 'split' looks like parts but holds 'tset', which is none: passed over (mend it to "
        "keep the parts)" in data.notes
    )
