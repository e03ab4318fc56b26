"""What does a run leave on the terminal when it is done?"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from receta import tasks
from receta.cli.printing.console import table, tell, wrap
from receta.cli.printing.findings import show_findings
from receta.cli.printing.scores import show_details, show_measure, show_verdict
from receta.cli.printing.steps import show_steps
from receta.core.deadline import longer_budget
from receta.core.finding import Finding
from receta.core.language import translate
from receta.data.nouns import noun_of
from receta.evaluation import usefulness

# What concerns all pictures comes before what concerns single files.
_OF_ALL = (
    "shortcut",
    "leak",
    "near_leak",
    "group_leak",
    "drift",
    "label_conflict",
    "near_conflict",
    "imbalance",
    "small_class",
)
# times the budget, from where on it is said why a run took longer, and whether others were at it
_LITTLE_OVER, _OVER = 1.1, 1.25
_MOST_SHOWN = 3  # findings; the report shows all


def show_result(
    result: Mapping[str, Any], folder: Path, budget_s: float, *, verbose: bool, before: bool = False
) -> None:
    """The last screen of `run` and `train`: models, what needs a look, verdict, what to do now.

    before: whether it was finished already.
    """
    best = result["best"]
    _show_ladder(result, verbose=verbose)
    if result.get("hurried"):
        print(wrap(f"WARN  {translate(result['hurried'])}", "      "))
    _show_concerns(result, verbose=verbose)
    noun = noun_of(result["data"].get("kind", ""))
    _show_left_out(result, folder, noun.one)
    if result["test"] and verbose:
        show_details(result["test"])
    print()
    if best and result["test"]:
        show_verdict(result["test"])
    allowed = f" of the {budget_s:g} s allowed" if budget_s else ""
    took = f"took {result['seconds']:.0f} s{allowed}"
    seconds = f"it {took} then; nothing was done now" if before else took
    learnt = best and best["rung"] != "prior" and result["test"]
    show_steps(
        usefulness.next_steps(
            usefulness.judge_usefulness(result["test"]) if learnt else None,
            str(folder),
            result.get("place", ""),
            noun.many,
            longer=longer_budget(budget_s) if result.get("hurried") else "",
        )
    )
    tell(seconds)
    own = 0.0 if before else time.process_time()
    if busy := say_busy(result["seconds"], budget_s, own):
        tell(busy)
    tell(f"report: {folder / 'report.html'}")


def say_busy(seconds: float, budget_s: float, own_s: float) -> str:
    """Why a run took longer than it was allowed, where others had the processors; else ''.

    own_s: what this process had of them; 0 where nobody knows.

    >>> say_busy(130.0, 20.0, 6.0)[:65]
    'The machine was busy: in these 130 s it worked 6 s on this run. A'
    >>> say_busy(130.0, 20.0, 100.0), say_busy(21.0, 20.0, 6.0), say_busy(130.0, 0.0, 6.0)
    ('A budget ends training. The test and the report take the time that they need.', '', '')
    """
    if not budget_s or not own_s or seconds < _LITTLE_OVER * budget_s:
        return ""
    if seconds < _OVER * budget_s or own_s >= seconds / 2:
        return "A budget ends training. The test and the report take the time that they need."
    return (
        f"The machine was busy: in these {seconds:.0f} s it worked {own_s:.0f} s on this run. A "
        "simple model, its judgement and the report are made in any case."
    )


def _show_ladder(result: Mapping[str, Any], *, verbose: bool) -> None:
    from receta.core.amounts import short

    best = (result["best"] or {}).get("rung")
    states = {"stopped": "stopped by a check", "skipped": "skipped"}
    task = tasks.of(result["data"].get("task", "classes"))
    noun = noun_of(result["data"].get("kind", ""))
    reached, unit = ("right", "") if task.IS_SHARE else ("wrong by", f" ({task.MEASURE.upper()})")
    rows = []
    for rung in result["rungs"]:
        value = rung.get(f"validation_{task.MEASURE}")
        right = "" if value is None else show_measure(value, task)
        seconds = f"{rung['seconds']:.1f}" if "seconds" in rung else ""
        state = translate("<- chosen" if rung["rung"] == best else states.get(rung["state"], ""))
        more = (
            f"{rung['parameters']:,}" if "parameters" in rung else "",
            short(rung.get("flops")),
            f"{rung['images_per_second']:.0f}" if rung.get("images_per_second") else "",
        )
        rows.append((rung["rung"], right, seconds, *(more if verbose else ()), state))
    heads = ("parameters", f"FLOPs/{noun.one}", f"{noun.many}/s") if verbose else ()
    table(
        "models, from simple to complex",
        ("model", f"{translate(f'{reached} on validation')}{unit}", "seconds", *heads, ""),
        rows,
    )
    if any("chosen_by" in rung for rung in result["rungs"]):
        print("  " + translate("Chosen by balanced accuracy: imbalance= asks for rare classes."))
    print()


def _show_concerns(result: Mapping[str, Any], *, verbose: bool) -> None:
    """Findings that say something of the data or of the chosen model.

    With verbose also of others.
    """
    others = {rung["rung"] for rung in result["rungs"]} - {(result["best"] or {}).get("rung")}
    found = [Finding.from_json(plain) for plain in result["findings"]]
    bad = [
        one
        for verdict in ("fail", "warn")
        for one in found
        if one.verdict == verdict and (verbose or not one.mended)
    ]
    bad.sort(key=lambda one: (one.verdict != "fail", one.check not in _OF_ALL))
    mine = [one for one in bad if one.where not in others or not result["best"]]
    shown = bad if verbose else mine[:_MOST_SHOWN]
    show_findings(shown, ids=verbose)
    if len(bad) > len(shown):
        tell(f"{len(bad) - len(shown)} more in the report, or with --verbose")


def _show_left_out(result: Mapping[str, Any], folder: Path, noun: str) -> None:
    if result["quarantined"]:
        first, n = result["quarantined"][0], len(result["quarantined"])
        print(
            wrap(
                translate(
                    f"{n} example{'s were' if n > 1 else ' was'} left out when read, such as "
                    f"{first['id']} ({first['reason']}): "
                    f"{folder / 'quarantine.json'}"
                )
            )
        )
    if result.get("left_out"):
        first, n = result["left_out"][0], len(result["left_out"])
        print(
            wrap(
                translate(
                    f"This run left out {n} {noun}{'s' if n > 1 else ''}, "
                    f"such as {first['id']} ({first['reason']})"
                )
            )
        )
