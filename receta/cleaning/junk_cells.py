"""What happens to cells that hold a text of the wrong kind?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.core.finding import Finding

AFTER = "gaps"
MENDS = ("junk_cells",)
METHODS = ("missing", "leave_out")
KINDS = ("table", "series")
METHODS_OF = {"series": ("missing",)}


def junk_cells(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """missing: they count as missing cells (which `missing` fills). leave_out: their rows go."""
    if work.data.in_time:
        n = len(work.data.source.junk)  # type: ignore[attr-defined]
        step = {"do": "forget_steps", "what": "junk"}
        return (
            [
                Entry(
                    code,
                    method,
                    n,
                    "cells",
                    f"took {counted(n, 'cells')} of junk as missing",
                    why(found),
                    (step,),
                )
            ]
            if n
            else []
        )
    if method == "leave_out":
        reasons: dict[str, str] = {}
        for column, _ in work.columns_of(found):
            for row, text in sorted(column.junk.items()):
                reasons.setdefault(
                    work.data.ids[row], f"junk cell: {column.name!r} holds {text[:40]!r}"
                )
        return work.leave_out(reasons, code, found)
    entries = []
    for column, finding in work.columns_of(found):
        if column.junk:
            n = len(column.junk)
            what = f"took {counted(n, 'cells')} of junk in {column.name!r} as missing"
            step = {"do": "forget", "column": column.name, "what": "junk"}
            entries.append(Entry(code, method, n, "cells", what, why([finding]), (step,)))
    return entries
