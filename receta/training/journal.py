"""What happens beside the gradient steps: the best weights, early stopping, state, progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from receta.core.progress import Bar, Progress
from receta.training import state
from receta.training.callbacks import Guests


class Journal(keras.callbacks.Callback):
    """Keeps all that a resumed training needs, and stops when nothing gets better.

    epoch, step: what comes next. best: weights of the best epoch so far. A state is
    saved every `save_every_s` seconds and at the end; which moments those are cannot
    change the result, since all that follows from a state is a function of it.
    """

    def __init__(self, rung: str, model: keras.Model, path: Path, epochs: int, steps: int, n: int, patience: int,
                 watched_inputs: np.ndarray, save_every_s: float, progress: Progress) -> None:
        super().__init__()
        self.rung, self.bare, self.path, self.progress = rung, model, path, progress
        self.epochs, self.steps, self.n, self.patience = epochs, steps, n, patience
        self.watched_inputs, self.save_every_s = watched_inputs, save_every_s
        self.epoch = self.step = self.wait = 0
        self.best_epoch = -1
        self.best_score: tuple[float, float] | None = None
        self.best: list[np.ndarray] = []
        self.history: list[dict[str, float]] = []
        self.watched: list[np.ndarray] = []
        self.finished = False
        self.seconds = 0.0  # spent in training, over all resumptions
        self.feed: Any = None
        self.guests: Guests | None = None  # callbacks of others, which come before this one
        self._since = self._saved = time.monotonic()
        self._metrics: list[np.ndarray] | None = None
        self._bars = ExitStack()
        self._bar: Bar | None = None
        self._shown = 0.0
        self._epoch_started = 0.0
        self._epoch_seconds = 0.0

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
        self._first_step = self.step

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count the step, show it, and save the state when it is time."""
        self.step += 1
        now = time.monotonic()
        if self.step == self.steps:
            self._epoch_seconds = now - self._epoch_started
        if self._bar is not None:
            figures = {}
            if now - self._shown > 0.2:
                self._shown = now
                rate = self.n / self.steps * (self.step - self._first_step) / max(now - self._epoch_started, 1e-9)
                figures = {**{name: f"{float(value):.4f}" for name, value in (logs or {}).items()},
                           "images/s": f"{rate:.0f}"}  # fmt: skip
            self._bar.advance(1, **figures)
        if now - self._saved > self.save_every_s and self.step < self.steps and not self.model.stop_training:
            self.save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the epoch: best so far, or another one in vain."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        done = self.steps - self._first_step
        rate = self.optimizer_rate()
        self.history.append({
            "epoch": epoch + 1, **logs, "learning_rate": rate, "seconds": round(self._epoch_seconds, 3),
            "images_per_second": round(self.n / self.steps * done / max(self._epoch_seconds, 1e-9), 1),
        })  # fmt: skip
        self.watched.append(np.asarray(self.bare.predict_on_batch(self.watched_inputs), np.float32))
        score = (logs["val_accuracy"], -logs["val_loss"])
        if self.best_score is None or score > self.best_score:
            self.best_score, self.best_epoch, self.wait = score, epoch, 0
            self.best = [ops.convert_to_numpy(variable) for variable in self.bare.weights]
        else:
            self.wait += 1
        if self._bar is not None:
            self._bar.advance(0, loss=f"{logs['loss']:.4f}", accuracy=f"{logs['accuracy']:.4f}",
                              val_accuracy=f"{logs['val_accuracy']:.4f}")  # fmt: skip
        self._bars.close()
        self.epoch, self.step = epoch + 1, 0
        if not np.isfinite(logs["loss"]):
            self.finished = True  # nothing good comes of going on; the checks after training name it
        elif self.patience and self.wait >= self.patience:
            self.finished = True
        elif self.model.stop_training:
            self.finished = True  # another callback said so
        if self.finished:
            self.model.stop_training = True
        if time.monotonic() - self._saved > self.save_every_s:
            self.save()

    # What the trainer calls.

    def optimizer_rate(self) -> float:
        """Learning rate of the step that comes next."""
        return float(ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def save(self) -> None:
        """Write the state as it is between two steps."""
        now = time.monotonic()
        self.seconds += now - self._since
        self._since = now
        metrics = [ops.convert_to_numpy(variable).tolist() for variable in self.model.metrics_variables]
        state.save(self.path, self.model, self.best, {
            "epoch": self.epoch, "step": self.step, "wait": self.wait, "best_epoch": self.best_epoch,
            "best_score": self.best_score, "history": self.history, "finished": self.finished,
            "callbacks": self.guests.states() if self.guests else [],
            "seconds": self.seconds, "metrics": metrics, "watched": [array.tolist() for array in self.watched],
        })  # fmt: skip
        self._saved = time.monotonic()

    def resume(self, trainer: keras.Model, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Stand where the state says."""
        self.best = state.restore(trainer, arrays)
        self.epoch, self.step, self.wait = meta["epoch"], meta["step"], meta["wait"]
        self.best_epoch, self.history, self.finished = meta["best_epoch"], meta["history"], meta["finished"]
        self.best_score = tuple(meta["best_score"]) if meta["best_score"] else None
        self.watched = [np.asarray(array, np.float32) for array in meta["watched"]]
        self.seconds = meta["seconds"]
        if self.guests:
            self.guests.restore(meta["callbacks"], begun=bool(self.step or self.epoch))
        if self.step:
            self._metrics = [np.asarray(value) for value in meta["metrics"]]

    def close(self, trainer: keras.Model) -> None:
        """The training is over."""
        self._bars.close()
        self.seconds += time.monotonic() - self._since
