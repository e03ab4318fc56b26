"""Does `look` count what is there and draw it?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta import load
from receta.core.errors import InputError
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.marks import Marks
from receta.data.series import Series
from receta.data.table import Column, Table
from receta.data.texts import Texts, join_texts
from receta.pipeline._captions import drawable, fonts
from receta.pipeline._sheet import Group, draw_sheet
from receta.pipeline.looking import grid, look, samples, spread, thumbnail


def test_look_counts_classes_sizes_and_values_of_digits() -> None:
    seen = look(load("digits"))
    assert seen.n == 1797
    assert sum(seen.counts) == 1797
    assert seen.shape == (8, 8, 1)
    assert (seen.minimum, seen.maximum) == (0, 1)
    assert sum(seen.histogram) == 1000 * 64
    assert seen.to_json()["original_size"]["median"] == (8, 8)


def test_look_says_width_before_height(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for n in range(3):
            Image.fromarray(np.full((500, 499), 40 * n, np.uint8)).save(
                tmp_path / name / f"{n}.png"
            )
    seen = look(load(tmp_path), Recipe(image_size=(20, 10)))
    rows = dict(seen.tables()[1][2])
    assert rows["median original"] == "499 x 500"
    assert rows["the network sees"] == "10 x 20 x 1 uint8"
    assert seen.to_json()["original_size"]["median"] == (500, 499), (
        "JSON is height first, as arrays are"
    )


def test_samples_are_a_few_of_every_class() -> None:
    data = load("digits")
    chosen = samples(data, 0)
    assert np.bincount(data.targets[chosen]).tolist() == [6] * 10
    assert (samples(data, 0) == chosen).all()
    assert (samples(data, 1) != chosen).any()


def test_spread_names_smallest_median_and_largest_by_area() -> None:
    sizes = np.array([[10, 10], [3000, 2], [90, 80], [5, 5], [40, 50]])
    assert spread(sizes) == ((5, 5), (40, 50), (90, 80))


def test_grid_is_a_picture_with_a_row_a_class(tmp_path: Path) -> None:
    grid(load("digits"), tmp_path / "grid.png", title="digits")
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size[0] > 6 * 160
        assert picture.size[1] > 10 * 160


def test_a_grid_of_many_classes_has_several_in_a_row() -> None:
    ones = [Group(str(number), "1", [np.zeros((8, 12, 1), np.uint8)]) for number in range(36)]
    width, height = draw_sheet("a title", "36 pictures", ones).size
    assert width > 6 * 160
    assert height < 7 * 210


def test_a_sample_keeps_its_shape_and_a_long_name_stays_within_its_room() -> None:
    long = Group(
        "a name that is far too long for it" * 9, "12", [np.full((10, 40, 3), 200, np.uint8)]
    )
    drawn = np.asarray(
        draw_sheet("", "", [long, Group("b", "", [np.zeros((40, 10, 3), np.uint8)])])
    )
    rows, columns = np.nonzero((drawn == 200).all(axis=2))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (40, 160)
    rows, columns = np.nonzero((drawn == 0).all(axis=2))
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (160, 40)


def test_thumbnails_keep_their_shape() -> None:
    assert thumbnail(load("digits"), 0).shape == (8, 8, 1)


COLUMNS = (
    Column("n", "number", np.array([1.0, np.nan, 3.0, np.inf, 1.0]), junk={1: "fwefew"}),
    Column("c", "category", np.array([1, -1, 0, 1, 1], np.int32), ("a", "b")),
    Column(
        "d",
        "date",
        np.array(["2020-01-01", "NaT", "1969-12-31", "2020-01-02", "NaT"], "datetime64[s]"),
    ),
    Column("empty", "number", np.full(5, np.nan)),
)


def table(task: str = "classes") -> Dataset:
    targets = np.array([0, 1, 0, 1, 1]) if task == "classes" else np.array([1.5, 2, 3, 4, 5])
    names = ("u", "v") if task == "classes" else ()
    source = Table(
        "table('x'",
        COLUMNS,
        targets,
        task=task,
        target_name="y",
        ids=list("abcde"),
        version="1",
        class_names=names,
    )
    return Dataset.of(source)


def look_agrees_with_itself(seen: object) -> dict:
    """Its JSON is valid and its tables have a cell for every head."""
    plain = json.loads(json.dumps(seen.to_json(), allow_nan=False))
    for title, heads, rows in seen.tables():
        assert title
        assert all(
            len(row) == len(heads) and all(isinstance(cell, str) for cell in row) for row in rows
        )
    return plain


def test_look_at_a_table_measures_every_column() -> None:
    plain = look_agrees_with_itself(look(table()))
    assert (plain["kind"], plain["n"], plain["target"]) == (
        "table",
        5,
        {"name": "y", "classes": {"u": 2, "v": 3}},
    )
    number, category, date, empty = plain["columns"]
    assert (number["missing"], number["junk"], number["junk_examples"], number["infinite"]) == (
        1,
        1,
        ["fwefew"],
        1,
    )
    assert (number["minimum"], number["maximum"], number["distinct"]) == (1, 3, 3)
    assert (category["top"], category["missing_share"], category["distinct"]) == (
        [["b", 3], ["a", 1]],
        0.2,
        2,
    )
    assert (date["earliest"], date["latest"], date["missing"]) == ("1969-12-31", "2020-01-02", 2)
    assert (empty["missing"], empty["distinct"], empty["mean"]) == (5, 0, None)


def test_look_at_values_gives_their_range() -> None:
    plain = look_agrees_with_itself(look(table("values")))
    assert plain["target"]["median"] == 3
    assert (plain["target"]["minimum"], plain["target"]["maximum"]) == (1.5, 5)


def test_look_sees_only_the_rows_of_the_view() -> None:
    assert look(table().take([0, 4])).to_json()["columns"][0]["missing"] == 0


def test_look_at_many_columns_shows_the_first_and_says_how_many_there_are() -> None:
    many = [Column(f"c{at}", "number", np.zeros(2)) for at in range(100)]
    source = Table(
        "t",
        many,
        np.array([0, 1]),
        task="classes",
        target_name="y",
        ids=["a", "b"],
        version="1",
        class_names=("u", "v"),
    )
    seen = look(Dataset.of(source))
    assert seen.tables()[1][2][-1][0] == "and 40 more columns, all of them with --json"
    assert len(look_agrees_with_itself(seen)["columns"]) == 100


def test_look_at_a_series_says_from_when_to_when_and_how_often() -> None:
    times = np.array(
        ["2020-01", "2020-02", "2020-03", "2020-05", "2020-05"], "datetime64[M]"
    ).astype("datetime64[s]")
    values = np.array([[1.0], [2], [np.nan], [4], [5]])
    source = Series(
        "s", values, times, window=2, horizon=1, channel_names=("v",), version="1", junk={2: "x"}
    )
    plain = look_agrees_with_itself(look(Dataset.of(source)))
    assert (plain["steps"], plain["n"], plain["start"], plain["end"]) == (
        5,
        3,
        "2020-01-01",
        "2020-05-01",
    )
    assert (plain["typical_step"], plain["irregular_steps"], plain["duplicate_times"]) == (
        "1 month",
        2,
        1,
    )
    assert (plain["channels"]["v"]["missing"], plain["junk"]) == (1, 1)
    bare = Series(
        "s", np.arange(9.0)[:, None], None, window=2, horizon=1, channel_names=("v",), version="1"
    )
    assert look_agrees_with_itself(look(Dataset.of(bare)))["start"] is None


def test_look_at_texts_counts_their_words() -> None:
    pages, ends = join_texts(["¡Hola, niño!", "hola", ""])
    marks = Marks(["a", "b", "c"], np.array([0, 1, 1]), ("bad", "good"))
    plain = look_agrees_with_itself(look(Dataset.of(Texts("t", pages, ends, marks))))
    assert (plain["n"], plain["classes"], plain["distinct_words"], plain["empty"]) == (
        3,
        {"bad": 1, "good": 2},
        3,
        1,
    )
    assert plain["samples"] == {"bad": "¡Hola, niño!", "good": "hola"}
    assert (plain["lengths"]["minimum"], plain["lengths"]["maximum"]) == (0, 3)


def test_look_at_pictures_has_tables_too() -> None:
    look_agrees_with_itself(look(load("digits")))


def test_grid_is_of_pictures_and_a_png(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"grid.jpg does not end in .png; expected the name of a PNG file. Call it grid.png.",
    ):
        grid(load("digits"), tmp_path / "grid.jpg")
    with pytest.raises(InputError, match="these data are a table; expected pictures"):
        grid(table(), tmp_path / "grid.png")
    assert not list(tmp_path.iterdir())


def test_captions_are_drawn_in_a_font_that_has_their_letters() -> None:
    assert drawable("gato", 12)[0] == "gato"
    if len(fonts(12)) == 1:
        pytest.skip("no font on this machine but Pillow's own")
    assert drawable("ñandú кот λ", 12)[0] == "ñandú кот λ"


def test_letters_that_no_font_has_lose_their_accent_before_they_become_question_marks() -> None:
    text, _ = drawable("\ue000 \U0010ffff", 12)
    assert text == "? ?"


def test_a_huge_cell_is_shown_by_its_beginning(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    rows = [f"{'q' * 1_000_000 if at == 5 else 'k'},{at % 2}" for at in range(20)]
    place.write_text("name,y\n" + "\n".join(rows) + "\n")
    shown = look(load(place, target="y"))
    assert len(json.dumps(shown.to_json())) < 5_000
    assert "q" * 100 not in str(shown.tables())
