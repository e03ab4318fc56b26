"""What happens to examples, or to cells of a column, that are unlike all others?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, counted, why
from receta.core.finding import Finding
from receta.probing.fences import find_fences

AFTER = "unneeded_columns"  # before cells are filled in, which would move the fences
MENDS = ("outlier",)
METHODS = ("leave_out", "clip", "winsorise")
KINDS = ("images", "table")
METHODS_OF = {"images": ("leave_out",), "table": ("clip", "winsorise", "leave_out")}
_ROUNDS = 20  # clipped cells move the fences a little: they are drawn in until no cell is beyond


def outlier(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """clip: to the fences of the training part. winsorise: to the last value within them.

    The fences are the audit's own rule, learnt anew on the training part. leave_out: the
    pictures, or the rows with such a cell, from every part.
    """
    if work.data.is_seen:
        return work.leave_out(
            {one: "outlier" for finding in found for one in finding.ids}, code, found
        )
    entries: list[Entry] = []
    reasons: dict[str, str] = {}
    for column, finding in work.columns_of(found, ("number", "date")):
        there = work.learnt_from(column)
        learnt = (
            there.astype("datetime64[s]").astype(np.int64).astype(np.float64)
            if column.kind == "date"
            else there
        )
        bounds = _bounds(learnt, method)
        if bounds is None:
            work.notes.append(
                f"outlier: the training part has too few values of {column.name!r} to tell; it "
                "stays as it is."
            )
            continue
        low, high = bounds
        values = column.numbers()
        beyond = np.flatnonzero(np.isfinite(values) & ((values < low) | (values > high)))
        if method == "leave_out":
            for row in beyond.tolist():
                reasons.setdefault(
                    work.data.ids[row],
                    f"outlier: {column.name!r} is {column.cell(row)}, outside {low:.6g} to "
                    f"{high:.6g}",
                )
        elif len(beyond):
            step: Step = {"do": "clip", "column": column.name, "low": low, "high": high}
            ends = bounds
            if method == "winsorise":
                inside = learnt[(learnt >= low) & (learnt <= high)]
                ends = float(inside.min()), float(inside.max())
                step["to"] = list(ends)
            did = "clipped" if method == "clip" else "winsorised"
            what = (
                f"{did} {counted(len(beyond), 'cells')} of {column.name!r} to {ends[0]:.6g} "
                f".. {ends[1]:.6g}"
            )
            entries.append(Entry(code, method, len(beyond), "cells", what, why([finding]), (step,)))
    return work.leave_out(reasons, code, found) if method == "leave_out" else entries


def _bounds(values: np.ndarray, method: str) -> tuple[float, float] | None:
    """(low, high) from values of training; None where that cannot be said."""
    low, high = -np.inf, np.inf
    for _ in range(_ROUNDS):
        fences = find_fences(values)
        if fences is None or (max(low, fences[0]), min(high, fences[1])) == (low, high):
            break
        low, high = max(low, fences[0]), min(high, fences[1])
        inside = values[(values >= low) & (values <= high)]
        if method == "winsorise":
            values = np.clip(values, inside.min(), inside.max())
        else:
            values = inside if method == "leave_out" else np.clip(values, low, high)
    return (low, high) if np.isfinite([low, high]).all() else None
