"""Which column alone gives the target away?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.audits._together import find_together
from receta.audits.identifier import identifies
from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.naming import first_few
from receta.data.column_uses import is_said_out
from receta.data.dataset import Dataset
from receta.probing import one_column
from receta.probing.columns import BITS, bits, counted, sample, training

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "near_leak"
QUESTION = "Does no column give the target away?"
FINDS = "one column alone predicts the target almost without an error, or several sum up to it"
WARNS = (
    "score 0.99, or 0.95 where 99 % of its variance lies between classes; a copy of the target "
    "fails"
)
UNIT = "score"
STOPS = True
BOUND = one_column.NEARLY_ALL  # its origin stands there
_ROWS, _CELLS = 20_000, 2_000_000  # looked at, and all columns together
_MOST_CLASSES = 20  # the commonest: who gives all away gives these away
_FEWEST = 5  # rows of a class


def target_leakage(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns that alone predict the target (almost) without an error.

    Score: balanced accuracy for classes, R2 for values, of a shallow tree on one column (of means
    by category), on rows it has not seen; for values also of a line. `fail` for a copy of the
    target, `warn` where a column, or whether it is filled in, is too good to be true, and where
    columns of numbers add up to the target. Looks at
    20,000 rows (fewer with hundreds of columns), of the 20 commonest classes.
    """
    rows, targets = _looked_at(data)
    nothing = Finding(
        "target_leakage",
        "ok",
        0,
        UNIT,
        f"< {BOUND:g}",
        "too few rows to tell" if not len(rows) else "",
    )
    if not len(rows):
        return [nothing]
    judge = one_column.Judge(targets, is_counted(data))
    findings, best, best_name = [], 0.0, ""
    for column in data.columns:
        if identifies(column) or is_said_out(column):
            continue  # named there, and worthless on new rows however well it did here
        some = column.take(rows)
        score, blanks = judge.score(some), judge.blanks(some)
        if (
            score < BOUND
            and blanks < one_column.BLANKS
            and not judge.varies_with_class(some, score)
        ):
            best, best_name = max((best, best_name), (score, column.name))
            continue
        only_blanks = blanks >= one_column.BLANKS and blanks >= score - 1e-9
        # A line through values of one column is all that there is to learn.
        is_all = len(data.columns) == 1 and not is_counted(data)
        copy = not only_blanks and not is_all and judge.copies(some)
        findings.append(
            _finding(column, score if not only_blanks else blanks, only_blanks, copy, data)
        )
    if not is_counted(data) and not findings:
        findings += _of_several(data, rows)
    if findings:
        return findings
    where = (
        f"{best_name!r} is the best of {counted(len(data.columns), 'columns')}" if best_name else ""
    )
    return [Finding("target_leakage", "ok", _rounded(best), UNIT, f"< {BOUND:g}", where)]


def _finding(column: Column, score: float, only_blanks: bool, copy: bool, data: Dataset) -> Finding:
    target = getattr(data.source, "target_name", "the target")
    what = "balanced accuracy" if is_counted(data) else "R2"
    if copy:
        where, advice = (
            f"it is a copy of {target!r}",
            "Whoever sees it need not predict. Leave it out (receta clean --fix target_leakage).",
        )
    elif only_blanks:
        where = f"whether it is filled in gives {target!r} away ({what} {score:.3g})"
        advice = (
            "It may be filled in once the outcome is known. If so, leave it out (receta "
            "clean --fix target_leakage)."
        )
    else:
        where = f"alone it gives {target!r} away ({what} {score:.3g})"
        advice = (
            "Too good to be true? Is it known before the target is? If not, leave it out "
            "(receta clean --fix target_leakage)."
        )
    expected = f"< {BOUND:g}" + (f" (< {one_column.BLANKS:g} by blanks)" if only_blanks else "")
    return Finding(
        "target_leakage",
        "fail" if copy else "warn",
        _rounded(score),
        UNIT,
        expected,
        f"column {column.name!r}: {where}",
        (column.name,),
        advice=advice,
        facts=Facts(column=column.name),
        shown={"column": column.name, "copy": copy, "blanks": only_blanks},
    )


def _of_several(data: Dataset, rows: np.ndarray) -> list[Finding]:
    """A finding where columns together are the target, as parts are of a sum."""
    some = [column.take(rows) for column in data.columns]
    found = find_together(some, data.targets[rows])
    if found is None:
        return []
    target = getattr(data.source, "target_name", "the target")
    others = [name for name in found.names if name != found.total]
    named = first_few(others)
    where = (
        f"column {found.total!r}: it is the sum of {target!r} and {named}"
        if found.total
        else f"columns {named}: together they give {target!r} exactly"
    )
    largest = found.total or others[int(np.abs(found.factors).argmax())]
    return [
        Finding(
            "target_leakage",
            "warn",
            1.0,
            UNIT,
            f"< {BOUND:g}",
            where,
            (found.total,) if found.total else tuple(others),
            advice="Are all of them known before the target is? If not, leave one out "
            "(receta clean --fix target_leakage).",
            facts=Facts(column=largest),
            shown={"column": largest, "copy": False, "blanks": False},
        )
    ]


def is_counted(data: Dataset) -> bool:
    """Whether the target holds classes."""
    return tasks.of(data.task).IS_COUNTED


def _rounded(score: float) -> float:
    return float(f"{score:.4g}")


def _looked_at(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Rows to look at and their targets; none where chance could do it all."""
    nothing = np.empty(0, np.int64), np.empty(0)
    rows = training(data)
    if not data.columns or data.targets.ndim != 1:
        return nothing
    most = int(np.clip(_CELLS // len(data.columns), 2000, _ROWS))
    targets = data.targets[rows]
    if not is_counted(data):
        rows = sample(rows[np.isfinite(targets)], most, "target_leakage")
        targets = data.targets[rows]
        if len(rows) < 2 * _FEWEST * one_column.FOLDS or len(np.unique(targets)) < 3:
            return nothing
        return rows, targets
    counts = np.bincount(targets, minlength=1)
    commonest = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    commonest = commonest[counts[commonest] >= _FEWEST]
    if len(commonest) < 2:
        return nothing
    each = max(_FEWEST, most // len(commonest))
    rows = np.sort(
        np.concatenate(
            [
                sample(rows[targets == index], each, "target_leakage", str(index))
                for index in commonest
            ]
        )
    )
    which = np.unique(data.targets[rows], return_inverse=True)[1].astype(np.int64)
    # So many columns may try that the luckiest has so much less to prove.
    return (rows, which) if bits(which) >= BITS + np.log2(len(data.columns)) else nothing


def innocent(folder: Path) -> Dataset:
    """Columns that help honestly, and one that is missing at random."""
    return tiny_tables.honest(
        80,
        width=[
            np.nan if row % 7 == 3 else row % 2 + tiny_tables.noise(80, "width")[row]
            for row in range(80)
        ],
    )


def culprit(folder: Path) -> Dataset:
    """A code of the class, and a date of cure that only the cured have."""
    return tiny_tables.honest(
        80,
        outcome_code=[float(row % 2) for row in range(80)],
        cured_on=[None if row % 2 else f"week {row % 5}" for row in range(80)],
    )
