"""Is a model in use that is not better than guessing? One sentence that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from receta.core import disk
from receta.core.errors import RecetaError
from receta.evaluation.usefulness import judge_usefulness

POOR = "not better than guessing"


def find_word(model: Any) -> str:
    """The word for a run or a bundle by its test part; '' where nothing tells."""
    scores = getattr(model, "scores", None)
    return judge_usefulness(scores).word if scores else str(getattr(model, "verdict", ""))


def warn_of_guess(folder: Path) -> str:
    """What users of a run or a bundle should know before they trust its answers; '' if nothing.

    It goes by the test part of the run, whose word a bundle keeps.
    """
    try:
        word = _read_word(folder)
    except RecetaError:  # whoever opens the model says what is wrong with it
        return ""
    if word != POOR:
        return ""
    return (
        f"The model in {folder} was not better than guessing on its test part: do not rely on "
        "its answers, however sure they sound."
    )


def _read_word(folder: Path) -> str:
    """The word for a model; '' where its folder tells none."""
    scores, bundle = folder / "scores.json", folder / "bundle.json"
    if scores.is_file():
        return judge_usefulness(disk.read_json(scores, {})).word
    return str(disk.read_json(bundle, {}).get("verdict", "")) if bundle.is_file() else ""
