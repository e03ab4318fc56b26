"""What does a verb leave on the terminal when it is done? The answer first, in plain words.

With --verbose the figures that only experts read stand below. Printed to stdout.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.cli.printing.console import bold, table, tell, width, wrap
from receta.core.commands import fill_program
from receta.core.finding import Finding
from receta.core.language import said
from receta.core.likeness import is_other_kind, say_refused
from receta.evaluation.usefulness import judge_usefulness, next_steps, say_accuracy
from receta.report.words import THIN, percent

if TYPE_CHECKING:
    from receta.predictors import Bundle

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
        print(wrap(f"WARN  {said(result['hurried'])}", "      "))
    _show_concerns(result, verbose=verbose)
    _show_left_out(result, folder)
    if result["test"] and verbose:
        show_details(result["test"])
    print()
    if best and result["test"]:
        show_verdict(result["test"])
    allowed = f" of the {budget_s:g} s allowed" if budget_s else ""
    took = f"took {result['seconds']:.0f} s{allowed}"
    seconds = f"it {took} then; nothing was done now" if before else took
    learnt = best and best["rung"] != "prior" and result["test"]
    _show_next(
        next_steps(
            judge_usefulness(result["test"]) if learnt else None,
            str(folder),
            result.get("place", ""),
        )
    )
    tell(seconds)
    tell(f"report: {folder / 'report.html'}")


def show_verdict(test: Mapping[str, Any]) -> None:
    """How good a model is in one sentence, its interval, and whether that is good enough."""
    low, high = test["interval"]
    judged = judge_usefulness(test)
    print(bold(said(f"{say_accuracy(test, show_share)}: {judged.word}.")))
    print(
        wrap(
            said(
                f"With 95 % confidence {show_share(low)} to {show_share(high)}, judged on "
                f"{test['n']} pictures. {judged.why}"
            )
        )
    )
    if is_other_kind(test.get("none")):
        tell(say_refused(test["none"], show_share))


def show_details(test: Mapping[str, Any]) -> None:
    """Figures for experts: calibration, sureness, costs, yardsticks."""
    by_label = "mean_average_precision" in test
    low, high = test["interval"]
    tell(
        f"test accuracy{' of labels' * by_label} {test['accuracy']:.4f}, 95 % interval {low:.4f} "
        f"to {high:.4f}"
    )
    beside = [f"{name} {accuracy:.4f}" for name, accuracy in test.get("baselines", {}).items()]
    if by_label:
        tell(
            f"mean average precision {test['mean_average_precision']:.4f} (chance "
            f"{test['chance']:.4f}); "
            f"F1 {test['f1_micro']:.4f} over all labels, {test['f1_macro']:.4f} averaged; "
            f"all labels right {test['exact_match']:.4f}"
        )
    balanced = "" if by_label else f"balanced accuracy {test['balanced_accuracy']:.4f}, "
    tell(
        f"{balanced}calibration error {test['ece']:.4f}"
        + (f"; for comparison: {', '.join(beside)}" if beside else "")
    )
    calibrated, stated, sure = test.get("calibrated"), test.get("abstention"), test.get("sure")
    if calibrated and (calibrated["temperature"] != 1 or calibrated["times"] > 1):
        before = calibrated["before"]
        seen = (
            f", {calibrated['times']} views ({calibrated['views']})"
            if calibrated["times"] > 1
            else ""
        )
        tell(
            f"temperature {calibrated['temperature']:g}{seen}: before, accuracy "
            f"{before['accuracy']:.4f}, loss {before['loss']:.4f} "
            f"(now {test['loss']:.4f}), calibration error {before['ece']:.4f}"
        )
    if sure:
        how = "have a wrong label" if by_label else "are wrong"
        wrong = (
            ""
            if sure["error"] is None
            else (
                f"; {sure['error']:.2%} of such answers {how}, 95 % interval "
                f"{sure['interval'][0]:.2%} to {sure['interval'][1]:.2%}"
            )
        )
        at = "" if by_label else f" (from {sure['from']:.4g} on)"
        tell(f"sure{at} of {sure['coverage']:.1%}{wrong}")
    if test.get("none") and not is_other_kind(test["none"]):
        tell(say_refused(test["none"], show_share))
    if stated:
        kept = "is kept" if stated["kept"] else f"cannot be promised, only {stated['bound']:.3g}"
        tell(
            f"max_error={stated['max_error']:g} {kept}, by {stated['n']} validation examples at "
            "95 % confidence"
        )
    decided = test.get("decision")
    if decided:
        moved = (
            f", {decided['threshold']:.1%} from which the second class is named"
            if decided["threshold"] is not None
            else ""
        )
        tell(
            f"at the costs of the recipe: {decided['cost']:.4f} an example; naming the likeliest "
            "class costs "
            f"{decided['cost_of_likeliest']:.4f}{moved}"
        )


def show_bundles(bundles: Sequence[Bundle]) -> None:
    """What each export holds and reaches, and where it lies."""
    from receta.predictors import judged_words

    def share(value: float | None) -> str:
        return "" if value is None else show_share(value)

    columns: list[tuple[str, list[str]]] = [
        ("target", [one.name for one in bundles]),
        ("kB", [f"{one.bytes / 1000:,.0f}" for one in bundles]),
        ("right", [share(one.accuracy) for one in bundles]),
        ("right in Keras", [share(one.reference_accuracy) for one in bundles]),
        ("same answers", [share(one.top_agreement) for one in bundles]),
        ("largest gap", [f"{one.max_gap:.2g}" for one in bundles]),
        ("ms each", [f"{one.one_ms:.2f}" for one in bundles]),
        ("folder", [_nearby(one) for one in bundles]),
    ]
    told = [(head, cells) for head, cells in columns if any(cells)]
    first = bundles[0]
    title = f"the bundles, on {first.n} {judged_words(first.judged_on)}"
    rows = list(zip(*(cells for _, cells in told), strict=True))
    table(title, tuple(head for head, _ in told), rows)
    _show_arrays("inputs, in order", first.inputs)
    _show_arrays("outputs, in order", first.outputs)


def show_next_of(bundles: Sequence[Bundle]) -> None:
    """What can be done with bundles now: name pictures, serve, open the page."""
    steps = []
    for bundle in [one for one in bundles if one.name.startswith("onnx")][:1]:
        place = shlex.quote(_nearby(bundle))
        steps.append((f"receta predict {place} PICTURE", "name pictures with it"))
        steps.append((f"receta serve {place}", "try it in the browser"))
    for bundle in [one for one in bundles if one.name == "web"][:1]:
        command = f"python3 -m http.server --bind 127.0.0.1 -d {shlex.quote(_nearby(bundle))}"
        steps.append((command, "open the page, on this machine alone"))
    _show_next(steps)


def _nearby(bundle: Bundle) -> str:
    return min(os.path.relpath(bundle.folder), str(bundle.folder), key=len)


def _show_arrays(title: str, several: Sequence[Any]) -> None:
    """Names, shapes and types of inputs or outputs, where there are several."""
    if len(several) > 1:
        rows = []
        for array in several:
            shape = " x ".join("any" if side is None else str(side) for side in array.shape)
            rows.append((array.name, shape, array.dtype))
        table(title, ("name", "shape", "type"), rows)


def show_findings(findings: Iterable[Finding], *, ids: bool = True) -> None:
    """Every finding in a sentence; with ids the first examples that it is about."""
    marks = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
    for finding in findings:
        words = said(finding.sentence()) if ids else _in_short(finding)
        print(wrap(f"{marks[finding.verdict] if finding.judged else '-   '}  {words}", "      "))
        if not ids or finding.verdict == "ok":
            continue
        for name in finding.ids[:3]:
            print(f"        {name}")
        if len(finding.ids) > 3:
            tell(f"        ... and {len(finding.ids) - 3} more; --json names all")


def show_all_findings(findings: Sequence[Finding]) -> None:
    """Every finding, and in the last line how many need a look."""
    show_findings(findings)
    judged = [one for one in findings if one.judged]
    bad = sum(one.verdict != "ok" for one in judged)
    unjudged = len(findings) - len(judged)
    also = f"; {unjudged} could not be judged" if unjudged else ""
    print()
    tell(f"{bad} of {len(judged)} need a look{also}." if bad else f"Nothing needs a look{also}.")


def _in_short(finding: Finding) -> str:
    """What was found and what to do; the measured figure only where nothing else says it."""
    if " " not in finding.where:  # the name of a rung, or nothing
        return said(finding.sentence())
    return f"{finding.check}: {said(finding.where)}. {said(finding.advice)}".rstrip()


def _show_ladder(result: Mapping[str, Any], *, verbose: bool) -> None:
    from receta.core.amounts import short

    best = (result["best"] or {}).get("rung")
    states = {"stopped": "stopped by a check", "skipped": "skipped"}
    rows = []
    for rung in result["rungs"]:
        right = show_share(rung["validation_accuracy"]) if "validation_accuracy" in rung else ""
        seconds = f"{rung['seconds']:.1f}" if "seconds" in rung else ""
        state = said("<- chosen" if rung["rung"] == best else states.get(rung["state"], ""))
        more = (
            f"{rung['parameters']:,}" if "parameters" in rung else "",
            short(rung.get("flops")),
            f"{rung['images_per_second']:.0f}" if rung.get("images_per_second") else "",
        )
        rows.append((rung["rung"], right, seconds, *(more if verbose else ()), state))
    heads = ("parameters", "FLOPs/picture", "pictures/s") if verbose else ()
    table(
        "models, from simple to complex",
        ("model", "right on validation", "seconds", *heads, ""),
        rows,
    )
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


def _show_left_out(result: Mapping[str, Any], folder: Path) -> None:
    if result["quarantined"]:
        first, n = result["quarantined"][0], len(result["quarantined"])
        print(
            wrap(
                said(
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
                said(
                    f"{n} picture{'s were' if n > 1 else ' was'} left out by these findings, "
                    f"such as {first['id']} ({first['reason']})"
                )
            )
        )


def _show_next(steps: Sequence[tuple[str, str]]) -> None:
    if not steps:
        return
    steps = [(fill_program(command), what) for command, what in steps]
    widest = max(len(command) for command, _ in steps)
    lines = [f"  {command.ljust(widest)}   {said(what)}" for command, what in steps]
    if max(map(len, lines)) > width():
        lines = [f"  {command}\n      {said(what)}" for command, what in steps]
    print("\n".join([said("\nNow:"), *lines, ""]))


def show_reached(row: Mapping[str, Any]) -> str:
    """What a run in the list of runs reached: on the test part, or on validation before that."""
    if row["accuracy"] is not None:
        low, high = map(show_share, row["interval"])
        return said(f"{show_share(row['accuracy'])} ({low} to {high})")
    share = row.get("validation_accuracy")
    return "" if share is None else said(f"not judged; {show_share(share)} of validation")


def show_share(share: float) -> str:
    """A share in percent as the report says it, with a space that every terminal knows."""
    return percent(share).replace(THIN, " ")
