"""Are tables of pixels read to the value, and their bad lines named?"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta.codecs import csv_lines
from receta.core import disk
from receta.core.errors import DiskFull, InputError
from receta.sources import load

HEADER = "label,pixel1,pixel2,pixel3,pixel4"
ROWS = ("a,1,2,3,4", "b,5,6,7,8", "a,0,9,255,10")


@pytest.fixture
def write(tmp_path):
    def _write(*lines: str, name: str = "a.csv", end: str = "\n", encoding: str = "utf-8") -> Path:
        place = tmp_path / name
        content = "".join(line + end for line in lines).encode(encoding)
        place.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return place

    return _write


def refused(place, **options) -> str:
    with pytest.raises(InputError) as caught:
        load(place, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def pixels(data) -> list[list[int]]:
    return [image.reshape(-1).tolist() for image in data]


def labels(data) -> list[str]:
    return [data.class_names[target] for target in data.targets]


GOOD = [[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 255, 10]]


def is_good(data) -> bool:
    return (
        pixels(data) == GOOD
        and labels(data) == ["a", "b", "a"]
        and data.ids == ("row-1", "row-2", "row-3")
    )


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_table_is_read_to_the_value(write, name, end, encoding):
    data = load(write(HEADER, *ROWS, name=name, end=end, encoding=encoding))
    assert is_good(data)
    assert data[0].shape == (2, 2, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_header_may_be_missing(write, encoding):
    assert is_good(load(write(*ROWS, encoding=encoding)))


def test_header_of_numbers_is_a_header(write):
    assert is_good(load(write("label,0,1,2,3", *ROWS)))


def test_header_of_many_numbers_needs_no_known_word(write):
    row = ",".join(["7"] * 400)
    place = write("sign," + ",".join(str(n) for n in range(400)), f"a,{row}", f"b,{row}")
    assert len(load(place)) == 2


def test_a_class_called_y_is_no_header(write):
    assert labels(load(write("y,0,0,12,3", "n,1,2,3,4"))) == ["y", "n"]


def test_junk_in_the_first_line_of_data_is_no_header(write):
    text = refused(write("a,1,fwefew,3,4", *ROWS))
    assert "line 1, column-3 holds 'fwefew'; expected a number 0 to 255" in text


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_are_seen(write, mark):
    assert is_good(load(write(*(line.replace(",", mark) for line in (HEADER, *ROWS)))))


def test_quotes_blanks_and_blank_lines_do_no_harm(write):
    data = load(
        write(HEADER, '"a","1","2","3","4"', "", "b, 5 ,6,7,8", "a,0.0,9.,2.55e2,+10", "", "  ", "")
    )
    assert is_good(data)


def test_a_quoted_label_may_hold_the_separator(write):
    assert labels(load(write(HEADER, '"a, left",1,2,3,4', "b,5,6,7,8"))) == ["a, left", "b"]


def test_last_line_needs_no_end(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("\n".join((HEADER, *ROWS)))
    assert is_good(load(place))


@pytest.mark.parametrize("name", ["Label", "CLASS", "target", "Y"])
def test_label_column_is_known_by_its_name(write, name):
    assert labels(load(write(f"p1,p2,{name},p3,p4", "1,2,a,3,4", "5,6,b,7,8"))) == ["a", "b"]


def test_label_column_can_be_chosen(write):
    place = write("p1,p2,p3,p4,sign", "1,2,3,4,a", "5,6,7,8,b")
    assert labels(load(place, label="sign")) == ["a", "b"]
    place = write("1,2,3,4,a", "5,6,7,8,b")
    assert labels(load(place, label="5")) == labels(load(place, label="-1")) == ["a", "b"]


def test_missing_label_column_names_the_nearest(write):
    text = refused(write(HEADER, *ROWS), label="lable")
    assert (
        "has no column 'lable'; expected one of 'label', 'pixel1', 'pixel2', 'pixel3' and 1 more."
        in text
    )
    assert "Did you mean 'label'?" in text
    text = refused(write(*ROWS), label="6")
    assert (
        "has no header, so --label 6 names no column; expected a number 1 to 5 (-1 is the last)"
        in text
    )


def test_of_a_table_of_no_pixels_the_target_is_asked_for_and_not_the_label(write):
    rows = [
        f"{'ab'[n % 2]},{'xyz'[n % 3]},39.{n},18.{n},181,{3750 + n},{'mf'[n % 2]}"
        for n in range(12)
    ]
    text = refused(write("species,island,bill,depth,flipper,mass,sex", *rows))
    assert "Which column is to be predicted? Say --target COLUMN" in text
    assert "--label" not in text


def test_numbers_as_labels_are_ordered_by_value(write):
    data = load(write(HEADER, "10,1,2,3,4", "2,1,2,3,4", "2.0,5,6,7,8", "02,1,1,1,1"))
    assert data.class_names == ("2", "10")
    assert labels(data) == ["10", "2", "2", "2"]


def test_fractions_up_to_one_are_scaled(write):
    data = load(write(HEADER, "a,0,1,0,1", "b,0.5,1,0.25,0", "b,1,1,1,0.004"))
    assert pixels(data) == [[0, 255, 0, 255], [128, 255, 64, 0], [255, 255, 255, 1]]


def test_scale_is_found_however_late(write, monkeypatch):
    monkeypatch.setattr(csv_lines, "CHUNK", 64)  # a few lines at a time
    data = load(write(HEADER, *["a,0,1,0,1"] * 50, "b,0.5,1,0,0", *["b,1,0,0,0"] * 50))
    assert pixels(data)[0] == [0, 255, 0, 255]
    assert pixels(data)[50] == [128, 255, 0, 0]
    assert pixels(data)[100] == [255, 0, 0, 0]


def test_one_odd_value_does_not_change_the_scale(write):
    text = refused(write(HEADER, *ROWS, "a,0.5,1,1,0"))
    assert "line 5, column 'pixel1' holds '0.5'; expected a whole number 0 to 255" in text
    text = refused(write(HEADER, "a,0.5,1,1,0", "b,0.1,0,0,0", "a,3,1,1,1"))
    assert "line 4, column 'pixel1' holds '3'; expected a number 0 to 1" in text


def test_colour_and_other_shapes(write):
    row = ",".join(str(20 * n) for n in range(12))
    data = load(write(f"a,{row}", f"b,{row}"))
    assert data[0].shape == (2, 2, 3)
    assert data[0][0, 1].tolist() == [60, 80, 100]
    assert load(write(f"a,{row}", f"b,{row}"), shape=(3, 4))[0].shape == (3, 4, 1)
    assert "has 12 pixels a row, but --shape 3,5 means 15" in refused(
        write(f"a,{row}", f"b,{row}"), shape=(3, 5)
    )


def test_pixels_that_are_no_square_are_refused(write):
    assert "has 5 pixels a row, no square picture in grey or colour" in refused(
        write("a,1,2,3,4,5", "b,1,2,3,4,5")
    )
    text = refused(write("Month,Sunspots", "1749-01,58.0", "1749-02,62.6"))
    assert (
        "is a table of 2 columns ('Month', 'Sunspots'): none names pictures, and they are no pixels"
        in text
    )
    assert "--target COLUMN" in text


def test_a_table_with_a_header_lists_its_columns_and_asks_which_one_to_predict(write):
    header = "survived,pclass,sex,age,sibsp,parch,fare"
    text = refused(write(header, *("0,3,male,22,1,0,7.25", "1,1,female,38,1,0,71.2") * 9))
    assert f"is a table of 7 columns ({str(header.split(','))[1:-1]})" in text
    assert "Which column is to be predicted? Say --target COLUMN" in text
    assert "pixels a row" not in text


def test_an_index_column_is_no_pixel(write):
    place = write(f",Unnamed: 0.1,{HEADER}", *(f"{n},{n},{row}" for n, row in enumerate(ROWS)))
    assert is_good(load(place))


def test_group_column_is_no_pixel(write):
    data = load(
        write(f"{HEADER},person", "a,1,2,3,4,Ann", "b,5,6,7,8,Bo", "a,0,9,255,10,Ann"),
        group="person",
    )
    assert is_good(data)
    assert data.groups == ("Ann", "Bo", "Ann")


def test_group_that_is_no_column_suggests_one(write):
    text = refused(write(f"{HEADER},person", "a,1,2,3,4,Ann", "b,5,6,7,8,Bo"), group="persons")
    assert "Did you mean the column 'person'?" in text
    assert "Did you mean the column 'label'?" in refused(write(HEADER, *ROWS), group="labels")


BAD = {
    "a,1,2,3": "line 4 has 4 cells; expected 5",
    "a,1,2,3,4,5": "line 4 has 6 cells; expected 5",
    "a,1,2,3,fwefew": "line 4, column 'pixel4' holds 'fwefew'; expected a number 0 to 255",
    "a,1,2,3,nan": "line 4, column 'pixel4' holds 'nan'; expected a number 0 to 255",
    "a,1,256,3,4": "line 4, column 'pixel2' holds '256'; expected a number 0 to 255",
    "a,1,-1,3,4": "line 4, column 'pixel2' holds '-1'; expected a number 0 to 255",
    "a,1,2.5,3,4": "line 4, column 'pixel2' holds '2.5'; expected a whole number 0 to 255 as in "
    "other lines",
    "a,,2,3,4": "line 4, column 'pixel1' is empty; expected a number 0 to 255",
    ",1,2,3,4": "line 4, column 'label' holds nothing; expected a label",
    'a,1,"2,3",3,4': "line 4, column 'pixel2' holds '2,3'; expected a number 0 to 255",
    "a,1_0,2,3,4": "line 4, column 'pixel1' holds '1_0'; expected a number 0 to 255",
    f"a,{'x' * 99},2,3,4": "line 4, column 'pixel1' holds 'xxxxxxxxxxxxxxxxxxx…'; expected a "
    "number 0 to 255",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_line_is_named_with_what_was_expected(write, line):
    place = write(HEADER, *ROWS[:2], line, ROWS[2])
    assert refused(place) == (
        f"{place}: {BAD[line]}. 1 of 4 lines is like that: mend them, or leave them out with "
        "--bad-rows quarantine."
    )


@pytest.mark.parametrize("line", BAD)
def test_bad_line_can_be_left_out(write, line):
    place = write(HEADER, *ROWS[:2], line, ROWS[2])
    for _ in range(2):  # the second time out of the cache
        data = load(place, bad_rows="quarantine")
        assert pixels(data) == GOOD
        assert data.ids == ("row-1", "row-2", "row-4")
        assert [(gone.id, gone.reason) for gone in data.left_out] == [("row-3", BAD[line])]


def test_bad_lines_are_counted(write):
    text = refused(write(HEADER, *ROWS, "a,1", *ROWS, "b,x,1,2,3"))
    assert "line 5 has 2 cells; expected 5. 2 of 8 lines are like that" in text


def test_ragged_first_line_without_header_is_the_bad_one(write):
    assert "line 1 has 3 cells; expected 5. 1 of 4 lines is like that" in refused(
        write("a,1,2", *ROWS)
    )


def test_nothing_but_bad_lines_is_refused_in_both_ways(write):
    place = write(HEADER, "a,x,1,1,1", "b,x,1,1,1")
    for bad_rows in ("error", "quarantine"):
        assert "All 2 lines are like that: name a table of pixels" in refused(
            place, bad_rows=bad_rows
        )


def test_other_encodings_are_named(write):
    text = refused(write(HEADER, *ROWS, "é,1,2,3,4", encoding="latin-1"))
    assert "line 5 is no UTF-8 at byte 0; expected a CSV in UTF-8" in text
    assert "line 1 is no UTF-8" in refused(write("étiquette,a,b,c,d", *ROWS, encoding="latin-1"))
    assert "is UTF-16 text; expected a CSV in UTF-8" in refused(
        write(HEADER, *ROWS, encoding="utf-16")
    )


def test_files_that_are_no_table_are_refused(write, tmp_path):
    place = tmp_path / "a.csv"
    for content in (b"", b"\n\r\n  \n"):
        place.write_bytes(content)
        assert "is empty; expected a label and pixels a line" in refused(place)
    assert "has a header but no rows" in refused(write(HEADER))
    place.write_bytes(b"PK\x03\x04....")
    assert "is a ZIP archive; expected a CSV in UTF-8. Unpack it" in refused(place)
    place.write_bytes(os.urandom(1000).replace(b"\x1f\x8b", b"ab").replace(b"PK", b"ab"))
    assert refused(place)


def test_cut_off_gzip_is_one_line(write):
    place = write(HEADER, *ROWS * 100, name="a.csv.gz")
    place.write_bytes(place.read_bytes()[:-20])
    assert "is cut off or damaged" in refused(place)
    place.write_bytes(b"\x1f\x8b" + b"junk" * 10)
    assert "is cut off or damaged" in refused(place)


def test_a_file_without_line_ends_is_not_swallowed(write, monkeypatch):
    monkeypatch.setattr(csv_lines, "CHUNK", 1000)
    monkeypatch.setattr(csv_lines, "MOST_LINE_BYTES", 2**20)
    assert "line 2 is longer than 1 MB; expected a picture a line" in refused(
        write(HEADER, "1" * 2**21)
    )


def test_second_load_does_not_parse(write, monkeypatch):
    place = write(HEADER, *ROWS)
    load(place)
    monkeypatch.setattr(csv_lines, "chunks", None)
    assert is_good(load(place))


def test_changed_file_is_parsed_again(write):
    place = write(HEADER, *ROWS)
    first = load(place)
    write(HEADER, *ROWS, "c,1,1,1,1")
    assert len(load(place)) == 4
    assert pixels(first) == GOOD


def test_spoilt_cache_is_built_again(write, tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    place = write(HEADER, *ROWS)
    load(place)
    (manifest,) = (tmp_path / "cache").rglob("manifest.json")
    (kept,) = (tmp_path / "cache").rglob("pixels.npy")
    assert np.load(kept).tolist() == GOOD
    for file, content in ((manifest, b"{"), (kept, b"short")):
        file.write_bytes(content)
        assert is_good(load(place))


def test_full_disk_is_one_line_and_the_next_time_works(write, monkeypatch):
    place = write(HEADER, *ROWS)

    def full(path, value, **options):
        with disk.room_on_disk(path):
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write_json", full)
        with pytest.raises(DiskFull, match="no space left on the disk"):
            load(place)
    assert is_good(load(place))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(st.integers(0, 255), min_size=4, max_size=4), min_size=2, max_size=9))
def test_any_bytes_come_back(tmp_path, values):
    place = tmp_path / "any.csv"
    values = [*values, [0, 0, 0, 255]]  # pixels of 0 and 1 alone would be read as 0 to 255
    rows = [f"{n % 2}," + ",".join(map(str, row)) for n, row in enumerate(values)]
    place.write_text("\n".join((HEADER, *rows)))
    assert pixels(load(place)) == values


def grey(row: int, n: int = 16) -> list[int]:
    """Pixels that are unlike each other and from row to row, as those of photos are."""
    return [(37 * row + 11 * at + row * at) % 256 for at in range(n)]


def written(row: int, n: int = 16) -> str:
    return ",".join(map(str, grey(row, n)))


def border(row: int) -> str:
    """Nothing but zeros at the first and the last place, as drawn digits have it."""
    return ",".join(["0", *map(str, grey(row, 14)), "0"])


NAMES = ",".join(f"p{at}" for at in range(16))
FORMS = {
    "last": ((f"{NAMES},digit"), lambda row: f"{written(row)},{row % 3}"),
    "first": ((f"digit,{NAMES}"), lambda row: f"{row % 3},{written(row)}"),
    "zeros at the border": ((f"{NAMES},digit"), lambda row: f"{border(row)},{row % 3}"),
    "words last": ((f"{NAMES},what"), lambda row: f"{written(row)},{'abc'[row % 3]}"),
    "id": ((f"id,{NAMES},sign"), lambda row: f"{row},{written(row)},{row % 3}"),
    "index": ((f",{NAMES},sign"), lambda row: f"{row},{written(row)},{row % 3}"),
    "beside others": (
        (f"{NAMES},age,sign"),
        lambda row: f"{written(row)},{row}.5,{'abc'[row % 3]}",
    ),
    "all names alike": (
        ",".join(f"c{at}" for at in range(17)),
        lambda row: f"{written(row)},{row % 3}",
    ),
    "no header, last": ("", lambda row: f"{written(row)},{row % 3}"),
    "no header, first": ("", lambda row: f"{row % 3},{written(row)}"),
    "no header, zeros, last": ("", lambda row: f"{border(row)},{row % 3}"),
    "no header, zeros, first": ("", lambda row: f"{row % 3},{border(row)}"),
    "no header, sorted": ("", lambda row: f"{border(row)},{row // 10}"),
    "no header, an index before": ("", lambda row: f"{row},{written(row)},{row % 3}"),
    "sep": (
        f"sep=;\n{NAMES.replace(',', ';')};digit",
        lambda row: f"{written(row)},{row % 3}".replace(",", ";"),
    ),
    "a text of pixels": (
        "emotion,pixels",
        lambda row: f"{row % 3},{written(row).replace(',', ' ')}",
    ),
    "a list of pixels": ("pixels,emotion", lambda row: f'"[{written(row)}]",{row % 3}'),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_label_is_found_wherever_it_stands_and_told(write, form):
    header, line = FORMS[form]
    data = load(write(*([header] if header else []), *map(line, range(30))))
    assert len(data.class_names) == 3
    assert sum("holds the label" in note for note in data.notes) == 1
    expected = border(7) if "zeros" in form or "sorted" in form else written(7)
    assert pixels(data)[7] == list(map(int, expected.split(",")))


def test_two_columns_that_might_be_the_label_are_asked_about(write):
    lines = [f"{row % 3},{written(row)},{row % 2}" for row in range(30)]
    assert (
        "the first (column-1) or the last (column-18), is not clear: both hold few whole numbers"
        in refused(write(*lines))
    )
    text = refused(
        write(
            f"size,{NAMES},town",
            *(f"{'abc'[row % 3]},{written(row)},{'uv'[row % 2]}" for row in range(30)),
        )
    )
    assert "which of its columns 'size', 'town' holds the labels is not clear" in text
    lines = [f"{row % 3},{'uv'[row % 2]},{written(row)}" for row in range(30)]
    assert "which of its columns 'label', 'class' holds the labels is not clear" in refused(
        write(f"label,class,{NAMES}", *lines)
    )
    assert "has no column of labels beside its pixels" in refused(
        write(NAMES, *map(written, range(30)))
    )


def test_parts_beside_pixels_are_kept_and_told(write):
    usage = ("Training", "Training", "PublicTest", "PrivateTest")
    lines = [
        f"{row % 2},{written(row).replace(',', ' ')},{usage[row // 2 % 4]}" for row in range(32)
    ]
    data = load(write("emotion,pixels,Usage", *lines))
    assert data.parts[:8:2] == ("train", "train", "validation", "test")
    assert (
        data.notes[1] == "column 'pixels' holds the pixels of a picture as one text: 16, of 4 x 4"
    )
    lines = [
        f"{row % 3},{written(row)},{('Training', 'Training', 'PublicTest')[row % 3]}"
        for row in range(30)
    ]
    data = load(write(f"sign,{NAMES},Usage", *lines))
    assert set(data.parts) == {""}
    assert "column 'Usage' says parts, but without '2' in training: passed over" in data.notes


def test_file_names_beside_pixels_are_left_aside(write):
    many = ",".join(f"p{at}" for at in range(64))
    lines = [f"im{row}.png,{row % 2},{written(row, 64)}" for row in range(20)]
    data = load(write(f"image_id,label,{many}", *lines))
    assert data[0].shape == (8, 8, 1)
    assert data.notes[-1] == "1 column left aside: 'image_id'"


def test_a_text_with_too_few_pixels_is_a_bad_line(write):
    lines = [f"{row % 2},{written(row).replace(',', ' ')}" for row in range(9)]
    text = refused(write("emotion,pixels", *lines, "1,1 2 3 4"))
    assert "line 11, column 'pixels' holds 4 pixels; expected 16" in text
    text = refused(write("emotion,pixels", *lines, "1,999" + 15 * " 2"))
    assert "line 11, column 'pixels', pixel 1 holds '999'; expected" in text


def test_a_table_of_words_is_called_a_table(write):
    text = refused(
        write("label,a,b,c,d", *(f"{row % 2},a{row},b{row},c{row},d{row}" for row in range(20)))
    )
    assert (
        "is a table: 4 of its columns hold words ('a', 'b', 'c' and 1 more), no pixels and no "
        "file names" in text
    )
    assert "say --target COLUMN" in text


def test_a_table_without_a_header_is_told_the_command_that_takes_it(tmp_path):
    place = tmp_path / "wine.csv"
    place.write_text("".join(f"{n / 7:.3f},{n / 3:.3f},{n % 5 / 2},{n % 3}\n" for n in range(30)))
    assert f"or `receta run {place} --target -1` if it is a table" in refused(str(place))
    assert load(str(place), target="-1").task == "classes"
