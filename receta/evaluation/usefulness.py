"""Is a model good enough to use? One word by a rule, and one sentence that says why.

The rule reads the low end of the 95 % interval, so that luck on a small test part does not
count, and compares it with a guess that never looks at the input. docs/runs.md states it too.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from receta import tasks
from receta.core.amounts import figure
from receta.data.nouns import NOUNS, noun_of

Word = Literal["good for use", "promising", "not better than guessing", "cannot be judged"]

# shares of a guess's mistakes that are surely avoided; choices of ours, stated in the words
LITTLE, GOOD = 0.1, 0.8
_BLIND_OF = {"naive": "repeating the last value"}  # where it is no guess of the task's own


@dataclass(frozen=True)
class Usefulness:
    """A word for people, and why it was chosen."""

    word: Word
    why: str


def judge_usefulness(scores: Mapping[str, Any]) -> Usefulness:
    """The word that follows from scores as they stand in scores.json.

    The measure, interval and n are read, and what a guess gets: baselines["prior"], blind, or the
    share of the most frequent class in confusion.

    >>> judge_usefulness(
    ...     {"accuracy": 0.98, "interval": [0.95, 0.99], "n": 300, "baselines": {"prior": 0.5}}
    ... ).word
    'good for use'
    >>> judge_usefulness(
    ...     {"measure": "rmse", "value": 54.0, "interval": [48, 60], "n": 66, "blind": 77.0}
    ... ).word
    'promising'
    """
    task = tasks.of_scores(scores)
    value, interval, n = value_of(scores), scores.get("interval"), scores.get("n")
    guess = guess_of(scores)
    if value is None or interval is None or not n:
        return Usefulness(
            "cannot be judged", "No test part was kept, so nothing is known about new examples."
        )
    seen = scores.get("seen_in_training")
    if seen:
        return Usefulness(
            "cannot be judged",
            f"{seen} of the {n} examples were used to train or to choose the model; judge it on "
            "new ones.",
        )
    if n < task.FEWEST:
        return Usefulness(
            "cannot be judged",
            f"{n} test examples are too few; from {task.FEWEST} on a judgement means something. "
            f"Add {_more(scores)}, set a larger `--set test_share=…`, or give others with "
            "`--test`.",
        )
    if guess is None or (guess >= 1 if task.IS_SHARE else guess <= 0):
        return Usefulness(
            "cannot be judged", "Nothing tells what a guess would get on these examples."
        )
    end = float(interval[0 if task.BETTER == "higher" else 1])
    avoided = task.avoided(end, guess)
    return _of_share(end, guess, avoided) if task.IS_SHARE else _of_error(end, guess, task)


def _of_share(low: float, guess: float, avoided: float) -> Usefulness:
    """The word for a share that is right, of which low is the low end of the interval."""
    if avoided < LITTLE:
        return Usefulness(
            "not better than guessing",
            f"The low end of the interval, {low:.1%}, is {'hardly' if low > guess else 'no'} "
            "more than always giving the "
            f"most frequent answer gets, {guess:.1%}.",
        )
    if avoided >= GOOD:
        return Usefulness(
            "good for use",
            f"Even at the low end of the interval it avoids {avoided:.0%} of the mistakes of a "
            "guess "
            f"(good from {GOOD:.0%} on). Judge yourself what a mistake costs you.",
        )
    return Usefulness(
        "promising",
        f"It has surely learnt something: at the low end of the interval it avoids {avoided:.0%} "
        "of the mistakes of a guess. "
        f"From {GOOD:.0%} on it would count as good for use.",
    )


def _of_error(high: float, guess: float, task: tasks.Task) -> Usefulness:
    """The word for an error, of which high is the high end of the interval."""
    avoided, blind, good = task.avoided(high, guess), task.WORDS["blind"], task.GOOD
    of_what = f"of the {task.WORDS['error']} of {task.WORDS['guess']}"
    if avoided < min(LITTLE, good / 8):
        return Usefulness(
            "not better than guessing",
            f"The high end of the interval, {figure(high)}, is "
            f"{'hardly' if high < guess else 'no'} less than {blind} is wrong by, {figure(guess)}.",
        )
    if avoided >= good:
        return Usefulness(
            "good for use",
            f"Even at the high end of the interval it avoids {avoided:.0%} {of_what} "
            f"(good from {good:.0%} on). Judge yourself what an error costs you.",
        )
    return Usefulness(
        "promising",
        "It has surely learnt something: at the high end of the interval it avoids "
        f"{avoided:.0%} {of_what}. From {good:.0%} on it would count as good for use.",
    )


def say_scores(scores: Mapping[str, Any], percent: Callable[[float], str], word: str = "") -> str:
    """How good it is in one sentence; a count where a share would promise too much.

    word: what it is good for, where that is to be said too.

    >>> say_scores(
    ...     {"accuracy": 1.0, "interval": [0.8, 1.0], "n": 18, "blind": 0.5}, "{:.1%}".format
    ... )
    '18 of 18 test pictures are right'
    >>> say_scores({"measure": "rmse", "value": 54.2, "blind": 77.0}, str, "promising")
    'Typically wrong by 54.2; always saying the mean: 77: promising'
    """
    better, without = scores.get("better"), scores.get("no_network")
    reached = f"{_say_shortly(scores, percent)}{f', {word}' if word else ''}"
    if without:
        return _say_without_network(scores, reached, percent)
    if not better:
        return f"{say_reached(scores, percent)}{f': {word}' if word else ''}"
    network = scores.get("rung", better["network"])
    return f"receta's best network is {network}: {reached}; {_say_better(scores, percent)}"


def _say_without_network(
    scores: Mapping[str, Any], reached: str, percent: Callable[[float], str]
) -> str:
    """That a guess is all that came out, whether networks had no time or are no better."""
    blind = _BLIND_OF.get(scores.get("rung", ""), tasks.of_scores(scores).WORDS["blind"])
    beside = f"; {_say_better(scores, percent)}" if scores.get("better") else ""
    if scores["no_network"] == "time":
        return f"No network had time; {blind} remains: {reached}{beside}"
    if scores["no_network"] == "some":
        return f"No network that had time does better than {blind}: {reached}{beside}"
    return f"No network does better than {blind}: {reached}{beside}"


def _say_better(scores: Mapping[str, Any], percent: Callable[[float], str]) -> str:
    """What is better on validation, or that nothing deeper is; the end of a sentence.

    >>> _say_better(
    ...     {
    ...         "measure": "rmse",
    ...         "better": {"called": "gradient boosting", "value": 51.0, "network_value": 54.2},
    ...     },
    ...     str,
    ... )
    'gradient boosting does better on validation (51 against 54.2)'
    """
    better = scores["better"]
    show = percent if tasks.of_scores(scores).IS_SHARE else figure
    value, other = show(better["value"]), show(better["network_value"])
    if better.get("is_network"):
        return (
            f"no deeper one does better on validation ({value} against {other} of "
            f"{better['network']})"
        )
    return f"{better['called']} does better on validation ({value} against {other})"


def _say_shortly(scores: Mapping[str, Any], percent: Callable[[float], str]) -> str:
    """What was reached on the test part, as the middle of a sentence."""
    value, task = value_of(scores), tasks.of_scores(scores)
    if scores.get("no_network") and value is not None and not task.IS_SHARE:
        return f"wrong by {figure(value)} ({task.MEASURE.upper()})"
    said = say_reached(scores, percent).removeprefix("Names ")
    return said[:1].lower() + said[1:]


def say_reached(scores: Mapping[str, Any], percent: Callable[[float], str]) -> str:
    """What the delivered network reached on the test part, in one sentence without its end."""
    value, guess, things = value_of(scores), guess_of(scores), things_of(scores)
    if value is None:
        return "Nothing is known about new examples"
    if said := tasks.of_scores(scores).say_reached(value, guess):
        return said
    if not tasks.of_scores(scores).IS_SHARE:
        beside = "" if guess is None else f"; always saying the mean: {figure(guess)}"
        return f"Typically wrong by {figure(value)}{beside}"
    if "mean_average_precision" in scores:
        return f"Names {percent(value)} of labels of new {things} right"
    n = scores.get("n")
    if n and judge_usefulness(scores).word == "cannot be judged":
        if seen := scores.get("seen_in_training"):
            return f"{round(value * n)} of {n} {things} are right, {seen} of which it knew before"
        return f"{round(value * n)} of {n} test {things} are right"
    return f"Names {percent(value)} of new {things} right"


def things_of(scores: Mapping[str, Any]) -> str:
    """What the examples are called that scores are of."""
    return noun_of(scores.get("kind", "")).many


def _more(scores: Mapping[str, Any]) -> str:
    things = things_of(scores)
    return "photos" if things == "pictures" else things


def value_of(scores: Mapping[str, Any]) -> float | None:
    """The measure in scores.json: the accuracy, or what `measure` names."""
    found = scores.get("accuracy", scores.get("value"))
    return None if found is None else float(found)


def next_steps(
    judged: Usefulness | None,
    folder: str,
    place: str,
    things: str = "pictures",
    *,
    longer: str = "",
) -> list[tuple[str, str]]:
    """(command, what it is for): what to do with the model of a run now, or with its data first.

    judged: None where no model came out. folder: of the run. place: how a command line names the
    data, quoted; '' where it is not known. longer: a budget, such as 5m, where that of the run was
    too short.
    """
    again = [(f"receta run {place} --budget {longer}", "give the networks more time")]
    again = again if longer and place else []
    run = shlex.quote(folder)
    if judged is None or judged.word == "not better than guessing":
        if not place:
            return []
        return [
            *again,
            (f"receta audit {place} --report audit.html", "see what may be wrong with the data"),
        ]
    if any(noun.many == things and noun.in_time for noun in NOUNS.values()):
        return [
            (f"receta predict {run} --out forecast.csv", "what comes next"),
            (f"receta export {run} --to onnx", "use it without receta"),
            *again,
        ]
    if things != "pictures":
        return [
            (f"receta predict {run} FILE.csv", f"answer for other {things}"),
            (f"receta export {run} --to onnx", "use it without receta"),
            *again,
        ]
    return [
        (f"receta predict {run} PICTURE", "name other pictures"),
        (f"receta serve {run}", "try it in the browser, with the camera"),
        (f"receta export {run} --to onnx,web", "use it without receta, or on a page"),
        *again,
    ]


def guess_of(scores: Mapping[str, Any]) -> float | None:
    """The measure of who always gives the same answer; None where nothing tells it."""
    prior = (scores.get("baselines") or {}).get("prior")
    if prior is not None:
        return float(prior)
    if scores.get("blind") is not None:
        return float(scores["blind"])
    rows = [sum(row) for row in scores.get("confusion") or ()]
    return max(rows) / sum(rows) if rows and sum(rows) else None
