"""What is wrong with the data? The shelf of audits, and its door `audit`.

Verdicts: `fail` is what would make the reported result better than the truth, so that
nobody should go on with it; `warn` is what costs accuracy or needs a person's eye.
Each audit is one file; no finding repeats what another one says. What a file declares is said by
`Audit`.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from receta import tasks
from receta.audits._contract import Audit
from receta.audits._each_series import judge_each, split_series
from receta.core.commands import fill_place
from receta.core.errors import DataRefused
from receta.core.finding import Finding, Findings, leave_unjudged
from receta.core.progress import Progress, Unasked
from receta.core.registry import Shelf
from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels

__all__ = ["SHELF", "Audit", "audit", "chosen", "refuse", "worth_asking"]

SHELF = Shelf("receta.audits", "audit", contract=Audit)
_SHARE_OF_A_BUDGET = 0.1


def audit(
    data: Dataset,
    *,
    pixels: Pixels | None = None,
    only: Collection[str] | None = None,
    also: Collection[str] = (),
    within_s: float = math.inf,
    progress: Progress = Unasked(),
) -> Findings:
    """Look for what is wrong with the data; nothing is changed.

    pixels: the decoded pictures of the same source, so that they are not decoded twice; what
    others than pictures are fed by is not looked at.
    only: these audits alone. also: audits that take long and are left out otherwise
    (label_error). within_s: seconds, beyond which an audit by its own estimate is not begun
    but told as not judged; never by the clock, so that a repeated call does the same.
    Every audit gives one finding or more, `ok` where nothing is wrong.
    Raises InputError when no picture at all can be read, UnknownName for no audit.
    """
    names = chosen(data, only, also)
    if not data.is_seen:
        pixels = None
    elif pixels is None:
        from receta.pixels import decode

        pixels = decode(data, progress=progress)
    from threadpoolctl import threadpool_limits

    findings, views = Findings(), split_series(data) if data.in_time else [data]
    # Threads of the matrix library wait for each other where anything else runs: 29 s instead of
    # 1.3 s (LOG.md).
    with threadpool_limits(1, "blas"), progress.bar("auditing", len(names), "audits") as bar:
        for name in names:
            findings += _judge(
                name, views if SHELF.module(name).EACH_SERIES else [data], pixels, within_s
            )
            bar.advance()
    return Findings(
        dataclasses.replace(one, advice=fill_place(one.advice, data.place)) for one in findings
    )


def refuse(findings: Collection[Finding], *, force: bool = False) -> None:
    """DataRefused where a finding fails that a run must not go past; force: it may."""
    for one in findings:
        if not force and one.failed and one.check in SHELF and SHELF.module(one.check).STOPS:
            raise DataRefused(
                f"{one.check}: {one.where}; expected no such column. {one.advice} Or go on "
                "regardless with --force.",
                findings,
            )


def _judge(
    name: str, views: list[Dataset], pixels: Pixels | None, within_s: float
) -> list[Finding]:
    """What one audit says; it is not asked where the task or the time does not allow it."""
    entry, data = SHELF.module(name), views[0]
    if data.task not in entry.TASKS:
        return [_leave_unjudged(name, data, where=tasks.of(data.task).WORDS["unclassed"])]
    if sum(map(len, views)) * entry.SECONDS_EACH > within_s:
        advice = f"The budget left no time for it. Ask for it: receta audit DATA --only {name}"
        return [_leave_unjudged(name, data, advice=advice)]
    judge = SHELF.function(name)
    found: list[Finding] = judge(data, pixels) if len(views) == 1 else judge_each(judge, views)
    return found


def _leave_unjudged(name: str, data: Dataset, *, where: str = "", advice: str = "") -> Finding:
    entry = SHELF.module(name)
    unit = data.noun.units if entry.UNIT == "images" else entry.UNIT
    expected = f"<= {entry.BOUND}"
    return leave_unjudged(name, unit, expected, where=where, advice=advice)


def chosen(
    data: Dataset, only: Collection[str] | None = None, also: Collection[str] = ()
) -> list[str]:
    """Names of the audits that fit the data and were not left out."""
    for name in (*(only or ()), *also):
        SHELF.module(name)
    fitting = [name for name in SHELF.names() if _concerns(SHELF.module(name), data)]
    if only is not None:
        return [name for name in fitting if name in only]
    return [name for name in fitting if name in also or not SHELF.module(name).ASKED]


def _concerns(module: Any, data: Dataset) -> bool:
    return data.kind in module.KINDS and bool(module.concerns(data))


def worth_asking(budget_s: float) -> dict[str, Any]:
    """What a run asks of `audit`: within a budget a tenth of it; else likely label errors too.

    Those take long, and need cleanlab. An audit that takes longer than its share is left out.
    """
    if budget_s:
        return {"within_s": _SHARE_OF_A_BUDGET * budget_s}
    return {"also": ("label_error",) if importlib.util.find_spec("cleanlab") else ()}
