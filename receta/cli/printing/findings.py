"""How are findings said, each in a sentence, and how many of them need a look?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import typer

from receta.cli.printing.console import print_json, tell, wrap
from receta.core.finding import Finding, worst
from receta.core.language import translate


def end_with_findings(findings: Sequence[Finding], as_json: bool) -> None:
    """Print all; one that fails ends the command with exit code 1."""
    if as_json:
        print_json({"findings": [finding.to_json() for finding in findings]})
    else:
        show_all_findings(findings)
    if worst(findings) == "fail":
        raise typer.Exit(1)


def show_findings(findings: Iterable[Finding], *, ids: bool = True) -> None:
    """Every finding in a sentence; with ids the first examples that it is about."""
    told: set[str] = set()
    marks = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
    for finding in findings:
        words = translate(finding.sentence()) if ids else _say_briefly(finding)
        words = _shorten_told(words, told)
        print(wrap(f"{marks[finding.verdict] if finding.judged else '-   '}  {words}", "      "))
        if not ids or finding.verdict == "ok":
            continue
        for name in finding.ids[:3]:
            print(f"        {name}")
        if len(finding.ids) > 3:
            tell(f"        ... and {len(finding.ids) - 3} more; --json names all")


def _shorten_told(words: str, told: set[str]) -> str:
    """The words with a command in brackets that was told before left out; told: grows by others."""

    def shorten(found: re.Match[str]) -> str:
        if found[0] in told:
            return f"({translate('as above')})"
        told.add(found[0])
        return found[0]

    return re.sub(r"\(`receta [^`]+`\)", shorten, words)


def show_all_findings(findings: Sequence[Finding]) -> None:
    """Every finding, and in the last line how many need a look."""
    show_findings(findings)
    judged = [one for one in findings if one.judged]
    bad = sum(one.verdict != "ok" for one in judged)
    unjudged = len(findings) - len(judged)
    also = f"; {unjudged} could not be judged" if unjudged else ""
    print()
    tell(f"{bad} of {len(judged)} need a look{also}." if bad else f"Nothing needs a look{also}.")


def _say_briefly(finding: Finding) -> str:
    """What was found and what to do; the measured figure only where nothing else says it."""
    if " " not in finding.where:  # the name of a rung, or nothing
        return translate(finding.sentence())
    return f"{finding.check}: {translate(finding.where)}. {translate(finding.advice)}".rstrip()
