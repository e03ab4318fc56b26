"""What is left out because a later part holds it too?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work
from receta.core.finding import Finding

AFTER = "unreadable"
MENDS = ("leak", "near_leak")
METHODS = ("leave_out",)
KINDS = ("images", "table", "series", "texts")
NOTE = "of the earlier part, so that the test part stays whole"


def leak(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Left out of the earlier part: others may have been judged by the test part."""
    here = set(work.data.ids)
    same = "the same" if code == "leak" else "nearly the same"
    thing = work.data.noun.one
    reasons: dict[str, str] = {}
    for finding in found:
        for earlier, later in finding.pairs:
            # Of a pair that an earlier step broke up, the one that is left is nobody's double any
            # more.
            if earlier in here and later in here:
                reasons.setdefault(earlier, f"{code.replace('_', ' ')}: {same} {thing} as {later}")
    return work.leave_out(reasons, code, found)
