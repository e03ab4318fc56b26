"""What is left out because it stands there more than once?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, sets_of
from receta.core.finding import Finding

AFTER = "label_conflict"
MENDS = ("duplicate", "near_duplicate", "near_text")
METHODS = ("leave_out",)
KINDS = ("images", "table", "texts")
NOTE = "all but the first"


def duplicate(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """All but the first of each set that are still there."""
    place = {one: position for position, one in enumerate(work.data.ids)}
    reasons: dict[str, str] = {}
    for joined in sets_of(pair for finding in found for pair in finding.pairs):
        first, *others = sorted((one for one in joined if one in place), key=place.__getitem__) or [
            ""
        ]
        reasons |= {other: f"{code.replace('_', ' ')} of {first}" for other in others}
    return work.leave_out(reasons, code, found)
