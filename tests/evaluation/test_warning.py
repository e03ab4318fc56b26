"""Is it said of a model in use that it was not better than guessing, and of no other?"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from receta.core import language
from receta.evaluation import predicting
from receta.evaluation.warning import POOR, find_word, warn_of_guess

GUESSED = {"accuracy": 0.89, "interval": [0.86, 0.91], "n": 700, "blind": 0.89}
LEARNT = {**GUESSED, "blind": 0.5}


@pytest.mark.parametrize(
    ("name", "told", "warns"),
    [
        ("scores.json", GUESSED, True),
        ("scores.json", LEARNT, False),
        ("bundle.json", {"verdict": "not better than guessing"}, True),
        ("bundle.json", {"verdict": "promising"}, False),
        ("bundle.json", {}, False),
        ("other.json", {}, False),
    ],
)
def test_a_guess_is_told_of_runs_and_bundles(
    tmp_path: Path, name: str, told: dict[str, Any], warns: bool
) -> None:
    (tmp_path / name).write_text(json.dumps(told))
    said = warn_of_guess(tmp_path)
    assert ("was not better than guessing on its test part" in said) == warns
    assert (language.translate(said, "es") != said) == warns


def test_what_cannot_be_read_is_left_to_who_opens_the_model(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text("{")
    assert warn_of_guess(tmp_path) == ""


@pytest.mark.parametrize(
    ("told", "word"),
    [({"verdict": POOR}, POOR), ({"scores": GUESSED}, POOR), ({"scores": None}, ""), ({}, "")],
)
def test_no_answer_of_a_guess_is_sure_unless_a_threshold_is_stated(
    told: dict[str, Any], word: str
) -> None:
    model = SimpleNamespace(class_names=("a", "b"), **told)
    assert find_word(model) == word
    said = np.array([[0.9, 0.1]], np.float32)
    for stated, is_sure in ((None, word != POOR), (0.8, True), (0.95, False)):
        (answer,) = predicting.answer(model, said, None, top=1, sure_from=stated)
        assert answer["sure"] is is_sure
