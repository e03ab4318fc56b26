"""What happens to a series whose steps are not equally far apart?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.cleaning.engine.series import regular_step
from receta.core.finding import Finding
from receta.data.series_steps import steps_between

AFTER = "duplicate_times"
MENDS = ("irregular_steps",)
METHODS = ("interpolate", "last")
KINDS = ("series",)


def irregular_steps(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Values at regular times, the commonest step apart, from the first time on.

    interpolate: on the line between the values around. last: the last value before.
    """
    source: Any = work.data.source
    every = None if source.times is None else regular_step(source.times)
    if every is None:
        return []
    n = int(steps_between(source.times[0], source.times[-1], every) + 1e-9) + 1
    step = {
        "do": "resample",
        "every": list(every),
        "how": "linear" if method == "interpolate" else "last",
    }
    unit = "seconds" if every[1] == "s" else "months"
    lacking = int(np.isnan(source.values).any(axis=1).sum())
    also = (
        f"; gaps are bridged, and {counted(lacking, 'steps')} without a value filled"
        if lacking
        else "; gaps are bridged"
    )
    what = f"took values every {every[0]} {unit}: {n} steps of {len(source.times)}{also}"
    return [Entry(code, method, n, "steps", what, why(found), (step,))]
