"""Which picture files end too early?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import why_unread

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "unreadable"
QUESTION = "Is every file whole?"
FINDS = "files that end before their picture does"
WARNS = "any"
UNIT = "images"
BOUND = 0  # what is missing would be shown as grey or black, and be learnt


def truncated(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Files that end before their picture does: a download or a copy was cut off.

    None of them is used. A file that lacks marks after its last pixel alone is whole.
    `shown` holds the reason by id.
    """
    reasons = why_unread(data, pixels, cut=True)
    if not reasons:
        return [Finding("truncated", "ok", 0, UNIT, str(BOUND))]
    return [
        Finding(
            "truncated",
            "warn",
            len(reasons),
            UNIT,
            str(BOUND),
            f"{len(reasons)} of {len(data)}",
            tuple(reasons),
            advice="A download or a copy was cut off: fetch these files anew. They are left out "
            "of all that follows "
            "(receta clean --fix truncated).",
            shown=reasons,
            facts=Facts(reasons=reasons),
        )
    ]


def innocent(folder: Path) -> str:
    """Write whole pictures, and one file that is no picture at all."""
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=3, dog=3), "dog/text.png": b"no picture"}
    )


def culprit(folder: Path) -> str:
    """Write a JPEG of which half is there."""
    whole = tiny_folders.encoded(tiny_folders.pixels(7).repeat(8, 0).repeat(8, 1), "JPEG")
    return tiny_folders.write(
        folder, {**tiny_folders.classes(cat=3, dog=3), "dog/half.jpg": whole[: len(whole) // 2]}
    )
