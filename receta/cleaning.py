"""Which examples are left out because of what the audits found?"""

from __future__ import annotations

from collections.abc import Collection

from receta.core.dataset import Dataset
from receta.core.errors import UnknownName
from receta.core.finding import Finding
from receta.core.registry import nearest

FIXES = ("unreadable", "leak", "label_conflict", "duplicate")
# What nobody would want to keep, and which needs no person's eye. Of a label conflict one example is right.
DEFAULT_FIXES = ("unreadable", "leak", "duplicate")


def clean(data: Dataset, findings: Collection[Finding], *, fix: Collection[str] | None = None) -> Dataset:
    """A smaller view without what the findings name; files stay.

    unreadable: always left out. leak: left out of the earlier part, so that the test
    part stays whole. duplicate: all but the first of each set. label_conflict: all that
    conflict. Each goes to `left_out` with its reason.

    fix: the checks to act on. By default unreadable, leak and duplicate; and then the
    data's own test part, which others may have been judged by, loses only what cannot
    be read. Name duplicate or label_conflict to clean the test part by them too.
    Raises UnknownName for a check that leaving out does not mend.

    >>> from receta.sources import load
    >>> data = load("digits")
    >>> twice = Finding("duplicate", "warn", 1, "images", "0", pairs=((data.ids[0], data.ids[7]),))
    >>> len(data) - len(clean(data, [twice]))
    1
    """
    chosen = DEFAULT_FIXES if fix is None else ("unreadable", *([fix] if isinstance(fix, str) else fix))
    for name in chosen:
        if name not in FIXES:
            raise UnknownName(f"fix '{name}' is unknown; expected some of {', '.join(FIXES)}.{nearest(name, FIXES)}")
    kept = {name for name, part in zip(data.ids, data.parts, strict=True) if part == "test"} if fix is None else set()
    label = dict(zip(data.ids, data.targets.tolist(), strict=True))
    reasons: dict[str, str] = {}
    for check in FIXES:  # the gravest reason first: an example is left out once
        if check not in chosen:
            continue
        for finding in findings:
            if finding.check != check:
                continue
            for name, reason in _reasons(finding, data, label).items():
                if check == "unreadable" or name not in kept:
                    reasons.setdefault(name, reason)
    return data.without(reasons)


def _reasons(finding: Finding, data: Dataset, label: dict[str, int]) -> dict[str, str]:
    """What a finding leaves out, and why, by id."""
    if finding.check == "unreadable":
        known = finding.shown or {}
        return {name: str(known.get(name, "cannot be read")) for name in finding.ids}
    # Of a pair that an earlier step broke up, the one that is left is nobody's double any more.
    pairs = [(one, other) for one, other in reversed(finding.pairs) if one in label and other in label]
    if finding.check == "leak":
        return {earlier: f"leak: the same picture as {later}" for earlier, later in pairs}
    if finding.check == "duplicate":
        return {copy: f"duplicate of {first}" for first, copy in pairs}
    return {
        one: f"label conflict: the same picture as {other}, which is labelled {data.class_names[label[other]]!r}"
        for pair in pairs
        for one, other in (pair, pair[::-1])
    }
