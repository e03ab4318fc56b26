"""Which examples could not even be read from where they are?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.junk_cells import is_junk
from receta.audits.made_up import tiny_tables
from receta.core.finding import Finding
from receta.data.dataset import Dataset, Quarantined

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("images", "table", "series", "texts")
AFTER = "truncated"
QUESTION = "Could everything be read that is there?"
FINDS = "what was left out as the data were read: no answer, no label, no class folder"
WARNS = "any"
INSTEAD = "mend what could not be read where it comes from, and load anew"
UNIT = "examples"
BOUND = 0  # what is not there cannot be learnt from, and nobody may believe that it is
_SHOWN = 500


def left_out(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """What was left out as the data were read: no label, no answer, no class folder.

    `ids` and, in `shown`, the reason of each. Rows with junk are `junk_cells`', pictures that
    cannot be decoded `unreadable`'s; what `receta clean` left out is no finding.
    """
    gone = data.left_out or getattr(data.source, "strays", ())
    if repr(data.source).startswith("cleaned("):
        gone = getattr(data.source, "left_before", ())
    gone = [one for one in gone if not is_junk(one.reason)]
    if not gone:
        return [Finding("left_out", "ok", 0, UNIT, str(BOUND))]
    common = Counter(
        one.reason.partition(" from ")[0].partition(": ")[0][:60] for one in gone
    ).most_common(3)
    return [
        Finding(
            "left_out",
            "warn",
            len(gone),
            UNIT,
            str(BOUND),
            f"{len(gone)} beside {len(data)}: "
            f"{', '.join(f'{n} x {reason}' for reason, n in common)}",
            tuple(one.id for one in gone),
            advice="They are not there for anything that follows. Mend what they come from, and "
            "load anew.",
            shown={one.id: one.reason for one in gone[:_SHOWN]},
        )
    ]


def innocent(folder: Path) -> Dataset:
    """A table of which every row could be used."""
    return tiny_tables.table([1.0, 2.0], [tiny_tables.column("age", [31.0, 40.0])])


def culprit(folder: Path) -> Dataset:
    """A table that lost a row without a target."""
    age = tiny_tables.column("age", np.array([31.0, 28.0]).tolist())
    return tiny_tables.table(
        [1.0, 2.0], [age], strays=[Quarantined("row-9", "its target (y) is missing")]
    )
