"""What happens beside the gradient steps: the best weights, early stopping, state, progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from receta import models, tasks
from receta.core.progress import Bar, Progress
from receta.training import pace as paces
from receta.training import state
from receta.training.callbacks import Guests
from receta.training.lesson import Lesson
from receta.training.pace import Pace
from receta.training.replanning import Planner

# share of the steps done that a falling schedule may still take once nothing gets better
_COOL_DOWN = 0.15


class Journal(keras.callbacks.Callback):
    """Keeps all that a resumed training needs, sets the rate, and ends in time.

    epoch, step: what comes next. best: weights of the best epoch so far. A state is
    saved every `save_every_s` seconds and at the end; which moments those are cannot
    change the result, since all that follows from a state is a function of it, but for
    decisions by the clock, which `pace` keeps.
    """

    def __init__(
        self, lesson: Lesson, path: Path, pace: Pace, save_every_s: float, progress: Progress
    ) -> None:
        super().__init__()
        self.lesson, self.path, self.pace, self.progress = lesson, path, pace, progress
        self.rung, self.bare, self.recipe = lesson.rung, lesson.model, lesson.recipe
        self.save_every_s = save_every_s
        self.planner = Planner(lesson, pace)
        task = models.task_of(lesson.model)
        self.measure = tasks.chooses_by(task, self.recipe)
        self.sign = 1 if task.BETTER == "higher" else -1
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
        self.writes = True  # of several processes that train together, the first alone does
        self.guests: Guests | None = None  # callbacks of others, which come before this one
        # what this one set last, where a callback of others might change it
        self._rate_set, self._has_warned = 0.0, False
        self._since = self._saved = time.monotonic()
        self._metrics: list[np.ndarray] | None = None
        self._bars = ExitStack()
        self._bar: Bar | None = None
        self._shown = 0.0

    @property
    def epochs(self) -> int:
        """Epochs in all, as planned now; the last one may be a part of one."""
        return max(1, -(-self.pace.total // self.lesson.steps))

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
            self.progress.bar(
                f"{self.rung} epoch {epoch + 1}/{self.epochs}", self.lesson.steps, "steps"
            )
        )
        self._bar.advance(self.step)
        self.planner.begin_epoch()
        self._first_step = self.step

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate of the step, unless it is constant, when callbacks of others
        may change it.
        """
        if self._rate_is_theirs:
            return
        self._warn_of_a_vain_rate()
        self.model.optimizer.learning_rate = paces.rate(
            self.recipe, self.pace.middle, self.reductions
        )
        self._rate_set = self._rate_now() if self.guests else 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step, show it, and save the state when it is time."""
        self.step += 1
        self.pace.advance()
        now = time.monotonic()
        self.planner.end_step(now, may_plan=not self.cooling)
        over = self.step == self.lesson.steps or self.pace.is_finished
        if over:
            self.planner.end_epoch(now)
        if self.pace.is_finished:
            self.model.stop_training = True
        if self._bar is not None:
            self._bar.advance(1, **self._figures(now, logs or {}))
        if now - self._saved > self.save_every_s and not over and not self.model.stop_training:
            self.save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the epoch: best so far, or another one in vain."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        self._warn_of_a_vain_rate()
        seconds = self.planner.epoch_seconds
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
                "seconds": round(seconds, 3),
                "images_per_second": round(self._count_seen() / max(seconds, 1e-9), 1),
            }
        )
        if len(self.lesson.watched.inputs):
            answers = self.bare.predict_on_batch(self.lesson.watched.inputs)
            self.watched.append(np.asarray(answers, np.float32))
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

    def _figures(self, now: float, logs: dict[str, float]) -> dict[str, float | str]:
        """What stands beside the bar, five times a second at most."""
        if now - self._shown <= 0.2:
            return {}
        self._shown = now
        seconds = max(now - self.planner.epoch_started, 1e-9)
        rate = self._count_seen() / seconds
        return {
            **{name: f"{float(value):.4f}" for name, value in logs.items()},
            f"{self.lesson.things}/s": f"{rate:.0f}",
        }

    def _count_seen(self) -> float:
        """Training examples of the running epoch that this process saw."""
        return self.lesson.n / self.lesson.steps * (self.step - self._first_step)

    @property
    def _rate_is_theirs(self) -> bool:
        return bool(self.guests) and self.recipe.schedule == "constant"

    def _rate_now(self) -> float:
        return float(ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def _warn_of_a_vain_rate(self) -> None:
        if not self._rate_set or self._has_warned or self._rate_now() == self._rate_set:
            return
        self._has_warned = True
        self.progress.say(
            f"{self.rung}: a callback sets the learning rate, in vain: "
            f"schedule={self.recipe.schedule} sets it before "
            f"each step. With --set schedule=constant it is the callback's."
        )

    def _judge(self, logs: dict[str, float]) -> None:
        """Is it over: by the plan, by a loss that is no number, by patience?"""
        recipe = self.recipe
        if self.pace.is_finished or not np.isfinite(logs["loss"]) or self.model.stop_training:
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
                    self.pace.done + max(self.lesson.steps, round(_COOL_DOWN * self.pace.done)),
                ),
                sooner=True,
            )
        else:
            self.finished = True

    # What the trainer calls.

    def save(self) -> None:
        """Write the state as it is between two steps."""
        if not self.writes:
            return
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
                "judge_s": self.planner.judge_s,
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
        self.reductions, self.cooling, self.planner.judge_s = (
            meta["reductions"],
            meta["cooling"],
            meta["judge_s"],
        )
        self.watched = [np.asarray(array, np.float32) for array in meta["watched"]]
        self.seconds = meta["seconds"]
        if self.guests:
            self.guests.restore(meta["callbacks"], has_begun=bool(self.step or self.epoch))
        if self.step:
            self._metrics = [np.asarray(value) for value in meta["metrics"]]

    def put_bars_away(self) -> None:
        """Leave a terminal as it was, also when the training was cut off."""
        self._bars.close()

    def close(self) -> None:
        """The training is over."""
        self.seconds += time.monotonic() - self._since
