"""What is left out because its group stands in a later part too?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work
from receta.core.finding import Finding
from receta.data.dataset import PARTS

AFTER = "leak"
MENDS = ("group_leak",)
METHODS = ("leave_out",)
KINDS = ("images", "table", "series", "texts")
NOTE = "of the earlier part, so that the test part stays whole"


def group_leak(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Left out of the earlier parts, so that a group stays in the latest alone."""
    groups, data = work.data.groups, work.data
    if groups is None:
        return []
    named = {group for finding in found for group in finding.facts.groups}
    latest: dict[str, int] = {}
    place = [PARTS.index(part) if part else 0 for part in data.parts]
    for group, part in zip(groups, place, strict=True):
        latest[group] = max(latest.get(group, 0), part)
    reasons = {
        one: f"group leak: {group} stands in {PARTS[latest[group]]} too"
        for one, group, part in zip(data.ids, groups, place, strict=True)
        if group in named and part < latest[group]
    }
    return work.leave_out(reasons, code, found)
