"""Are folders that are plainly parts read as parts, and is the user asked where nobody can tell?"""

from __future__ import annotations

from collections import Counter

import pytest

from receta.core.errors import InputError
from receta.data.listing import Listing
from receta.sources.parts.part_folders import read_parts
from receta.sources.trees.picture_tree import arrange_tree

CLASSES = ("cat", "dog")


def folders(*tops: str) -> list[str]:
    """Two classes of two pictures in each."""
    return [f"{top}/{name}/{n}.png" for top in tops for name in CLASSES for n in range(2)]


def flat(*tops: str) -> list[str]:
    return [f"{top}/{n}.png" for top in tops for n in range(3)]


def parts(paths: list[str]) -> dict[str, str]:
    """The part of each upper folder; fails where the classes are not cat and dog."""
    tree = arrange_tree(paths, "x")
    assert tree.class_names == CLASSES
    assert tree.parts is not None
    return {name.split("/")[0]: part for name, part in zip(tree.ids, tree.parts, strict=True)}


def refused(paths: list[str], *lists: str) -> str:
    with pytest.raises(InputError) as caught:
        arrange_tree(paths, "x", Listing(pictures=paths, lists=list(lists)))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("train", "other", "part"),
    [
        ("train", "dev", "validation"),
        ("train", "eval", "test"),
        ("train", "holdout", "test"),
        ("trainval", "test", "test"),
        ("train_data", "test_data", "test"),
        ("train_images", "test_images", "test"),
        ("images_train", "images_test", "test"),
        ("asl_alphabet_train", "asl_alphabet_test", "test"),
        ("seg_train", "seg_test", "test"),
        ("Final_Training", "Final_Test", "test"),
        ("FlowersTrain", "FlowersValid", "validation"),
        ("train (1)", "test (1)", "test"),
        ("train2", "test2", "test"),
        ("train2017", "val2017", "validation"),
        ("01-train", "02-test", "test"),
        ("trainset", "testset", "test"),
        ("x_train", "x_test", "test"),
        ("mytrain", "mytest", "test"),
        ("train_aug", "test-final", "test"),
        ("entrenamiento", "prueba", "test"),
        ("Entrenamiento", "Validación", "validation"),
        ("Trainingsdaten", "Testdaten", "test"),
        ("entraînement", "validation", "validation"),
        ("treino", "teste", "test"),
    ],
)
def test_parts_are_known_by_the_words_of_their_names(train, other, part):
    assert parts(folders(train, other)) == {train: "train", other: part}


def test_an_evaluation_beside_a_test_part_is_for_validation():
    assert parts(folders("train", "eval", "test")) == {
        "train": "train",
        "eval": "validation",
        "test": "test",
    }


def test_a_part_without_class_folders_is_left_out_and_said():
    paths = [
        f"in/{part}/{part}/{name}/1.png" for part in ("seg_train", "seg_test") for name in CLASSES
    ]
    tree = arrange_tree([*paths, "in/seg_pred/seg_pred/8.png", "in/seg_pred/seg_pred/9.png"], "x")
    assert tree.class_names == CLASSES
    assert {gone.id: gone.reason for gone in tree.strays} == {
        f"in/seg_pred/seg_pred/{n}.png": "lies in 'seg_pred': no class folders" for n in (8, 9)
    }
    assert tree.notes == (
        "parts: train from 'seg_train'; test from 'seg_test'; left out: 'seg_pred' (2 pictures, "
        "no class folders)",
    )


def test_folders_that_say_nothing_are_passed_through_inside_of_parts():
    signs = [
        f"Final_Training/Images/{name}/{n}.ppm" for name in ("00000", "00001") for n in range(2)
    ]
    tree = arrange_tree([*signs, "Final_Test/Images/1.ppm"], "x")
    assert (tree.class_names, tree.parts) == (("00000", "00001"), None)
    assert [gone.id for gone in tree.strays] == ["Final_Test/Images/1.ppm"]
    assert tree.notes == (
        "classes from 'Final_Training'; left out: 'Final_Test' (1 picture, no class folders)",
    )
    same = [f"{part}/v1/{name}/1.png" for part in ("train", "test") for name in CLASSES]
    assert parts(same) == {"train": "train", "test": "test"}


def test_the_only_class_of_a_test_part_is_no_wrapper():
    tree = arrange_tree([*folders("train"), "test/cat/a/1.png", "test/cat/b/1.png"], "x")
    assert tree.class_names == CLASSES
    assert Counter(tree.parts) == {"train": 4, "test": 2}


def test_parts_below_classes_are_known_by_their_words_too():
    tree = arrange_tree(
        [f"{name}/{part}/1.png" for name in CLASSES for part in ("train_data", "test_data")], "x"
    )
    assert tree.parts == ["test", "train", "test", "train"]


@pytest.mark.parametrize(
    "tops",
    [
        ("test", "cat", "dog"),
        ("train", "car", "bus"),
        ("valid", "invalid"),
        ("test", "control"),
        ("dev_board", "test_board"),
    ],
)
def test_classes_called_like_parts_stay_classes_and_that_is_said(tops):
    tree = arrange_tree(flat(*tops), "x")
    assert set(tree.class_names) == set(tops)
    assert len(tree.notes) == 1
    assert tree.notes[0].startswith("taken for a class")


@pytest.mark.parametrize(
    "tops",
    [
        ("steam_train", "electric_train"),
        ("train_station", "test_tube", "cup"),
        ("pass_test", "fail_test"),
    ],
)
def test_words_within_names_of_classes_make_no_parts(tops):
    tree = arrange_tree(flat(*tops), "x")
    assert set(tree.class_names) == set(tops)
    assert tree.parts is None
    assert tree.notes == ()


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (
            flat("train_images", "test_images"),
            "'train_images' and 'test_images' look like parts (train and test), but there are no "
            "class",
        ),
        (flat("train", "test", "sample"), "there are no class folders in them"),
        (
            flat("trainA", "trainB", "testA", "testB"),
            "'trainA', 'trainB', 'testA', 'testB' look like parts",
        ),
        (flat("cats_train", "dogs_train", "cats_test", "dogs_test"), "look like parts"),
        ([*flat("train"), *folders("test")], "there are no class folders in 'train'"),
        (
            [*folders("train"), *flat("unknown")],
            "'train' holds class folders as a part does, but 'unknown' beside it hold pictures",
        ),
        ([*folders("test"), *flat("cat", "dog")], "'test' holds class folders as a part does"),
        (
            folders("learn", "test"),
            "'test' is called as a part is, and 'learn' beside it holds the same folders ('cat', "
            "'dog')",
        ),
        (
            folders("fold1", "fold2"),
            "'fold1', 'fold2' differ in their number alone and hold the same folders",
        ),
        (
            [f"{eye}/{path}" for eye in ("rgb", "depth") for path in folders("train", "test")],
            "either may be the classes",
        ),
    ],
)
def test_where_two_readings_fit_the_user_is_asked(paths, words):
    assert words in refused(paths)


def test_parts_without_classes_point_to_the_list_beside_them():
    text = refused(flat("train_images", "test_images"), "sample_submission.csv", "train.csv")
    assert text.endswith("The labels may stand in 'train.csv': name x/train.csv as DATA.")
    assert "x/labels.csv as DATA" in refused(["1.png", "2.png"], "labels.csv")
    assert "has one class only ('images', 3 examples)" in refused(flat("images"), "labels.csv")


def test_equal_folders_in_all_classes_are_noted():
    tree = arrange_tree(folders("colour", "grey"), "x")
    assert tree.class_names == ("colour", "grey")
    assert "'colour', 'grey' are taken for the classes; each holds 'cat', 'dog'" in tree.notes[0]


def test_names_of_classes_are_never_lost_or_merged_in_silence():
    odd = ("NA", "None", "null", "nan", "con", "1", "01", "cat", "Cat", " cat")
    tree = arrange_tree(flat(*odd), "x")
    assert sorted(tree.class_names) == sorted(odd)
    assert tree.notes == (
        "' cat' and 'Cat' and 'cat' differ in capitals or spaces alone, and stay 3 classes",
    )


def test_two_spellings_of_one_name_in_unicode_are_one_class_and_that_is_said():
    composed, combined = "Pi\u00f1a", "Pin\u0303a"
    tree = arrange_tree(flat(composed, combined, "x"), "x")
    assert tree.class_names == (composed, "x")
    assert tree.notes == (
        f"folders called '{composed}', spelled in 2 ways of Unicode, are one class",
    )
    assert arrange_tree(flat(combined, "x"), "x").class_names == (composed, "x")


def test_a_hundred_thousand_pictures_in_many_folders_take_seconds():
    paths = [
        f"{top}/{name}/{n}.png"
        for top in ("train", "test")
        for name in range(500)
        for n in range(100)
    ]
    tree = arrange_tree([*paths, *(f"extra{n}/1.png" for n in range(5000))], "x")
    assert (len(tree.ids), len(tree.strays)) == (100_000, 5000)


def test_a_word_for_a_part_needs_to_be_the_whole_rest_of_a_name():
    agreed, likely = read_parts(["train", "train_extra", "test"])
    assert agreed == {"train": "train", "test": "test"}
    assert likely == {"train_extra": "train"}


def test_a_part_of_one_class_that_is_called_by_a_number_keeps_it():
    tree = arrange_tree(
        ["train/0/a.png", "train/0/b.png", "train/00/c.png", "test/0/d.png"], "place"
    )
    found = {
        path: tree.class_names[target] for path, target in zip(tree.ids, tree.targets, strict=True)
    }
    assert found["test/0/d.png"] == "0"
    assert tree.parts is not None
    assert dict(zip(tree.ids, tree.parts, strict=True))["test/0/d.png"] == "test"
