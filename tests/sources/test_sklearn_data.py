"""Are scikit-learn's data sets the same as scikit-learn's, and is it said what is not there?"""

from __future__ import annotations

import os
import pickle
import zlib

import joblib
import numpy as np
import pytest
import sklearn.datasets

from receta.core.errors import InputError, UnknownName
from receta.sources import load


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    return tmp_path


def refused(place: str) -> str:
    with pytest.raises(InputError) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_bundled_tables_are_those_of_scikit_learn(name):
    data, theirs = load(f"sklearn:{name}"), getattr(sklearn.datasets, f"load_{name}")()
    assert np.array_equal(np.stack(list(data)), theirs.data)
    assert [column.name for column in data.columns] == list(theirs.feature_names)
    assert data.targets.tolist() == theirs.target.tolist()
    assert data.class_names == tuple(theirs.get("target_names", ()))
    assert data.task == ("values" if name == "diabetes" else "classes")


def test_digits_are_the_pictures_of_the_plain_word():
    assert load("sklearn:digits").fingerprint == load("digits").fingerprint


def test_an_unknown_name_lists_all_and_the_nearest():
    with pytest.raises(UnknownName, match=r"one of iris, wine, .*Did you mean 'breast_cancer'\?"):
        load("sklearn:breast-cancer")


@pytest.mark.parametrize(
    ("name", "file"),
    [("california_housing", "cal_housing_py3.pkz"), ("olivetti_faces", "olivetti_py3.pkz")],
)
def test_what_was_not_downloaded_is_named(home, name, file):
    text = refused(f"sklearn:{name}")
    assert str(home / file) in text
    assert f"sklearn.datasets.fetch_{name}()" in text
    assert list(home.iterdir()) == []


def test_california_is_what_scikit_learn_makes_of_its_file(home):
    held = np.abs(np.random.default_rng(0).normal(size=(50, 9))) + 1
    joblib.dump(held, home / "cal_housing_py3.pkz", compress=6)
    data = load("sklearn:california_housing")
    theirs = sklearn.datasets.fetch_california_housing(download_if_missing=False)
    assert np.array_equal(np.stack(list(data)), theirs.data)
    assert np.array_equal(data.targets, theirs.target)
    assert [column.name for column in data.columns] == list(theirs.feature_names)


@pytest.mark.parametrize("name", ["olivetti_faces", "olivetti"])
def test_faces_are_pictures_of_people(home, name):
    faces = np.random.default_rng(0).integers(3, 250, (400, 64 * 64)).astype(np.float32)
    joblib.dump(faces, home / "olivetti_py3.pkz", compress=6)
    data = load(f"sklearn:{name}")
    theirs = sklearn.datasets.fetch_olivetti_faces(download_if_missing=False)
    assert data.counts().tolist() == [10] * 40
    assert data.targets.tolist() == theirs.target.tolist()
    assert np.abs(data[7][..., 0] / 255 - theirs.images[7]).max() <= 0.5 / 255 + 1e-6


class Runs:
    def __reduce__(self):
        return os.system, ("touch hacked",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        zlib.compress(b"x"),
        zlib.compress(pickle.dumps([1]))[:-3],
        pickle.dumps([1]),
        pickle.dumps(Runs()),
        zlib.compress(pickle.dumps({"a": Runs()})),
        pickle.dumps(np.zeros((3, 2))),
        pickle.dumps(np.zeros((400, 4096))),
    ],
)
@pytest.mark.parametrize(
    ("name", "file"),
    [("california_housing", "cal_housing_py3.pkz"), ("olivetti", "olivetti_py3.pkz")],
)
def test_a_spoilt_or_hostile_file_is_one_line_and_runs_nothing(
    home, monkeypatch, name, file, content
):
    monkeypatch.chdir(home)
    (home / file).write_bytes(content)
    assert str(home / file) in refused(f"sklearn:{name}")
    assert not (home / "hacked").exists()
