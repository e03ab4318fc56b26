"""Are pictures in TFRecord files read, whatever their features are called, and damage told?"""

from __future__ import annotations

import gzip
import io
import pickle
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from receta.codecs import tfrecord
from receta.core.errors import InputError
from receta.data.image import Unreadable
from receta.sources import load


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def png(n: int, size: tuple[int, int] = (6, 5), kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (n * 20 % 256, n, 50)).save(stream, kind)
    return stream.getvalue()


def write(path, examples) -> str:
    tfrecord.write(path, [tfrecord.example(one) for one in examples])
    return str(path)


def pets(n: int = 6, image: str = "image", **more):
    return [
        {image: png(row), "label": row % 2, **{name: value(row) for name, value in more.items()}}
        for row in range(n)
    ]


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("image", ["image", "image/encoded", "image_raw", "jpg"])
@pytest.mark.parametrize(
    ("label", "value", "names"),
    [
        ("label", lambda row: row % 2, ("0", "1")),
        ("image/class/label", lambda row: row % 2 + 1, ("1", "2")),
        ("label", lambda row: ("cat", "dog")[row % 2], ("cat", "dog")),
        ("image/class/text", lambda row: ("cat", "dog")[row % 2], ("cat", "dog")),
        ("y", lambda row: float(row % 2), ("0", "1")),
        ("class", lambda row: f"ñ{row % 2}", ("ñ0", "ñ1")),
    ],
)
def test_features_are_known_by_name(tmp_path, image, label, value, names):
    data = load(
        write(tmp_path / "a.tfrecord", [{image: png(row), label: value(row)} for row in range(6)])
    )
    assert data.class_names == names
    assert data.targets.tolist() == [0, 1] * 3
    assert data.ids[5] == "a-5"
    assert data[3].tolist() == np.full((5, 6, 3), (60, 3, 50)).tolist()


def test_a_text_beside_the_number_is_the_name(tmp_path):
    rows = [
        {
            "image/encoded": png(row),
            "image/class/label": row % 2,
            "image/class/text": ("dog", "cat")[row % 2],
        }
        for row in range(4)
    ]
    data = load(write(tmp_path / "a.tfrecord", rows))
    assert data.class_names == ("dog", "cat")  # in the order of the numbers
    assert data.targets.tolist() == [0, 1] * 2
    rows[3]["image/class/text"] = "cow"  # number and text do not agree: the texts count
    assert load(write(tmp_path / "b.tfrecord", rows)).class_names == ("cat", "cow", "dog")


@pytest.mark.parametrize("name", ["labels.txt", "label.labels.txt"])
@pytest.mark.parametrize(
    "text", ["cat\ndog\n", "0:cat\n1:dog\n", "1: dog\r\n0: cat\r\n", "\ufeffcat\ndog"]
)
def test_names_lie_beside_the_file(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert load(write(tmp_path / "a.tfrecord", pets())).class_names == ("cat", "dog")


def test_too_few_names_are_one_line(tmp_path):
    (tmp_path / "labels.txt").write_text("cat\n")
    assert "label 1 but 1 class names" in refused(write(tmp_path / "a.tfrecord", pets()))


def test_shards_of_a_folder_are_parts(tmp_path):
    for name, n in (
        ("train.tfrecord-00000-of-00002", 4),
        ("train.tfrecord-00001-of-00002", 3),
        ("test.tfrecord-00000-of-00001", 2),
    ):
        write(tmp_path / f"pets-{name}", pets(n))
    data = load(tmp_path)
    assert data.parts == ("train",) * 7 + ("test",) * 2
    assert data.ids[6:8] == ("train-6", "test-0")


def test_id_and_part_come_out_of_the_record(tmp_path):
    rows = pets(
        6,
        id=lambda row: f"pet/{row}",
        part=lambda row: ("train", "train", "train", "train", "test", "test")[row],
    )
    data = load(write(tmp_path / "a.tfrecord", rows))
    assert data.ids[2] == "pet/2"
    assert Counter(data.parts) == {"train": 4, "test": 2}


def test_equal_ids_become_different(tmp_path):
    data = load(write(tmp_path / "a.tfrecord", pets(4, id=lambda row: "same\n")))
    assert len(set(data.ids)) == 4
    assert all(one.isprintable() for one in data.ids)


def test_other_names_are_said(tmp_path):
    place = write(
        tmp_path / "a.tfrecord",
        [{"scan": png(row), "sick": row % 2, "age": row} for row in range(4)],
    )
    assert "--label" in refused(place)
    assert load(place, label="sick").class_names == ("0", "1")
    assert load(place, label="sick", content="scan")[0].shape == (5, 6, 3)
    assert "no feature 'x'" in refused(place, label="x")


def test_pixels_are_read_with_their_sides_or_square_or_as_said(tmp_path):
    pixels = np.arange(6 * 4 * 3, dtype=np.uint8)
    sides = [
        {"image_raw": pixels.tobytes() * 9, "height": 54, "width": 4, "depth": 3, "label": row % 2}
        for row in range(4)
    ]
    assert load(write(tmp_path / "a.tfrecord", sides))[1].shape == (54, 4, 3)
    square = [{"image": (np.arange(64) + row), "label": row % 2} for row in range(4)]
    data = load(write(tmp_path / "b.tfrecord", square))
    assert data[2][..., 0].tolist() == (np.arange(64).reshape(8, 8) + 2).tolist()
    assert load(tmp_path / "b.tfrecord", shape=(4, 16))[2].shape == (4, 16, 1)


def test_what_lacks_picture_or_label_is_told_and_left_out(tmp_path):
    odd = [
        {"label": 1},
        {"image": png(1)},
        {"image": b"", "label": 0},
        {"image": png(1), "label": [0, 1]},
        {"image": png(1), "label": 0.5},
    ]
    data = load(write(tmp_path / "a.tfrecord", [*pets(4), *odd]))
    assert len(data) == 4
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("a-4", "has no picture"),
        ("a-5", "has no label"),
        ("a-6", "has no picture"),
        ("a-7", "has 2 labels where one is expected"),
        ("a-8", "has the label 0.5, which is no class"),
    ]


def test_a_packed_file_is_the_same(tmp_path):
    plain = load(write(tmp_path / "a.tfrecord", pets()))
    (tmp_path / "b.tfrecord").write_bytes(gzip.compress((tmp_path / "a.tfrecord").read_bytes()))
    (tmp_path / "c.tfrecord.gz").write_bytes((tmp_path / "b.tfrecord").read_bytes())
    for name in ("b.tfrecord", "c.tfrecord.gz"):
        packed = load(tmp_path / name)
        assert all(np.array_equal(one, other) for one, other in zip(plain, packed, strict=True))
        assert np.array_equal(pickle.loads(pickle.dumps(packed.source))[2], plain[2])
    (tmp_path / "d.tfrecord").write_bytes((tmp_path / "b.tfrecord").read_bytes()[:-9])
    assert str(tmp_path / "d.tfrecord") in refused(tmp_path / "d.tfrecord")


def test_a_length_that_looks_like_gzip_is_none(tmp_path):
    length = 0x8B1F  # the first bytes of the file are those of gzip
    rest = len(tfrecord.example({"image": png(1) + b"x" * 1000, "label": 1})) - 1000
    rows = [{"image": png(row) + b"\0" * (length - rest), "label": row % 2} for row in range(4)]
    place = write(tmp_path / "a.tfrecord", rows)
    assert load(place)[1].shape == (5, 6, 3)


@pytest.mark.parametrize("content", [b"", b"x", b"not records at all" * 10, b"\x1f\x8b\x08\x00"])
def test_what_is_no_tfrecord_is_one_line(tmp_path, content):
    (tmp_path / "a.tfrecord").write_bytes(content)
    assert str(tmp_path / "a.tfrecord") in refused(tmp_path / "a.tfrecord")


def test_the_damaged_record_is_named(tmp_path):
    place = write(tmp_path / "a.tfrecord", pets(5))
    places = [offset for offset, _ in tfrecord.scan(place)]
    content = bytearray((tmp_path / "a.tfrecord").read_bytes())
    content[places[3] + 5] ^= 1
    (tmp_path / "a.tfrecord").write_bytes(content)
    assert f"{place}: record 4 " in refused(place)


def test_records_of_other_things_are_one_line(tmp_path):
    tfrecord.write(tmp_path / "a.tfrecord", [b"\xff\xff\xff"])
    assert "record 1 is no tf.train.Example" in refused(tmp_path / "a.tfrecord")
    assert "expected one that holds the picture" in refused(
        write(tmp_path / "b.tfrecord", [{"x": 1.5, "y": 1}])
    )
    assert "no record with a picture and a label" in refused(
        write(tmp_path / "c.tfrecord", [{"image": png(1), "label": [1, 2]}])
    )


def test_a_file_that_changes_while_it_is_used_is_unreadable(tmp_path):
    data = load(write(tmp_path / "a.tfrecord", pets()))
    (tmp_path / "a.tfrecord").write_bytes(b"short")
    with pytest.raises(Unreadable, match="checksum"):
        data.source.raw(3)
    (tmp_path / "a.tfrecord").unlink()
    with pytest.raises(Unreadable, match="no such file"):
        data.source.raw(3)
