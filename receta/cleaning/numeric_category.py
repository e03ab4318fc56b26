"""What happens to texts that are numbers, and to numbers that are codes?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, counted, why
from receta.core.finding import Finding
from receta.data.numbers import code_name

AFTER = "mixed_types"
MENDS = ("numeric_category",)
METHODS = ("convert",)
KINDS = ("table",)
NOTE = "both ways; units are stripped"


def numeric_category(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """Texts such as '1,234' become numbers, without their unit; codes become categories."""
    entries = []
    for column, finding in work.columns_of(found):
        n = int((~column.missing).sum())
        if column.kind == "category":
            decimal, unit = finding.facts.decimal or ".", finding.facts.unit
            step: Step = {
                "do": "to_number",
                "column": column.name,
                "decimal": decimal,
                "unit": unit,
            }
            what = f"made numbers of {counted(n, 'texts')} in {column.name!r}" + (
                f" (in {unit})" if unit.isalpha() else ""
            )
        elif column.kind == "number":
            codes = [code_name(value) for value in np.unique(work.learnt_from(column)).tolist()]
            step = {"do": "to_category", "column": column.name, "categories": codes}
            what = f"made {len(codes)} categories of the codes in {column.name!r}"
        else:
            continue
        entries.append(Entry(code, method, n, "cells", what, why([finding]), (step,)))
    return entries
