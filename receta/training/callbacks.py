"""How do callbacks of other people take part in a training that can be resumed exactly?

Keras knows one call of `fit`; a training here may be cut off anywhere and gone on with, in
several calls. `Guests` shows them one training: one beginning, one end, batches counted
from the epoch's first. A callback with `get_state` (plain values for JSON) and `set_state`
gets its state back; the others begin anew, which is said.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras

from receta.core.errors import RecetaError, RecipeError
from receta.core.progress import Progress
from receta.core.session import Session
from receta.training.lesson import Lesson

# What a user gives: callbacks, or a function that gives those of a rung.
Given = Sequence[keras.callbacks.Callback] | Callable[[str], Iterable[keras.callbacks.Callback]]


def of_rung(given: Given | None, rung: str) -> list[keras.callbacks.Callback]:
    """The callbacks of one rung; RecipeError for what is none."""
    found = list(given(rung)) if callable(given) else list(given or ())
    for one in found:
        if not isinstance(one, keras.callbacks.Callback):
            raise RecipeError(
                f"callbacks hold {type(one).__name__}; expected keras.callbacks.Callback. Make "
                "it a subclass of that."
            )
    return found


def from_file(path: Path) -> Given:
    """The callbacks that a user's Python file defines; the file is run.

    It defines `callbacks`, a list or a function of the rung's name, or subclasses of
    keras.callbacks.Callback that need no arguments: of these each rung gets new ones.
    Raises RecipeError that names the file and the line.
    """
    spec = importlib.util.spec_from_file_location("receta_callbacks", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise RecipeError(
            f"--callbacks {path} is no Python file; expected one that defines callbacks, such as "
            "hooks.py."
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as dataclasses in it expect
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        frames = reversed(traceback.extract_tb(error.__traceback__))
        line = next(
            (frame.lineno for frame in frames if frame.filename in (str(path), spec.origin)), None
        )
        where = f"line {line}: " if line else ""
        raise RecipeError(
            f"--callbacks {path} cannot be run ({where}{type(error).__name__}: {error}); "
            "expected Python that defines callbacks. Mend it."
        ) from error
    given = getattr(module, "callbacks", None)
    if given is not None:
        if not callable(given) and not isinstance(given, (list, tuple)):
            raise RecipeError(
                f"callbacks in {path} is {type(given).__name__}; expected a list, or a function "
                "of the rung's name."
            )
        if not callable(given):
            of_rung(given, "")  # said before the work begins
        return given
    kinds = [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and issubclass(kind, keras.callbacks.Callback)
        and kind.__module__ == spec.name
    ]
    if not kinds:
        raise RecipeError(
            f"--callbacks {path} defines none; expected `callbacks`, or subclasses of "
            "keras.callbacks.Callback."
        )
    return lambda rung: [kind() for kind in kinds]


def guests_of(lesson: Lesson, session: Session, judged: Any) -> Guests | None:
    """A user's callbacks and those of the recipe, as one; None where there are none.

    judged: batches of the validation part.
    """
    found = of_rung(session.callbacks, lesson.rung)
    if session.machine.tensorboard:
        from receta.training.board import Board

        found.append(Board(session.folder / "tensorboard", lesson.model, judged, lesson.watched))
    if lesson.recipe.stop_at:
        found.append(StopAt(lesson.recipe.stop_at))
    return Guests(found, lesson.rung, session.progress) if found else None


class StopAt(keras.callbacks.Callback):
    """Ends the training once the validation accuracy is as high as wanted."""

    def __init__(self, accuracy: float) -> None:
        super().__init__()
        self.accuracy = accuracy

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare and stop."""
        if (logs or {}).get("val_accuracy", 0.0) >= self.accuracy:
            self.model.stop_training = True


class Guests(keras.callbacks.Callback):
    """All callbacks of others, as one, in the order given.

    first: steps of the running epoch that were done before this call of `fit`.
    """

    def __init__(
        self, callbacks: Sequence[keras.callbacks.Callback], rung: str, progress: Progress
    ) -> None:
        super().__init__()
        self.callbacks, self.rung, self.progress = list(callbacks), rung, progress
        self.first = 0
        self.epochs, self.steps = 0, 0
        self._has_begun = self._has_ended = False
        self._states: list[Any] | None = None

    def states(self) -> list[Any]:
        """What each wants back on resuming, None for those that say nothing."""
        found = []
        for one in self.callbacks:
            state = self._call(one, "get_state") if _remembers(one) else None
            try:
                found.append(json.loads(json.dumps(state, allow_nan=True)))
            except (TypeError, ValueError) as error:
                raise RecetaError(
                    f"{type(one).__name__}.get_state gave what JSON cannot hold ({error}); "
                    "expected plain numbers, texts, lists "
                    f"and dicts. Mend that callback."
                ) from error
        return found

    def restore(self, states: list[Any], has_begun: bool) -> None:
        """Give each its state back when the next epoch begins; has_begun: whether there was one."""
        if len(states) != len(self.callbacks):
            raise RecetaError(
                f"this training was begun with {len(states)} callbacks and is gone on with "
                f"{len(self.callbacks)}; expected the same. "
                f"Give the old ones, or another folder with --out."
            )
        self._states = states
        forgetful = [type(one).__name__ for one in self.callbacks if not _remembers(one)]
        if has_begun and forgetful:
            self.progress.say(
                f"{', '.join(forgetful)} of {self.rung} cannot be resumed (no get_state and "
                "set_state): begun anew."
            )

    def close(self) -> None:
        """The training is over, wherever its last call of `fit` ended."""
        if self._has_begun and not self._has_ended:
            self._has_ended = True
            self._call_all("on_train_end", None)

    # What Keras calls.

    def set_params(self, params: Any) -> None:
        """Tell the figures of the whole training instead of those of this call."""
        super().set_params({**(params or {}), "epochs": self.epochs, "steps": self.steps})
        for one in self.callbacks:
            one.set_params(self.params)

    def set_model(self, model: Any) -> None:
        """The model that `fit` trains."""
        super().set_model(model)
        for one in self.callbacks:
            one.set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Pass the beginning on once, however often `fit` is called."""
        if not self._has_begun:
            self._has_begun = True
            self._call_all("on_train_begin", logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Pass the epoch on; a state that was taken within it is given back after that."""
        if not self.first:
            self._bring_back()
        self._call_all("on_epoch_begin", epoch, logs)
        if self.first:
            self._bring_back()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The epoch with its figures."""
        self._call_all("on_epoch_end", epoch, logs)
        self.first = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """A step, counted in its whole epoch."""
        self._call_all("on_train_batch_begin", batch + self.first, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """A step, counted in its whole epoch."""
        self._call_all("on_train_batch_end", batch + self.first, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Validation begins."""
        self._call_all("on_test_begin", logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """A batch of the validation."""
        self._call_all("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """A batch of the validation."""
        self._call_all("on_test_batch_end", batch, logs)

    def on_test_end(self, logs: Any = None) -> None:
        """Validation ends."""
        self._call_all("on_test_end", logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """A prediction begins."""
        self._call_all("on_predict_begin", logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """A batch of a prediction."""
        self._call_all("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """A batch of a prediction."""
        self._call_all("on_predict_batch_end", batch, logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """A prediction ends."""
        self._call_all("on_predict_end", logs)

    def _bring_back(self) -> None:
        if self._states is not None:
            for one, state in zip(self.callbacks, self._states, strict=True):
                if _remembers(one):
                    self._call(one, "set_state", state)
            self._states = None

    def _call_all(self, event: str, *given: Any) -> None:
        for one in self.callbacks:
            self._call(one, event, *given)

    def _call(self, one: keras.callbacks.Callback, event: str, *given: Any) -> Any:
        try:
            return getattr(one, event)(*given)
        except RecetaError:
            raise
        except Exception as error:
            raise RecetaError(
                f"the callback {type(one).__name__}.{event} failed for {self.rung} "
                f"({type(error).__name__}: {error}); expected it to "
                f"return. Mend it and repeat: the training goes on from its last state."
            ) from error


def _remembers(one: keras.callbacks.Callback) -> bool:
    return callable(getattr(one, "get_state", None)) and callable(getattr(one, "set_state", None))
