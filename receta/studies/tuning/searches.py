"""Which settings does a search try next? A pure function of its seed and of what is known.

`random` and `grid` look at nothing; `bayes` is Optuna's TPE, which looks at what came of earlier
trials; `hyperband` and `asha` draw at random and give up by curves (pruning).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from receta.core.seeds import key
from receta.studies.tuning.past import Goal, Past, as_frozen, import_optuna
from receta.studies.tuning.space import Choice, Parameter, Settings, Space

_FIRST_AT_RANDOM = 8  # trials of `bayes` before it looks at what came of them


@dataclass(frozen=True)
class Search:
    """A way to search. about: in words. pruner: how trials are given up, '' for never."""

    about: str
    pruner: str = ""


SEARCHES = {
    "random": Search("at random"),
    "grid": Search("every point of a grid, mixed"),
    "bayes": Search("where earlier trials promise most (TPE)", "median"),
    "hyperband": Search("at random; most are given up early, in several brackets", "hyperband"),
    "asha": Search("at random; two of three are given up at each rung", "asha"),
}


@dataclass(frozen=True)
class Asking:
    """What all trials of a search share: how, where, from which seed, and to what end.

    start: the first point, so that what the recipe says anyway is among the trials.
    """

    search: str
    space: Space
    seed: int
    goal: Goal
    start: Settings


def count_points(asking: Asking) -> int | None:
    """How many trials a search has at most; None where there is no end."""
    return len(asking.space.grid(asking.seed)) if asking.search == "grid" else None


def ask(asking: Asking, number: int, past: Sequence[Past]) -> Settings:
    """The settings of the trial `number`; past: all before it, in their order."""
    space = asking.space
    if asking.search == "grid":
        return space.grid(asking.seed)[number]
    if number == 0:
        return asking.start
    study = make_study(asking.goal, _make_sampler(asking, number))
    for one in past:
        study.add_trial(as_frozen(one, space))
    trial = study.ask()
    settings: Settings = {}
    for parameter in space.parameters:
        if parameter.is_active(settings):
            settings[parameter.name] = parameter.values.clip(_suggest(trial, parameter))
    return settings


def make_study(goal: Goal, sampler: Any = None, pruner: Any = None) -> Any:
    """An empty study of Optuna in memory, of a name that is always the same."""
    return import_optuna().create_study(
        study_name="receta",
        direction="maximize" if goal.better == "higher" else "minimize",
        sampler=sampler,
        pruner=pruner,
    )


def _make_sampler(asking: Asking, number: int) -> Any:
    """A sampler whose chance depends on the seed and the number of the trial alone."""
    samplers = import_optuna().samplers
    seed = key(asking.seed, "ask", number) % 2**32
    if asking.search != "bayes":
        return samplers.RandomSampler(seed=seed)
    # group: settings that stand behind a condition are looked at together where they matter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that `group` is young
        return samplers.TPESampler(
            seed=seed, n_startup_trials=_FIRST_AT_RANDOM, multivariate=True, group=True
        )


def _suggest(trial: Any, parameter: Parameter) -> Any:
    name, values = parameter.name, parameter.values
    if isinstance(values, Choice):
        return trial.suggest_categorical(name, values.values)
    if values.whole:
        step = int(values.step or 1)
        return trial.suggest_int(name, int(values.low), int(values.top), step=step, log=values.log)
    return trial.suggest_float(name, values.low, values.top, step=values.step, log=values.log)
