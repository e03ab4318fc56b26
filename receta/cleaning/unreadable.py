"""What is left out because it cannot be read?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work
from receta.core.finding import Finding

AFTER = "class_names"
MENDS = ("unreadable", "truncated")
METHODS = ("leave_out",)
KINDS = ("images", "table", "series", "texts")
NOTE = "always"


def unreadable(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Left out of every part, each with the reason that the audit gave."""
    reasons: dict[str, str] = {}
    for finding in found:
        plain = "cannot be read" if code == "unreadable" else code
        for name in finding.ids:
            reasons.setdefault(name, finding.facts.reasons.get(name, plain))
    return work.leave_out(reasons, code, found, always=True)
