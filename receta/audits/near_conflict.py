"""Which pictures stand there nearly the same, under different labels?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.copies.near import near, pairs_of, show_distances, ways
from receta.core.finding import Finding
from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "label_conflict"
QUESTION = "Do near-copies have equal labels?"
FINDS = "near-copies under different labels"
WARNS = "any"
UNIT = "images"
TASKS = ("classes", "labels")
SECONDS_EACH = 0.8e-3  # of the search that near_* share: 55 s for Fashion-MNIST (LOG.md)
BOUND = 0  # of two labels of one picture at most one is right


def near_conflict(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Near-copies under different labels, inside one part.

    A warning: which label is right only a person can say. Measured, and in `ids`: all
    images concerned. A mirrored or rotated picture may well mean something else, and is
    not counted; pictures that are equal pixel by pixel are `label_conflict`.
    """
    found = near(data, pixels)
    links = found.conflicts
    if not links:
        return [Finding("near_conflict", "ok", 0, UNIT, str(BOUND))]
    concerned = sorted({end for link in links for end in (link.one, link.other)})
    kinds = Counter(tuple(sorted((data.named(link.one), data.named(link.other)))) for link in links)
    named = ", ".join(f"{one!r} and {other!r}" for (one, other), _ in kinds.most_common(5))
    more = f" and {len(kinds) - 5} more pairs of classes" if len(kinds) > 5 else ""
    return [
        Finding(
            "near_conflict",
            "warn",
            len(concerned),
            UNIT,
            str(BOUND),
            f"{len(links)} pairs of {named}{more}{ways(links)}",
            tuple(data.ids[position] for position in concerned),
            pairs_of(data, links),
            "Look at each pair and remove the wrong one, or leave all of them out (receta clean "
            "--fix near_conflict).",
            show_distances(data, links, found.bound),
        )
    ]


def innocent(folder: Path) -> str:
    """Write a picture and its darker copy, under one label."""
    return tiny_folders.write_scaled(
        folder,
        {
            "cat/1.png": (1, 1),
            "cat/2.png": (1, 0.8),
            "cat/3.png": (3, 1),
            "dog/1.png": (2, 1),
            "dog/2.png": (5, 1),
        },
    )


def culprit(folder: Path) -> str:
    """Write a picture that is a cat, and a dog when it is darker."""
    return tiny_folders.write_scaled(
        folder,
        {
            "cat/1.png": (1, 1),
            "cat/3.png": (3, 1),
            "dog/1.png": (2, 1),
            "dog/2.png": (1, 0.8),
            "dog/3.png": (5, 1),
        },
    )
