"""Which examples stand there more than once, under different labels?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.copies.equal import equal_sets, link
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import labels, noun, own_parts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "group_leak"
QUESTION = "Do equal pictures have equal labels?"
FINDS = "the same example under different labels"
WARNS = "any"
UNIT = "images"  # of a table rows, of texts texts
TASKS = ("classes", "labels")
KINDS = ("images", "table", "texts")
BOUND = 0  # of two labels of one picture at most one is right
_WRONG = (
    "Look at each pair and remove the wrong one, or leave all of them out (receta clean "
    "--fix label_conflict)."
)
_HONEST = (
    "Rows that are equal in all columns may have different answers: the columns do not tell them "
    "apart, and no model can. Add a column that does, or leave them out where an answer is wrong "
    "(receta clean --fix label_conflict)."
)


def label_conflict(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """The same example under different labels, inside one part.

    A warning, not a failure: a wrong label makes the figures worse than the truth, never
    better, and only a person can say which one is wrong. A picture that crosses parts is
    a leak and is named there.
    """
    unit = noun(data)
    parts, label_of = own_parts(data), labels(data)
    conflicting: list[int] = []
    contents = 0  # different ones, of which the examples above are copies
    pairs: list[tuple[int, int]] = []
    sets, remark = equal_sets(data, pixels)
    for same in sets:
        by_part: dict[int, list[int]] = defaultdict(list)
        for position in same:
            by_part[parts[position]].append(position)
        for together in by_part.values():
            label = label_of[together[0]]
            first = [position for position in together if label_of[position] == label]
            others = [position for position in together if label_of[position] != label]
            if others:
                conflicting += together
                contents += 1
                pairs += link(first, others)
    if not conflicting:
        return [Finding("label_conflict", "ok", 0, unit, str(BOUND), remark)]
    kinds = {tuple(sorted((data.named(a), data.named(b)))) for a, b in pairs}
    shown = ", ".join(f"{one!r} and {other!r}" for one, other in sorted(kinds)[:5])
    more = f" and {len(kinds) - 5} more pairs of classes" if len(kinds) > 5 else ""
    told = f"{contents} {unit} stand" if contents > 1 else f"1 {unit[:-1]} stands"
    return [
        Finding(
            "label_conflict",
            "warn",
            len(conflicting),
            unit,
            str(BOUND),
            f"{told} there {len(conflicting)} times, under {shown}{more}",
            tuple(data.ids[position] for position in sorted(conflicting)),
            tuple((data.ids[one], data.ids[other]) for one, other in pairs),
            _HONEST if data.noun.keeps_twins else _WRONG,
        )
    ]


def innocent(folder: Path) -> str:
    """Write a picture that stands twice, under one label."""
    return tiny_folders.write(folder, {**tiny_folders.classes(cat=3, dog=3), "dog/again.png": 4})


def culprit(folder: Path) -> str:
    """Write a picture that is a cat and a dog."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=3, dog=3), "dog/not_a_cat.png": 1}
    )
