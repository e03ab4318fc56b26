"""What belongs to this machine and this moment, and to no recipe?"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.core.deadline import NEVER, Deadline
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe


@dataclass(frozen=True)
class MachineSettings:
    """The settings of a recipe that say how it is computed, and not what is learnt.

    They stand in the recipe for the user, who sets everything in one place.
    """

    threads: int = 0
    backend: str = "auto"
    precision: str = "auto"
    tensorboard: bool = False
    workers: int = 1
    budget_s: float = 0.0

    @classmethod
    def of(cls, recipe: Recipe) -> MachineSettings:
        """Those of a recipe."""
        return cls(**{one.name: getattr(recipe, one.name) for one in dataclasses.fields(cls)})

    def begin_budget(self) -> Deadline:
        """The time that there is, from now on."""
        return Deadline(self.budget_s or math.inf)


@dataclass(frozen=True)
class Session:
    """One call of a verb: where it writes, whom it tells, and when it must be done.

    folder: of the work at hand, so a rung has its own. callbacks: a user's, of Keras.
    force: whether it goes on where a check fails.

    >>> Session(Path("run")).in_folder(Path("run/rungs/cnn")).folder.name
    'cnn'
    """

    folder: Path
    progress: Progress = Unasked()
    deadline: Deadline = NEVER
    machine: MachineSettings = MachineSettings()
    callbacks: Any = None
    force: bool = False

    def in_folder(self, folder: Path) -> Session:
        """The same, for work in another folder."""
        return dataclasses.replace(self, folder=folder)

    def until(self, deadline: Deadline) -> Session:
        """The same, with another deadline."""
        return dataclasses.replace(self, deadline=deadline)

    def telling(self, progress: Progress) -> Session:
        """The same, with another listener."""
        return dataclasses.replace(self, progress=progress)
