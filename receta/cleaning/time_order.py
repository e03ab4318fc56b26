"""What happens to a series whose file is not in the order of its times?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.core.finding import Finding

AFTER = "poor_pictures"
MENDS = ("time_order",)
METHODS = ("sort",)
KINDS = ("series",)


def time_order(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Its steps are taken by time."""
    source: Any = work.data.source
    if source.times is None:
        return []
    n = int(
        (np.diff(source.file_order) < 0).sum()
        + (np.diff(source.times) < np.timedelta64(0, "s")).sum()
    )
    return [
        Entry(
            code,
            method,
            n,
            "steps",
            f"sorted by time ({counted(n, 'steps')} out of order)",
            why(found),
            ({"do": "sort_times"},),
        )
    ]
