"""Which pictures stand nearly the same in more than one of the data's own parts?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.copies.near import near, pairs_of, show_distances, ways
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import PARTS, Dataset
from receta.probing.rows import own_parts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "leak"
QUESTION = "Is the test part free of near-copies of training pictures?"
FINDS = (
    "the same picture saved anew, resized, cropped, brighter, marked, mirrored or turned in "
    "more than one part"
)
WARNS = "any fails"
UNIT = "images"
SECONDS_EACH = 0.8e-3  # of the search that near_* share: 55 s for Fashion-MNIST (LOG.md)
# what is known in a test part makes its figure better than the truth (Barz and Denzler, 2020,
# "ciFAIR")
BOUND = 0


def near_leak(data: Dataset, pixels: Pixels) -> list[Finding]:
    """The same picture saved anew, resized, cropped, brighter or turned, in train and test.

    A failure, as a leak is. Measured, and in `ids`: images of which an earlier part holds
    a near-copy. `pairs`: (image in the earlier part, in the later). Pictures that are
    equal pixel by pixel are `leak`.
    """
    parts = own_parts(data)
    if not parts.any():
        return [
            leave_unjudged(
                "near_leak", UNIT, str(BOUND), where="the data name no validation or test part"
            )
        ]
    found = near(data, pixels)
    links = found.leaks
    if not links:
        return [Finding("near_leak", "ok", 0, UNIT, str(BOUND))]
    later_ones = sorted({link.other for link in links})
    seen: dict[tuple[int, int], set[int]] = defaultdict(set)
    for link in links:
        seen[int(parts[link.one]), int(parts[link.other])].add(link.other)
    places = "; ".join(
        f"{len(those)} of {np.count_nonzero(parts == later)} in {PARTS[later]} have a near-copy "
        f"in {PARTS[earlier]}"
        for (earlier, later), those in sorted(seen.items(), reverse=True)
    )
    return [
        Finding(
            "near_leak",
            "fail",
            len(later_ones),
            UNIT,
            str(BOUND),
            f"{places}: {len(links)} pairs{ways(links)}",
            tuple(data.ids[position] for position in later_ones),
            pairs_of(data, links),
            "A model may have learnt the answers by heart. Look at the pairs, and leave them out "
            "of the earlier part "
            "(receta clean --fix near_leak).",
            show_distances(data, links, found.bound),
        )
    ]


def innocent(folder: Path) -> str:
    """Write parts with near-copies inside train, and an exact copy in test."""
    return tiny_folders.write_scaled(
        folder,
        {
            "train/cat/1.png": (1, 1),
            "train/cat/2.png": (1, 0.8),
            "train/dog/1.png": (2, 1),
            "train/dog/2.png": (3, 1),
            "test/cat/1.png": (4, 1),
            "test/dog/1.png": (2, 1),
        },
    )


def culprit(folder: Path) -> str:
    """Write a train and a test part with one picture in both, darker in test."""
    return tiny_folders.write_scaled(
        folder,
        {
            "train/cat/1.png": (1, 1),
            "train/dog/1.png": (2, 1),
            "test/cat/9.png": (1, 0.8),
            "test/dog/1.png": (4, 1),
        },
    )
