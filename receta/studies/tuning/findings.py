"""What did a search find: the best settings, how much each setting matters, how honest is it?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.studies.tuning.past import Goal, Past, as_frozen, import_optuna
from receta.studies.tuning.searches import make_study
from receta.studies.tuning.space import Settings, Space

_FEWEST = 4  # trials that tell something of what matters


@dataclass(frozen=True)
class Honest:
    """The winner on the test part, which no trial ever saw."""

    value: float
    interval: tuple[float, float]
    n: int


@dataclass(frozen=True)
class Best:
    """The winner: its number, its settings, its measure on validation, and its whole recipe."""

    trial: int
    settings: Settings
    validation: float
    recipe: dict[str, Any]
    run: Path | None = None


@dataclass(frozen=True)
class Tuning:
    """What a search found until now. asked: trials that were begun; is_finished: all of them."""

    folder: Path
    search: str
    goal: Goal
    past: tuple[Past, ...]
    best: Best | None
    honest: Honest | None
    importance: dict[str, float]
    seconds: float
    is_finished: bool
    was_finished: bool = False

    def count(self, state: str) -> int:
        """How many trials ended so."""
        return sum(one.state == state for one in self.past)

    @property
    def optimism(self) -> float | None:
        """By how much validation promised more than the test part holds; None if unknown."""
        if self.best is None or self.honest is None:
            return None
        sign = 1 if self.goal.better == "higher" else -1
        return sign * (self.best.validation - self.honest.value)

    def to_json(self) -> dict[str, Any]:
        """What `receta tune --json` prints."""
        best, honest = self.best, self.honest
        return {
            "study": str(self.folder),
            "search": self.search,
            "trials": len(self.past),
            "finished": self.count("finished"),
            "pruned": self.count("pruned"),
            "failed": self.count("failed"),
            "measure": self.goal.measure,
            "better": self.goal.better,
            "best": None
            if best is None
            else {
                "recipe": best.recipe,
                "validation": best.validation,
                "trial": best.trial,
                "settings": best.settings,
                "run": None if best.run is None else str(best.run),
            },
            "honest": None
            if honest is None
            else {
                "value": honest.value,
                "interval": list(honest.interval),
                "n": honest.n,
            },
            "optimism": self.optimism,
            "importance": self.importance,
            "is_finished": self.is_finished,
            "seconds": self.seconds,
        }


def choose_best(past: Sequence[Past], goal: Goal) -> Past | None:
    """The finished trial of the best value; of equals the one of the lowest loss, then the first.

    >>> choose_best(
    ...     [Past(0, {}, "finished", 0.5), Past(1, {}, "pruned", 0.9)], Goal("accuracy")
    ... ).number
    0
    """
    done = [one for one in past if one.state == "finished" and one.value is not None]
    sign = 1 if goal.better == "higher" else -1

    def rank(one: Past) -> tuple[float, float, int]:
        loss = math.inf if one.loss is None else one.loss
        return sign * (one.value or 0.0), -loss, -one.number

    return max(done, key=rank, default=None)


def measure_importance(past: Sequence[Past], space: Space, goal: Goal) -> dict[str, float]:
    """The share of each setting in what makes trials good (PED-ANOVA), the largest first.

    Of settings that every finished trial has; {} of fewer than four trials, or of equal ones.
    """
    done = [one for one in past if one.state == "finished"]
    if len(done) < _FEWEST or len({one.value for one in done}) < 2:
        return {}
    optuna = import_optuna()
    study = make_study(goal)
    for one in done:
        study.add_trial(as_frozen(one, space))
    try:
        found = optuna.importance.get_param_importances(study)
    except (ValueError, RuntimeError):  # of trials that share no setting
        return {}
    return {name: round(float(value), 4) for name, value in found.items() if math.isfinite(value)}
