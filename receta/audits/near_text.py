"""Which texts stand there more than once, nearly the same?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from receta.copies.texts import find_near_texts, find_sets
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.marks import Marks
from receta.data.texts import Texts, join_texts

AFTER = "near_duplicate"
QUESTION = "Are there texts that are nearly the same?"
FINDS = "one pattern with other names or numbers; a run keeps such texts in one part"
WARNS = "any"
UNIT = "texts"
KINDS = ("texts",)
BOUND = 0  # a near-copy adds little; a split of receta keeps them together


def near_text(data: Dataset, pixels: Any = None) -> list[Finding]:
    """Texts of which three of four pairs of words are those of another, numbers being alike.

    Measured, and in `ids`: all but the first of each set. `pairs`: (the first, its near-copy).
    Equal texts are `duplicate`.
    """
    sets = find_sets(find_near_texts(data))
    pairs = [(same[0], other) for same in sets for other in same[1:]]
    if not pairs:
        return [Finding("near_text", "ok", 0, UNIT, str(BOUND))]
    across = sum(data.parts[one] != data.parts[other] for one, other in pairs)
    copy = "near-copy" if len(pairs) == 1 else "near-copies"
    where = (
        f"{len(pairs):,} {copy} of {len(sets):,} text{'s' * (len(sets) > 1)}, out of {len(data):,}"
    )
    if across:
        where += f"; {across:,} of them in another part than the first"
    return [
        Finding(
            "near_text",
            "warn",
            len(pairs),
            UNIT,
            str(BOUND),
            where,
            tuple(data.ids[other] for _, other in pairs),
            tuple((data.ids[one], data.ids[other]) for one, other in pairs),
            "A run keeps them in one part, where the data name none. Look at the pairs, and leave "
            "the copies out where they are no more than that (receta clean --fix near_text).",
        )
    ]


def innocent(folder: Path) -> Dataset:
    """Texts that differ, and two that are equal."""
    said = ["the film was long and we left", "she plays the piano in the evening", "dinner at six"]
    return _made([*said, *(f"{one} but not today said {one}" for one in said), said[0]])


def culprit(folder: Path) -> Dataset:
    """Two texts of one pattern, with other numbers."""
    won = "you have won a prize of {} pounds call {} now to claim it"
    said = ["the film was long and we left", "she plays the piano in the evening"]
    return _made([*said, won.format(100, 5551), won.format(900, 7723)])


def _made(texts: list[str]) -> Dataset:
    targets = np.arange(len(texts)) % 2
    marks = Marks([f"row-{at + 1}" for at in range(len(texts))], targets, ("a", "b"))
    return Dataset.of(Texts("made up", *join_texts(texts), marks))
