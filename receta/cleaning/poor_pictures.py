"""Which pictures are left out for how they look?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work
from receta.core.finding import Finding

AFTER = "label_error"
MENDS = (
    "dark",
    "bright",
    "blurry",
    "low_information",
    "odd_size",
    "odd_shape",
    "grey_among_colour",
)
METHODS = ("leave_out",)
KINDS = ("images",)


def poor_pictures(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Left out, from every part."""
    reasons = {one: code.replace("_", " ") for finding in found for one in finding.ids}
    return work.leave_out(reasons, code, found)
