"""Which texts were read in another encoding than they were written in?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.marks import Marks
from receta.data.texts import Texts, join_texts, texts_of

AFTER = "near_text"
QUESTION = "Are the letters of all texts right?"
FINDS = "letters with accents that became two others (niÃ±o), marks of damage, empty bytes"
WARNS = "any"
INSTEAD = "save the file in UTF-8 from where its letters were right"
UNIT = "texts"
KINDS = ("texts",)
BOUND = 0
# UTF-8 of two or three bytes that was read as Windows-1252, or the mark of what could not be read.
_DAMAGE = re.compile(
    "[ÃÂ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u017d\u017e\u0178\u0192\u02c6\u02dc\u2013-\u2022"
    "\u2026\u2030\u2039\u203a\u20ac\u2122]|â€|ï»¿|\ufffd|\x00"
)
_MOST_READ = 20_000  # letters of a text


def damaged_text(data: Dataset, pixels: Any = None) -> list[Finding]:
    """Texts with signs of a wrong encoding. Measured, and in `ids`: those texts."""
    bad = [at for at, text in enumerate(texts_of(data)) if _DAMAGE.search(text[:_MOST_READ])]
    if not bad:
        return [Finding("damaged_text", "ok", 0, UNIT, str(BOUND))]
    return [
        Finding(
            "damaged_text",
            "warn",
            len(bad),
            UNIT,
            str(BOUND),
            f"{len(bad):,} of {len(data):,} texts hold signs of a wrong encoding",
            tuple(data.ids[at] for at in bad),
            advice="Save the file as UTF-8 from where it was right: a word that is spelled in two "
            "ways is two words to a network.",
        )
    ]


def innocent(folder: Path) -> Dataset:
    """Texts with accents, currencies, quotes and emoji."""
    return _made(["el niño comió", "£5 or €6, “quoted” – so", "Ça va? À demain â", "ok 😂", "São"])


def culprit(folder: Path) -> Dataset:
    """The same, one of them read in another encoding, one with an empty byte."""
    return _made(["el niÃ±o comiÃ³", "Ça va? À demain â", "ok 😂", "ok\x00", "São"])


def _made(texts: list[str]) -> Dataset:
    marks = Marks([f"row-{at + 1}" for at in range(len(texts))], np.arange(5) % 2, ("a", "b"))
    return Dataset.of(Texts("made up", *join_texts(texts), marks))
