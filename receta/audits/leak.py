"""Which examples stand in more than one of the data's own parts?"""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.copies.equal import equal_sets, link
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import PARTS, Dataset
from receta.probing.rows import labels, noun, own_parts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "junk_cells"
QUESTION = "Is the test part free of training pictures?"
FINDS = "the same example in more than one of the data's own parts, whatever its name or format"
WARNS = "any fails"
UNIT = "images"  # of a table rows, of texts texts
KINDS = ("images", "table", "texts")
BOUND = 0  # one remembered picture in the test part already makes its figure better than the truth


def leak(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """The same example in train and test, or in validation and either.

    A failure: what the test part says would be too good. Measured, and in `ids`: images
    that an earlier part holds too. `pairs`: (image in the earlier part, in the later).
    """
    parts, unit = own_parts(data), noun(data)
    if not parts.any():
        return [
            leave_unjudged(
                "leak", unit, str(BOUND), where="the data name no validation or test part"
            )
        ]
    pairs: list[tuple[int, int]] = []
    seen: dict[tuple[int, int], int] = Counter()
    sets, remark = equal_sets(data, pixels)
    for same in sets:
        by_part = [
            [position for position in same if parts[position] == code] for code in range(len(PARTS))
        ]
        for earlier, later in itertools.combinations(range(len(PARTS)), 2):
            if by_part[earlier] and by_part[later]:
                pairs += link(by_part[earlier], by_part[later])
                seen[earlier, later] += len(by_part[later])
    if not pairs:
        return [Finding("leak", "ok", 0, unit, str(BOUND), remark)]
    later_ones = sorted({later for _, later in pairs})
    places = [
        f"{n} of {np.count_nonzero(parts == later)} in {PARTS[later]} stand in {PARTS[earlier]} too"
        for (earlier, later), n in sorted(seen.items(), reverse=True)
    ]
    label = labels(data)
    relabelled = sum(label[one] != label[other] for one, other in pairs)
    remark = f" Of the {len(pairs)} pairs {relabelled} carry two labels." if relabelled else ""
    return [
        Finding(
            "leak",
            "fail",
            len(later_ones),
            unit,
            str(BOUND),
            "; ".join(places),
            tuple(data.ids[position] for position in later_ones),
            tuple((data.ids[one], data.ids[other]) for one, other in pairs),
            f"A model may have learnt the answers by heart.{remark} Leave them out of the "
            "earlier part (receta clean --fix leak).",
        )
    ]


def innocent(folder: Path) -> str:
    """Write parts without a common picture; one stands twice in train."""
    pictures = {
        "train/cat/1.png": 1,
        "train/cat/2.png": 1,
        "train/dog/1.png": 2,
        "test/cat/1.png": 3,
        "test/dog/1.png": 4,
    }
    return tiny_folders.write(folder, pictures)


def culprit(folder: Path) -> str:
    """Write a train and a test part with one common picture."""
    pictures = {
        "train/cat/1.png": 1,
        "train/dog/1.png": 2,
        "test/cat/9.png": 1,
        "test/dog/1.png": 4,
    }
    return tiny_folders.write(folder, pictures)
