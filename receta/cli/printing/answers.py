"""What does `predict` leave on the terminal: a few examples in full, many of them a line each?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from receta import tasks
from receta.cli.printing.console import print_json, say
from receta.core.amounts import probability
from receta.core.errors import RecetaError
from receta.core.language import translate
from receta.core.printable import printable
from receta.data.nouns import NOUNS, Noun

MANY = 6  # pictures from which each has a line of its own, and a last line counts


def tell_answers(
    answers: list[dict[str, Any]],
    unreadable: list[Any],
    as_json: bool,
    noun: Noun = NOUNS["images"],
) -> int:
    """Print what a model says of examples; the exit code: 2 where some cannot be read.

    noun: what they are called. RecetaError when none of them can be read.
    """
    if as_json:
        plain: dict[str, Any] = {"predictions": answers}
        if unreadable:
            plain["quarantined"] = [{"id": gone.id, "reason": gone.reason} for gone in unreadable]
        print_json(plain)
    elif len(answers) < MANY:
        for answer in answers:
            _show_whole(answer, noun)
    else:
        _show_lines(answers, noun)
    if unreadable:
        _tell_unreadable(unreadable, len(answers), noun)
    return 2 if unreadable else 0


def _show_whole(answer: dict[str, Any], noun: Noun) -> None:
    """One picture with its likeliest classes; of none of them, only what is nearest."""
    if values := tasks.say_values(answer):
        print(f"{_name(answer, noun)}: {values}")
        return
    labels = f":   {_say_answer(answer)}" if "labels" in answer else ""
    print(f"{_name(answer, noun)}{labels}{_say_doubt(answer)}{_say_decision(answer)}")
    for row in () if answer.get("none") else answer["top"]:
        print(f"  {probability(row['probability']):>8}  {printable(row['class'])}")


def _name(answer: dict[str, Any], noun: Noun) -> str:
    """What was asked about; of a series the step behind which the answer begins."""
    if "after" in answer:
        return translate(f"after {printable(answer['id'])}")
    return _call(answer["id"], noun)


def _call(name: str, noun: Noun) -> str:
    """What people call an example: rows and texts are counted from 1, as in audits and reports.

    >>> _call("0", NOUNS["table"]), _call("new.csv:11", NOUNS["table"])
    ('row 1', 'new.csv: row 12')
    >>> _call("0", NOUNS["images"])
    '0'
    """
    place, _, number = name.rpartition(":")
    if noun.is_seen or not number.isdecimal():
        return printable(name)
    called = translate(f"{noun.one} {int(number) + 1}")
    return f"{printable(place)}: {called}" if place else called


def _show_lines(answers: Sequence[dict[str, Any]], noun: Noun) -> None:
    """A line an example, and how many there are of each answer."""
    names = [_name(answer, noun) for answer in answers]
    widest = max(map(len, names))
    if any(map(tasks.say_values, answers)):
        for name, answer in zip(names, answers, strict=True):
            print(f"{name.ljust(widest)}   {tasks.say_values(answer)}")
        return
    counts: Counter[str] = Counter()
    for name, answer in zip(names, answers, strict=True):
        is_none = bool(answer.get("none"))
        share = probability(answer["top"][0]["probability"])
        named = "" if is_none else f"   {_say_answer(answer)}   {share}"
        counts[translate("none of these") if is_none else _say_answer(answer)] += 1
        doubt = _say_doubt(answer, sure=translate("sure"))
        print(f"{name.ljust(widest)}{named}{doubt}{_say_decision(answer)}")
    unsure = sum(not one["sure"] and not one.get("none") for one in answers)
    also = f"; {translate('not sure')}: {unsure}" if unsure else ""
    told = ", ".join(f"{name} {n}" for name, n in counts.most_common())
    print(f"{translate(f'{len(answers)} {noun.many}')}: {told}{also}")


def _say_answer(answer: dict[str, Any]) -> str:
    if "labels" in answer:
        return printable(", ".join(answer["labels"])) or translate("no label")
    return printable(answer["top"][0]["class"])


def _say_doubt(answer: dict[str, Any], sure: str = "") -> str:
    if answer.get("none"):
        nearest = printable(answer["top"][0]["class"])
        return f"   {translate(f'none of these (nearest: {nearest})')}"
    mark = sure if answer["sure"] else translate("not sure")
    return f"   ({mark})" if mark else ""


def _say_decision(answer: dict[str, Any]) -> str:
    if "decision" not in answer:
        return ""
    return f"   -> {printable(answer['decision'])}, {translate('at the costs of the recipe')}"


def _tell_unreadable(unreadable: Sequence[Any], answered: int, noun: Noun) -> None:
    """Say which examples could not be read; RecetaError where none could."""
    first, n = unreadable[0], len(unreadable)
    if n == 1 and not answered:
        raise RecetaError(
            f"{_call(first.id, noun)} cannot be read: {first.reason}; expected a {noun.one}. "
            f"Name another."
        )
    words = (
        f"{n} of {answered + n} {noun.many} cannot be read "
        f"(first: {_call(first.id, noun)}: {first.reason}); expected {noun.many}."
    )
    if not answered:
        raise RecetaError(f"{words} Look at the files, or name others.")
    advice = "The others were answered. Look at the files, or leave them out."
    say(f"receta: {translate(f'{words} {advice}')}")
