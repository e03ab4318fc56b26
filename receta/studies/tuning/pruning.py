"""Is a trial worth going on with, by its curve and those of earlier ones? A pure function.

Optuna's own pruners decide, on a study in memory that is made of a snapshot: the curves of the
trials of earlier generations, as they stand in asked.json. So a trial that was killed is given up
at the same epoch when it is done again.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from receta.core import shapes
from receta.core.errors import RunError
from receta.studies.tuning.past import Goal, Past, import_optuna
from receta.studies.tuning.searches import make_study

_FACTOR = 3  # one of so many goes on at each rung of halving
_RUNGS = 3  # of halving below the longest training
_FIRST_WHOLE = 4  # trials that must have ended before the median of their curves counts
_SPARED = 0.25  # share of the longest training in which the median is not asked
_STEPS = 20  # epochs at which the median is asked, at most

SNAPSHOT = {
    "pruner": {"median", "asha", "hyperband", "wilcoxon"},
    "measure": str,
    "better": {"higher", "lower"},
    "longest": shapes.Between(int, 1, 10**6),
    "number": shapes.Between(int, 0, 10**9),
    "finished": {str: float},
    "curves": {str: [[int, float]]},
}


def take_snapshot(
    pruner: str, goal: Goal, number: int, *, longest: int, past: Sequence[Past]
) -> dict[str, Any]:
    """What the trial `number` must know to give up; longest: epochs of a whole training."""
    asked = set(epochs_asked(pruner, longest))
    known = [one for one in past if one.curve]
    curves = {
        str(one.number): [[epoch, value] for epoch, value in one.curve if epoch in asked]
        for one in known
    }
    finished = {str(one.number): one.value for one in known if one.state == "finished"}
    return {
        "pruner": pruner,
        "measure": goal.measure,
        "better": goal.better,
        "longest": longest,
        "number": number,
        "finished": finished,
        "curves": curves,
    }


def epochs_asked(pruner: str, longest: int) -> tuple[int, ...]:
    """The epochs at which a trial may be given up.

    >>> epochs_asked("asha", 40), epochs_asked("median", 12)
    ((2, 6, 18), (3, 4, 5, 6, 7, 8, 9, 10, 11))
    """
    if pruner == "wilcoxon":
        return tuple(range(longest))
    if pruner == "median":
        first, step = max(1, math.ceil(_SPARED * longest)), max(1, longest // _STEPS)
        return tuple(range(first, longest, step))
    least = _least(longest)
    rungs = [least * _FACTOR**k for k in range(_RUNGS + 1)]
    return tuple(epoch for epoch in rungs if epoch < longest)


def _least(longest: int) -> int:
    """Epochs before the first rung of halving."""
    return max(1, math.ceil(longest / _FACTOR**_RUNGS))


class Pruner:
    """Decides epoch by epoch for one trial; `report` is called with each epoch in turn.

    >>> snapshot = take_snapshot(
    ...     "asha",
    ...     Goal("accuracy"),
    ...     1,
    ...     longest=9,
    ...     past=[Past(0, {}, "finished", 0.9, ((1, 0.5), (3, 0.8)))],
    ... )
    >>> Pruner(snapshot).report(1, 0.4), Pruner(snapshot).report(1, 0.6)
    (True, False)
    """

    def __init__(self, snapshot: dict[str, Any]) -> None:
        if said := shapes.mismatch(snapshot, SNAPSHOT):
            raise RunError(
                f"asked.json of a trial is damaged ({said}). Restore it, or choose another folder "
                "with --out."
            )
        longest = int(snapshot["longest"])
        self.asked = set(epochs_asked(snapshot["pruner"], longest))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a pruner is young
            pruner = _make_pruner(snapshot["pruner"], longest)
        sampler = import_optuna().samplers.RandomSampler(seed=0)  # which nothing is asked of
        self.study = make_study(Goal("", snapshot["better"]), sampler, pruner)
        halves = snapshot["pruner"] in ("asha", "hyperband")
        for number in map(str, range(snapshot["number"])):
            self.trial = self.study.ask()
            for epoch, value in snapshot["curves"].get(number, ()):
                self.trial.report(value, epoch)
                if halves:  # which remembers who came to a rung, and with what
                    self.trial.should_prune()
            if number in snapshot["finished"]:
                self.study.tell(self.trial, snapshot["finished"][number])
        self.trial = self.study.ask()

    def report(self, epoch: int, value: float) -> bool:
        """Whether the trial is given up after an epoch (from 1) that reached this value."""
        if epoch not in self.asked:
            return False
        self.trial.report(value, epoch)
        return bool(self.trial.should_prune())


def find_end(snapshot: dict[str, Any] | None, rows: Iterable[Mapping[str, float]]) -> int | None:
    """The epoch at which a trial is given up; None where it never is.

    rows: its history, epoch by epoch, with `epoch` and `val_accuracy` or what is measured.
    """
    if snapshot is None:
        return None
    pruner, name = Pruner(snapshot), f"val_{snapshot['measure']}"
    points = ((int(row["epoch"]), row[name]) for row in rows if name in row)
    return next((epoch for epoch, value in points if pruner.report(epoch, value)), None)


def _make_pruner(name: str, longest: int) -> Any:
    pruners = import_optuna().pruners
    if name == "median":
        return pruners.MedianPruner(n_startup_trials=_FIRST_WHOLE)
    if name == "wilcoxon":
        return pruners.WilcoxonPruner(p_threshold=0.1)
    least = _least(longest)
    if name == "asha":
        return pruners.SuccessiveHalvingPruner(min_resource=least, reduction_factor=_FACTOR)
    return pruners.HyperbandPruner(
        min_resource=least, max_resource=longest, reduction_factor=_FACTOR
    )
