"""Which classes are one, for their names differ in case or spaces only?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, counted, why
from receta.core.finding import Finding

AFTER = ""  # before conflicts of labels, which it may end
MENDS = ("class_names",)
METHODS = ("merge",)
KINDS = ("images", "table", "texts")
TASKS = ("classes",)
NOTE = "names that differ in case or spaces become one"


def class_names(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """The spelling that the audit says most examples have stays; the classes become fewer."""
    data = work.data
    said = {rare: most for finding in found for rare, most in finding.facts.spellings.items()}
    names = set(data.class_names)
    into = {
        rare: most for rare, most in said.items() if rare in names and most in names - set(said)
    }
    if not into:
        return []
    if len(names) - len(into) < 2:
        work.notes.append(
            "class_names: all classes have one name but for case and spaces; one class alone "
            "cannot be learnt."
        )
        return []
    moved = sum(int((data.targets == data.class_names.index(name)).sum()) for name in into)
    named = ", ".join(f"{rare!r} into {most!r}" for rare, most in list(into.items())[:5])
    what = (
        f"merged {counted(len(into), 'spellings')} ({named}): {counted(moved, 'examples')} "
        "relabelled"
    )
    return [
        Entry(
            code,
            method,
            moved,
            "examples",
            what,
            why(found),
            ({"do": "merge_classes", "into": into},),
        )
    ]
