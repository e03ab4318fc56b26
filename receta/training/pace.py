"""How far is a training, how many steps are left, and at which learning rate?"""

from __future__ import annotations

import math

from receta.core.recipe import Recipe
from receta.training.decisions import Decisions

_LOWEST = 1 / 25  # of the rate at which warming up begins, as in one-cycle (Smith and Topin, 2017)


class Pace:
    """Progress from 0 to 1, a step at a time, which may be planned anew on the way.

    total: steps in all, as planned now. Progress grows evenly over the steps that are
    left, so that a schedule over progress ends where the training ends, however often the
    plan changes. A change is a decision [at step, new total]; it is kept in `known` at
    once, and a training that was killed takes the same decisions again, so that it ends
    with the same bits though its clock ran otherwise.

    >>> pace = Pace(4)
    >>> for _ in range(2):
    ...     pace.advance()
    >>> pace.progress
    0.5
    >>> pace.plan(10)
    >>> pace.advance()
    >>> pace.progress
    0.5625
    """

    def __init__(self, total: int, known: Decisions | None = None) -> None:
        self.total, self._known = total, known
        self.done, self.progress = 0, 0.0
        self.decisions: list[list[int]] = (known.find("pace") if known else None) or []
        # at which step an earlier process took its last decision
        self._taken = self.decisions[-1][0] if self.decisions else -1

    @property
    def is_finished(self) -> bool:
        """Whether no step is left."""
        return self.done >= self.total

    @property
    def may_plan(self) -> bool:
        """Whether a new plan may be made here: no earlier process has been further."""
        return self.done > self._taken

    @property
    def middle(self) -> float:
        """Progress in the middle of the step that comes next: what its rate is taken at.

        At its beginning the first of a few steps would be lost to warming up.
        """
        return self.progress + (1 - self.progress) / (2 * max(self.total - self.done, 1))

    def advance(self) -> None:
        """One step is done; take the decision that an earlier process took here."""
        self.progress += (1 - self.progress) / max(self.total - self.done, 1)
        self.done += 1
        for step, total in self.decisions:
            if step == self.done:
                self.total = total

    def plan(self, total: int, *, sooner: bool = False) -> None:
        """Let the training end at another step; nothing where that is decided already.

        sooner: because patience is over, which is no matter of clocks: also at the very step where
        an earlier process, killed before it came to that, had planned last.
        """
        total = max(total, self.done)
        may = self.may_plan or (sooner and self.done == self._taken)
        if self.is_finished or not may or total == self.total:
            return
        # the clock spoke at this step, and now patience does
        if self.decisions and self.decisions[-1][0] == self.done:
            self.decisions.pop()
        self.decisions.append([self.done, total])
        self.total = total
        if self._known is not None:
            self._known.keep("pace", self.decisions)


def rate(recipe: Recipe, progress: float, reductions: int = 0) -> float:
    """Learning rate at some progress (0..1), a pure function.

    reductions: how often a plateau was met, for the schedule of that name.
    Source: Loshchilov and Hutter (2017), "SGDR", without restarts, for cosine; Smith and
    Topin (2017), "Super-convergence", for the warming up.

    >>> [round(rate(Recipe(learning_rate=1.0, warm_up=0.5), p), 2) for p in (0, 0.5, 0.75, 1)]
    [0.04, 1.0, 0.5, 0.0]
    """
    top = recipe.learning_rate
    if recipe.schedule == "constant":
        return top
    if progress < recipe.warm_up:
        return top * (_LOWEST + (1 - _LOWEST) * progress / recipe.warm_up)
    if recipe.schedule == "plateau":
        return float(top * recipe.plateau_factor**reductions)
    left = (1 - progress) / max(1 - recipe.warm_up, 1e-9)
    return top * max(
        0.0, left if recipe.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2
    )
