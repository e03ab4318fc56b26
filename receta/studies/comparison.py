"""What differs between two runs or two studies: in recipe, in data, and in what they reach?

Two runs are compared on the test examples that both have: of classes by McNemar's exact test, else
by a paired bootstrap. Two studies are compared by trials of equal divisions of the data.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta import tasks
from receta.core import comparing
from receta.core.errors import InputError, RunError
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import differences
from receta.studies.ensembles import judging
from receta.studies.ensembles.members import Member, open_members
from receta.studies.study import StudyFolder
from receta.studies.trial import Outcome, Trial
from receta.training import Run


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between a first and a second run or study.

    recipe: settings that differ, as `key: first -> second`. data: in words. difference: of the
    measure, the second less the first; interval: its 95 %, where it is known. p: how often chance
    does as much. better: 'first', 'second' or '' where the interval holds 0. n: pairs of test
    examples, or of trials. test: how p was found.
    """

    first: str
    second: str
    recipe: tuple[str, ...]
    data: str
    measure: str
    values: tuple[float, float]
    difference: float
    interval: tuple[float, float] | None
    p: float | None
    better: str
    n: int
    test: str

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = dataclasses.asdict(self)
        for name in ("recipe", "values"):
            plain[name] = list(plain[name])
        return {**plain, "interval": list(self.interval) if self.interval else None}


def compare(first: str | Path, second: str | Path, *, progress: Progress = Unasked()) -> Comparison:
    """Two runs on the examples that both test, or two studies by trials.

    Raises InputError for one of each, for the same one twice, for runs of different data, classes
    or tasks, and where no test example is in both.
    """
    are_studies = [(Path(one) / "study.json").is_file() for one in (first, second)]
    if are_studies[0] != are_studies[1]:
        kinds = ["a study" if one else "a run" for one in are_studies]
        raise InputError(
            f"{first} is {kinds[0]} and {second} is {kinds[1]}; expected two of one kind. Name two "
            "runs, or two studies."
        )
    if all(are_studies):
        return _compare_studies(StudyFolder.open(first), StudyFolder.open(second))
    one, other = open_members((first, second))
    return _compare_runs(one, other, progress)


def _compare_runs(one: Member, other: Member, progress: Progress) -> Comparison:
    tell_stage(progress, "asking the models")
    runs = one.first, other.first
    data = judging.load_data(runs[0], progress)
    shared = (one.tested & other.tested) - one.seen - other.seen
    rows = data.take(np.array([name in shared for name in data.ids], bool))
    if not len(rows):
        raise InputError(
            f"{one.name} and {other.name} have no test example in common; expected some that "
            "neither was trained on. Train both with the same seed and --group, or name --test."
        )
    known = judging.ask((one, other), rows)
    task = tasks.of(runs[0].task)
    measured = [task.measure(answers, known.targets) for answers in known.answers]
    found = judging.compare_answers(known.answers[1], known.answers[0], known.targets, task)
    p, test = found.p, "paired bootstrap"
    if task.IS_COUNTED and task.IS_EXCLUSIVE:
        hits = known.answers.argmax(axis=-1) == known.targets
        only = [int((hits[at] & ~hits[1 - at]).sum()) for at in (0, 1)]
        p, test = comparing.judge_disagreements(*only), "McNemar's exact test"
    sign = 1 if task.BETTER == "higher" else -1
    low, high = sorted(sign * end for end in found.interval)
    return Comparison(
        first=one.name,
        second=other.name,
        recipe=(*differences(runs[0].recipe, runs[1].recipe), *_tell_rungs(*runs)),
        data=_tell_data(one, other, len(rows)),
        measure=measured[0].name,
        values=(float(measured[0].value), float(measured[1].value)),
        difference=sign * found.value,
        interval=(low, high),
        p=p,
        better=_tell_better(found),
        n=len(rows),
        test=test,
    )


def _tell_better(found: comparing.Difference) -> str:
    """Which is surely better, where a difference above 0 speaks for the second."""
    if not found.is_real:
        return ""
    return "second" if found.value > 0 else "first"


def _tell_rungs(first: Run, second: Run) -> Iterator[str]:
    if first.best.rung != second.best.rung:
        yield f"chosen rung: {first.best.rung} -> {second.best.rung}"


def _tell_data(one: Member, other: Member, n: int) -> str:
    """In words, what differs in the data and how they are divided."""
    prints = [member.first.about["data"]["fingerprint"] for member in (one, other)]
    same = "the same data" if prints[0] == prints[1] else "data that differ in some examples"
    if (one.trained, one.chosen, one.tested) == (other.trained, other.chosen, other.tested):
        return f"{same}, divided in the same way"
    gone = max(len(one.tested), len(other.tested)) - n
    judged = f"; {gone:,} test examples of one of them do not judge" if gone else ""
    return f"{same}, divided in another way{judged}"


def _compare_studies(first: StudyFolder, second: StudyFolder) -> Comparison:
    """The trials of equal divisions, by their measure on the test part."""
    if first.path.resolve() == second.path.resolve():
        raise InputError(f"{first.path} is named twice; expected two studies. Name another.")
    if first.study.fingerprint != second.study.fingerprint:
        raise InputError(
            f"{first.path} and {second.path} are of different data; expected the same. Name others."
        )
    reached = [_reached(one) for one in (first, second)]
    shared = sorted(reached[0].keys() & reached[1].keys())
    if not shared:
        raise InputError(
            f"{first.path} and {second.path} divide the data in no way that is the same; expected "
            "trials of equal seeds or folds. Repeat one of them with the seeds of the other."
        )
    pairs = np.array([[known[one].score for known in reached] for one in shared])
    found = comparing.compare_pairs(pairs[:, 1] - pairs[:, 0])
    test = "Student's t of pairs"
    if shared[0][1]:  # folds share what they are trained on
        k = shared[0][1]
        value, interval = comparing.interval_of_folds(pairs[:, 1] - pairs[:, 0], k - 1, 1)
        found = dataclasses.replace(found, value=value, interval=interval)
        test = "interval of Nadeau and Bengio"
    measure = reached[0][shared[0]]
    sign = 1 if measure.better == "higher" else -1
    is_known = all(map(math.isfinite, found.interval))
    low, high = sorted(sign * end for end in found.interval)
    values = [float(np.mean([known[one].value for one in shared])) for known in reached]
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        recipe=tuple(differences(first.study.base, second.study.base)),
        data="the same data, divided in the same ways",
        measure=measure.name,
        values=(values[0], values[1]),
        difference=sign * found.value,
        interval=(low, high) if is_known else None,
        p=found.p if is_known and not shared[0][1] else None,
        better=_tell_better(found) if is_known else "",
        n=len(shared),
        test=test,
    )


def _reached(folder: StudyFolder) -> dict[tuple[int, int, int], Any]:
    """What a study reached on its test parts, by (seed, folds, fold).

    Of many variants the first one asked for, which is the base; of a search the best trial.
    """
    done = folder.outcomes()
    trials = [one for one in folder.trials() if one.number in done and done[one.number].test]
    if not trials:
        raise RunError(
            f"{folder.path} holds no finished trial; expected a study that is done. Repeat the "
            "command that began it."
        )
    named = [one for one in trials if one.settings == _chosen(trials, done).settings]
    return {
        (one.division.seed, one.division.folds, one.division.fold): done[one.number].test
        for one in named
    }


def _chosen(trials: list[Trial], done: dict[int, Outcome]) -> Trial:
    divisions = {one.division for one in trials}
    if len(divisions) > 1 or len(trials) == 1:
        return trials[0]
    measured = [one for one in trials if done[one.number].measure is not None]
    return max(measured or trials[:1], key=lambda one: _score(done[one.number]))


def _score(outcome: Outcome) -> float:
    return outcome.measure.score if outcome.measure else -math.inf
