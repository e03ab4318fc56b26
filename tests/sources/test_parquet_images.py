"""Are pictures in Parquet read in every form that they are written in, and the rest told?"""

from __future__ import annotations

import io
import json
import pickle
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from receta.core.errors import InputError
from receta.data.image import Unreadable
from receta.sources import Options, load, parquet_images

CLASSES = {"names": ["cat", "dog", "axolotl"], "_type": "ClassLabel"}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def png(n: int, size: tuple[int, int] = (6, 5)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (n * 20 % 256, n, 50)).save(stream, "PNG")
    return stream.getvalue()


def write(path, *, features=None, row_group_size=None, **columns) -> str:
    table = pa.table(columns)
    if features is not None:
        table = table.replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=row_group_size)
    return str(path)


def structs(n: int = 6):
    return pa.array([{"bytes": png(row), "path": f"{row}.png"} for row in range(n)])


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), "struct"])
@pytest.mark.parametrize("name", ["image", "img", "scan"])
def test_encoded_pictures_are_found_by_type(tmp_path, kind, name):
    images = structs() if kind == "struct" else pa.array([png(row) for row in range(6)], kind)
    place = write(
        tmp_path / "a.parquet", **{"age": list(range(6)), name: images, "label": ["cat", "dog"] * 3}
    )
    data = load(place)
    assert data.class_names == ("cat", "dog")
    assert data.ids[5] == "row-5"
    assert data.source.raw(4) == png(4)
    assert np.array_equal(pickle.loads(pickle.dumps(data.source))[4], data[4])


@pytest.mark.parametrize(
    ("labels", "names", "targets"),
    [
        (["b", "a", "b", "a"], ("a", "b"), [1, 0, 1, 0]),
        ([2, 10, 2, 10], ("2", "10"), [0, 1, 0, 1]),
        ([True, False] * 2, ("0", "1"), [1, 0, 1, 0]),
        ([1.0, 0.0] * 2, ("0", "1"), [1, 0, 1, 0]),
        (pa.array(["ñ", "a"] * 2).dictionary_encode(), ("a", "ñ"), [1, 0, 1, 0]),
        (pa.array([b"x", b"y"] * 2), ("x", "y"), [0, 1, 0, 1]),
        (pa.array([7, 8] * 2, pa.uint8()), ("7", "8"), [0, 1, 0, 1]),
    ],
)
def test_labels_of_every_type_are_read(tmp_path, labels, names, targets):
    data = load(write(tmp_path / "a.parquet", image=structs(4), label=labels))
    assert (data.class_names, data.targets.tolist()) == (names, targets)


def test_names_of_the_hub_are_used_in_their_order(tmp_path):
    place = write(
        tmp_path / "a.parquet",
        features={"image": {"_type": "Image"}, "kind": CLASSES},
        image=structs(4),
        kind=[2, 0, 2, -1],
    )
    data = load(place)
    assert data.class_names == ("cat", "axolotl")
    assert data.targets.tolist() == [1, 0, 1]
    assert data.left_out[0].reason == "has no label (-1)"


@pytest.mark.parametrize(
    "notes",
    [
        b"",
        b"{",
        b"[]",
        b'{"info": 3}',
        b'{"info": {"features": []}}',
        b'{"info": {"features": {"label": {"names": 3}}}}',
    ],
)
def test_notes_that_are_spoilt_are_passed_over(tmp_path, notes):
    table = pa.table({"image": structs(4), "label": [0, 1, 0, 1]}).replace_schema_metadata(
        {"huggingface": notes}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet").class_names == ("0", "1")


def test_a_label_beyond_the_names_is_one_line(tmp_path):
    place = write(
        tmp_path / "a.parquet", features={"label": CLASSES}, image=structs(4), label=[0, 1, 2, 3]
    )
    assert "label 3 but 3 class names" in refused(place)


def test_two_lists_of_classes_must_be_told_apart(tmp_path):
    features = {"img": {"_type": "Image"}, "fine_label": CLASSES, "coarse_label": CLASSES}
    place = write(
        tmp_path / "a.parquet",
        features=features,
        img=structs(4),
        fine_label=[0, 1, 2, 0],
        coarse_label=[0, 1, 1, 0],
    )
    assert "--label" in refused(place)
    assert load(place, label="coarse_label").class_names == ("cat", "dog")
    assert "Did you mean 'fine_label'?" in refused(place, label="fine_labels")


def test_content_and_label_are_said(tmp_path):
    place = write(
        tmp_path / "a.parquet",
        left=structs(4),
        right=pa.array([png(9 + row) for row in range(4)]),
        sick=[0, 1, 0, 1],
    )
    assert (
        "columns 'left', 'right' all hold pictures; expected one. Say which with --content left"
        in refused(place)
    )
    # the only column that may hold labels
    assert load(place, content="left").class_names == ("0", "1")
    assert load(place, label="sick", content="left").source.raw(0) == png(0)
    assert load(place, label="sick", content="right").source.raw(0) == png(9)
    assert "--content" in refused(place, label="sick", content="sick")
    assert "--content" in refused(place, label="sick", content="nothing")


def test_what_lacks_picture_or_label_is_told_and_left_out(tmp_path):
    images = pa.array(
        [
            {"bytes": png(0), "path": None},
            None,
            {"bytes": None, "path": "/etc/passwd"},
            {"bytes": b"", "path": None},
            {"bytes": png(4), "path": None},
            {"bytes": png(5), "path": None},
            {"bytes": png(6), "path": None},
        ]
    )
    data = load(
        write(tmp_path / "a.parquet", image=images, label=["a", "b", "a", "b", None, " ", "b"])
    )
    assert data.ids == ("row-0", "row-6")
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("row-1", "has no picture"),
        ("row-2", "has no picture but its path, '/etc/passwd'"),
        ("row-3", "has no picture"),
        ("row-4", "has no label"),
        ("row-5", "has no label"),
    ]
    assert data.source.raw(1) == png(6)


def test_ids_parts_and_groups_are_columns(tmp_path):
    part = ["train", "train", "validation", "test", "", None]
    ids, hand = ["a", "b", "b", None, "e\n", "f"], [1, 1, 2, 2, 3, 3]
    place = write(
        tmp_path / "a.parquet", id=ids, image=structs(), label=[0, 1] * 3, part=part, hand=hand
    )
    data = load(place, group="hand")
    assert data.ids == ("a", "b", "b~2", "row-3", "e\\x0a", "f")
    assert data.parts == ("train", "train", "validation", "test", "", "")
    assert data.groups == ("1", "1", "2", "2", "3", "3")


def test_parts_under_other_names_are_read_and_what_was_taken_is_told(tmp_path):
    usage = [
        "Training",
        "Training",
        "Training",
        "Training",
        "PublicTest",
        "PublicTest",
        "PrivateTest",
        "PrivateTest",
    ]
    columns = {
        "y": [row % 5 for row in range(8)],
        "x": list(range(8)),
        "kind": ["a", "b"] * 4,
        "Usage": usage,
    }
    place = write(tmp_path / "a.parquet", image=structs(8), **columns)
    data = load(place)
    assert data.class_names == ("a", "b")
    assert data.parts == ("train",) * 4 + ("validation",) * 2 + ("test",) * 2
    assert data.notes == (
        "column 'image' holds the pictures",
        "column 'kind' holds the label (its cells are names of classes)",
        "column 'Usage' says the parts: train 4, validation 2, test 2 ('PublicTest' is "
        "validation, 'PrivateTest' is test)",
        "2 columns left aside: 'y', 'x'",
    )


@pytest.mark.parametrize(
    "names",
    [
        (
            "train-00000-of-00002-3fa.parquet",
            "train-00001-of-00002-7bc.parquet",
            "test-00000-of-00001.parquet",
        ),
        ("data/train-0.parquet", "data/train-1.parquet", "data/test-0.parquet"),
        ("train/0.parquet", "train/1.parquet", "test/0.parquet"),
    ],
)
def test_files_of_a_folder_are_parts(tmp_path, names):
    for name, n in zip(names, (4, 2, 3), strict=True):
        write(tmp_path / "d" / name, image=structs(n), label=[row % 2 for row in range(n)])
    data = load(tmp_path / "d")
    assert Counter(data.parts) == {"train": 6, "test": 3}
    assert data.ids[5:7] == ("train-5", "test-0")


def test_files_with_other_columns_are_one_line(tmp_path):
    write(tmp_path / "d" / "train.parquet", image=structs(4), label=[0, 1, 0, 1])
    write(tmp_path / "d" / "test.parquet", image=structs(4), klass=[0, 1, 0, 1])
    assert "test.parquet has no column 'label'" in refused(tmp_path / "d")


def test_a_folder_of_pictures_beside_a_table_is_not_ours(tmp_path):
    write(tmp_path / "metadata.parquet", x=[1])
    (tmp_path / "cat").mkdir()
    assert not parquet_images.accepts(str(tmp_path), Options())


def test_a_table_is_left_to_the_table(tmp_path):
    place = write(tmp_path / "a.parquet", x=[1, 2], y=["a", "b"])
    assert not parquet_images.accepts(place, Options(target="y"))
    assert not parquet_images.accepts(place, Options(series="x"))
    assert "--target COLUMN" in refused(place)


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8", "scaled", "bool"])
@pytest.mark.parametrize("nested", [1, 2, 3])
def test_lists_of_numbers_are_pixels(tmp_path, dtype, nested):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8)
    pixels = pixels // 255 * 255 if dtype == "bool" else pixels
    pixels[0, 0, 0] = 255
    given = (
        pixels / 255
        if dtype == "scaled"
        else (pixels > 0)
        if dtype == "bool"
        else pixels.astype(dtype)
    )
    given = given.reshape(40, *{1: (16,), 2: (4, 4), 3: (4, 4, 1)}[nested])
    column = pa.array(given.tolist())
    data = load(write(tmp_path / "a.parquet", pixels=column, label=[0, 1] * 20, row_group_size=7))
    assert np.array_equal(np.stack(list(data)), pixels)


def test_pixels_of_a_fixed_number_take_a_shape_and_may_lack_rows(tmp_path):
    given = pa.array([list(range(12)), None, list(range(12, 24))], pa.list_(pa.uint8(), 12))
    place = write(tmp_path / "a.parquet", anything=given, label=["a", "b", "b"])
    data = load(place, shape=(3, 4))
    assert data.ids == ("row-0", "row-2")
    assert data[1].tolist() == np.arange(12, 24).reshape(3, 4, 1).tolist()
    assert load(place, shape=(2, 2, 3))[1].shape == (2, 2, 3)
    assert "--shape 5,5" in refused(place, shape=(5, 5))


def test_channels_may_lie_first(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 3, 5, 6), dtype=np.uint8)
    data = load(write(tmp_path / "a.parquet", image=pa.array(pixels.tolist()), label=[0, 1, 0, 1]))
    assert np.array_equal(np.stack(list(data)), pixels.transpose(0, 2, 3, 1))


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2, 3, 70_000]] * 2,
        [[0.5, 2, 3, 900]] * 2,
        [[1, 2, 3, -1]] * 2,
        [[0.5, float("nan"), 0, 0]] * 2,
        [[1, 2, 3, 4], [1, 2, 3]],
        [[1, None, 3, 4]] * 2,
        [[1, 2, 3]] * 2,
        [[[[[1]]]]] * 2,
    ],
    ids=str,
)
def test_lists_that_are_no_pictures_are_one_line(tmp_path, values):
    assert "column 'image'" in refused(
        write(tmp_path / "a.parquet", image=pa.array(values), label=["a", "b"])
    )


def test_a_shape_means_nothing_to_encoded_pictures(tmp_path):
    assert "no --shape" in refused(
        write(tmp_path / "a.parquet", image=structs(4), label=[0, 1, 0, 1]), shape=(5, 5)
    )


@pytest.mark.parametrize(
    "labels",
    [[[0], [1]], [None, None], [float("nan"), None], [0.5, 1.5], [{"a": 1}, {"a": 2}]],
    ids=str,
)
def test_labels_that_are_none_are_one_line(tmp_path, labels):
    assert "no row with a picture and a label" in refused(
        write(tmp_path / "a.parquet", image=structs(2), label=pa.array(labels))
    )


def test_no_rows_are_one_line(tmp_path):
    assert "no row" in refused(
        write(tmp_path / "a.parquet", image=structs(4)[:0], label=pa.array([], pa.string()))
    )


def test_a_damaged_file_is_one_line(tmp_path):
    place = write(tmp_path / "a.parquet", image=structs(4), label=[0, 1, 0, 1])
    whole = (tmp_path / "a.parquet").read_bytes()
    for content in (
        b"",
        b"PAR1",
        whole[: len(whole) // 2],
        b"x" * 100,
        whole[:4] + b"\xff" * 40 + whole[44:],
    ):
        (tmp_path / "a.parquet").write_bytes(content)
        assert place in refused(place)


def test_a_picture_that_cannot_be_decoded_says_so_when_it_is_decoded(tmp_path):
    images = pa.array([{"bytes": b"no picture", "path": None}, {"bytes": png(1), "path": None}])
    data = load(write(tmp_path / "a.parquet", image=images, label=["a", "b"]))
    with pytest.raises(Unreadable, match="not a picture"):
        data[0]


def test_row_groups_do_not_matter(tmp_path):
    one = load(write(tmp_path / "a.parquet", image=structs(9), label=["a", "b", "c"] * 3))
    two = load(
        write(tmp_path / "b.parquet", image=structs(9), label=["a", "b", "c"] * 3, row_group_size=2)
    )
    assert all(np.array_equal(left, right) for left, right in zip(one, two, strict=True))
    assert one.fingerprint == two.fingerprint
