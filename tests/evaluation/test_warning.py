"""Is it said of a model in use that it was not better than guessing, and of no other?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from receta.core import language
from receta.evaluation.warning import warn_of_guess

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
