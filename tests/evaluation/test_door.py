"""Does the door of evaluation match names, ask in batches and tell what it cannot judge?"""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from receta import evaluation, load
from receta.core import disk
from receta.core.errors import InputError
from receta.core.likeness import Likeness
from receta.core.spec import ColumnSpec, Spec
from receta.data.dataset import Dataset
from tests.fakes import Arrays, FakePixels


class Bright:
    """Says how bright pictures are, and keeps how many were asked at once."""

    input_shape, fit, task, thresholds, sure_from = (8, 8, 3), "stretch", "classes", None, 0.5
    class_names = ("other", "bright", "dark")

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, pictures: np.ndarray) -> np.ndarray:
        self.asked.append(len(pictures))
        light = pictures.mean(axis=(1, 2, 3)) / 255
        return np.stack([np.zeros(len(light)), light, 1 - light], axis=1)


class Knowing(Bright):
    """Also says how unlike all that it learnt each picture is: the dark ones are."""

    likeness = Likeness(np.ones((1, 2), np.int8), 0.5, 9)

    def judge(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said = self.predict(pictures)
        return said, said[:, 2]


def data(names: tuple[str, ...] = ("dark", "bright")) -> tuple[Dataset, FakePixels]:
    """Five dark pictures and two bright ones, of which one is called dark."""
    shades = [10, 20, 30, 40, 50, 220, 230]
    pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in shades]
    found = Dataset.of(Arrays(pictures, [0, 0, 0, 0, 0, 1, 0], class_names=names))
    return found, FakePixels(found)


@pytest.mark.parametrize(("batch", "asked"), [(3, [3, 3, 1]), (7, [7])])
def test_classes_are_matched_by_name_and_pictures_asked_in_batches(
    batch, asked, monkeypatch
) -> None:
    monkeypatch.setattr(evaluation, "_BATCH", batch)
    examples, pixels = data()
    model: Any = Bright()
    found = evaluation.judge(model, examples, inputs=pixels)
    assert model.asked == asked
    assert (found.n, found.accuracy, found.none) == (7, pytest.approx(6 / 7), None)
    assert found.confusion == [[0, 0, 0], [0, 1, 0], [0, 1, 5]]


def test_how_many_right_pictures_are_refused_is_told_where_the_model_knows() -> None:
    examples, pixels = data()
    model: Any = Knowing()
    found = evaluation.evaluate(model, examples, inputs=pixels)
    assert (found.none["refused"], found.none["n"]) == (pytest.approx(5 / 7), 7)
    model.likeness = None
    assert evaluation.judge(model, examples, inputs=pixels).none is None


def test_classes_that_the_model_does_not_know_are_named_where_there_are_examples_of_them() -> None:
    model: Any = Bright()
    examples, pixels = data(("dark", "bright", "unheard"))
    assert evaluation.judge(model, examples, inputs=pixels).n == 7
    for names, words in ((("night", "bright"), "1 classes .*'night'"), (("a", "b"), "2 classes")):
        examples, pixels = data(names)
        with pytest.raises(InputError, match=f"the data hold {words}"):
            evaluation.judge(model, examples, inputs=pixels)


def test_ten_known_classes_are_named_at_most() -> None:
    model: Any = Bright()
    model.class_names = tuple("abcdefghijkl")
    examples, pixels = data()
    with pytest.raises(InputError, match=r"expected some of 'a', .*'i', 'j'\. Rename"):
        evaluation.judge(model, examples, inputs=pixels)


def test_names_without_examples_go_to_no_class_and_other_tasks_are_refused() -> None:
    held = SimpleNamespace(
        task="classes",
        class_names=("unheard", "dark"),
        targets=np.array([1, 1, 0]),
        counts=lambda: np.array([0, 2]),
    )
    model: Any = Bright()
    assert evaluation.match_targets(model, held).tolist() == [2, 2, -1]
    held.task = "labels"
    with pytest.raises(InputError, match="the data hold labels, and the model was trained on cl"):
        evaluation.match_targets(model, held)
    with pytest.raises(InputError, match="'runs/x' is a path; expected a run or a bundle"):
        evaluation.judge("runs/x", held)  # type: ignore[arg-type]


def test_pictures_that_cannot_be_read_stand_apart_unless_none_can_be(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(content, "PNG")
    (tmp_path / "a.png").write_bytes(content.getvalue())
    (tmp_path / "b.png").write_bytes(content.getvalue()[:40])
    model: Any = Bright()
    found = evaluation.predict(model, tmp_path, top=0)
    assert [(one["id"][-5:], len(one["top"])) for one in found] == [("a.png", 1)]
    assert [gone.id[-5:] for gone in found.unreadable] == ["b.png"]
    with pytest.raises(InputError, match=r"b\.png cannot be read: .*; expected a picture"):
        evaluation.predict(model, [tmp_path / "b.png"])
    assert not evaluation.predict(model, str(tmp_path / "a.png")).unreadable


class Ran(Knowing):
    """A run: it is asked by rows, and its folder says what training has seen."""

    likeness, margins = None, None

    def __init__(self, folder: Path, pixels: FakePixels) -> None:
        super().__init__()
        self.folder, self.pixels = folder, pixels
        digests = {
            f"{row:06}.png": f"{pixels.digests[row].decode()}{':more' * (row == 1)}"
            for row in range(1, 7)
        }
        names = sorted(digests)
        split = {"how": "by hand", "train": ["gone", *names[:2]], "validation": names[2:3]}
        disk.write_json(folder / "data.json", digests)
        disk.write_json(folder / "split.json", {**split, "test": names[3:]})

    def inputs(self, examples: Dataset) -> FakePixels:
        return self.pixels

    def predict_rows(self, examples: Any) -> np.ndarray:
        return self.predict(examples.values)

    def unlike_rows(self, examples: Any) -> np.ndarray:
        return self.predict(examples.values)[:, 2]


def test_of_a_run_it_is_told_how_many_examples_training_has_seen(tmp_path: Path) -> None:
    examples, pixels = data()
    model: Any = Ran(tmp_path, pixels)
    with pytest.warns(
        UserWarning, match=r"^3 of 7 examples were used to train or to choose"
    ) as told:
        found = evaluation.evaluate(model, examples, inputs=pixels)
    assert told[0].filename == __file__, "the line that asked is named"
    assert (found.seen_in_training, found.none) == (3, None)
    assert model.asked[0] == 7, "a run is asked of all rows at once"
    new = evaluation.evaluate(model, examples.take(np.array([0, 4, 5])), inputs=pixels)
    assert new.seen_in_training == 0
    model.likeness = Knowing.likeness
    assert evaluation.judge(model, examples, inputs=pixels).none["refused"] == pytest.approx(5 / 7)
    model.unlike_rows = None
    assert evaluation.judge(model, examples, inputs=pixels).none is None


def test_pictures_are_decoded_as_the_model_takes_them(tmp_path: Path) -> None:
    for name, shade in (("bright", 250), ("dark", 5)):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new("RGB", (9, 7 + number), (shade,) * 3).save(tmp_path / name / f"{number}.png")
    model: Any = Bright()
    assert evaluation.judge(model, load(str(tmp_path))).accuracy == 1
    assert model.asked == [4]


class Rows:
    """A model of rows with two numbers: their sum, and how far it may be off."""

    columns = (ColumnSpec("a", "number"), ColumnSpec("b", "number"))
    specs = (Spec("rows", (2,), "float32", "cell", fields=("a", "b"), columns=columns),)
    class_names, task, sure_from, thresholds, margins = ("y",), "values", 0.5, None, (0.5,)

    def predict(self, cells: np.ndarray) -> np.ndarray:
        return cells.sum(axis=1, keepdims=True)


def test_values_are_judged_as_they_are_with_the_intervals_of_the_model(tmp_path: Path) -> None:
    place = tmp_path / "table.csv"
    place.write_text(
        "a,b,y\n" + "".join(f"{n},{n % 7}.5,{n + n % 7 + 0.5 + (n < 5)}\n" for n in range(50))
    )
    model: Any = Rows()
    found: Any = evaluation.judge(model, load(str(place), target="y"))
    assert (found.mae, found.coverage_80, found.width_80) == pytest.approx((0.1, 0.9, 1.0))
    model.margins = None
    assert evaluation.judge(model, load(str(place), target="y")).coverage_80 is None


def test_five_answers_are_given_and_the_first_file_that_cannot_be_read_is_named(
    tmp_path: Path,
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9 + ord(name)))
    model: Any = Bright()
    with pytest.raises(InputError, match=r"^\S*a\.png cannot be read: "):
        evaluation.predict(model, [tmp_path / "a.png", tmp_path / "b.png"])
    model.class_names = tuple("abcdefg")
    model.predict = lambda pictures: np.tile(np.arange(7) / 21, (len(pictures), 1))
    Image.new("RGB", (8, 8)).save(tmp_path / "c.png")
    (one,) = evaluation.predict(model, tmp_path / "c.png")
    assert [row["class"] for row in one["top"]] == list("gfedc")
    (again,), _ = evaluation.predicting.predict(model, [tmp_path / "c.png"])
    assert again == one
    with pytest.raises(InputError, match=r"--text is for models of texts, and this one is of pict"):
        evaluation.predict(model, text="words")
    with pytest.raises(InputError, match="predict got nothing to look at; expected pictures"):
        evaluation.predict(model)
