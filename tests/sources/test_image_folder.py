"""Are folders of pictures understood, however they are laid out?"""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from receta.audits import left_out
from receta.core.errors import InputError
from receta.data import image_formats
from receta.data.image import Unreadable
from receta.sources import load
from receta.sources.trees.picture_tree import arrange_tree


def picture(kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (3, 2), (9, 8, 7)).save(content, kind)
    return content.getvalue()


def grow(root: Path, *names: str, content: bytes | None = None) -> Path:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture() if content is None else content)
    return root


def refused(root) -> str:
    with pytest.raises(InputError) as caught:
        load(root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def seen(*paths: str) -> list[tuple[str, str, str]]:
    tree = arrange_tree(list(paths), "x")
    parts = tree.parts or [""] * len(tree.ids)
    return [
        (name, tree.class_names[target], part)
        for name, target, part in zip(tree.ids, tree.targets, parts, strict=True)
    ]


def test_classes_and_pictures_stand_in_natural_order():
    tree = arrange_tree(["10/a.png", "2/b10.png", "2/b9.png", "1/c.png"], "x")
    assert tree.class_names == ("1", "2", "10")
    assert tree.ids == ["1/c.png", "2/b9.png", "2/b10.png", "10/a.png"]


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "val", "test"),
        ("Training", "VALID", "Testing"),
        ("TRAIN", "validation", "test"),
        ("training_set", "valid", "test_set"),
    ],
)
def test_parts_are_known_in_any_spelling(train, validation, test):
    found = seen(
        f"{train}/cat/1.png", f"{validation}/cat/2.png", f"{test}/cat/3.png", f"{train}/dog/4.png"
    )
    assert sorted(found) == sorted(
        [
            (f"{train}/cat/1.png", "cat", "train"),
            (f"{train}/dog/4.png", "dog", "train"),
            (f"{validation}/cat/2.png", "cat", "validation"),
            (f"{test}/cat/3.png", "cat", "test"),
        ]
    )


def test_parts_may_stand_below_classes():
    found = seen("cat/train/1.png", "cat/test/2.png", "dog/train/3.png")
    assert [row[1:] for row in found] == [("cat", "test"), ("cat", "train"), ("dog", "train")]


def test_parts_below_some_classes_only_are_folders_like_others():
    assert {row[1:] for row in seen("cat/train/1.png", "cat/test/2.png", "dog/3.png")} == {
        ("cat", ""),
        ("dog", ""),
    }


def test_a_single_part_divides_nothing():
    assert arrange_tree(["train/cat/1.png", "train/dog/2.png"], "x").parts is None


def test_a_part_inside_itself_is_passed_through():
    found = seen("train/train/cat/1.png", "train/train/dog/1.png", "test/test/cat/1.png")
    assert {row[1] for row in found} == {"cat", "dog"}
    assert {row[2] for row in found} == {"train", "test"}


def test_a_class_may_be_called_train():
    found = seen("train/steam/1.png", "train/2.png", "car/3.png")
    assert {row[1:] for row in found} == {("train", ""), ("car", "")}


def test_folders_beside_parts_are_strays():
    tree = arrange_tree(
        ["train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "sheets/3.png"], "x"
    )
    assert [gone.id for gone in tree.strays] == ["sheets/3.png"]
    assert len(tree.ids) == 3


def test_wrappers_are_passed_through_and_stay_in_ids():
    assert [row[0] for row in seen("a/b/cat/1.png", "a/b/dog/2.png")] == [
        "a/b/cat/1.png",
        "a/b/dog/2.png",
    ]


def test_a_wrapper_may_hold_a_picture_of_its_own():
    tree = arrange_tree(["a/preview.png", "a/cat/1.png", "a/dog/2.png"], "x")
    assert tree.class_names == ("cat", "dog")
    assert [gone.id for gone in tree.strays] == ["a/preview.png"]


def test_sub_folders_belong_to_their_class():
    found = seen("cat/1.png", "cat/indoors/night/2.png", "dog/3.png")
    assert [row[1] for row in found] == ["cat", "cat", "dog"]


def test_what_systems_leave_about_is_ignored(tmp_path):
    root = grow(
        tmp_path,
        "cat/1.png",
        "dog/1.png",
        ".git/x/1.png",
        "__MACOSX/cat/._1.png",
        "cat/.DS_Store",
        "cat/Thumbs.db",
        "cat/._1.png",
        ".hidden.png",
    )
    data = load(root)
    assert data.ids == ("cat/1.png", "dog/1.png")
    assert data.left_out == ()
    assert data.source.ignored == 0


def test_suffixes_count_in_any_case_and_others_are_counted(tmp_path):
    root = grow(tmp_path, "cat/1.PNG", "cat/2.JpEg", "dog/1.webp")
    grow(root, "dog/notes.txt", "list.csv", content=b"words")
    data = load(root)
    assert len(data) == 3
    assert data.source.ignored == 2


def test_files_without_suffix_are_known_by_their_first_bytes(tmp_path):
    grow(tmp_path, "cat/one", content=picture("JPEG"))
    grow(tmp_path, "dog/two", content=picture("WEBP"))
    grow(tmp_path, "dog/README", content=b"words")
    assert load(tmp_path).ids == ("cat/one", "dog/two")


def test_no_pictures_are_one_line(tmp_path):
    assert refused(tmp_path) == (
        f"{tmp_path} holds no pictures; expected one folder of pictures a class. Name another "
        "folder or file."
    )
    grow(tmp_path, "train.csv", "test.csv", "read.me", content=b"words")
    assert "holds no pictures but 3 other files, 2 of them .csv" in refused(tmp_path)


def test_pictures_without_class_folders_are_one_line(tmp_path):
    text = refused(grow(tmp_path, "1.png", "2.png"))
    assert (
        "holds 2 pictures but none in a folder of its class; expected class folders, one folder "
        "a class" in text
    )
    text = refused(grow(tmp_path / "x", "train/1.png", "test/1.png"))
    assert (
        "'train' and 'test' look like parts (train and test), but there are no class folders in"
        in text
    )


def test_one_class_folder_is_one_line(tmp_path):
    assert "has one class only ('cat', 2 examples)" in refused(
        grow(tmp_path, "cat/1.png", "cat/2.png")
    )


def test_a_class_that_only_a_test_part_has_is_one_line(tmp_path):
    text = refused(
        grow(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/cow/1.png", "val/cat/2.png")
    )
    assert "has 1 class in its validation or test part that its train part lacks ('cow')" in text


def test_parts_without_train_are_one_line(tmp_path):
    assert "has parts test and validation but none to train on" in refused(
        grow(tmp_path, "val/cat/1.png", "test/cat/1.png")
    )


def test_names_that_are_no_utf8_are_shown_and_read(tmp_path):
    grow(tmp_path, "cat/1.png", "dog/1.png")
    os.makedirs(os.fsencode(tmp_path) + b"/caf\xe9")
    for name in (b"\xff.png", b"a\nb.png"):
        with open(os.fsencode(tmp_path) + b"/caf\xe9/" + name, "wb") as file:
            file.write(picture())
    data = load(tmp_path)
    assert set(data.ids) >= {"caf\\xe9/\\xff.png", "caf\\xe9/a\\x0ab.png"}
    assert "caf\\xe9" in data.class_names
    json.dumps(data.ids).encode()
    assert "\n" not in "".join(data.ids)
    assert all(image.shape == (2, 3, 3) for image in data)
    assert data.fingerprint
    assert data.source.stamp()


def test_escaped_names_stay_different(tmp_path):
    grow(tmp_path, "cat/\\xff.png", "dog/1.png")
    with open(os.fsencode(tmp_path) + b"/cat/\xff.png", "wb") as file:
        file.write(picture())
    assert len(set(load(tmp_path).ids)) == 3


def test_links_are_followed_but_not_in_circles(tmp_path):
    grow(tmp_path / "store", "1.png", "2.png")
    root = grow(tmp_path / "root", "dog/1.png")
    (root / "cat").symlink_to(tmp_path / "store")
    (root / "dog" / "up").symlink_to(root)
    (tmp_path / "store" / "self").symlink_to(tmp_path / "store")
    (root / "dog" / "over").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "back").symlink_to(root / "dog")
    data = load(root)
    assert set(data.ids) >= {"cat/1.png", "cat/2.png", "dog/1.png", "dog/over/1.png"}
    assert len(data) < 12


def test_pipes_are_not_waited_for(tmp_path):
    root = grow(tmp_path, "cat/1.png", "dog/1.png")
    os.mkfifo(root / "cat" / "2.png")
    os.mkfifo(root / "cat" / "pipe")
    assert len(load(root)) == 2


def test_pictures_that_cannot_be_read_say_why(tmp_path, monkeypatch):
    root = grow(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png")
    (root / "dog" / "2.png").symlink_to("nowhere.png")
    data = load(root)
    (root / "cat" / "1.png").unlink()
    (root / "cat" / "2.png").unlink()
    os.mkfifo(root / "cat" / "2.png")
    for row, reason in ((0, "vanished"), (1, "no file: a folder, pipe"), (3, "vanished")):
        with pytest.raises(Unreadable, match=reason):
            data.source.raw(row)

    def forbidden(*args, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(Unreadable, match="cannot be read: permission denied"):
        data.source.raw(2)


def test_stamp_follows_sizes_times_and_options(tmp_path):
    root = grow(tmp_path, "cat/1.png", "dog/1.png")
    first = load(root).source.stamp()
    assert load(root, group="cat|dog").source.stamp() != first
    os.utime(root / "cat" / "1.png", ns=(1, 1))
    assert load(root).source.stamp() != first


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


@pytest.fixture
def without_heic(monkeypatch):
    monkeypatch.setattr(image_formats, "is_readable", lambda kind: kind not in ("", "HEIC"))


def test_photos_that_cannot_be_read_are_left_out_by_name_and_told_by_class(tmp_path, without_heic):
    root = grow(tmp_path, "cat/1.jpg", "dog/1.jpg", "dog/2.jpg")
    grow(root, *(f"cat/IMG_{n}.HEIC" for n in range(24)), content=HEIC)
    data = load(root)
    assert len(data) == 3
    assert {gone.id for gone in data.left_out} == {f"cat/IMG_{n}.HEIC" for n in range(24)}
    assert data.notes == (
        "24 .HEIC files of 'cat' cannot be read: pip install 'receta[heic]', or convert to JPEG",
    )
    finding = left_out.left_out(data, None)[0]
    assert (finding.verdict, finding.measured) == ("warn", 24)


def test_classes_of_which_nothing_can_be_read_are_told(tmp_path, without_heic):
    root = grow(tmp_path, "dog/1.jpg", "dog/2.jpg")
    grow(root, "cat/1.HEIC", "cat/2.HEIC", content=HEIC)
    text = refused(root)
    assert "has one class only ('dog', 2 examples); beside it lie 2 .heic files" in text
    assert "Pip install" not in text
    shutil.rmtree(root / "dog")
    assert "holds no pictures that receta reads, but 2 .heic files" in refused(root)


def test_a_run_inside_of_the_data_changes_nothing(tmp_path):
    root = grow(tmp_path, "cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")
    before = load(root).fingerprint
    grow(root, "runs/one/rungs/cnn/rate.png")
    assert load(root).class_names == ("cat", "dog", "runs")  # a class may be called runs
    grow(root, "runs/one/run.json", content=b'{"format": 1, "receta": "0.1.0"}')
    assert load(root).fingerprint == before
    assert load(root).notes == ("passed over, as receta wrote them: 'runs/one' (a run)",)
    assert "is a run of receta and holds no data" in refused(root / "runs" / "one")


def test_lists_and_other_files_beside_are_told(tmp_path):
    root = grow(tmp_path, "cat/1.png", "dog/1.png")
    grow(root, "labels.csv", "read.me", content=b"words")
    assert load(root).notes == (
        "labels were taken from the folders, not from 'labels.csv'",
        "passed over, as they are no pictures: 1 .csv, 1 .me",
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.rar", b"Rar!", "is a RAR archive"),
        ("a.7z", b"7z\xbc\xaf", "is a 7z archive"),
        ("a.tar.gz", b"\x1f\x8b", "is a tar archive"),
        ("a.cbz", b"PK\x03\x04", "is a ZIP archive of another name"),
        ("a.pdf", b"%PDF-1.4", "is a PDF document"),
        ("a.jpg", b"\xff\xd8\xff", "is a single picture"),
        ("a", b"", "is an empty file"),
    ],
)
def test_files_that_are_no_data_are_called_what_they_are(tmp_path, name, content, words):
    grow(tmp_path, name, content=content)
    assert words in refused(tmp_path / name)
