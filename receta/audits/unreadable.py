"""Which pictures cannot be decoded, and why?"""

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

AFTER = ""
QUESTION = "Can every file be read as a picture?"
FINDS = "files that cannot be decoded, with the reason; they are quarantined"
WARNS = "any"
UNIT = "images"
BOUND = 0  # a picture that cannot be seen cannot be learnt from; none is replaced or guessed


def unreadable(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Pictures that are damaged, empty or no pictures; cut ones are `truncated`.

    A warning: the rest is usable. `shown` holds the reason by id.
    """
    reasons = why_unread(data, pixels, cut=False)
    if not reasons:
        return [Finding("unreadable", "ok", 0, UNIT, str(BOUND))]
    return [
        Finding(
            "unreadable",
            "warn",
            len(reasons),
            UNIT,
            str(BOUND),
            f"{len(reasons)} of {len(data)}",
            tuple(reasons),
            advice="They are left out of all that follows; the files stay as they are. Mend or "
            "replace them to use them.",
            shown=reasons,
            facts=Facts(reasons=reasons),
        )
    ]


def innocent(folder: Path) -> str:
    """Write pictures that can all be read."""
    return tiny_folders.write(folder, tiny_folders.classes(cat=3, dog=3))


def culprit(folder: Path) -> str:
    """Write one empty file and one web page among pictures."""
    spoilt = {"cat/empty.png": b"", "dog/page.png": b"<!doctype html><html>404</html>"}
    return tiny_folders.write(folder, {**tiny_folders.classes(cat=3, dog=3), **spoilt})
