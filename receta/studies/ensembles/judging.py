"""Is an ensemble better than its best member, on examples that none of them has seen?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta import evaluation, sources
from receta.core.comparing import Difference, bootstrap_pairs
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Dataset
from receta.studies.ensembles.members import Member
from receta.tasks import Task
from receta.training import Run

_TIMES = 1_000  # examples are drawn again
_LOOKS = 15  # at the time of one answer


@dataclass(frozen=True)
class Known:
    """Answers of all members to some examples (members, n, outputs), and the truth."""

    data: Dataset
    answers: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Rows:
    """Which examples weights are learnt from, and which judge. why: what was left out, in words."""

    learnt: Dataset
    judged: Dataset
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Gain:
    """How much better an ensemble is than its best member; above 0 is better, whatever is measured.

    best: the name of that member, chosen on the examples that weights are learnt from. single,
    together: their measures.
    """

    best: str
    measure: str
    single: float
    together: float
    value: float
    interval: tuple[float, float]
    n: int

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {**asdict(self), "interval": list(self.interval)}


@dataclass(frozen=True)
class Judged:
    """What is known of an ensemble. answers: to the examples that judge.

    validation: the gain on what it was made with, which is too good where weights were chosen.
    """

    answers: np.ndarray | None = None
    gain: Gain | None = None
    validation: Gain | None = None
    latency_ms: dict[str, float] = field(default_factory=dict)


def load_data(run: Run, progress: Progress) -> Dataset:
    """The data of a run, read again; InputError where nobody knows where they are."""
    about = run.about["data"]
    if "options" not in about:
        raise InputError(
            f"{run.folder} does not know where its data are ({about['source'][:80]}); expected a "
            "run of data at a path. Train it from a path."
        )
    options = dict(about["options"])
    if options.get("shape") is not None:
        options["shape"] = tuple(options["shape"])
    return sources.load(about["source"], test=about["test"], progress=progress, **options)


def load_test(run: Run, place: str, members: Sequence[Member], progress: Progress) -> Dataset:
    """Labelled data to judge on, without what a member was trained on or chosen by."""
    options = dict(run.about["data"].get("options", {}))
    data = sources.load(place, progress=progress, **sources.usable(place, options))
    runs = [one for member in members for one in member.runs]
    digests = set().union(*map(evaluation.digests_seen, runs))
    inputs = run.inputs(data)
    fresh = [inputs.digests[row].decode() not in digests for row in data.rows]
    return data.take(np.array(fresh, bool))


def choose_rows(data: Dataset, members: Sequence[Member]) -> Rows:
    """The examples that every member can be asked about honestly.

    Weights are learnt from those that no member was trained on. Those judge that no member was
    trained on or chosen by, and that are in the test part of each, or in one of the data's own.
    """
    new = frozenset.intersection(*(one.new for one in members))
    seen = frozenset().union(*(one.seen for one in members))
    tested = frozenset.intersection(*(one.tested for one in members))
    own = [part == "test" for part in data.parts]
    judges = np.array(
        [
            name not in seen and (name in tested or is_own)
            for name, is_own in zip(data.ids, own, strict=True)
        ],
        bool,
    )
    learnt = np.array([name in new for name in data.ids], bool) & ~judges
    parts = frozenset().union(*(one.tested for one in members))
    left = sum(name in parts or is_own for name, is_own in zip(data.ids, own, strict=True))
    left -= int(judges.sum())
    why = (
        f"{left:,} test example{'s' * (left != 1)} of some of the models do not judge, for another "
        "one was trained on them or chosen by them."
        if left
        else ""
    )
    return Rows(data.take(learnt), data.take(judges), why)


def ask(members: Sequence[Member], data: Dataset, *, is_new: bool = False) -> Known:
    """What all members say of some examples. is_new: of those that weights are learnt from."""
    first = members[0].first
    if not len(data):
        empty = np.zeros((len(members), 0, len(first.class_names)), np.float32)
        return Known(data, empty, data.targets)
    answers = [one.answer_new(data) if is_new else one.answer(data) for one in members]
    return Known(data, np.stack(answers), evaluation.match_targets(first, first.examples(data)))


def find_best(known: Known, task: Task) -> int:
    """The member of the best measure on some examples; of equals the one of the lowest loss."""
    reached = [
        (task.measure(one, known.targets).score, -float(task.losses(one, known.targets).mean()))
        for one in known.answers
    ]
    return max(range(len(reached)), key=reached.__getitem__)


def measure_gain(known: Known, together: np.ndarray, best: int, name: str, task: Task) -> Gain:
    """How much better answers together (n, outputs) are than those of one member."""
    single, targets = known.answers[best], known.targets
    found = compare_answers(together, single, targets, task)
    measured = task.measure(together, targets)
    return Gain(
        best=name,
        measure=measured.name,
        single=float(task.measure(single, targets).value),
        together=float(measured.value),
        value=found.value,
        interval=found.interval,
        n=len(targets),
    )


def compare_answers(
    first: np.ndarray, second: np.ndarray, targets: np.ndarray, task: Task
) -> Difference:
    """How much better the first of two answers (n, outputs) is, by the measure of a task.

    Above 0 the first is better, whichever way the measure goes.
    """

    def differ(rows: np.ndarray) -> float:
        one = task.measure(first[rows], targets[rows]).score
        return float(one - task.measure(second[rows], targets[rows]).score)

    return bootstrap_pairs(differ, len(targets), times=_TIMES)


def time_one(predict: Callable[[np.ndarray], Any], example: np.ndarray) -> float:
    """Milliseconds for the answer to one example, the median of some."""
    predict(example)
    taken = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        predict(example)
        taken.append(time.perf_counter() - began)
    return round(1000 * float(np.median(taken)), 3)
