"""What is left out because the same picture carries two labels?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, sets_of
from receta.core.finding import Finding

AFTER = "group_leak"
MENDS = ("label_conflict", "near_conflict")
METHODS = ("leave_out",)
KINDS = ("images", "table", "texts")
TASKS = ("classes", "labels")
NOTE = "all that conflict"


def label_conflict(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """All that conflict: at most one label is right, and nothing says which."""
    data = work.data
    label = dict(zip(data.ids, data.targets.tolist(), strict=True))
    position = {name: row for row, name in enumerate(data.ids)}
    same = "the same" if code == "label_conflict" else "nearly the same"
    thing = data.noun.one
    reasons: dict[str, str] = {}
    for joined in sets_of(pair for finding in found for pair in finding.pairs):
        left = [one for one in joined if one in label]
        for one in left:
            other = next((other for other in left if label[other] != label[one]), None)
            if other is not None:
                named = repr(data.named(position[other]))
                reasons[one] = (
                    f"{code.replace('_', ' ')}: {same} {thing} as {other}, which is labelled "
                    f"{named}"
                )
    return work.leave_out(reasons, code, found)
