"""Which columns are dropped, for they say nothing or too much?"""

from __future__ import annotations

from receta.cleaning.engine.planning import Entry, Work, why
from receta.core.finding import Finding

AFTER = "numeric_category"
MENDS = ("constant", "duplicate_column", "identifier", "target_leakage")
METHODS = ("drop_column",)
KINDS = ("table",)


def unneeded_columns(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """The columns named are no features any more; one column always stays."""
    entries = []
    left = len(work.data.columns)
    for column, finding in work.columns_of(found):
        if left == 1:
            work.notes.append(
                f"{code}: {column.name!r} is the last column and stays; a model needs one to "
                "learn from."
            )
            break
        left -= 1
        step = {"do": "drop_columns", "columns": [column.name]}
        entries.append(
            Entry(
                code,
                method,
                1,
                "columns",
                f"dropped the column {column.name!r}",
                why([finding]),
                (step,),
            )
        )
    return entries
