"""Which classes have too few examples to learn from and to judge by?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.audits.made_up import tiny_folders
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import noun, own_parts, readable, training_counts

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "imbalance"
QUESTION = "Are there enough examples of each class?"
FINDS = "classes with few examples"
WARNS = "fewer than 20"
INSTEAD = "add examples, or remove the class from the data"
UNIT = "images"  # of a table rows, of texts texts
TASKS = ("classes", "labels")
KINDS = ("images", "table", "texts")
# Below, the usual 15 % hold fewer than 3 images of a class; and 3 right of 3 still allow a true
# accuracy of 44 % (Wilson's interval, 95 %): 3 / (3 + 1.96^2). Vendors advise more (Azure: 50).
BOUND = 20


def small_class(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Classes with very few readable examples outside validation and test.

    Measured: examples of the smallest class. `ids`: those of all classes below the
    bound; `shown`: how many each of these has.
    """
    unit = noun(data)
    counts = training_counts(data, pixels)
    if not len(counts):
        return [Finding("small_class", "ok", 0, unit, "0", "no classes")]
    smallest = int(counts.min())
    few = np.flatnonzero(counts < BOUND)
    if not len(few):
        return [
            Finding(
                "small_class",
                "ok",
                smallest,
                unit,
                f">= {BOUND}",
                repr(data.class_names[counts.argmin()]),
            )
        ]
    ascending = few[np.argsort(counts[few], kind="stable")]
    named = ", ".join(f"{data.class_names[index]!r} {counts[index]}" for index in ascending[:5])
    more = f" and {len(few) - 5} more" if len(few) > 5 else ""
    every = tasks.of(data.task).held(data.targets, len(counts))
    held = np.any([every[index] for index in few], axis=0)
    looked_at = readable(data, pixels) & (own_parts(data) == 0) & held
    return [
        Finding(
            "small_class",
            "warn",
            smallest,
            unit,
            f">= {BOUND}",
            f"{len(few)} of {len(counts)} {data.task}: {named}{more}",
            tuple(data.ids[position] for position in np.flatnonzero(looked_at)),
            advice=f"What is said about these {data.task} is hardly more than chance. Add "
            f"{unit}, or remove or join {data.task}.",
            shown={data.class_names[index]: int(counts[index]) for index in ascending},
        )
    ]


def innocent(folder: Path) -> str:
    """Write two classes of just enough pictures."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=BOUND, dog=BOUND))


def culprit(folder: Path) -> str:
    """Write one class that is a picture short."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=BOUND, dog=BOUND - 1))
