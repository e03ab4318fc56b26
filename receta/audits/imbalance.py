"""How much larger is the largest class than the smallest?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import noun, training_counts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "near_duplicate"
QUESTION = "Are the classes of comparable size?"
FINDS = "the largest class against the smallest"
WARNS = "above 4 times"
INSTEAD = (
    "the recipe answers it (class weights, sampling, a decision threshold): receta look "
    "--imbalance shows how"
)
UNIT = "times"
TASKS = ("classes",)
KINDS = ("images", "table", "texts")
# Where Google's machine learning guide ("Imbalanced datasets") lets moderate imbalance begin: the
# smaller of two classes holds less than 20 %. Milder imbalance, it says, often is no problem.
BOUND = 4.0


def imbalance(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Largest class over smallest, in examples to learn from.

    Says what that does: how often the largest class alone would be right. Classes without
    any example are left to `small_class`.
    """
    counts = training_counts(data, pixels)
    there = np.flatnonzero(counts)
    if len(there) < 2:
        return [Finding("imbalance", "ok", 1, UNIT, f"<= {BOUND:g}", f"{len(there)} class")]
    largest, smallest = int(there[counts[there].argmax()]), int(there[counts[there].argmin()])
    ratio = round(float(counts[largest] / counts[smallest]), 3)
    share, fair = counts[largest] / counts.sum(), 1 / len(there)
    where = (
        f"{data.class_names[largest]!r} {counts[largest]}, {data.class_names[smallest]!r} "
        f"{counts[smallest]}"
    )
    if ratio == 1:
        where = f"{counts[largest]} {noun(data)} in each of {len(there)} classes"
    shown = {
        "counts": counts.tolist(),
        "largest_share": round(float(share), 4),
        "even_share": round(fair, 4),
    }
    if ratio <= BOUND:
        return [Finding("imbalance", "ok", ratio, UNIT, f"<= {BOUND:g}", where, shown=shown)]
    return [
        Finding(
            "imbalance",
            "warn",
            ratio,
            UNIT,
            f"<= {BOUND:g}",
            where,
            advice=f"Who always says {data.class_names[largest]!r} is right in {share:.0%} of "
            f"the cases ({fair:.0%} if the "
            f"classes were even). Judge by balanced accuracy, and add {noun(data)} of "
            f"{data.class_names[smallest]!r}.",
            shown=shown,
        )
    ]


def innocent(folder: Path) -> str:
    """Write classes of which the larger holds four times the smaller."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=8, dog=2))


def culprit(folder: Path) -> str:
    """Write classes of which the larger holds five times the smaller."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=10, dog=2))
