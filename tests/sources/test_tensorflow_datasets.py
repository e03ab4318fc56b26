"""Are data sets that TensorFlow Datasets prepared read as it wrote them?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from receta.core.errors import InputError
from receta.sources import load, tensorflow_datasets


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A prepared data set `pets` in the usual folder."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    tensorflow_datasets.sample(tmp_path / "tfds")
    return tmp_path / "tfds" / "pets" / "1.0.0"


def refused(name: str, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(name, **options)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)
    return str(caught.value)


def test_names_parts_and_pictures_are_those_that_were_prepared(place):
    data = load("tfds:pets")
    assert data.class_names == ("cat", "dog")
    assert data.parts == ("train",) * 8 + ("test",) * 4
    assert data.ids[8] == "test-0"
    assert data[9].tolist() == np.full((5, 6, 3), (200, 20, 4)).tolist()
    assert repr(data.source) == "tensorflow_datasets('tfds:pets', 12 pictures, 2 classes)"


def test_the_newest_version_counts_unless_one_is_asked_for(place):
    place.rename(place.parent / "1.9.0")
    tensorflow_datasets.sample(place.parents[1])
    (place.parent / "1.10.0").mkdir()  # nothing is prepared in it
    assert str(place.parent / "1.9.0") in load("tfds:pets").source._files[0]
    assert str(place.parent / "1.0.0") in load("tfds:pets:1.0.0").source._files[0]
    assert str(place.parent / "2.0.0") in refused("tfds:pets:2.0.0")


def test_configurations_are_folders(place):
    (place.parent / "small").mkdir()
    place.rename(place.parent / "small" / "1.0.0")
    assert len(load("tfds:pets/small")) == len(load("tfds:pets")) == 12
    (place.parent / "large").mkdir()
    tensorflow_datasets.sample(place.parents[1])
    place.rename(place.parent / "large" / "1.0.0")
    assert "Say tfds:pets/large" in refused("tfds:pets")


def test_a_lacking_or_short_shard_is_one_line(place):
    other = place / "pets-test.tfrecord-00000-of-00001"
    other.rename(place / "pets-test.tfrecord-00000-of-00002")
    assert "1 of the 2 files" in refused("tfds:pets")
    (place / "pets-test.tfrecord-00000-of-00002").unlink()
    assert "lacks the files of 'test'" in refused("tfds:pets")
    (place / "pets-train.tfrecord-00000-of-00001").rename(other)
    assert "expected" in refused("tfds:pets")


def test_fewer_records_than_stated_are_one_line(place):
    info = json.loads((place / "dataset_info.json").read_text())
    info["splits"][0]["shardLengths"] = ["9"]
    (place / "dataset_info.json").write_text(json.dumps(info))
    assert "12 records where its dataset_info.json says 13" in refused("tfds:pets")


@pytest.mark.parametrize(
    "file", ["features.json", "dataset_info.json", "pets-train.tfrecord-00000-of-00001"]
)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_spoilt_file_is_one_line(place, file, content):
    (place / file).write_bytes(content)
    refused("tfds:pets")


def test_a_data_set_without_pictures_is_one_line(place):
    features = {
        "featuresDict": {
            "features": {
                "x": {"pythonClassName": "a.Tensor"},
                "label": {"pythonClassName": "a.ClassLabel"},
            }
        }
    }
    (place / "features.json").write_text(json.dumps(features))
    assert "none of them a picture" in refused("tfds:pets")


@pytest.mark.parametrize(
    "name",
    ["tfds:", "tfds:../x", "tfds:a b", "tfds:pets/..", "tfds:pets:1", "tfds:/etc", "tfds:pets\n"],
)
def test_what_is_no_name_is_one_line(place, name):
    refused(name)


def test_without_the_package_the_line_says_what_to_install_and_where_files_go(place, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    text = refused("tfds:pet")
    assert "pip install tensorflow-datasets" in text
    assert str(place.parents[1] / "pet" / "1.0.0") in text
    assert "Did you mean 'pets'?" in text


def test_the_package_prepares_it_in_a_process_of_its_own(place, monkeypatch):
    asked = []

    def run(command, **words):
        asked.append(command)
        tensorflow_datasets.sample(place.parents[1] / "made")
        (place.parents[1] / "made" / "pets").rename(place.parents[1] / "cats_vs_dogs")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("subprocess.run", run)
    assert len(load("tfds:cats_vs_dogs")) == 12
    assert asked[0][3:] == ["cats_vs_dogs", str(place.parents[1])]


def test_what_the_package_says_is_one_line(place, monkeypatch):
    said = (
        "Traceback (most recent call last):\n  File x\nDatasetNotFoundError: Dataset cats not "
        "found.\nbye\n"
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr(
        "subprocess.run", lambda command, **words: subprocess.CompletedProcess(command, 1, "", said)
    )
    assert "(DatasetNotFoundError: Dataset cats not found.)" in refused("tfds:cats")
