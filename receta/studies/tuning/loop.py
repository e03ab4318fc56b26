"""In which order are the trials of a search asked and done, so that it can be killed anywhere?

A generation is as many trials as the study was begun with at a time. All of one are asked before
any of them begins, and what they are follows from the outcomes of earlier generations alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from receta.core.errors import RunError
from receta.core.printable import cut
from receta.studies.study import StudyFolder
from receta.studies.trial import Division, Outcome, Trial
from receta.studies.tuning.past import Past
from receta.studies.tuning.pruning import take_snapshot
from receta.studies.tuning.searches import SEARCHES, Asking, ask
from receta.studies.tuning.space import Settings, Value

_FEWEST_ENDED = 3  # trials that may fail before one has ended
_MOST_WORDS = 60  # letters of a trial's name

Doing = Callable[[list[Trial], bool], Iterator[Outcome]]


@dataclass
class Loop:
    """A search that goes on. asking: how. longest: epochs of a whole training."""

    folder: StudyFolder
    asking: Asking
    longest: int
    past: list[Past] = field(default_factory=list)

    @property
    def generation(self) -> int:
        """Trials that are asked at once, as the study was begun."""
        return self.folder.study.jobs

    def go_on(self, most: float, has_time: Callable[[list[Past]], bool], do: Doing) -> bool:
        """Do trials until there are `most`, or no time for more; whether all were done.

        do: does some trials and gives their outcomes; the flag says whether one that failed is
        tried again. Raises RunError where the first ones all fail.
        """
        while len(self.past) < most:
            first = len(self.past)
            numbers = range(first, int(min(most, first + self.generation)))
            if first and not self._is_asked(first) and not has_time(self.past):
                return True
            trials = self._ask(numbers)
            is_last = not self._is_asked(numbers.stop)
            outcomes = {one.number: one for one in do(trials, is_last)}
            if len(outcomes) < len(trials):
                return False  # the time was over within a trial
            for trial in trials:
                self.past.append(describe(trial, outcomes[trial.number]))
            self._refuse_hopeless()
        return True

    def _ask(self, numbers: range) -> list[Trial]:
        """The trials of a generation, each in its folder before any of them begins."""
        trials, running = [], list(self.past)
        pruner = SEARCHES[self.asking.search].pruner
        for number in numbers:
            settings = ask(self.asking, number, running)
            running.append(Past(number, settings))
            goal, known = self.asking.goal, self.past
            pruning = None
            if pruner:
                pruning = take_snapshot(pruner, goal, number, longest=self.longest, past=known)
            trial = Trial(
                number=number,
                name=tell_settings(settings, self.asking.space.searched),
                settings=dict(settings),
                division=Division(seed=self.asking.seed),
                sees_test=False,
                pruning=pruning,
            )
            self.folder.ask(trial)
            trials.append(trial)
        return trials

    def _is_asked(self, number: int) -> bool:
        return (self.folder.folder_of(number) / "asked.json").exists()

    def _refuse_hopeless(self) -> None:
        """RunError where nothing but failures came of the first trials."""
        failed = [one for one in self.past if one.state == "failed"]
        if len(failed) == len(self.past) >= _FEWEST_ENDED:
            raise RunError(
                f"the first {len(failed)} trials failed; expected one to end. The first error: "
                f"{failed[0].why} Mend the data, the space or the recipe, and repeat with --force."
            )


def describe(trial: Trial, outcome: Outcome) -> Past:
    """What a search knows of a trial that is over."""
    settings: Settings = dict(trial.settings)
    measure = outcome.measure
    name = f"val_{measure.name}" if measure else ""
    curve = tuple(
        (int(row["epoch"]), row[name]) for row in outcome.curve if name in row and "epoch" in row
    )
    return Past(
        trial.number,
        settings,
        outcome.state,
        None if measure is None or not math.isfinite(measure.value) else measure.value,
        curve,
        outcome.loss,
        outcome.seconds,
        outcome.why,
    )


def tell_settings(settings: Mapping[str, Value], searched: tuple[object, ...]) -> str:
    """A trial's name for people: the settings that are searched, as far as they fit."""
    names = [getattr(one, "name", "") for one in searched]
    words = [f"{name}={settings[name]}" for name in names if name in settings]
    return cut(", ".join(words), _MOST_WORDS)
