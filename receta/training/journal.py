"""What happens beside the gradient steps: the best weights, early stopping, state, progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from receta import models
from receta.core.deadline import NEVER
from receta.core.progress import Bar, Progress
from receta.core.recipe import Recipe
from receta.training import pace as paces
from receta.training import state
from receta.training.callbacks import Guests
from receta.training.pace import Pace

_REPLAN_EVERY_S = 2.0  # how often a training with a time limit looks at the clock
_FEWEST_TIMED = 3  # steps that tell how fast it goes
# share of the steps done that a falling schedule may still take once nothing gets better
_COOL_DOWN = 0.15


class Journal(keras.callbacks.Callback):
    """Keeps all that a resumed training needs, sets the rate, and ends in time.

    epoch, step: what comes next. best: weights of the best epoch so far. A state is
    saved every `save_every_s` seconds and at the end; which moments those are cannot
    change the result, since all that follows from a state is a function of it, but for
    decisions by the clock, which `pace` keeps. deadline: when all steps and
    validations must be done; most: steps that are never exceeded.
    """

    def __init__(
        self,
        rung: str,
        model: keras.Model,
        path: Path,
        recipe: Recipe,
        pace: Pace,
        steps: int,
        n: int,
        watched_inputs: np.ndarray,
        save_every_s: float,
        progress: Progress,
        *,
        most: int,
    ) -> None:
        super().__init__()
        self.rung, self.bare, self.path, self.progress = rung, model, path, progress
        self.recipe, self.pace, self.steps, self.n = recipe, pace, steps, n
        self.watched_inputs, self.save_every_s = watched_inputs, save_every_s
        self.most, self.deadline = most, NEVER
        task = models.task_of(model)
        self.measure, self.sign = task.MEASURE, 1 if task.BETTER == "higher" else -1
        self.validation_steps = 1.0  # a validation in training steps' worth of examples
        self.epoch = self.step = self.wait = self.reductions = 0
        self.cooling = False
        self.best_epoch = -1
        self.best_score: tuple[float, float] | None = None
        self.best: list[np.ndarray] = []
        self.history: list[dict[str, float]] = []
        self.watched: list[np.ndarray] = []
        self.finished = False
        self.seconds = 0.0  # spent in training, over all resumptions
        self.feed: Any = None
        self.guests: Guests | None = None  # callbacks of others, which come before this one
        # what this one set last, where a callback of others might change it
        self._rate_set, self._told_of_rate = 0.0, False
        self._since = self._saved = time.monotonic()
        self._metrics: list[np.ndarray] | None = None
        self._bars = ExitStack()
        self._bar: Bar | None = None
        self._shown = 0.0
        self._epoch_started = self._epoch_over = 0.0
        self._epoch_seconds = 0.0
        # on the clock; 0 before the first of an epoch, which also waits for what came before it
        self._step_ended = 0.0
        self._timed_s, self._timed = 0.0, 0  # seconds of how many steps, since the last plan
        self._planned = 0.0
        self._judged = False
        self._step_s = 0.0  # of a step, lately
        self._judge_s: float | None = None  # between two epochs, most of it validation

    @property
    def epochs(self) -> int:
        """Epochs in all, as planned now; the last one may be a part of one."""
        return max(1, -(-self.pace.total // self.steps))

    @property
    def images_per_second(self) -> float:
        """Median over the epochs, validation left out."""
        speeds = [row["images_per_second"] for row in self.history if row.get("images_per_second")]
        return float(np.median(speeds)) if speeds else 0.0

    # What Keras calls.

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Open the bar; put back the running metrics of a cut-off epoch."""
        self.feed.epoch = epoch
        if self._metrics is not None:
            for variable, value in zip(self.model.metrics_variables, self._metrics, strict=True):
                variable.assign(value)
            self._metrics = None
        self._bar = self._bars.enter_context(
            self.progress.bar(f"{self.rung} epoch {epoch + 1}/{self.epochs}", self.steps, "steps")
        )
        self._bar.advance(self.step)
        self._epoch_started = time.monotonic()
        self._step_ended = 0.0
        if self._epoch_over:
            took = self._epoch_started - self._epoch_over
            if self._judged:  # the first one also builds its graph
                self._judge_s = took if self._judge_s is None else (self._judge_s + took) / 2
            self._judged = True
        self._first_step = self.step

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate of the step, unless it is constant, when callbacks of others
        may change it.
        """
        if self._rate_is_theirs:
            return
        self._hear_of_a_vain_rate()
        self.model.optimizer.learning_rate = paces.rate(
            self.recipe, self.pace.middle, self.reductions
        )
        self._rate_set = self._rate_now() if self.guests else 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step, show it, and save the state when it is time."""
        self.step += 1
        self.pace.advance()
        now = time.monotonic()
        self._replan(now)
        over = self.step == self.steps or self.pace.finished
        if over:
            self._epoch_seconds = now - self._epoch_started
            self._epoch_over = now
        if self.pace.finished:
            self.model.stop_training = True
        if self._bar is not None:
            figures = {}
            if now - self._shown > 0.2:
                self._shown = now
                rate = (
                    self.n
                    / self.steps
                    * (self.step - self._first_step)
                    / max(now - self._epoch_started, 1e-9)
                )
                figures = {
                    **{name: f"{float(value):.4f}" for name, value in (logs or {}).items()},
                    "images/s": f"{rate:.0f}",
                }
            self._bar.advance(1, **figures)
        if now - self._saved > self.save_every_s and not over and not self.model.stop_training:
            self.save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the epoch: best so far, or another one in vain."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        self._hear_of_a_vain_rate()
        done = self.step - self._first_step
        rate = (
            self._rate_now()
            if self._rate_is_theirs
            else paces.rate(self.recipe, self.pace.progress, self.reductions)
        )
        self.history.append(
            {
                "epoch": epoch + 1,
                **logs,
                "learning_rate": rate,
                "seconds": round(self._epoch_seconds, 3),
                "images_per_second": round(
                    self.n / self.steps * done / max(self._epoch_seconds, 1e-9), 1
                ),
            }
        )
        self.watched.append(np.asarray(self.bare.predict_on_batch(self.watched_inputs), np.float32))
        score = (self.sign * logs[f"val_{self.measure}"], -logs["val_loss"])
        if self.best_score is None or score > self.best_score:
            self.best_score, self.best_epoch, self.wait = score, epoch, 0
            self.best = [ops.convert_to_numpy(variable) for variable in self.bare.weights]
        else:
            self.wait += 1
        if self._bar is not None:
            self._bar.advance(
                0,
                **{
                    name: f"{logs[name]:.4f}"
                    for name in ("loss", self.measure, f"val_{self.measure}")
                },
            )
        self._bars.close()
        self.epoch, self.step = epoch + 1, 0
        self._judge(logs)
        if self.finished:
            self.model.stop_training = True
        if time.monotonic() - self._saved > self.save_every_s:
            self.save()

    @property
    def _rate_is_theirs(self) -> bool:
        return bool(self.guests) and self.recipe.schedule == "constant"

    def _rate_now(self) -> float:
        return float(ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def _hear_of_a_vain_rate(self) -> None:
        if not self._rate_set or self._told_of_rate or self._rate_now() == self._rate_set:
            return
        self._told_of_rate = True
        self.progress.say(
            f"{self.rung}: a callback sets the learning rate, in vain: "
            f"schedule={self.recipe.schedule} sets it before "
            f"each step. With --set schedule=constant it is the callback's."
        )

    def _judge(self, logs: dict[str, float]) -> None:
        """Is it over: by the plan, by a loss that is no number, by patience?"""
        recipe = self.recipe
        if self.pace.finished or not np.isfinite(logs["loss"]) or self.model.stop_training:
            # by plan, since nothing good comes of going on, or since another callback said so
            self.finished = True
            return
        if recipe.schedule == "plateau" and self.wait and self.wait % recipe.plateau_patience == 0:
            self.reductions += 1
        if not recipe.patience or self.wait < recipe.patience or self.cooling:
            return
        if recipe.schedule in ("cosine", "linear"):
            # A falling schedule earns most of its accuracy at its end: it is brought there quickly,
            # not cut off.
            self.cooling = True
            self.pace.plan(
                min(
                    self.pace.total,
                    self.pace.done + max(self.steps, round(_COOL_DOWN * self.pace.done)),
                ),
                sooner=True,
            )
        else:
            self.finished = True

    def _replan(self, now: float) -> None:
        """Fit the steps that are left into the seconds that are left."""
        # Where an epoch is one step there is no other to be timed; the first one also builds the
        # graph.
        began = self._step_ended or (
            self._epoch_started if self.steps == 1 and self._epoch_over else 0.0
        )
        if began:
            self._timed_s, self._timed = self._timed_s + now - began, self._timed + 1
        self._step_ended = now
        if not self.deadline.limited or self.cooling or not self.pace.open:
            return
        if not self._timed or (self._timed < _FEWEST_TIMED and self._timed_s < _REPLAN_EVERY_S):
            return
        if now - self._planned < _REPLAN_EVERY_S and self._step_s:
            return
        step_s = self._timed_s / self._timed
        self._step_s = (self._step_s + step_s) / 2 if self._step_s else step_s
        self._planned, self._timed_s, self._timed = now, 0.0, 0
        # A validation of the like of a third of a step an example, before one was seen.
        judge_s = (
            self._judge_s if self._judge_s is not None else self.validation_steps * self._step_s / 3
        )
        left = self.deadline.left() - judge_s
        steps_left = max(0, int(left / (self._step_s + judge_s / self.steps)))
        self.pace.plan(min(self.most, self.pace.done + steps_left))

    # What the trainer calls.

    def save(self) -> None:
        """Write the state as it is between two steps."""
        now = time.monotonic()
        self.seconds += now - self._since
        self._since = now
        metrics = [
            ops.convert_to_numpy(variable).tolist() for variable in self.model.metrics_variables
        ]
        state.save(
            self.path,
            self.model,
            self.best,
            {
                "epoch": self.epoch,
                "step": self.step,
                "wait": self.wait,
                "best_epoch": self.best_epoch,
                "done": self.pace.done,
                "total": self.pace.total,
                "at": self.pace.progress,
                "reductions": self.reductions,
                "cooling": self.cooling,
                "judge_s": self._judge_s,
                "best_score": self.best_score,
                "history": self.history,
                "finished": self.finished,
                "callbacks": self.guests.states() if self.guests else [],
                "seconds": self.seconds,
                "metrics": metrics,
                "watched": [array.tolist() for array in self.watched],
            },
        )
        self._saved = time.monotonic()

    def resume(
        self, trainer: keras.Model, meta: dict[str, Any], arrays: dict[str, np.ndarray]
    ) -> None:
        """Stand where the state says."""
        self.best = state.restore(trainer, arrays)
        self.epoch, self.step, self.wait = meta["epoch"], meta["step"], meta["wait"]
        self.best_epoch, self.history, self.finished = (
            meta["best_epoch"],
            meta["history"],
            meta["finished"],
        )
        self.best_score = tuple(meta["best_score"]) if meta["best_score"] else None
        self.pace.done, self.pace.total, self.pace.progress = (
            meta["done"],
            meta["total"],
            meta["at"],
        )
        self.reductions, self.cooling, self._judge_s = (
            meta["reductions"],
            meta["cooling"],
            meta["judge_s"],
        )
        self.watched = [np.asarray(array, np.float32) for array in meta["watched"]]
        self.seconds = meta["seconds"]
        if self.guests:
            self.guests.restore(meta["callbacks"], begun=bool(self.step or self.epoch))
        if self.step:
            self._metrics = [np.asarray(value) for value in meta["metrics"]]

    def put_bars_away(self) -> None:
        """Leave a terminal as it was, also when the training was cut off."""
        self._bars.close()

    def close(self, trainer: keras.Model) -> None:
        """The training is over."""
        self.seconds += time.monotonic() - self._since
