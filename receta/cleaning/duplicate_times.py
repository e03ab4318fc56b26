"""What happens to times that a series holds twice?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.core.finding import Finding

AFTER = "time_order"
MENDS = ("duplicate_times",)
METHODS = ("first", "mean")
KINDS = ("series",)


def duplicate_times(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """first: of each time the step that the file has first. mean: of all of them."""
    source: Any = work.data.source
    n = 0 if source.times is None else len(source.times) - len(np.unique(source.times))
    if not n:
        return []
    kept = "kept the first of" if method == "first" else "took the mean of"
    return [
        Entry(
            code,
            method,
            n,
            "steps",
            f"{kept} the steps of one time: {counted(n, 'steps')} fewer",
            why(found),
            ({"do": "merge_times", "how": method},),
        )
    ]
