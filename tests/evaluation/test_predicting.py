"""Does `predict` take of a folder what training would, and name the rest?"""

from __future__ import annotations

import io
import os
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from receta import evaluation
from receta.core.errors import InputError
from receta.data import image_formats
from receta.data.dataset import Quarantined
from receta.data.nouns import NOUNS
from receta.evaluation import predicting
from receta.evaluation.decisions import Decision
from receta.evaluation.predicting import Predictions, predict


class Fixed:
    """Says the first class of everything."""

    input_shape = (4, 4, 3)
    class_names = ("cat", "dog")

    def predict(self, pictures: np.ndarray) -> np.ndarray:
        return np.tile([[0.9, 0.1]], (len(pictures), 1))


def encoded() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (5, 5)).save(content, "JPEG")
    return content.getvalue()


def test_a_folder_gives_every_picture_and_names_what_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(image_formats, "is_readable", lambda kind: kind not in ("", "HEIC"))
    for name in ("1.jpg", "2.jpg.1", "sub/2019-01-01 12.30", "runs/one/rate.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(encoded())
    (tmp_path / "runs" / "one" / "run.json").write_text('{"format": 1, "receta": "0.1.0"}')
    (tmp_path / "3.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(30))
    (tmp_path / "notes.txt").write_text("words")
    told: list[str] = []
    answers, unreadable = predict(Fixed(), [tmp_path], tell=told.append)
    assert [one["id"] for one in answers] == [
        str(tmp_path / name) for name in ("1.jpg", "2.jpg.1", "sub/2019-01-01 12.30")
    ]
    assert [(gone.id, gone.reason) for gone in unreadable] == [
        (str(tmp_path / "3.HEIC"), image_formats.HEIC)
    ]
    assert told == [
        f"{tmp_path}: {line}"
        for line in (
            "known by their first bytes, not by their names: 2 pictures (1 .jpg.1, 1 without "
            "suffix)",
            "passed over, as they are no pictures: 1 .txt",
            "passed over, as receta wrote them: 'runs/one' (a run)",
        )
    ]


def test_a_folder_without_pictures_is_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(InputError, match="holds no pictures but 1 other file; expected pictures"):
        predict(Fixed(), [tmp_path])


def test_classes_are_the_same_in_both_spellings_of_unicode():
    one, other = "Pi\u00f1a", "Pin\u0303a"
    data = SimpleNamespace(
        task="classes",
        class_names=("cat", other),
        targets=np.array([1, 0, 1]),
        counts=lambda: np.array([1, 2]),
    )
    model = SimpleNamespace(task="classes", class_names=(one, "cat", "dog"))
    assert evaluation.match_targets(model, data).tolist() == [0, 1, 0]


class Bright(Fixed):
    """Says how bright a picture is, and keeps how many were asked at once."""

    fit = "stretch"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def predict(self, pictures: np.ndarray) -> np.ndarray:
        self.asked.append(len(pictures))
        light = pictures.mean(axis=(1, 2, 3)) / 255
        return np.stack([light, 1 - light], axis=1)


def test_pictures_are_asked_in_batches_and_answered_in_their_order(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(predicting, "_BATCH", 2)
    for number in range(5):
        Image.new("RGB", (5, 5), (50 * number,) * 3).save(tmp_path / f"{number}.png")
    (tmp_path / "2b.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9))
    os.mkfifo(tmp_path / "pipe.png")
    model = Bright()
    answers, unreadable = predict(model, [*sorted(tmp_path.glob("?*.png"))], top=1)
    assert model.asked == [2, 2, 1]
    assert [one["id"][-5:] for one in answers] == [f"{number}.png" for number in range(5)]
    assert [len(one["top"]) for one in answers] == [1] * 5
    assert [one["top"][0]["probability"] for one in answers] == pytest.approx(
        [max(50 * n / 255, 1 - 50 * n / 255) for n in range(5)], abs=1e-3
    )
    assert [one["sure"] for one in answers] == [True] * 5
    assert [gone.id for gone in unreadable] == [str(tmp_path / f) for f in ("2b.png", "pipe.png")]
    assert unreadable[1].reason.startswith("cannot be opened: ")


def test_what_a_model_knows_beside_its_classes_is_told(tmp_path) -> None:
    Image.new("RGB", (4, 4), (102, 102, 102)).save(tmp_path / "a.png")
    model = Bright()
    model.sure_from = 0.61
    model.decision = Decision(("cat", "dog"), np.array([[0, 9.0], [1, 0]]), np.ones(2)).to_json()
    ((one,), _) = predict(model, [tmp_path / "a.png"])
    assert (one["top"][0]["class"], one["sure"], one["decision"]) == ("dog", False, "cat")
    model.sure_from = 0.6
    ((one,), _) = predict(model, [tmp_path / "a.png"])
    assert one["sure"]


def test_a_path_that_is_not_there_is_one_line(tmp_path) -> None:
    with pytest.raises(InputError, match=r"a\.png does not exist; expected a picture or a folder"):
        predict(Fixed(), [tmp_path / "a.png"])
    with pytest.raises(InputError, match="holds no pictures; expected pictures"):
        predict(Fixed(), [tmp_path])


@pytest.mark.parametrize(
    ("inputs", "names", "lacks"),
    [
        (2, ("a", "b"), "it takes 2 inputs; expected pixels"),
        ([(28, 28)], ("a", "b"), r"it takes uint8 of shape \(28, 28\)"),
        ([(28, None, 3)], ("a", "b"), r"uint8 of shape \(28, None, 3\)"),
        ([(28, 28, 2)], ("a", "b"), r"uint8 of shape \(28, 28, 2\)"),
        ("float32", ("a", "b"), "float32 pictures, and nothing tells their values"),
        ([(28, 28, 1)], ("a",), "it gives one number"),
        ([(28, 28, 3)], ("a", "b"), "the 2 numbers that it gives are no probabilities"),
    ],
)
def test_a_network_that_names_no_pictures_is_told_what_it_lacks(inputs, names, lacks) -> None:
    shapes = [(9, 9, 3)] * inputs if isinstance(inputs, int) else inputs
    shapes = [(9, 9, 3)] if isinstance(shapes, str) else shapes
    asked = [
        SimpleNamespace(
            shape=shape,
            dtype="float32" if inputs == "float32" else "uint8",
            pictures=inputs != "float32",
        )
        for shape in shapes
    ]
    model = SimpleNamespace(takes_pictures=False, inputs=asked, class_names=names)
    with pytest.raises(InputError, match=f"does not name classes of pictures: .*{lacks}"):
        predicting.refuse_other_inputs(model)


def test_answers_are_shown_ten_at_most_and_unreadable_ones_three() -> None:
    one = {"id": "a", "top": [{"class": "cat", "probability": 0.97}], "sure": True}
    assert repr(Predictions([one] * 2)).splitlines() == [
        "Predictions(2 pictures)",
        *["  a: cat 97.0%"] * 2,
    ]
    assert len(repr(Predictions([one] * 10)).splitlines()) == 11
    assert repr(Predictions([one] * 1012)).splitlines()[11:] == ["  and 1,002 more"]
    told = Predictions(
        [
            {**one, "sure": False},
            {**one, "labels": []},
            {**one, "labels": ["cat", "dog"]},
            {**one, "none": True},
        ]
    )
    told.unreadable = [Quarantined(f"{number}", "cut") for number in range(4)]
    assert repr(told).splitlines()[1:] == [
        "  a: cat 97.0% (not sure)",
        "  a: no label 97.0%",
        "  a: cat, dog 97.0%",
        "  a: none of these (nearest: cat)",
        *[f"  cannot be read: {number}: cut" for number in range(3)],
    ]


def test_each_answer_is_shown_by_what_it_holds() -> None:
    none = {"id": "a", "top": [{"class": "cat", "probability": 0.9}], "sure": False, "none": True}
    lines = repr(Predictions([none, none])).splitlines()
    assert lines[1:] == ["  a: none of these (nearest: cat)"] * 2
    values = Predictions([{"id": "a", "value": 2.5}, {"id": "b", "value": 3.5, "after": "b"}])
    values.noun = NOUNS["table"]
    lines = repr(values).splitlines()
    assert lines[0] == "Predictions(2 rows)"
    assert [line.partition(":")[0] for line in lines[1:]] == ["  a", "  after b"]


def test_a_frame_holds_an_example_a_row() -> None:
    pytest.importorskip("pandas")
    top = [{"class": "cat", "probability": 0.9}, {"class": "dog", "probability": 0.1}]
    plain = {"id": "a", "top": top, "sure": True}
    refused = {"id": "b", "top": top[::-1], "sure": False, "none": True, "unlike": 0.7}
    rows = Predictions([plain, refused]).frame().to_dict("records")
    assert rows[0]["class"] == "cat"
    assert rows[1] == {
        **{"id": "b", "class": "dog", "probability": 0.1},
        **{"sure": False, "none": True, "unlike": 0.7},
    }
    values = Predictions([{"id": "a", "value": 2.5}]).frame().to_dict("records")
    assert values == [{"id": "a", "value": 2.5}]


def test_the_surest_class_is_shown() -> None:
    top = [{"class": "cat", "probability": 0.9}, {"class": "dog", "probability": 0.1}]
    shown = repr(Predictions([{"id": "a", "top": top, "sure": True}]))
    assert shown.splitlines()[1] == "  a: cat 90.0%"


def test_a_stricter_bound_takes_the_place_of_the_models() -> None:
    said = np.array([[0.9, 0.1]])
    for sure_from, sure in ((None, True), (0.95, False), (0.0, True)):
        (one,) = predicting.answer(Fixed(), said, None, top=2, sure_from=sure_from)
        assert one["sure"] is sure
