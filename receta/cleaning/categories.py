"""How do columns of categories become numbers?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, counted, why
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.data.table import Column

AFTER = "skew"  # last: what other fixes say of a column, they say of its categories
MENDS = ("categories",)
METHODS = ("one_hot", "ordinal", "frequency")
KINDS = ("table",)
NOTE = "a wish, not a finding"
WISHED = True  # no audit finds it: it is done where it is asked for
MOST_CATEGORIES = 100  # columns that one column may become


def categories(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """one_hot: a column of 0 and 1 each (colour=red). ordinal: positions. frequency: shares.

    Categories, their order and shares are those of the training part; none of the target.
    """
    entries = []
    taken = {column.name for column in work.data.columns}
    for column in [column for column in work.data.columns if column.kind == "category"]:
        codes, counts = np.unique(work.learnt_from(column), return_counts=True)
        if not len(codes):
            work.notes.append(
                f"categories: {column.name!r} has no category in the training part; it stays as "
                "it is."
            )
            continue
        step, what = _step(
            column, [column.categories[code] for code in codes.tolist()], counts, method
        )
        step["names"] = [_free(name, taken - {column.name}) for name in step["names"]]
        taken |= set(step["names"])
        entries.append(
            Entry(code, method, len(step["names"]), "columns", what, why(found), (step,))
        )
    return entries


def _step(column: Column, known: list[str], counts: np.ndarray, method: str) -> tuple[Step, str]:
    step: Step = {"do": "encode", "column": column.name, "how": method}
    if method == "frequency":
        shares = dict(zip(known, (counts / counts.sum()).tolist(), strict=True))
        return {
            **step,
            "shares": shares,
            "names": [column.name],
        }, f"took the share of its category for {column.name!r}"
    if method == "ordinal":
        return {
            **step,
            "categories": known,
            "names": [column.name],
        }, f"numbered the {len(known)} categories of {column.name!r}"
    if len(known) > MOST_CATEGORIES:
        raise InputError(
            f"fix categories=one_hot would make {len(known)} columns of {column.name!r}; "
            f"expected at most {MOST_CATEGORIES} "
            f"categories. Use categories=frequency or categories=ordinal."
        )
    names = [f"{column.name}={name}" for name in known]
    return {
        **step,
        "categories": known,
        "names": names,
    }, f"made {counted(len(names), 'columns')} of 0 and 1 out of {column.name!r}"


def _free(name: str, taken: set[str]) -> str:
    candidate, n = name, 1
    while candidate in taken:
        n += 1
        candidate = f"{name}~{n}"
    return candidate
