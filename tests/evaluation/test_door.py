"""Does the door of evaluation match names, ask in batches and tell what it cannot judge?"""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from receta import evaluation
from receta.core.errors import InputError
from receta.core.likeness import Likeness
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
    assert evaluation._matched(model, held).tolist() == [2, 2, -1]
    held.task = "labels"
    with pytest.raises(InputError, match="the data hold labels, and the model was trained on cl"):
        evaluation._matched(model, held)
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
