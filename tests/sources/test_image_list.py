"""Are lists of pictures read, whatever they look like, and refused with the line that is wrong?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta.core.errors import InputError
from receta.sources import load


def listed(
    folder: Path,
    text: str,
    names: str = "a.png b.png c.png d.png",
    below: str = "",
    file: str = "list.csv",
) -> Path:
    (folder / below).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names.split()):
        Image.new("L", (5, 4), 40 * number).save(folder / below / name)
    (folder / file).write_text(text)
    return folder / file


def held(data: object) -> list[str]:
    return [data.named(row) for row in range(len(data))]  # type: ignore[attr-defined, arg-type]


def test_one_label_a_line_is_a_class(tmp_path: Path) -> None:
    data = load(listed(tmp_path, "file,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n"))
    assert (data.task, data.class_names, held(data)) == (
        "classes",
        ("cat", "dog"),
        ["cat", "dog", "cat", "dog"],
    )
    assert data[3].shape == (4, 5, 1)


@pytest.mark.parametrize("mark", ["|", ";", " "])
def test_several_labels_stand_in_a_column_of_tags(tmp_path: Path, mark: str) -> None:
    # names without their suffix, too
    data = load(listed(tmp_path, f"id,tags\na,cat{mark}snow\nb,\nc,snow\nd,cat\n"))
    assert (data.task, data.class_names) == ("labels", ("cat", "snow"))
    assert held(data) == ["cat, snow", "no label", "snow", "cat"]
    assert data.targets.tolist() == [[1, 1], [0, 0], [0, 1], [1, 0]]
    assert data.counts().tolist() == [2, 2]


@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("1", "-1"), ("True", "False"), ("1.0", "0.0")]
)
def test_columns_of_0_and_1_are_labels(tmp_path: Path, yes: str, no: str) -> None:
    text = (
        "filename, cat, "
        f"snow\na.png,{yes},{yes}\nb.png,{no},{no}\nc.png,{no},{yes}\nd.png,{yes},{no}\n"
    )
    data = load(listed(tmp_path, text, below="images", file="_classes.csv"))
    assert (data.class_names, held(data)) == (
        ("cat", "snow"),
        ["cat, snow", "no label", "snow", "cat"],
    )
    assert data.ids[0] == "images/a.png"


def test_one_of_each_row_alone_makes_classes_unless_asked_otherwise(tmp_path: Path) -> None:
    place = listed(tmp_path, "image,healthy,rust\na.png,1,0\nb.png,0,1\nc.png,1,0\nd.png,0,1\n")
    assert load(place).task == "classes"
    assert load(place, task="labels").targets.tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]


def test_a_list_may_do_without_a_header_and_have_tabs(tmp_path: Path) -> None:
    data = load(
        listed(tmp_path, "a.png\tcat\nb.png\tdog\nc.png\tcat\nd.png\tdog\n", file="list.tsv")
    )
    assert held(data) == ["cat", "dog", "cat", "dog"]


def test_parts_and_groups_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    text = "file,label,split,who\na.png,cat,train,p1\nb.png,dog,train,p2\nc.png,cat,valid,p3\nd.png,dog,test,p4\n"
    data = load(listed(tmp_path, text), group="who")
    assert data.parts == ("train", "train", "validation", "test")
    assert data.groups == ("p1", "p2", "p3", "p4")


def test_lines_of_one_picture_are_joined_where_labels_are_asked_for(tmp_path: Path) -> None:
    place = listed(tmp_path, "file,label\na.png,cat\na.png,snow\nb.png,dog\nc.png,cat\nd.png,dog\n")
    assert held(load(place, task="labels")) == ["cat, snow", "dog", "cat", "dog"]
    with pytest.raises(
        InputError,
        match=r"line 3 names 'a.png' with other labels than line 2 \(--task labels joins them\)",
    ):
        load(place)


def test_a_table_of_pixels_and_a_table_stay_what_they_were(tmp_path: Path) -> None:
    pixels = tmp_path / "pixels.csv"
    pixels.write_text("label,p1,p2,p3,p4\n0,1,2,3,4\n1,4,3,2,1\n")
    assert "csv_pixels" in repr(load(pixels).source)
    place = listed(
        tmp_path, "file,label,width\na.png,cat,3\nb.png,dog,4\nc.png,cat,3\nd.png,dog,4\n"
    )
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
        (
            "file,height,width\na.png,7,9\nb.png,8,9\n",
            {},
            "which of its columns 'height', 'width' holds the labels is not clear",
        ),
        ("file,label\na.png,cat\nb.png,\n", {}, "line 3 has no label"),
        (
            "file,label\na.png,cat\nb.png,dog\n",
            {"label": "lable"},
            "has no column 'lable'; .* Did you mean 'label'",
        ),
        (
            "file,y,place\na.png,0,1\nb.png,1,1\n",
            {},
            "which of its columns 'y', 'place' holds the labels is not clear",
        ),
        (
            "file,note\n" + "".join(f"a.png,n{n}\n" for n in range(12)),
            {},
            "each of its 12 cells is another; .* say --label note all the same",
        ),
        ("file,label\n", {}, "has a header but no rows"),
        (
            "url,label\nhttps://a.b/c.png,cat\nhttps://a.b/d.png,dog\n",
            {},
            "names the address .*Write JSON lines such as",
        ),
        (
            "file,label\na.jpg,cat\nb.jpg,dog\n",
            {},
            "names 'a.jpg', but 'a.png' has another suffix.*Mend the suffix",
        ),
        (
            "file,label\n/x/q.png,cat\n/x/r.png,dog\n",
            {},
            "names '/x/q.png', which lies outside of the list's folder",
        ),
        (
            "file,tags\na.png,cat|dog\nb.png,\n",
            {"task": "classes"},
            "2 of 2 examples have several labels or none",
        ),
        (
            "file,tags\na.png,cat\nb.png,cat|cat\n",
            {"task": "labels"},
            "has one label only in 2 examples",
        ),
        (
            "file,label\na.png,cat\nb.png,dog\n",
            {"task": "values"},
            "--task values means nothing to pictures",
        ),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, text: str, options: dict[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load(listed(tmp_path, text), **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_picture_that_is_not_there_is_left_out_and_counted(tmp_path: Path) -> None:
    place = listed(tmp_path, "file,label\na.png,cat\nb.png,dog\nc.png,cat\nd.png,dog\n")
    (tmp_path / "c.png").unlink()
    data = load(place)
    assert list(data.ids) == ["a.png", "b.png", "d.png"]
    assert [(gone.id, gone.reason) for gone in data.left_out] == [
        ("line-4", "names 'c.png', which is not there")
    ]
    assert any(
        "1 of 4 lines is left out, for want of a picture (the first: line 4 names 'c.png'" in note
        for note in data.notes
    )
    assert np.array_equal(data[2], np.full((4, 5, 1), 120))


def test_a_list_whose_pictures_are_mostly_gone_is_no_table_of_pixels(tmp_path: Path) -> None:
    place = listed(tmp_path, "filepath,label\nx/a.png,cat\nx/q.png,dog\nx/r.png,cat\na.png,dog\n")
    words = (
        "column 'filepath' names pictures, but 3 of 4 are not there .the first: line 2 names "
        "'x/a.png', which is not there.; "
    )
    with pytest.raises(InputError, match=words):
        load(place)


@pytest.mark.parametrize(
    ("write", "below", "told"),
    [
        ("in/{name}.JPG", "in", ""),
        ("./in/{name}.JPG", "in", ""),
        (" in/{name}.JPG ", "in", ""),
        ("in\\{name}.JPG", "in", "backslashes for slashes"),
        ("IN/{name}.jpg", "in", "other case"),
        ("{name}.JPG", "deep/in", "the files lie in 'deep/in'"),
        ("in/{name}", "in", "without their suffix"),
        ("in/{number}.JPG", "in", "without the zeros in front"),
        (
            "{number}.0",
            "in",
            "without their suffix, without the zeros in front, the files lie in 'in'",
        ),
        ("/kaggle/input/x/in/{name}.JPG", "in", "other folders in front: '/kaggle/input/x'"),
        (
            "C:\\Users\\Ann\\in\\{name}.JPG",
            "in",
            "backslashes for slashes, other folders in front: '/Users/Ann'",
        ),
        ("file://{here}/in/{name}.JPG", "in", "absolute paths inside of the folder"),
        ("{here}/in/{name}.JPG", "in", "absolute paths inside of the folder"),
        ("my%20pictures/{name}.JPG", "my pictures", "URL-encoded"),
        ("caf\u0065\u0301/{name}.JPG", "caf\u00e9", "accents in another Unicode form"),
    ],
)
def test_paths_are_read_however_they_are_written_and_told(
    tmp_path: Path, write: str, below: str, told: str
) -> None:
    (tmp_path / below).mkdir(parents=True)
    lines = ["picture,species"]
    for number in range(4, 12):
        Image.new("L", (5, 4), 20 * number).save(tmp_path / below / f"{number:05}.JPG", "JPEG")
        cell = write.format(name=f"{number:05}", number=number, here=tmp_path)
        lines.append(f'"{cell}",{"cat" if number % 2 else "dog"}')
    (tmp_path / "list.csv").write_text("\n".join(lines) + "\n", "utf-8")
    data = load(tmp_path / "list.csv")
    assert list(data.ids) == [f"{below}/{number:05}.JPG" for number in range(4, 12)]
    assert held(data)[:2] == ["dog", "cat"]
    assert (
        data.notes[0]
        == f"column 'picture' names the pictures: 8 of 8 are there{f' ({told})' if told else ''}"
    )


@pytest.mark.parametrize("name", ["id", "image_id", "name", "Id", "img", "picture", ""])
def test_numbers_that_need_a_suffix_never_beat_names_as_they_stand(
    tmp_path: Path, name: str
) -> None:
    names = [f"{number}.png" for number in (3, 1, 4, 2, 6, 5, 8, 7)]
    rows = "".join(f"{row},{file},{'ab'[int(file[0]) % 2]}\n" for row, file in enumerate(names, 1))
    data = load(listed(tmp_path, f"{name},filename,label\n{rows}", " ".join(names), below="images"))
    assert list(data.ids) == [f"images/{file}" for file in names]
    assert held(data) == ["ab"[int(file[0]) % 2] for file in names]
    assert data.notes[-1] == f"1 column left aside: {name or 'column-1'!r}"


def test_two_columns_of_other_files_are_asked_about(tmp_path: Path) -> None:
    place = listed(
        tmp_path,
        "photo,mask,label\na.png,b.png,cat\nc.png,d.png,dog\na.png,b.png,cat\nc.png,d.png,dog\n",
    )
    with pytest.raises(
        InputError,
        match=r"columns 'photo' .* and 'mask' .* both name pictures .* --content photo or "
        r"--content mask",
    ):
        load(place)
    assert list(load(place, content="mask").ids) == ["b.png", "d.png"]
    same = listed(tmp_path, "file,path,label\na.png,./a.png,cat\nb.png,./b.png,dog\n")
    assert list(load(same).ids) == ["a.png", "b.png"]


def test_a_name_that_fits_two_files_is_left_out_or_asked_about(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        listed(tmp_path, "", below=folder)
    text = "file,label\na.png,cat\nb.png,dog\nc.png,cat\n"
    with pytest.raises(
        InputError, match=r"names 'a.png', which fits 2 files \('one/a.png', 'two/a.png'\)"
    ):
        load(listed(tmp_path, text, ""))
    (tmp_path / "two" / "b.png").unlink()
    (tmp_path / "two" / "c.png").unlink()
    data = load(listed(tmp_path, text, ""))
    assert list(data.ids) == ["one/b.png", "one/c.png"]
    assert "fits 2 files" in data.left_out[0].reason


def test_pictures_for_testing_are_never_taken_for_those_of_training(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    place = listed(tmp_path, "file,label\ntrain/a.png,cat\ntrain/b.png,dog\n", below="test")
    with pytest.raises(
        InputError,
        match=r"none of 2 is there .the first: line 2 names 'train/a.png', but only 'test/a.png' "
        r"is there",
    ):
        load(place)


LABELS = {
    "coordinates": ("image,x,y,width,height,species", "{file},{n},{m},20,20,{word}", "species"),
    "Fiji": (",Label,Area,X,Y,kind", "{n},{file},{m},{n},{m},{word}", "kind"),
    "box": ("y,x1,image,sort", "{m},{n},{file},{word}", "sort"),
    "tag of numbers": ("image,tag,species", "{file},{m},{word}", "species"),
    "tag of each": ("image,tag,species", "{file},ear{n},{word}", "species"),
    "y alone": ("image,y", "{file},{word}", "y"),
    "y of numbers": ("x,y", "{file},{bit}", "y"),
    "label of files": ("label,what", "{file},{word}", "what"),
    "label wins": ("city,file,label", "{m},{file},{word}", "label"),
    "label of numbers beside a town": ("town,file,label", "t{m},{file},{bit}", "label"),
    "fractions": ("file,age,sort", "{file},{n}.5,{word}", "sort"),
    "code and name": ("file,species_id,species", "{file},{bit},{word}", "species"),
    "whose picture it is": ("patient_id,file,diagnosis", "p{m},{file},{word}", "diagnosis"),
    "sentences": ("file,remark,sort", "{file},this is the picture number {n},{word}", "sort"),
}


@pytest.mark.parametrize("case", LABELS)
def test_the_label_is_chosen_by_what_its_cells_are(tmp_path: Path, case: str) -> None:
    header, row, label = LABELS[case]
    files = [f"{n}.png" for n in range(12)]
    text = (
        header
        + "\n"
        + "".join(
            row.format(file=file, n=n, m=n % 3, bit=n % 2, word=("cat", "dog")[n % 2]) + "\n"
            for n, file in enumerate(files)
        )
    )
    data = load(listed(tmp_path, text, " ".join(files)))
    assert held(data)[:4] in (["cat", "dog"] * 2, ["0", "1"] * 2)
    assert sum(f"column {label!r} holds the label" in note for note in data.notes) == 1


@pytest.mark.parametrize(
    ("header", "row", "both"),
    [
        ("file,species,town", "{file},{word},{town}", "'species', 'town'"),
        ("file,tag,species", "{file},{town},{word}", "'tag', 'species'"),
        ("file,target,sex", "{file},{third},{word}", "'sex', 'target'"),
        ("file,label,class", "{file},{word},{town}", "'label', 'class'"),
        ("file,a,b", "{file},{third},{bit}", "'a', 'b'"),
    ],
)
def test_two_columns_that_might_be_the_label_are_asked_about(
    tmp_path: Path, header: str, row: str, both: str
) -> None:
    files = [f"{n}.png" for n in range(12)]
    cells = [
        row.format(
            file=file,
            word=("cat", "dog")[n % 2],
            bit=n % 2,
            third=n % 3,
            town=("Ulm", "Rom", "Bath")[n % 3],
        )
        for n, file in enumerate(files)
    ]
    place = listed(tmp_path, "\n".join([header, *cells]) + "\n", " ".join(files))
    with pytest.raises(
        InputError, match=f"which of its columns {both} holds the labels is not clear; .* --label "
    ):
        load(place)
    assert len(load(place, label=header.split(",")[1])) == 12


PARTS = {
    "Usage": (
        ["Training", "Training", "PublicTest", "PrivateTest"],
        ["train", "train", "validation", "test"],
    ),
    "usage": (
        ["Training", "Training", "PublicTest", "PublicTest"],
        ["train", "train", "test", "test"],
    ),
    "set": (["train", "train", "dev", "test"], ["train", "train", "validation", "test"]),
    "conjunto": (
        ["entrenamiento", "entrenamiento", "validaci\u00f3n", "prueba"],
        ["train", "train", "validation", "test"],
    ),
    "partition": (["0", "0", "1", "2"], ["train", "train", "validation", "test"]),
    "is_valid": (["False", "False", "False", "True"], ["train", "train", "train", "validation"]),
    "is_test": (["0", "0", "0", "1"], ["train", "train", "train", "test"]),
    "is_train": (["1", "1", "1", "0"], ["train", "train", "train", "test"]),
    "whatever": (["train", "train", "test", ""], ["train", "train", "test", ""]),
}


@pytest.mark.parametrize("name", PARTS)
def test_columns_of_parts_are_understood_and_told(tmp_path: Path, name: str) -> None:
    cells, parts = PARTS[name]
    files = [f"{n}.png" for n in range(16)]
    text = f"image,label,{name}\n" + "".join(
        f"{file},{'ab'[n // 4 % 2]},{cells[n % 4]}\n" for n, file in enumerate(files)
    )
    data = load(listed(tmp_path, text, " ".join(files)))
    assert list(data.parts) == parts * 4
    assert sum(f"column {name!r} says the parts" in note for note in data.notes) == 1


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("split", "0 1 0 0", "looks like parts, but which of 0 and 1 is for training is not said"),
        ("split", "train test tset train", "looks like parts but holds 'tset', which is none"),
        ("is_valid", "True False maybe True", "looks like parts but holds 'maybe', no yes or no"),
        ("valid", "yes yes yes no", "says yes in 12 of 16 rows, too many for a part"),
        (
            "fold",
            "0 1 2 3",
            "holds 4 folds, which are no parts (--group fold keeps each in one part)",
        ),
    ],
)
def test_a_column_like_parts_that_is_passed_over_is_named(
    tmp_path: Path, name: str, cells: str, words: str
) -> None:
    files = [f"{n}.png" for n in range(16)]
    text = f"image,label,{name}\n" + "".join(
        f"{file},{'ab'[n // 4 % 2]},{cells.split()[n % 4]}\n" for n, file in enumerate(files)
    )
    data = load(listed(tmp_path, text, " ".join(files)))
    assert set(data.parts) == {""}
    assert any(f"column {name!r} {words}" in note for note in data.notes)


def test_a_vehicle_called_train_among_labels_of_0_and_1_is_no_part(tmp_path: Path) -> None:
    data = load(listed(tmp_path, "file,car,train\na.png,1,0\nb.png,1,1\nc.png,0,1\nd.png,1,0\n"))
    assert data.class_names == ("car", "train")
    assert set(data.parts) == {""}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_list_is_read_whatever_wrote_it(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [
        "# made by hand",
        "",
        "file,label,note,",
        'a.png,caf\u00e9,"one\ntwo",',
        "b.png,th\u00e9,,",
        "c.png,caf\u00e9,,",
        "d.png,th\u00e9,x,",
        "",
    ]
    text = "\r\n".join(lines).replace(",", separator)
    place = listed(tmp_path, "")
    place.write_bytes((f"sep={separator}\r\n" + text).encode(encoding))
    data = load(place)
    assert held(data) == ["caf\u00e9", "th\u00e9"] * 2
    assert list(data.ids) == ["a.png", "b.png", "c.png", "d.png"]


@pytest.mark.parametrize(
    ("labels", "classes", "note"),
    [
        (
            ["NA", "ZA", "NA", "ZA"],
            ("NA", "ZA"),
            "2 labels are 'NA': taken as names of classes; only an empty cell is missing",
        ),
        (["None", "mild", "None", "mild"], ("None", "mild"), "taken as names of classes"),
        (["007", "012", "007", "012"], ("007", "012"), ""),
        (["1.0", "2", "1", "2.0"], ("1", "2"), ""),
        (["True", "False", "True", "False"], ("False", "True"), ""),
    ],
)
def test_classes_keep_the_names_that_they_have(
    tmp_path: Path, labels: list[str], classes: tuple[str, ...], note: str
) -> None:
    text = "file,label\n" + "".join(
        f"{name},{label}\n"
        for name, label in zip(["a.png", "b.png", "c.png", "d.png"], labels, strict=True)
    )
    data = load(listed(tmp_path, text))
    assert data.class_names == classes
    assert len(data) == 4
    assert note in " ".join(data.notes)


def test_names_without_suffix_are_found_under_any_header_but_a_header_is_no_picture(
    tmp_path: Path,
) -> None:
    text = "bird,image\n" + "".join(f"wren{n},{'ab'[n % 2]}\n" for n in range(12))
    files = " ".join(f"wren{n}.png" for n in range(12)) + " image.png bird.png"
    data = load(listed(tmp_path, text, files), label="image")
    assert list(data.ids)[:2] == ["wren0.png", "wren1.png"]
    assert len(data) == 12
    bare = load(listed(tmp_path, text.partition("\n")[2], files))
    assert (len(bare), bare.ids[0], bare.named(0)) == (12, "wren0.png", "a")


@pytest.mark.parametrize(
    "text",
    [
        "# made, by hand\n# on a Monday\nfile,label\na.png,cat\nb.png,dog\n",
        "#file,label\na.png,cat\nb.png,dog\n# the end\n",
        "file,label\na.png,cat,\nb.png,dog,\n",
        "a.png cat\nb.png dog\n",
        '"file";"label"\n"a.png";"cat"\n"b.png";"dog"\n',
        "file,label\ra.png,cat\rb.png,dog\r",
    ],
)
def test_comments_headers_and_separators_are_told_apart(tmp_path: Path, text: str) -> None:
    assert held(load(listed(tmp_path, text))) == ["cat", "dog"]


def test_a_quote_that_never_ends_is_named_with_its_line(tmp_path: Path) -> None:
    place = listed(tmp_path, 'file,label\na.png,cat\nb.png,"dog\nc.png,cat\nd.png,dog\n')
    with pytest.raises(
        InputError, match="line 3 opens a quote that is not closed up to the end of the file"
    ):
        load(place)


def test_of_two_folders_the_one_called_images_is_taken_and_said(tmp_path: Path) -> None:
    listed(tmp_path, "", below="masks")
    data = load(listed(tmp_path, "file,label\na.png,cat\nb.png,dog\nc.png,cat\n", below="images"))
    assert list(data.ids) == ["images/a.png", "images/b.png", "images/c.png"]
    assert "of several folders the one that is called as those of pictures are" in data.notes[0]


def test_missing_labels_are_counted_and_left_out(tmp_path: Path) -> None:
    place = listed(tmp_path, "file,label\na.png,1\nb.png,nan\nc.png,\nd.png,0\n")
    with pytest.raises(InputError, match=r"line 3 has no label .*2 of 4 lines are wrong"):
        load(place)
    data = load(place, bad_rows="quarantine")
    assert data.class_names == ("0", "1")
    assert [gone.id for gone in data.left_out] == ["line-3", "line-4"]
    assert (
        "2 of 4 lines are left out (the first: line 3 has no label (column 'label'))" in data.notes
    )
    assert "1 label is 'nan' beside numbers: missing, and left out" in " ".join(data.notes)


def test_thousands_of_columns_with_one_name_take_seconds(tmp_path: Path) -> None:
    many = ",".join(["same"] * 8000)
    rows = "".join(
        f"{name},{','.join([str(row % 2)] * 8000)}\n"
        for row, name in enumerate(["a.png", "b.png", "c.png", "d.png"])
    )
    place = listed(tmp_path, f"file,{many}\n{rows}")
    with pytest.raises(
        InputError, match="has 8000 columns called 'same'; expected one for --label"
    ):
        load(place, label="same")


def test_a_second_list_is_the_test_part_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = listed(tmp_path / "one", "file,cat,snow\na.png,1,1\nb.png,0,1\nc.png,0,0\nd.png,1,0\n")
    second = listed(
        tmp_path / "two", "file,snow,cat\na.png,1,0\nb.png,0,0\nc.png,1,1\n", "a.png b.png c.png"
    )
    data = load(first, test=second)
    assert held(data)[4:] == ["snow", "no label", "cat, snow"]
    assert data.parts[4:] == ("test",) * 3
