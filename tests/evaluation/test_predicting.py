"""Does `predict` take of a folder what training would, and name the rest?"""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from receta import evaluation
from receta.core.errors import InputError
from receta.data import image_formats
from receta.evaluation.predicting import predict


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
    assert evaluation._matched(model, data).tolist() == [0, 1, 0]
