"""How does a trained run become a judged one, with a page? The door `judge`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from receta.core.deadline import Deadline
from receta.core.finding import Finding
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.evaluation.judging import Judged, judge_run
from receta.evaluation.suspicions import review
from receta.report.gathering import gather_facts
from receta.report.page import write_page
from receta.training import (
    LeftOut,
    OpenFolder,
    Run,
    all_findings,
    expected,
    finish,
    is_finished,
    open_folder,
)


def judge(run: Run, parts: Splits, *, progress: Progress = Unasked()) -> Run:
    """Look once at the test part of a run; write its scores and report.

    A run that is judged already is left as it is.
    """
    with open_folder(Session(run.folder, progress, Deadline())) as work:
        if not is_finished(run):
            fed = Parts.of(parts, run.inputs(parts.union()))
            conclude(run, fed, (), LeftOut(fed.train.left_out), work)
    return Run.open(run.folder)


def conclude(
    run: Run, parts: Parts, findings: Sequence[Finding], left: LeftOut, work: OpenFolder
) -> None:
    """Judge a trained run, report on it and end it; one that is finished is left as it is.

    findings: those of the data.
    """
    if is_finished(run):
        words = "is finished already: nothing was changed. Another --out begins anew."
        work.unlogged.say(f"{run.folder} {words}")
        return
    progress = work.session.progress
    tell_stage(progress, expected.JUDGING)
    judged = judge_run(run, parts)
    found = all_findings(run, review(findings, run, parts, judged.answers), left.cleaned)
    tell_stage(progress, expected.REPORT)
    page = report(run, parts, found, judged, work.seconds())
    finish(run, found, left, judged.scores, work.seconds())
    if judged.answers is None:
        progress.say(f"report: {page}")


def report(
    run: Run, parts: Parts, findings: Sequence[Finding], judged: Judged, seconds: float
) -> Path:
    """Write the page of a run into its folder; the parts know what was left out of them."""
    is_same = run.input_shape == parts.inputs.shape
    seen = parts if is_same else parts.fed_by(run.inputs(parts.union()))
    left_out = [(gone.id, gone.reason) for gone in parts.train.left_out]
    path = run.folder / "report.html"
    write_page(gather_facts(run, seen, findings, left_out, judged, seconds), path)
    return path
