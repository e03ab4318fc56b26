"""What is the one honest answer of the run, in plain sentences?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from receta import tasks
from receta.core.finding import Finding
from receta.core.likeness import say_refused
from receta.evaluation.usefulness import (
    Usefulness,
    judge_usefulness,
    say_scores,
    value_of,
)
from receta.report.facts import Facts, RungFacts
from receta.report.words import number, percent, plural, points

WIDE = 0.10  # interval wider than this: one sees more of chance than of the model
UNEVEN = 0.05  # accuracy above balanced accuracy by this: frequent classes carry it


def headline(facts: Facts) -> str:
    """The answer in one line."""
    if not facts.best:
        return "No model came out that can be trusted"
    if value_of(facts.scores) is not None:
        return say_scores(facts.scores, percent)
    rung, things = best_rung(facts), facts.data.noun.many
    if rung and rung.validation_accuracy is not None:
        reached = figure(facts, rung.validation_accuracy)
        if tasks.of(facts.data.task).IS_SHARE:
            return f"Names {reached} of the validation {things} right"
        return f"Typically wrong by {reached} on the validation {things}"
    return f"{facts.best} is the best model of this run"


def usefulness(facts: Facts) -> Usefulness | None:
    """Whether the model is good enough to use; None where there is no model."""
    return judge_usefulness(facts.scores) if facts.best else None


def figure(facts: Facts, value: float | None) -> str:
    """A value of the measure: a share in percent, or a number."""
    return (percent if tasks.of(facts.data.task).IS_SHARE else number)(value)


def best_rung(facts: Facts) -> RungFacts | None:
    """The rung that was chosen, if its facts are there."""
    return next((rung for rung in facts.rungs if rung.name == facts.best), None)


def interval(facts: Facts) -> tuple[float, float] | None:
    """The interval of the accuracy, (low, high), if known."""
    pair = facts.scores.get("interval")
    return (float(pair[0]), float(pair[1])) if pair is not None and len(pair) == 2 else None


def conclusions(facts: Facts) -> list[str]:
    """What follows from the scores, and what does not; the gravest first."""
    scores = facts.scores
    if not facts.best:
        if not facts.findings:
            return (
                ["The ladder below says why for each rung."]
                if facts.rungs
                else ["No rung was climbed."]
            )
        return ["Read the checks below: they say what stopped each rung and what to try."]
    things = facts.data.noun.many
    if value_of(scores) is None:
        return [
            f"There is no score on a test part, so nothing is known about {things} that the "
            "choice did not see."
        ]
    said = [facts.hurry] if facts.hurry else []
    better = scores.get("better")
    if better and better["rung"] != facts.best:
        said.append(
            f"A run delivers networks alone. Where the difference matters, fit {better['called']} "
            "yourself: the manual says how (docs/judging.md)."
        )
    if interval(facts):
        said += _against_baselines(facts)
        low, high = interval(facts) or (0.0, 1.0)
        if tasks.of(facts.data.task).IS_SHARE and high - low > WIDE:
            said.append(
                f"The test part is small: the interval is {points(high - low)} wide. "
                f"More test {things} would narrow it."
            )
    precision, chance = scores.get("mean_average_precision"), scores.get("chance")
    if precision is not None and chance is not None:
        said.append(
            "Most labels are absent from most pictures, which is easy to say: look at the mean "
            f"average precision too, {percent(precision)}, where chance has {percent(chance)}. All "
            f"labels at once are right on {percent(scores['exact_match'])} of the pictures."
        )
    balanced = scores.get("balanced_accuracy")
    if balanced is not None and scores["accuracy"] - balanced > UNEVEN:
        said.append(
            f"Averaged over classes it is right on only {percent(balanced)}: the frequent "
            "classes carry the figure."
        )
    return said


def _against_baselines(facts: Facts) -> list[str]:
    task, (low, high) = tasks.of(facts.data.task), interval(facts) or (0.0, 1.0)
    way = 1 if task.BETTER == "higher" else -1
    poor, good = (low, high) if way > 0 else (high, low)  # ends of the interval
    things = facts.data.noun.many
    base = {
        name: value
        for name, value in (facts.scores.get("baselines") or {}).items()
        if value is not None
    }
    prior, linear = base.get("prior"), base.get("linear")
    blind = task.WORDS["blind"]
    if facts.scores.get("no_network"):
        return []
    if prior is not None and way * poor <= way * prior:
        return [
            f"The interval reaches {'down' if way > 0 else 'up'} to what {blind} gets "
            f"({figure(facts, prior)}): these test {things} do not show that anything useful was "
            "learnt. More of them would tell."
        ]
    if facts.best == "linear":
        return (
            []
            if facts.scores.get("better")
            else [
                "The simplest model that learns won: nothing more complex on the ladder did better."
            ]
        )
    if linear is not None and way * good < way * linear:
        return [
            f"A plain linear model does better ({figure(facts, linear)}): use that one, and read "
            "the checks."
        ]
    if linear is not None and facts.best != "linear" and way * poor <= way * linear:
        return [
            f"A plain linear model reaches {figure(facts, linear)}, inside the interval: on this "
            "test part the network is not shown to be better than it."
        ]
    if judge_usefulness(facts.scores).word == "cannot be judged":
        return [] if prior is None else [f"{blind.capitalize()} reaches {figure(facts, prior)}."]
    if linear is not None and way > 0:
        return [
            f"Even the low end of the interval, {percent(low)}, is above a plain linear model "
            f"({percent(linear)}): the network earns its complexity."
        ]
    if linear is not None:
        return [
            f"Even the high end of the interval, {number(high)}, is below a plain linear model "
            f"({number(linear)}): the network earns its complexity."
        ]
    if prior is not None:
        reached = figure(facts, prior)
        if way * (poor - prior) > 0.2 * (1 if task.IS_SHARE else prior):
            return [f"That is far {'more' if way > 0 else 'less'} than {blind} ({reached})."]
        return [f"{blind.capitalize()} reaches {reached}."]
    return []


def concerning(facts: Facts) -> list[Finding]:
    """Findings about the data, the whole run or the chosen rung; not about the others.

    Nor what the run has seen to by itself.
    """
    others = {rung.name for rung in facts.rungs} - {facts.best}
    left = [finding for finding in facts.findings if not finding.mended]
    return [finding for finding in left if not facts.best or finding.where not in others]


def troubles(facts: Facts) -> str:
    """How many checks warn or failed, and how many could not be judged; empty without any."""
    asked = [finding for finding in facts.findings if not finding.mended]
    total = sum(finding.judged for finding in asked)
    unjudged = len(asked) - total
    if not asked:
        return ""
    if not total:
        return f"None of {unjudged:,} checks could be judged."
    mine = [finding.verdict for finding in concerning(facts)]
    failed, warned = mine.count("fail"), mine.count("warn")
    bad = sum(finding.verdict != "ok" and not finding.mended for finding in facts.findings)
    apart = bad - failed - warned
    elsewhere = f"{apart} on rungs that were not chosen" if apart else ""
    if not failed and not warned:
        if apart:
            return (
                f"Nothing speaks against {facts.best}: of {plural(total, 'check')}, only "
                f"{elsewhere} did not pass."
            )
        return _say_passed(total, unjudged)
    parts = [f"{failed} failed"] * bool(failed) + [f"{warned} warned"] * bool(warned)
    them = "it" if failed + warned == 1 else "them"
    also = f" {apart} more did not pass {elsewhere.split(' ', 1)[1]}." if apart else ""
    return (
        f"Of {plural(total, 'check')}, {' and '.join(parts)}: read {them} before you rely on "
        f"this model.{also}"
    )


def _say_passed(total: int, unjudged: int) -> str:
    if not unjudged:
        return f"All {total:,} checks passed." if total > 1 else "The one check passed."
    if total > 1:
        return f"All {total:,} checks passed; {unjudged:,} could not be judged."
    return f"The one check passed; {unjudged:,} could not be judged."


def calibration_sentence(facts: Facts) -> str:
    """What the expected calibration error means here, in one sentence."""
    ece = facts.scores.get("ece")
    if ece is None:
        return ""
    bins = [one for one in facts.scores.get("calibration") or [] if one.get("n")]
    lean = sum(one["n"] * (one["confidence"] - one["accuracy"]) for one in bins)
    total = sum(one["n"] for one in bins) or 1
    way = (
        ""
        if abs(lean) / total < 0.01
        else ", mostly too sure of itself"
        if lean > 0
        else ", mostly too modest"
    )
    return (
        f"How sure the model says it is {tasks.of(facts.data.task).WORDS['sure_of']}differs from "
        f"how often it is right by {points(ece)} on average{way} (expected calibration error, ECE)."
    )


def refused_sentence(facts: Facts) -> str:
    """Which share of right pictures is called none of the classes; empty where nothing tells."""
    none = facts.scores.get("none")
    return say_refused(none, percent) if none else ""


def set_right(facts: Facts) -> Mapping[str, Any]:
    """Figures on the test part before temperature and views; empty where nothing was changed."""
    found = facts.scores.get("calibrated") or {}
    changed = found.get("temperature", 1) != 1 or found.get("times", 1) > 1
    return (found.get("before") or {}) if changed else {}


def set_right_sentence(facts: Facts) -> str:
    """What was done to the probabilities, and what it changed; empty where nothing was."""
    before = set_right(facts)
    if not before:
        return ""
    found = facts.scores["calibrated"]
    parts = []
    if found["temperature"] != 1:
        way = "too sure of itself" if found["temperature"] > 1 else "too modest"
        parts.append(
            f"Its logits are divided by {number(found['temperature'])}, the temperature that fits "
            f"the validation part best: it was {way}."
        )
    if found["times"] > 1:
        parts.append(
            f"{found['times']} views of each picture answer together ({found['views']}): that "
            f"lowers the validation loss, and a prediction takes {found['times']} times as long."
        )
    parts.append(
        f"On these test {facts.data.noun.many} the calibration error was "
        f"{percent(before['ece'])} before and is {percent(facts.scores['ece'])}; "
        f"the loss was {number(before['loss'])} and is {number(facts.scores['loss'])}."
    )
    return " ".join(parts)
