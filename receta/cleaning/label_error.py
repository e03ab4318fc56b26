"""What happens to examples whose label is probably wrong?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, counted, listed, why
from receta.core.finding import Finding

AFTER = "duplicate"
MENDS = ("label_error",)
METHODS = ("leave_out", "relabel")
KINDS = ("images", "table", "texts")


def label_error(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """leave_out: they are gone. relabel: they get the label that the audit suggests.

    A part that the data call test is relabelled too where it is asked for: look first.
    """
    data = work.data
    now = dict(zip(data.ids, data.targets.tolist(), strict=True))
    labels: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for finding in found:
        reasons |= dict.fromkeys(finding.ids, "label error: a small model is sure of another label")
        for one, (suggested, sureness) in finding.facts.labels.items():
            if one not in now:
                continue
            reasons[one] = (
                f"label error: labelled {data.class_names[now[one]]!r}, looks like "
                f"{suggested!r} ({sureness:.0%} sure)"
            )
            if (
                one not in work.spared
                and suggested in data.class_names
                and data.class_names[now[one]] != suggested
            ):
                labels[one] = suggested
    if method == "leave_out":
        return work.leave_out(reasons, code, found)
    silent = sum(one in now and one not in labels for one in reasons)
    if silent:
        work.notes.append(
            f"label_error: for {silent} of {len(reasons)} suspects no label is suggested; they "
            "stay as they are."
        )
    if not labels:
        return []
    changed = [f"{one} as {label}" for one, label in labels.items()]
    return [
        Entry(
            code,
            method,
            len(labels),
            "examples",
            f"relabelled {counted(len(labels), 'examples')}: {listed(changed)}",
            why(found),
            ({"do": "relabel", "labels": labels},),
        )
    ]
