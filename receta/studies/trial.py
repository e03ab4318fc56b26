"""What is a trial of a study, and what came of it?

A trial is a training with a recipe of its own, on data divided in a way of its own. It is asked by
the parent of a study and done by a process of its own.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from receta.core import disk
from receta.core.measure import Measure
from receta.core.shapes import Between

State = Literal["finished", "pruned", "failed"]

_NUMBER = Between(int, 0, 2**31 + 10_000)  # a seed of a recipe, and those that follow it
MEASURE = {
    "name": str,
    "value": float,
    "n": Between(int, 0, 2**48),
    "better": {"higher", "lower"},
}
TRIAL = {
    "number": _NUMBER,
    "name": str,
    "settings": {str: Any},
    "division": {
        "seed": _NUMBER,
        "folds": Between(int, 0, 10_000),
        "fold": Between(int, 0, 10_000),
        "test_seed": (_NUMBER, None),
        "is_drawn?": bool,
    },
    "inputs": {"own", "zeroed"},
    "sees_test?": bool,
    "pruning": ({str: Any}, None),
}
OUTCOME = {
    "number": _NUMBER,
    "state": {"finished", "pruned", "failed"},
    "measure": (MEASURE, None),
    "test": (MEASURE, None),
    "loss": (float, None),
    "test_loss": (float, None),
    "curve": [{str: float}],
    "rung": str,
    "epochs": Between(int, 0, 10**6),
    "parameters": (int, None),
    "seconds": float,
    "why": str,
}


def pick_known(cls: type, plain: dict[str, Any]) -> dict[str, Any]:
    """What a file says of the fields of a class; what another version wrote beside is let be."""
    return {one.name: plain[one.name] for one in dataclasses.fields(cls) if one.name in plain}


@dataclass(frozen=True, kw_only=True)
class Division:
    """How the data of a trial are divided into parts.

    seed: of the division. folds, fold: it is fold `fold` of `folds`, where there are any.
    test_seed: the test part is set aside by this seed, the same for all trials of the study.
    is_drawn: the folds are drawings of a bootstrap.
    """

    seed: int
    folds: int = 0
    fold: int = 0
    test_seed: int | None = None
    is_drawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is asked of one trial.

    name: what it is a trial of, for people. settings: of the recipe, on top of those of the
    study. inputs: those of the data, or zeros in their place. sees_test: whether it may look at
    the test part; one of a search never does. pruning: what is known of earlier trials.
    """

    number: int
    name: str
    settings: dict[str, Any]
    division: Division
    inputs: Literal["own", "zeroed"] = "own"
    sees_test: bool = True
    pruning: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """What asked.json holds."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The trial that `to_json` wrote."""
        division = Division(**pick_known(Division, plain["division"]))
        return cls(**{**pick_known(cls, plain), "division": division})

    @classmethod
    def read(cls, path: Path) -> Self:
        """The trial of an asked.json; RunError for what receta did not write."""
        return cls.from_json(disk.read_json(path, TRIAL))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a trial.

    measure, loss: of the chosen rung on the validation part; test, test_loss: on the test part.
    curve: the columns of history.csv, epoch by epoch. seconds: over all its processes.
    why: what failed or stopped it; of a finished one the checks that it failed.
    """

    number: int
    state: State
    measure: Measure | None = None
    test: Measure | None = None
    loss: float | None = None
    test_loss: float | None = None
    curve: tuple[dict[str, float], ...] = field(default=(), repr=False)
    rung: str = ""
    epochs: int = 0
    parameters: int | None = None
    seconds: float = 0.0
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """What outcome.json holds."""
        plain = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return {
            **plain,
            "measure": _spell_measure(self.measure),
            "test": _spell_measure(self.test),
            "curve": [dict(row) for row in self.curve],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The outcome that `to_json` wrote."""
        measures = {
            name: Measure(**pick_known(Measure, plain[name])) if plain[name] else None
            for name in ("measure", "test")
        }
        return cls(**{**pick_known(cls, plain), **measures, "curve": tuple(plain["curve"])})

    @classmethod
    def read(cls, path: Path) -> Self:
        """The outcome of an outcome.json; RunError for what receta did not write."""
        return cls.from_json(disk.read_json(path, OUTCOME))


def _spell_measure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {name: getattr(measure, name) for name in MEASURE}
