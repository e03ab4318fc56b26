"""What happens to cells that hold an infinity?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, counted, why
from receta.core.finding import Finding

AFTER = "junk_cells"
MENDS = ("infinite",)
METHODS = ("missing", "clip", "leave_out")
KINDS = ("table", "series")
METHODS_OF = {"series": ("missing",)}


def infinite(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """missing: they count as missing. clip: the largest (smallest) number of training."""
    if work.data.in_time:
        n = int(np.isinf(work.data.source.values).sum())  # type: ignore[attr-defined]
        step: Step = {"do": "forget_steps", "what": "infinite"}
        return (
            [
                Entry(
                    code,
                    method,
                    n,
                    "cells",
                    f"took {counted(n, 'infinite cells')} as missing",
                    why(found),
                    (step,),
                )
            ]
            if n
            else []
        )
    if method == "leave_out":
        reasons: dict[str, str] = {}
        for column, _ in work.columns_of(found, ("number",)):
            for row in np.flatnonzero(np.isinf(column.values)).tolist():
                reasons.setdefault(
                    work.data.ids[row], f"infinite: {column.name!r} holds an infinity"
                )
        return work.leave_out(reasons, code, found)
    entries = []
    for column, finding in work.columns_of(found, ("number",)):
        n = int(np.isinf(column.values).sum())
        if not n:
            continue
        if method == "missing":
            step = {"do": "forget", "column": column.name, "what": "infinite"}
            what = f"took {counted(n, 'infinite cells')} of {column.name!r} as missing"
        else:
            there = work.learnt_from(column)
            if not len(there):
                work.notes.append(
                    f"infinite: {column.name!r} has no finite number in the training part to "
                    "clip to; use infinite=missing."
                )
                continue
            step = {
                "do": "clip",
                "column": column.name,
                "low": float(there.min()),
                "high": float(there.max()),
            }
            what = (
                f"clipped {counted(n, 'infinite cells')} of {column.name!r} to "
                f"{there.min():g} .. {there.max():g}"
            )
        entries.append(Entry(code, method, n, "cells", what, why([finding]), (step,)))
    return entries
