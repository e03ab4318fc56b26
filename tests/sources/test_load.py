"""What does the door `load` refuse, and in which words?"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta.core.errors import InputError
from receta.core.progress import Quiet
from receta.sources import image_folder, load


def refused(*args, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def table(place: Path, labels: list[str], start: int = 0) -> str:
    place.write_text(
        "label,a,b,c,d\n"
        + "".join(f"{label},{start + n},2,3,4\n" for n, label in enumerate(labels))
    )
    return str(place)


def test_missing_path_names_the_nearest(tmp_path):
    (tmp_path / "signs").mkdir()
    assert refused(tmp_path / "sings") == (
        f"{tmp_path}/sings does not exist; expected a path of data or digits. "
        f"Did you mean '{tmp_path}/signs'? Check the spelling."
    )


def test_misspelt_digits_names_digits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Did you mean 'digits'?" in refused("digts")


def test_odd_names_of_paths_are_refused_in_one_line():
    assert "does not exist" in refused("a\0b")
    assert "does not exist" in refused("x" * 5000)
    assert refused("")


def test_unknown_kind_lists_what_is_read(tmp_path):
    (tmp_path / "notes.docx").write_text("words")
    text = refused(tmp_path / "notes.docx")
    assert "is of no kind that receta reads; expected a folder of pictures, .zip" in text
    assert ".npz" in text


def test_one_class_only_is_refused(tmp_path):
    text = refused(table(tmp_path / "a.csv", ["a", "a", "a"]))
    assert "has one class only ('a', 3 examples); expected at least two to tell apart" in text


def test_a_class_of_one_example_is_left_to_splitting(tmp_path):
    assert load(table(tmp_path / "a.csv", ["a", "b", "a"])).counts().tolist() == [2, 1]


def test_test_data_become_the_test_part(tmp_path):
    one, two = table(tmp_path / "a.csv", ["a", "b", "10"]), table(tmp_path / "b.csv", ["b"], 9)
    data = load(one, test=two)
    assert data.parts == ("", "", "", "test")
    assert data.ids[3] == "test:row-1"
    assert data.class_names[data.targets[3]] == "b"


def test_test_data_of_other_classes_are_refused(tmp_path):
    one, two = table(tmp_path / "a.csv", ["a", "b"]), table(tmp_path / "b.csv", ["c"])
    assert "hold 1 classes that the training data lack ('c')" in refused(one, test=two)


def test_test_data_must_be_other_data(tmp_path):
    place = table(tmp_path / "a.csv", ["a", "b"])
    os.link(place, tmp_path / "same.csv")
    assert "is the training data themselves" in refused(place, test=tmp_path / "same.csv")


def test_strays_of_both_are_left_out_by_name(tmp_path):
    for name in ("one", "two"):
        image_folder.sample(tmp_path / name)
        Image.new("L", (3, 3)).save(tmp_path / name / "loose.png")
    data = load(tmp_path / "one", test=tmp_path / "two")
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("loose.png", "lies in no class folder"),
        ("test:loose.png", "lies in no class folder"),
    ]


def test_group_takes_the_first_group_of_the_expression(tmp_path):
    image_folder.sample(tmp_path)
    assert load(tmp_path, group=r"([0-9])\.png").groups == ("0", "1", "2", "3") * 2
    assert load(tmp_path, group="cat|dog").groups == ("cat",) * 4 + ("dog",) * 4


def test_group_of_test_data_is_matched_on_its_own_ids(tmp_path):
    image_folder.sample(tmp_path / "one")
    image_folder.sample(tmp_path / "two")
    assert set(load(tmp_path / "one", test=tmp_path / "two", group=r"^\w+").groups) == {
        "cat",
        "dog",
    }


def test_group_that_misses_ids_says_how_many_and_which(tmp_path):
    image_folder.sample(tmp_path)
    text = refused(tmp_path, group="dog")
    assert "finds nothing in 4 of 8 ids (the first: 'cat/0.png')" in text


def test_group_that_matches_with_an_empty_bracket_counts_as_missed(tmp_path):
    image_folder.sample(tmp_path)
    assert "finds nothing in 4 of 8 ids" in refused(tmp_path, group="(dog)|cat")


def test_group_that_is_no_expression_is_refused(tmp_path):
    image_folder.sample(tmp_path)
    assert "is no regular expression (missing )" in refused(tmp_path, group="(a")


def test_options_that_a_source_cannot_use_are_refused(tmp_path):
    image_folder.sample(tmp_path)
    assert "--label x means nothing to image_folder" in refused(tmp_path, label="x")
    assert "means nothing to digits" in refused("digits", shape=(8, 8))


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 2, 2), (2.0, 2), (1, 2, 3, 4)])
def test_shape_must_be_one_of_a_picture(tmp_path, shape):
    assert "is no shape of a picture" in refused(table(tmp_path / "a.csv", ["a", "b"]), shape=shape)


def test_bad_rows_must_be_known(tmp_path):
    text = refused(table(tmp_path / "a.csv", ["a", "b"]), bad_rows="skip")
    assert "bad_rows='skip' is unknown; expected error or quarantine" in text


def test_data_that_may_not_be_read_are_one_line(tmp_path, monkeypatch):
    image_folder.sample(tmp_path)

    def forbidden(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", forbidden)  # the tests may run as root, who may read all
    assert "may not be read (permission denied)" in refused(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_one_line(tmp_path):
    place = Path(table(tmp_path / "a.csv", ["a", "b"]))
    place.chmod(0)
    assert "may not be read (permission denied)" in refused(place)


def test_digits_are_scaled_to_bytes():
    data = load("digits")
    assert (len(data), data[0].shape, data.class_names) == (1797, (8, 8, 1), tuple("0123456789"))
    # scikit-learn's first image, first row: 0 0 5 13 9 1 0 0 of 16
    assert data[0][0, :, 0].tolist() == [round(v * 255 / 16) for v in (0, 0, 5, 13, 9, 1, 0, 0)]
    assert max(int(np.max(image)) for image in data) == 255


def test_what_was_taken_for_what_is_told_once_and_kept_in_the_notes(tmp_path):
    place = tmp_path / "fruit.csv"
    place.write_text("weight,kind\n" + "".join(f"{n}.5,{'ab'[n % 2]}\n" for n in range(8)))
    told: list[str] = []

    class Listener(Quiet):
        def say(self, text: str) -> None:
            told.append(text)

    data = load(place, target="kind", progress=Listener())
    assert told == list(data.notes)
    assert data.notes[0].startswith("target 'kind': 2 classes to tell apart")
    assert data.take([0, 3]).notes == data.notes
