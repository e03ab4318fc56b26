"""What happens to a column of texts that mixes numbers and words?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, counted, why
from receta.core.finding import Finding
from receta.data.numbers import number_of

AFTER = "infinite"
MENDS = ("mixed_types",)
METHODS = ("part", "number", "drop_column")
KINDS = ("table",)
NOTE = "part: its numbers, and a column of its words"


def mixed_types(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """part: a column of its numbers and one of its words. number: its words are missing."""
    entries: list[Entry] = []
    taken = {column.name for column in work.data.columns}
    for column, finding in work.columns_of(found, ("category",)):
        if method == "drop_column":
            if len(work.data.columns) - len(entries) == 1:
                work.notes.append(
                    f"{code}: {column.name!r} is the last column and stays; a model needs one to "
                    "learn from."
                )
                break
            step: Step = {"do": "drop_columns", "columns": [column.name]}
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
            continue
        spelled = np.array([not np.isnan(number_of(text)) for text in column.categories] or [False])
        n = int(spelled[column.values[~column.missing]].sum())
        words = int((~column.missing).sum()) - n
        if not n:
            work.notes.append(
                f"{code}: {column.name!r} holds no numbers beside its words (dates?); write its "
                "cells in one way."
            )
            continue
        if method == "number":
            step = {"do": "to_number", "column": column.name, "decimal": "."}
            what = (
                f"made {column.name!r} numbers; {counted(words, 'cells')} with words are "
                "missing now"
            )
        else:
            other = f"{column.name} (words)"
            while other in taken:
                other += "~"
            taken.add(other)
            step = {"do": "part", "column": column.name, "decimal": ".", "words": other}
            what = f"parted {column.name!r} into its {n} numbers and {words} words ({other!r})"
        entries.append(Entry(code, method, n + words, "cells", what, why([finding]), (step,)))
    return entries
