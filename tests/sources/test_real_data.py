"""Are the data of shared/data/README.md what that file says they are?"""

from __future__ import annotations

from collections import Counter

import pytest

from receta.core.errors import InputError
from receta.sources import load


def test_sign_letters_as_a_table(shared):
    folder = shared / "sign-letters"
    data = load(
        folder / "sign_letters_28x28_train_hands_1_2.csv.gz",
        test=folder / "sign_letters_28x28_test_hands_3_4.csv.gz",
    )
    assert Counter(data.parts) == {"": 1195, "test": 240}
    assert data.class_names == tuple(str(n) for n in range(25) if n != 9)
    assert data[0].shape == (28, 28, 1)


def test_sign_letters_as_an_archive_grouped_by_hand(shared):
    data = load(shared / "sign-letters" / "sign-letters.zip", group="hand[0-9]")
    assert Counter(data.groups) == {"hand1": 900, "hand2": 895, "hand3": 180, "hand4": 180}
    assert len(data.class_names) == 36
    assert data.counts()[data.class_names.index("t")] == 55
    assert data[0].shape == (400, 400, 3)


def test_sign_digits(shared):
    data = load(shared / "sign-digits" / "sign-digits.zip")
    assert len(data) == 2062
    assert data.class_names == tuple("0123456789")
    assert data.source.parts is None
    assert data[0].shape == (100, 100, 3)


def test_cats_and_dogs_have_parts(shared):
    data = load(shared / "cats-vs-dogs" / "cats-vs-dogs.zip")
    assert Counter(data.parts) == {"train": 1500, "validation": 500}
    assert data.counts().tolist() == [1000, 1000]
    assert data.class_names == ("cats", "dogs")


def test_cifar10(shared):
    data = load(shared / "cifar10" / "cifar10-jpeg-10k-2k.npz")
    assert Counter(data.parts) == {"train": 10_000, "test": 2000}
    assert data.class_names[:2] == ("airplane", "automobile")
    assert data.counts().tolist() == [1200] * 10
    assert data[11_999].shape == (32, 32, 3)


def test_sign_mnist_sample(shared):
    data = load(shared / "sign-mnist-sample" / "sign_mnist_train_sample.csv")
    assert (len(data), len(data.class_names)) == (188, 24)


@pytest.mark.parametrize(
    "name", ["time-series", "regression", "platzi-sign-mnist", "sign-mnist-sample", "pretrained"]
)
def test_folders_without_pictures_are_one_line(shared, name):
    with pytest.raises(InputError, match=r"holds no pictures but [0-9]+ other files?\b"):
        load(shared / name)


def test_series_are_read_without_an_option(shared):
    for file in sorted((shared / "time-series").glob("*.csv")):
        assert load(file).kind == "series", file


def test_tables_without_a_target_are_one_line(shared):
    for file in sorted((shared / "regression").glob("*.csv")):
        with pytest.raises(InputError) as caught:
            load(file)
        assert "\n" not in str(caught.value)
