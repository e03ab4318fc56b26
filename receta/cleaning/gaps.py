"""What happens where steps of a series are missing?"""

from __future__ import annotations

from typing import Any

from receta.cleaning._planning import Entry, Work, counted, why
from receta.cleaning._series import ends_of_parts, regular_step
from receta.core import steps
from receta.core.finding import Finding
from receta.core.series_steps import missing_times

ORDER = 63
MENDS = ("gaps",)
METHODS = ("interpolate", "last", "missing")
KINDS = ("series",)


def gaps(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """The missing steps are put in, and all values that lack are filled.

    interpolate: on the line between the values around, never from a later part. last: with
    the last value before. missing: the steps are there, without values.
    """
    source: Any = work.data.source
    every = None if source.times is None else regular_step(source.times)
    n = 0 if every is None else len(missing_times(source.times, every))
    if every is None or not n:
        return []
    insert = {"do": "insert_times", "every": list(every)}
    if method == "missing":
        return [Entry(code, method, n, "steps", f"put in {counted(n, 'steps')} without values", why(found), (insert,))]
    longer = Work(steps.apply(work.data, [insert]), work.recipe)
    fill = {"do": "fill_steps", "how": "linear" if method == "interpolate" else "last", "ends": ends_of_parts(longer)}
    said = "on the line between the values around" if method == "interpolate" else "with the last value before"
    return [Entry(code, method, n, "steps", f"put in {counted(n, 'steps')} with values {said}", why(found), (insert, fill))]
