"""Which examples stand there more than once, under one label?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.copies.equal import equal_sets
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import labels, noun, own_parts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "near_conflict"
QUESTION = "Is every picture there only once?"
FINDS = "the same example more than once"
WARNS = "any"
UNIT = "images"  # of a table rows, of texts texts
KINDS = ("images", "table", "texts")
BOUND = 0  # a copy adds nothing, and a split may put it into the test part
_COPIES = (
    "A split may put one of them into train and the other into test. Leave the copies "
    "out (receta clean --fix duplicate)."
)
_TWINS = (
    "Two equal rows may be two things: all are used, equal ones in one part of the split. If one "
    "thing was written twice, leave the copies out (receta clean --fix duplicate)."
)


def duplicate(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """The same example more than once inside one part, with one label.

    Measured, and in `ids`: the copies beyond the first of each set. `pairs`: (the first,
    the copy). Across parts it is a leak, across labels a conflict: both are named there.
    """
    parts, label, unit = own_parts(data), labels(data), noun(data)
    pairs: list[tuple[int, int]] = []
    sets, remark = equal_sets(data, pixels)
    for same in sets:
        alike: dict[tuple[int, int], list[int]] = defaultdict(list)
        for position in same:
            alike[int(parts[position]), int(label[position])].append(position)
        pairs += [(first, copy) for first, *copies in alike.values() for copy in copies]
    if not pairs:
        return [Finding("duplicate", "ok", 0, unit, str(BOUND), remark)]
    pairs.sort(key=lambda pair: pair[1])
    n_sets = len({first for first, _ in pairs})
    return [
        Finding(
            "duplicate",
            "warn",
            len(pairs),
            unit,
            str(BOUND),
            f"copies of {n_sets} {unit if n_sets > 1 else unit[:-1]}, out of {len(data)}",
            tuple(data.ids[copy] for _, copy in pairs),
            tuple((data.ids[first], data.ids[copy]) for first, copy in pairs),
            _TWINS if data.noun.keeps_twins else _COPIES,
        )
    ]


def innocent(folder: Path) -> str:
    """Write different pictures; one stands in train and in test."""
    pictures = {
        "train/cat/1.png": 1,
        "train/dog/1.png": 2,
        "test/cat/9.png": 1,
        "test/dog/1.png": 4,
    }
    return tiny_folders.write(folder, pictures)


def culprit(folder: Path) -> str:
    """Write a picture that stands there three times."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=3, dog=3), "cat/again.png": 1, "cat/once_more.png": 1}
    )
