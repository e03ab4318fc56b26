"""Are lists of pictures read, whatever they look like, and refused with the line that is wrong?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta.core.errors import InputError
from receta.sources import load


def listed(folder: Path, text: str, names: str = "a.png b.png c.png d.png", below: str = "", file: str = "list.csv") -> Path:
    (folder / below).mkdir(exist_ok=True)
    for number, name in enumerate(names.split()):
        Image.new("L", (5, 4), 40 * number).save(folder / below / name)
    (folder / file).write_text(text)
    return folder / file


def held(data: object) -> list[str]:
    return [data.named(row) for row in range(len(data))]  # type: ignore[attr-defined, arg-type]


def test_one_label_a_line_is_a_class(tmp_path: Path) -> None:
    data = load(listed(tmp_path, "file,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n"))
    assert (data.task, data.class_names, held(data)) == ("classes", ("cat", "dog"), ["cat", "dog", "cat", "dog"])
    assert data[3].shape == (4, 5, 1)


@pytest.mark.parametrize("mark", ["|", ";", " "])
def test_several_labels_stand_in_a_column_of_tags(tmp_path: Path, mark: str) -> None:
    data = load(listed(tmp_path, f"id,tags\na,cat{mark}snow\nb,\nc,snow\nd,cat\n"))  # names without their suffix, too
    assert (data.task, data.class_names) == ("labels", ("cat", "snow"))
    assert held(data) == ["cat, snow", "no label", "snow", "cat"]
    assert data.targets.tolist() == [[1, 1], [0, 0], [0, 1], [1, 0]]
    assert data.counts().tolist() == [2, 2]


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("1", "-1"), ("True", "False"), ("1.0", "0.0")])
def test_columns_of_0_and_1_are_labels(tmp_path: Path, yes: str, no: str) -> None:
    text = f"filename, cat, snow\na.png,{yes},{yes}\nb.png,{no},{no}\nc.png,{no},{yes}\nd.png,{yes},{no}\n"
    data = load(listed(tmp_path, text, below="images", file="_classes.csv"))
    assert (data.class_names, held(data)) == (("cat", "snow"), ["cat, snow", "no label", "snow", "cat"])
    assert data.ids[0] == "images/a.png"


def test_one_of_each_row_alone_makes_classes_unless_asked_otherwise(tmp_path: Path) -> None:
    place = listed(tmp_path, "image,healthy,rust\na.png,1,0\nb.png,0,1\nc.png,1,0\nd.png,0,1\n")
    assert load(place).task == "classes"
    assert load(place, task="labels").targets.tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]


def test_a_list_may_do_without_a_header_and_have_tabs(tmp_path: Path) -> None:
    data = load(listed(tmp_path, "a.png\tcat\nb.png\tdog\nc.png\tcat\nd.png\tdog\n", file="list.tsv"))
    assert held(data) == ["cat", "dog", "cat", "dog"]


def test_parts_and_groups_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    text = "file,label,split,who\na.png,cat,train,p1\nb.png,dog,train,p2\nc.png,cat,valid,p3\nd.png,dog,test,p4\n"
    data = load(listed(tmp_path, text), group="who")
    assert data.parts == ("train", "train", "validation", "test")
    assert data.groups == ("p1", "p2", "p3", "p4")


def test_lines_of_one_picture_are_joined_where_labels_are_asked_for(tmp_path: Path) -> None:
    place = listed(tmp_path, "file,label\na.png,cat\na.png,snow\nb.png,dog\nc.png,cat\nd.png,dog\n")
    assert held(load(place, task="labels")) == ["cat, snow", "dog", "cat", "dog"]
    with pytest.raises(InputError, match=r"line 3 names 'a.png' with other labels than line 2 \(--task labels joins them\)"):
        load(place)


def test_a_table_of_pixels_and_a_table_stay_what_they_were(tmp_path: Path) -> None:
    pixels = tmp_path / "pixels.csv"
    pixels.write_text("label,p1,p2,p3,p4\n0,1,2,3,4\n1,4,3,2,1\n")
    assert "csv_pixels" in repr(load(pixels).source)
    place = listed(tmp_path, "file,label,width\na.png,cat,3\nb.png,dog,4\nc.png,cat,3\nd.png,dog,4\n")
    assert "table(" in repr(load(place, target="label").source)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.png", "line 4 has 1 cells instead of 3"),
        (",1,0", "line 4 has no file name"),
        ("../c.png,1,0", r"line 4 names '\.\./c\.png', which lies outside of the list's folder"),
        ("/etc/c.png,1,0", "line 4 names '/etc/c.png', which lies outside"),
        ("c.png,1,2", "line 4 has '2' in column 'snow', which is neither 0 nor 1"),
        ("b.png,0,0", "line 4 names 'b.png' with other labels than line 3"),
    ],
)
def test_a_line_that_is_wrong_is_told_or_left_out(tmp_path: Path, line: str, words: str) -> None:
    place = listed(tmp_path, "file,cat,snow\na.png,1,1\nb.png,0,1\n" + 20 * "d.png,1,0\n")
    place.write_text(place.read_text().replace("d.png,1,0\n", f"{line}\n", 1))
    with pytest.raises(InputError, match=words):
        load(place)
    data = load(place, bad_rows="quarantine")
    assert list(data.ids) == ["a.png", "b.png", "d.png"]
    assert data.left_out[0].id == "line-4"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("file,height,width\na.png,7,9\nb.png,8,9\n", {}, "which of its columns 'height', 'width' holds the labels is not clear"),
        ("file,label\na.png,cat\nb.png,\n", {}, "line 3 has no label"),
        ("file,label\na.png,cat\nb.png,dog\n", {"label": "lable"}, "has no column 'lable'; .* Did you mean 'label'"),
        ("file,tags\na.png,cat|dog\nb.png,\n", {"task": "classes"}, "2 of 2 examples have several labels or none"),
        ("file,tags\na.png,cat\nb.png,cat|cat\n", {"task": "labels"}, "has one label only in 2 examples"),
        ("file,label\na.png,cat\nb.png,dog\n", {"task": "values"}, "--task values means nothing to pictures"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, text: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load(listed(tmp_path, text), **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_picture_that_is_gone_is_an_example_that_cannot_be_read(tmp_path: Path) -> None:
    from receta.core.image import Unreadable

    place = listed(tmp_path, "file,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n")
    (tmp_path / "c.png").unlink()
    data = load(place)
    with pytest.raises(Unreadable, match="vanished"):
        data[2]
    assert np.array_equal(data[3], np.full((4, 5, 1), 120))


def test_a_second_list_is_the_test_part_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = listed(tmp_path / "one", "file,cat,snow\na.png,1,1\nb.png,0,1\nc.png,0,0\nd.png,1,0\n")
    second = listed(tmp_path / "two", "file,snow,cat\na.png,1,0\nb.png,0,0\nc.png,1,1\n", "a.png b.png c.png")
    data = load(first, test=second)
    assert held(data)[4:] == ["snow", "no label", "cat, snow"]
    assert data.parts[4:] == ("test",) * 3
