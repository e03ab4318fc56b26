"""Are arrays of every honest shape and type read, and the others refused?"""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from receta.core.errors import InputError
from receta.sources import load

X = np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5)
Y = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def save(tmp_path):
    def _save(*, packed: bool = True, **arrays):
        (np.savez_compressed if packed else np.savez)(tmp_path / "a.npz", **arrays)
        return tmp_path / "a.npz"

    return _save


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stacked(data) -> np.ndarray:
    return np.stack(list(data))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("x", "y"),
        ("X", "y"),
        ("images", "labels"),
        ("data", "target"),
        ("Data", "targets"),
        ("image", "Y"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_pairs_are_known_by_name(save, x, y, packed):
    data = load(save(packed=packed, **{x: X, y: Y}))
    assert np.array_equal(stacked(data), X[..., np.newaxis])
    assert data.ids[5] == "row-5"
    assert data.class_names == ("0", "1", "2")
    assert data.targets.tolist() == Y.tolist()


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_parts_are_known_by_name(save, validation):
    place = save(
        x_test=X[:1],
        y_test=Y[:1],
        x_train=X[:3],
        y_train=Y[:3],
        **{f"x_{validation}": X[3:], f"y_{validation}": Y[3:]},
    )
    data = load(place)
    assert data.parts == ("train",) * 3 + ("validation",) * 3 + ("test",)
    assert data.ids[2:4] == ("train-2", "validation-0")
    assert np.array_equal(stacked(data)[..., 0], np.concatenate([X, X[:1]]))


def test_words_may_stand_in_any_order(save):
    data = load(save(train_images=X, train_labels=Y, test_images=X, test_labels=Y))
    assert set(data.parts) == {"train", "test"}


def test_what_is_not_said_to_be_test_is_to_train_on(save):
    assert set(load(save(x=X, y=Y, x_test=X, y_test=Y)).parts) == {"train", "test"}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, ">f8", np.float16])
def test_layout_in_memory_does_not_matter(save, packed, order, dtype):
    x = np.asarray(np.arange(6 * 4 * 5 * 2 // 2).reshape(6, 4, 5) + 100, dtype, order=order)
    assert np.array_equal(stacked(load(save(x=x, y=Y, packed=packed)))[..., 0], x.astype(np.uint8))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
def test_channels_may_stand_first(save, packed, order):
    colour = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3)).astype(np.uint8)
    first = np.asarray(colour.transpose(0, 3, 1, 2), order=order)
    assert np.array_equal(stacked(load(save(x=first, y=Y, packed=packed))), colour)
    assert np.array_equal(stacked(load(save(x=colour, y=Y, packed=packed))), colour)
    grey = load(save(x=X[:, np.newaxis], y=Y, packed=packed))
    assert np.array_equal(stacked(grey), X[..., np.newaxis])


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_of_pixels_become_squares_or_the_shape_asked_for(save, order):
    flat = np.asarray(np.arange(6 * 16, dtype=np.uint8).reshape(6, 16), order=order)
    place = save(x=flat, y=Y, packed=False)
    assert np.array_equal(stacked(load(place)), flat.reshape(6, 4, 4, 1))
    assert np.array_equal(stacked(load(place, shape=(2, 8))), flat.reshape(6, 2, 8, 1))
    assert "has 20 pixels a row, no square picture" in refused(save(x=X.reshape(6, 20), y=Y))
    assert "has images of (4,5,1), but --shape says 5,4; expected the same" in refused(
        save(x=X, y=Y), shape=(5, 4)
    )


def test_transparency_is_laid_over_white(save):
    x = np.zeros((6, 2, 2, 4), np.uint8)
    x[:, 0, 0] = (10, 20, 30, 255)
    data = load(save(x=x, y=Y))
    assert data[0][0, 0].tolist() == [10, 20, 30]
    assert data[0][1, 1].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([True, False]), [255, 0]),
        (np.array([0.0, 0.5]), [0, 128]),
        (np.array([0.0, 1.0], np.float32), [0, 255]),
        (np.array([0.0, 99.6]), [0, 100]),
        (np.array([0, 1]), [0, 255]),
        (np.array([0, 17]), [0, 17]),
        (np.array([8, 16], np.uint8), [128, 255]),
        (np.array([5.0, 15.0]), [85, 255]),
        (np.array([1, 3], np.int8), [85, 255]),
        (np.array([-0.04, 0.5, 1.0000001]), [0, 128, 255]),
        (np.array([-3.5, 100.2, 260.1]), [0, 100, 255]),
        (np.array([0, 256]), [0, 255]),
        (np.array([4, 1000], np.uint16), [1, 250]),
        (np.array([16, 2500]), [1, 156]),
        (np.array([64, 9000], np.float32), [1, 140]),
        (np.array([0, 255], np.int16), [0, 255]),
        (np.array([0, 200], np.uint16), [0, 200]),
        (np.array([255, 65535], np.uint16), [0, 255]),
        (np.array([255, 65535], ">u2"), [0, 255]),
    ],
)
def test_values_become_bytes(save, values, expected):
    x = np.tile(values, (6, 2, 1))
    assert stacked(load(save(x=x, y=Y)))[0, 0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([-1.0, 1.0]), "values from -1 to 1"),
        (np.array([0, 70_000]), "values from 0 to 70000"),
        (np.array([0.5, 1000.0]), "values from 0.5 to 1000"),
        (np.array([-0.5, 0.5]), "values from -0.5 to 0.5"),
        (np.array([0.0, np.nan]), "values that are no numbers"),
        (np.array([0.0, np.inf], np.float32), "values that are no numbers"),
    ],
)
def test_other_values_are_refused(save, values, words):
    text = refused(save(x=np.tile(values, (6, 2, 1)), y=Y))
    assert f"holds {words}" in text
    assert "expected 0 to 255, 0 to 1 as floats, or 16 bits without sign" in text


@pytest.mark.parametrize(
    "y",
    [
        Y,
        Y[:, np.newaxis],
        np.eye(3)[Y],
        np.eye(3, dtype=bool)[Y],
        Y.astype(float),
        Y.astype(np.uint64),
        Y.astype(str),
    ],
)
def test_labels_of_every_form(save, y):
    data = load(save(x=X, y=y))
    assert data.class_names == ("0", "1", "2")
    assert data.targets.tolist() == Y.tolist()


def test_labels_may_be_texts_or_have_names(save):
    names = np.array(["cat", "dog", "cow"])
    assert load(save(x=X, y=names[Y])).class_names == ("cat", "cow", "dog")
    assert load(save(x=X, y=names[Y].astype("S"))).class_names == ("cat", "cow", "dog")
    data = load(save(x=X, y=Y, class_names=names))
    assert data.class_names == ("cat", "dog", "cow")
    assert data.targets.tolist() == Y.tolist()
    assert load(save(x=X, y=Y % 2, class_names=names)).class_names == ("cat", "dog")


def test_numbers_as_labels_are_ordered_by_value(save):
    assert load(save(x=X, y=np.array([10, 9, -1, 10, 9, -1]))).class_names == ("-1", "9", "10")
    assert load(save(x=X, y=np.array(["10", "9", "2"] * 2))).class_names == ("2", "9", "10")


def test_labels_that_do_not_fit_are_refused(save):
    assert "'x' has 6 rows but 'y' 5; expected a label an image" in refused(save(x=X, y=Y[:5]))
    assert "is no label an image; expected (n,), (n,1) or one-hot" in refused(save(x=X, y=Y + 0.5))
    assert "is no label an image" in refused(save(x=X, y=np.ones((6, 3))))
    names = np.array(["cat", "dog"])
    assert "has the label 2 but 2 class names; expected labels 0 to 1" in refused(
        save(x=X, y=Y, class_names=names)
    )
    names = np.array(["cat", "dog", "cat"])
    assert "names two classes alike" in refused(save(x=X, y=Y, class_names=names))
    assert "has texts as labels in one part" in refused(
        save(x_train=X, y_train=Y, x_test=X, y_test=Y.astype(str))
    )
    assert "train part lacks ('7')" in refused(
        save(x_train=X, y_train=Y, x_test=X[:1], y_test=np.array([7]))
    )


def test_missing_arrays_are_named(save):
    text = refused(save(x_train=X, labels=Y))
    assert "has 'x_train' but no labels for it among its arrays 'x_train', 'labels'" in text
    assert "has the arrays 'a', 'b'; expected x_train and y_train" in refused(save(a=X, b=Y))
    assert "has the arrays none" in refused(save())
    assert "'x' is empty; expected at least one image" in refused(save(x=X[:0], y=Y[:0]))


def test_arrays_that_are_no_images_are_refused(save):
    assert "array 'x' of shape (6,2,2,5) and type uint8 holds no images" in refused(
        save(x=np.zeros((6, 2, 2, 5), "u1"), y=Y)
    )
    assert "holds no images" in refused(save(x=X.astype(complex), y=Y))
    assert "holds no images" in refused(save(x=Y, y=Y))
    assert "holds no images" in refused(save(x=X[:, :0], y=Y))


def test_objects_are_never_unpickled(save):
    text = refused(save(x=np.array([X[0], X[0, :1]] * 3, dtype=object), y=Y))
    assert (
        "array 'x' holds Python objects; expected numbers or text, since objects can run code"
        in text
    )


def test_damaged_files_are_one_line(save, tmp_path):
    place = tmp_path / "a.npz"
    for content in (b"", b"\x93NUMPY", b"<html>", save(x=X, y=Y).read_bytes()[:-40]):
        place.write_bytes(content)
        assert "is damaged" in refused(place)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("x.npy", b"no array")
    assert "is damaged" in refused(place)
    for packed in (True, False):
        content = bytearray(save(x=X, y=Y.astype(np.int32), packed=packed).read_bytes())
        with zipfile.ZipFile(place) as archive:
            at = archive.getinfo("y.npy").header_offset
            size = archive.getinfo("y.npy").compress_size
        content[at + 60 + size // 2] ^= 0xFF
        content[at + 50 + size - 2] ^= 0xFF
        place.write_bytes(content)
        assert refused(place)
