"""How many steps fit into the time that is left?"""

from __future__ import annotations

import time

from receta.core.deadline import NEVER
from receta.training.lesson import Lesson
from receta.training.pace import Pace

_REPLAN_EVERY_S = 2.0  # how often a training with a time limit looks at the clock
_FEWEST_TIMED = 3  # steps that tell how fast it goes


class Planner:
    """Times steps and validations, and plans the end of a training by them.

    deadline: when all steps and validations must be done. judge_s: seconds between two epochs,
    most of them validation; None before it was seen.
    """

    def __init__(self, lesson: Lesson, pace: Pace) -> None:
        self.lesson, self.pace, self.deadline = lesson, pace, NEVER
        self.judge_s: float | None = None
        self.epoch_started = 0.0
        self.epoch_seconds = 0.0  # of the last epoch's steps
        self._epoch_over = 0.0
        # on the clock; 0 before the first of an epoch, which also waits for what came before it
        self._step_ended = 0.0
        self._timed_s, self._timed = 0.0, 0  # seconds of how many steps, since the last plan
        self._planned = 0.0
        self._judged = False
        self._step_s = 0.0  # of a step, lately

    def begin_epoch(self) -> None:
        """The first step of an epoch, or of the rest of one, comes next."""
        self.epoch_started = time.monotonic()
        self._step_ended = 0.0
        if self._epoch_over:
            took = self.epoch_started - self._epoch_over
            if self._judged:  # the first one also builds its graph
                self.judge_s = took if self.judge_s is None else (self.judge_s + took) / 2
            self._judged = True

    def end_epoch(self, now: float) -> None:
        """The last step of an epoch is done; its validation comes next."""
        self.epoch_seconds = now - self.epoch_started
        self._epoch_over = now

    def end_step(self, now: float, *, may_plan: bool) -> None:
        """Time a step; where it may, fit the steps that are left into the seconds that are left."""
        # Where an epoch is one step there is no other to be timed; the first one also builds the
        # graph.
        began = self._step_ended or (
            self.epoch_started if self.lesson.steps == 1 and self._epoch_over else 0.0
        )
        if began:
            self._timed_s, self._timed = self._timed_s + now - began, self._timed + 1
        self._step_ended = now
        if not self.deadline.is_limited or not may_plan or not self.pace.may_plan:
            return
        if not self._timed or (self._timed < _FEWEST_TIMED and self._timed_s < _REPLAN_EVERY_S):
            return
        if now - self._planned < _REPLAN_EVERY_S and self._step_s:
            return
        step_s = self._timed_s / self._timed
        self._step_s = (self._step_s + step_s) / 2 if self._step_s else step_s
        self._planned, self._timed_s, self._timed = now, 0.0, 0
        self.pace.plan(min(self.lesson.most, self.pace.done + self._steps_left()))

    def _steps_left(self) -> int:
        judge_s = self.judge_s
        if judge_s is None:  # a third of a step an example, before a validation was seen
            judge_s = self.lesson.validation_steps * self._step_s / 3
        left = self.deadline.seconds_left() - judge_s
        return max(0, int(left / (self._step_s + judge_s / self.lesson.steps)))
