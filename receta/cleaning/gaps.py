"""What happens where steps of a series are missing?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.cleaning.engine.series import ends_of_parts
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.data import steps
from receta.data.series_steps import MOST_GROWTH
from receta.data.time_grid import absent, grid

AFTER = "irregular_steps"
MENDS = ("gaps",)
METHODS = ("interpolate", "last", "missing")
KINDS = ("series",)


def gaps(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """The steps that the audit misses are put in, and all values that lack are filled.

    interpolate: on the line between the values around, never from a later part. last: with
    the last value before. missing: the steps are there, without values.
    """
    source: Any = work.data.source
    regular = grid(source.times)
    lost = (
        absent(regular)[1]
        if regular is not None and regular.regular
        else np.empty(0, "datetime64[s]")
    )
    n = len(lost)
    if not n:
        return []
    if n > MOST_GROWTH * len(source.times):
        raise InputError(
            f"would put {n:,} steps into the gaps of {len(source.times):,}; expected at most "
            f"{MOST_GROWTH} times as many as there are. "
            f"Mend the times of the file."
        )
    insert = {"do": "insert_times", "times": np.datetime_as_string(lost).tolist()}
    if method == "missing":
        return [
            Entry(
                code,
                method,
                n,
                "steps",
                f"put in {counted(n, 'steps')} without values",
                why(found),
                (insert,),
            )
        ]
    longer = Work(steps.apply(work.data, [insert]), work.recipe, borders=work.borders)
    fill = {
        "do": "fill_steps",
        "how": "linear" if method == "interpolate" else "last",
        "ends": ends_of_parts(longer),
    }
    lacking = int(np.isnan(source.values).any(axis=1).sum())
    also = f"; filled {counted(lacking, 'steps')} that had no value" if lacking else ""
    said = (
        "on the line between the values around"
        if method == "interpolate"
        else "with the last value before"
    )
    return [
        Entry(
            code,
            method,
            n,
            "steps",
            f"put in {counted(n, 'steps')} with values {said}{also}",
            why(found),
            (insert, fill),
        )
    ]
