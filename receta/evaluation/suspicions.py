"""Which labels that the audit suspects does the winner of a run confirm?

The audit `label_error` judges by a small model. The winner of a run is the better judge where it
is right more often on examples that it did not learn from, and that is no chance. Then no change
is advised that it does not share. Of an example that it learnt from it may only repeat the label:
there the suspicion stays, unless it is no more often right on what it learnt than on what it did
not.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.core.finding import Finding, Verdict
from receta.core.measure import wilson
from receta.data.examples import Parts
from receta.training import Run, RungResult, choose


@dataclass(frozen=True)
class Judge:
    """Who names classes: right in `hits` of `n` unseen examples, and in a share `learnt` of others.

    >>> sure = Judge("cnn", 300, 300, learnt=1.0)
    >>> sure.is_better_than(0.92), sure.repeats_labels()
    (True, False)
    >>> Judge("cnn", 21, 21, learnt=1.0).is_better_than(0.92)
    False
    >>> Judge("cnn", 294, 300, learnt=1.0).repeats_labels()
    True
    """

    name: str
    hits: int
    n: int
    learnt: float

    def is_better_than(self, share: float) -> bool:
        """Whether it is right more often than a share of the cases, and not by chance."""
        return wilson(self.hits, self.n)[0] > share

    def repeats_labels(self) -> bool:
        """Whether it may know the labels that it learnt by heart."""
        return self.learnt > wilson(self.hits, self.n)[1]


@dataclass(frozen=True)
class Opinion:
    """What a judge calls suspected examples, by id, and how they are labelled.

    unseen: those that it did not learn from.
    """

    judge: Judge
    said: dict[str, str]
    labels: dict[str, str]
    unseen: frozenset[str]

    def agrees(self, one: str) -> bool:
        """Whether it gives an example the label that it has."""
        return one in self.said and self.said[one] == self.labels[one]

    def confirms(self, one: str) -> bool:
        """Whether that is more than a repetition of what it learnt."""
        return self.agrees(one) and (one in self.unseen or not self.judge.repeats_labels())


def review(
    findings: Sequence[Finding], run: Run, parts: Parts, answers: np.ndarray | None
) -> list[Finding]:
    """The findings, without suspected labels that the winner of the run confirms.

    answers (n, outputs): of the winner on the test part, if there is one.
    """
    best = choose(run.rungs)
    reviewed = []
    for finding in findings:
        if best is not None and finding.check == "label_error" and finding.facts.right:
            opinion = _ask(set(finding.ids), run, parts, answers, best)
            if opinion.judge.is_better_than(finding.facts.right):
                finding = apply_opinion(finding, opinion, str(run.folder))
        reviewed.append(finding)
    return reviewed


def _ask(
    suspected: set[str], run: Run, parts: Parts, answers: np.ndarray | None, best: RungResult
) -> Opinion:
    """What the winner calls the suspected examples of all three parts."""
    known = parts.train.take(np.flatnonzero([one in suspected for one in parts.train.ids]))
    asked = [(parts.validation, run.predict_rows(parts.validation))]
    if answers is not None:
        asked.append((parts.test, answers))
    unseen = frozenset(one for examples, _ in asked for one in examples.ids)
    hits = sum(int((given.argmax(axis=1) == some.targets).sum()) for some, given in asked)
    if len(known):
        asked.append((known, run.predict_rows(known)))
    said: dict[str, str] = {}
    labels: dict[str, str] = {}
    for examples, given in asked:
        names = examples.class_names
        said |= {one: names[k] for one, k in zip(examples.ids, given.argmax(axis=1), strict=True)}
        labels |= {one: names[k] for one, k in zip(examples.ids, examples.targets, strict=True)}
    learnt = 1.0 if best.train is None else best.train.value
    return Opinion(Judge(best.rung, hits, len(unseen), learnt), said, labels, unseen)


def apply_opinion(finding: Finding, opinion: Opinion, run: str) -> Finding:
    """The finding as the better judge sees it; run: the folder whose winner that is.

    Confirmed examples go. The others stay; only what both judges call alike is suggested.
    """
    agreed = [one for one in finding.ids if opinion.agrees(one)]
    left = [one for one in finding.ids if not opinion.confirms(one)]
    left.sort(key=opinion.agrees)  # first those whose label neither judge gives
    staying, repeated = set(left), sum(map(opinion.agrees, left))
    labels = {
        one: said
        for one, said in finding.facts.labels.items()
        if one in staying and opinion.said.get(one, said[0]) == said[0]
    }
    judge = opinion.judge
    advice = []
    if agreed:
        advice.append(
            f"{judge.name} gives {len(agreed)} of the {len(finding.ids)} the label that they have, "
            f"and is the better judge: right in {judge.hits} of {judge.n} cases that it did not "
            "learn from."
        )
    if repeated:
        advice.append(f"From {repeated} of these it learnt, and may only repeat their labels.")
    if labels:  # `receta clean` would ask the small model alone
        by_run = f" --run {shlex.quote(run)} --fix label_error"
        advice.append(f"On {len(labels)} of those that stay both judges agree.")
        advice.append(finding.advice.replace(" --fix label_error", by_run))
    verdict: Verdict = "warn" if left else "ok"
    return dataclasses.replace(
        finding,
        verdict=verdict,
        measured=len(left),
        ids=tuple(left),
        shown={one: said for one, said in (finding.shown or {}).items() if one in staying},
        facts=dataclasses.replace(finding.facts, labels=labels),
        advice=" ".join(advice) or finding.advice.split(" `")[0],
    )
