"""How many answers are sure, and how many of those are wrong, in sentences?"""

from __future__ import annotations

from receta.report.facts import Facts
from receta.report.words import THIN, number, percent, plural


def sure_sentences(facts: Facts) -> list[str]:
    """How many answers are sure, how many of those are wrong, and what was asked for."""
    sure, stated = facts.scores.get("sure"), facts.scores.get("abstention")
    things = facts.data.noun.many
    if not sure:
        return []
    when = (
        f"from a probability of {number(sure['from'])} on"
        if "from" in sure
        else ("where each label said is likelier than not, and each other one is not")
    )
    said = f"Answers count as sure {when}: {percent(sure['coverage'])} of the test {things}"
    if sure["error"] is not None:
        low, high = sure["interval"]
        wrong = "wrong" if "from" in sure else "wrong in a label"
        said += (
            f", of which {percent(sure['error'])} are {wrong} (95{THIN}% interval "
            f"{percent(low)} to {percent(high)})"
        )
    sentences = [f"{said}."]
    if stated:
        asked = f"At most {percent(stated['max_error'])} wrong among sure answers was asked for"
        sentences.append(
            f"{asked}: the {plural(stated['n'], 'validation example')} bear that out at "
            f"95{THIN}% confidence."
            if stated["kept"]
            else f"{asked}, which {plural(stated['n'], 'validation example')} cannot promise. "
            f"What they can is {percent(stated['bound'])}, "
            f"and the threshold is the one for that."
        )
        if sure["interval"][0] > stated["max_error"]:
            sentences.append(
                f"On the test {things} more of them are wrong than was asked for: do not rely on "
                "the threshold."
            )
    return sentences
