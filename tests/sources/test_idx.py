"""Are the files of MNIST read, packed or not, and damaged ones named?"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from receta.core.errors import InputError
from receta.sources import load

X = np.arange(4 * 3 * 2, dtype=np.uint8).reshape(4, 3, 2)
Y = np.array([3, 10, 3, 10], np.uint8)


def idx(values: np.ndarray, code: int = 8) -> bytes:
    return (
        struct.pack(f">4B{values.ndim}I", 0, 0, code, values.ndim, *values.shape) + values.tobytes()
    )


def write(
    root: Path, part: str = "train", x: bytes = idx(X), y: bytes = idx(Y), packed: bool = False
) -> Path:
    root.mkdir(exist_ok=True)
    for kind, axes, content in (("images", 3, x), ("labels", 1, y)):
        name = f"{part}-{kind}-idx{axes}-ubyte" + (".gz" if packed else "")
        (root / name.lstrip("-")).write_bytes(gzip.compress(content) if packed else content)
    return root


def refused(place) -> str:
    with pytest.raises(InputError) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("packed", [True, False])
def test_files_are_read_to_the_value(tmp_path, packed):
    write(tmp_path, packed=packed)
    data = load(write(tmp_path, "t10k", packed=packed))
    assert np.array_equal(np.stack(list(data))[..., 0], np.concatenate([X, X]))
    assert data.parts == ("train",) * 4 + ("test",) * 4
    assert data.ids[4] == "test-0"
    assert data.class_names == ("3", "10")
    assert data.targets.tolist() == [0, 1] * 4


def test_a_single_part_divides_nothing(tmp_path):
    assert load(write(tmp_path)).source.parts is None
    assert load(write(tmp_path / "b", "")).ids[0] == "row-0"


def test_unpacked_file_goes_before_the_packed_one(tmp_path):
    write(tmp_path, x=b"never read", packed=True)
    assert len(load(write(tmp_path))) == 4


def test_wider_labels_and_colour(tmp_path):
    colour = np.zeros((4, 2, 2, 3), np.uint8)
    data = load(write(tmp_path, x=idx(colour), y=idx(Y.astype(">i4"), 0x0C)))
    assert data[0].shape == (2, 2, 3)
    assert data.class_names == ("3", "10")


def test_missing_partner_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    assert "train-images-idx3-ubyte has no file of labels beside it; expected both" in refused(
        tmp_path
    )


def test_two_files_of_one_part_are_refused(tmp_path):
    write(tmp_path, "letters-train")
    assert "expected one file of images a part" in refused(write(tmp_path, "digits-train"))


def test_counts_must_agree(tmp_path):
    text = refused(write(tmp_path, y=idx(Y[:3])))
    assert "holds 4 images, but" in text
    assert "3 labels; expected as many" in text


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("x", "words"),
    [
        (idx(X)[:-1], "23 bytes of pixels where its header says 24"),
        (idx(X)[:7], "its header ends early"),
        (b"", "its first bytes are missing"),
        (b"<html>", "its first bytes are 3c 68 74 6d"),
    ],
)
def test_damaged_images_are_one_line(tmp_path, packed, x, words):
    text = refused(write(tmp_path, x=x, packed=packed))
    assert f"is damaged ({words}" in text


def test_more_bytes_than_announced_are_refused(tmp_path):
    assert "is damaged (25 bytes of pixels where" in refused(write(tmp_path, x=idx(X) + b"0"))
    assert "is damaged (more than the 24 bytes" in refused(
        write(tmp_path / "b", x=idx(X) + b"0", packed=True)
    )
    assert "bytes of labels where its header says 4" in refused(
        write(tmp_path / "c", y=idx(Y) + b"0")
    )


def test_cut_off_gzip_is_one_line(tmp_path):
    file = write(tmp_path, packed=True) / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-9])
    assert "is damaged (Compressed file ended before" in refused(tmp_path)


def test_values_that_are_no_images_are_refused(tmp_path):
    assert "expected images as bytes, n x height x width" in refused(write(tmp_path, x=idx(Y)))
    assert "holds no images" in refused(write(tmp_path, x=idx(X[:0]), y=idx(Y[:0])))


def test_fashion_mnist():
    place = Path("/usr/share/datasets/fashion-mnist")
    if not place.is_dir():
        pytest.skip(f"{place} is missing")
    data = load(place)
    assert (data.parts.count("train"), data.parts.count("test")) == (60_000, 10_000)
    assert data.counts().tolist() == [7000] * 10
    assert data[69_999].shape == (28, 28, 1)
