"""Is what we write what TensorFlow reads, and the other way round; is damage found?"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from receta.codecs import tfrecord
from receta.core.errors import InputError

FEATURES = {
    "image": b"\x89PNG\x00\xff",
    "label": 3,
    "name": "ñandú",
    "box": [0.5, -1.25],
    "many": [0, -1, 2**63 - 1, -(2**63), 300],
    "texts": ["a", "", "b"],
    "none": [],
}


def same(found, expected) -> None:
    for name, value in expected.items():
        values = value if isinstance(value, list) else [value]
        texts = [one.encode() if isinstance(one, str) else one for one in values]
        assert list(found[name]) == texts, name


def test_what_is_written_is_read(tmp_path):
    tfrecord.write(tmp_path / "a.tfrecord", [tfrecord.example(FEATURES), b"", b"x" * 100_000])
    first, empty, long = tfrecord.read(tmp_path / "a.tfrecord")
    same(tfrecord.parse(first), FEATURES)
    assert (empty, long) == (b"", b"x" * 100_000)


@given(
    some.dictionaries(
        some.text(),
        some.one_of(
            some.lists(some.binary(), min_size=1),
            some.lists(some.integers(-(2**63), 2**63 - 1), min_size=1),
            some.lists(some.floats(width=32, allow_nan=False), min_size=1),
        ),
    )
)
def test_every_example_comes_back(features):
    found = tfrecord.parse(tfrecord.example(features))
    assert set(found) == set(features)
    same(found, features)


@given(some.binary(max_size=200))
def test_any_bytes_are_an_example_or_one_line(content):
    said = "expected"
    try:
        tfrecord.parse(content)
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    assert "expected" in said


def test_a_place_leads_to_its_record(tmp_path):
    records = [bytes([n]) * n for n in range(50)]
    tfrecord.write(tmp_path / "a.tfrecord", records)
    content = (tmp_path / "a.tfrecord").read_bytes()
    assert [
        content[offset : offset + len(record)]
        for offset, record in tfrecord.scan(tmp_path / "a.tfrecord")
    ] == records


@pytest.mark.parametrize("at", range(0, 48, 3))
def test_every_damaged_byte_is_found_and_its_record_named(tmp_path, at):
    path = tmp_path / "a.tfrecord"
    tfrecord.write(path, [b"12345678", b"abcdefgh"])
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(tfrecord.read(path))
    assert f"{path}: record {1 + at // 24} " in str(caught.value)
    assert "expected a whole TFRecord file" in str(caught.value)


@pytest.mark.parametrize("n", [1, 11, 12, 20, 23, 25, 47])
def test_every_cut_is_found(tmp_path, n):
    path = tmp_path / "a.tfrecord"
    tfrecord.write(path, [b"12345678", b"abcdefgh"])
    path.write_bytes(path.read_bytes()[:n])
    with pytest.raises(InputError, match=r"record [12] ends after"):
        list(tfrecord.read(path))


def test_a_length_that_is_not_there_takes_no_memory(tmp_path):
    length = (2**60).to_bytes(8, "little")
    (tmp_path / "a.tfrecord").write_bytes(length + tfrecord.checksum(length) + b"x" * 100)
    with pytest.raises(InputError, match="record 1 ends after 100 of 1152921504606846976 bytes"):
        list(tfrecord.read(tmp_path / "a.tfrecord"))


@pytest.mark.parametrize("value", [2**63, [1, "a"], [None], object()])
def test_what_has_no_place_in_an_example_is_one_line(value):
    with pytest.raises(InputError, match="expected"):
        tfrecord.example({"x": value})


def test_numbers_that_are_not_packed_are_read():
    # Int64List with fields of their own: 7, 256 and the next byte
    unpacked = b"\x1a\x06\x08\x07\x08\x80\x02\x08"
    feature = b"\x1a\x07\x08\x07\x08\x80\x02\x08\x01"
    entry = b"\x0a\x01x\x12" + bytes([len(feature)]) + feature
    record = b"\x0a" + bytes([len(entry) + 2]) + b"\x0a" + bytes([len(entry)]) + entry
    assert tfrecord.parse(record)["x"].tolist() == [7, 256, 1]
    assert unpacked[:1] == feature[:1]


@pytest.mark.slow
def test_tensorflow_reads_what_we_write_and_we_what_it_writes(tmp_path):
    ours, theirs = tmp_path / "ours.tfrecord", tmp_path / "theirs.tfrecord"
    tfrecord.write(
        ours, [tfrecord.example(FEATURES), tfrecord.example({"pixels": np.arange(784) % 256})]
    )
    code = f"""
import json, sys, tensorflow as tf
records = list(tf.data.TFRecordDataset({str(ours)!r}).as_numpy_iterator())
found = []
for record in records:
    example = tf.train.Example.FromString(record)
    plain = lambda value: [one.decode('latin-1') if isinstance(one, bytes) else one for one in value]
    found.append({{name: plain(getattr(value, value.WhichOneof('kind')).value) for name, value in example.features.feature.items()}})
print('found', json.dumps(found))
with tf.io.TFRecordWriter({str(theirs)!r}) as writer:
    for record in records:
        writer.write(tf.train.Example.FromString(record).SerializeToString())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = json.loads(
        next(line for line in done.stdout.splitlines() if line.startswith("found "))[6:]
    )
    assert first["image"] == [FEATURES["image"].decode("latin-1")]
    assert first["name"] == ["ñandú".encode().decode("latin-1")]
    assert first["box"] == FEATURES["box"]
    assert first["many"] == FEATURES["many"]
    assert second["pixels"] == (np.arange(784) % 256).tolist()
    same(
        tfrecord.parse(next(tfrecord.read(theirs))),
        {name: value for name, value in FEATURES.items() if value != []},
    )
    assert tfrecord.parse(list(tfrecord.read(theirs))[1])["pixels"].tolist() == second["pixels"]
    assert {record.count(b"PNG") for record in tfrecord.read(theirs)} == {0, 1}
