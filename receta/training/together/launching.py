"""How are processes that train together started, watched, and begun anew when one dies?"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np

from receta import models
from receta.core.errors import RecipeError, RunError
from receta.core.progress import Bar, Progress
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training import state
from receta.training.together.lesson_files import LessonFiles

if TYPE_CHECKING:
    import keras

    from receta.training.planning import Plan

_DEATHS = 3  # without a step between them, after which the training is given up
_LOOKED_EVERY_S = 0.1
_LINE = 300  # characters of what a process said last


@dataclass(frozen=True)
class Learnt:
    """What came of a training: of a journal what is asked of it afterwards."""

    best: list[np.ndarray]
    best_epoch: int
    history: list[dict[str, float]]
    seconds: float
    watched: list[np.ndarray] = field(default_factory=list)
    guests: Any = None

    @property
    def images_per_second(self) -> float:
        """Median over the epochs, validation left out."""
        speeds = [row["images_per_second"] for row in self.history if row.get("images_per_second")]
        return float(np.median(speeds)) if speeds else 0.0


class Started(Protocol):
    """One process of several, here or on another machine."""

    def poll(self) -> int | None:
        """Its exit code, None while it works."""

    def kill(self) -> None:
        """End it at once."""

    def last_words(self) -> str:
        """What it said last."""


# (folder, number of processes, who hears the first one's lines) -> all of them, started
Start = Callable[[Path, int, Callable[[str], None]], Sequence[Started]]


def refuse_impossible(recipe: Recipe, callbacks: Any) -> None:
    """RecipeError for what several processes cannot do together."""
    if recipe.workers == 1:
        return
    asked = f"workers={recipe.workers}"
    if recipe.backend not in ("auto", "jax"):
        raise RecipeError(
            f"{asked} and backend={recipe.backend} do not go together; expected jax, with which "
            "Keras trains on several machines. Leave the backend out."
        )
    if recipe.budget_s:
        raise RecipeError(
            f"{asked} and a budget do not go together: several clocks are never one; expected a "
            "number of epochs. Set epochs=20, say."
        )
    if callbacks:
        raise RecipeError(
            f"{asked} and callbacks do not go together: each would be called in every process; "
            "expected none. Leave them out."
        )
    if recipe.batch_size < recipe.workers:
        raise RecipeError(
            f"{asked} share batches of {recipe.batch_size}; expected an example for each at "
            "least. Set a larger batch_size."
        )
    if taught := [rung for rung in recipe.rungs if models.is_transfer(rung)]:
        raise RecipeError(
            f"{asked} do not train {taught[0]}, whose head is solved from features; expected "
            "rungs that learn from the data themselves, such as cnn. Name one with --rung."
        )


def fit_together(
    network: keras.Model, parts: Parts, recipe: Recipe, session: Session, plan: Plan
) -> Learnt:
    """Train a network in recipe.workers processes, from its state in the folder if there is one.

    When one dies, all begin anew from the last state, and end with the same weights. Raises
    RunError with the last words of one that dies again and again.
    """
    files = LessonFiles(session.folder / "together")
    if not files.is_complete:
        files.write(network, parts, plan, recipe=recipe)
    _watch(files, recipe.workers, session.progress, start_here)
    found = state.load(files.state)
    if found is None or not found[0]["finished"]:
        raise RunError(f"{files.state} is missing; expected what was learnt. Run it again.")
    meta, arrays = found
    learnt = Learnt(state.best_of(arrays), meta["best_epoch"], meta["history"], meta["seconds"])
    files.remove()
    return learnt


def _watch(files: LessonFiles, of: int, progress: Progress, start: Start) -> None:
    """Keep processes at work until all are done."""
    deaths, stood = 0, _read_stamp(files.state)
    while True:
        with ExitStack() as bars:
            told = _Teller(progress, bars)
            group = start(files.folder, of, told.hear)
            try:
                while all(one.poll() == 0 for one in group) is False:
                    if any(one.poll() not in (None, 0) for one in group):
                        break
                    time.sleep(_LOOKED_EVERY_S)
                else:
                    return
            finally:
                for one in group:
                    one.kill()
        dead = next(one for one in group if one.poll() not in (None, 0))
        now = _read_stamp(files.state)
        deaths, stood = (1 if now != stood else deaths + 1), now
        if deaths >= _DEATHS:
            raise RunError(
                f"one of {of} processes that train together died {deaths} times "
                f"({dead.last_words()}); expected it to go on. Mend that, or train with "
                "--workers 1."
            )
        progress.say(f"One of {of} processes died: all go on from the last state.")


def _read_stamp(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


class _Teller:
    """Shows what the first process tells of itself."""

    def __init__(self, progress: Progress, bars: ExitStack) -> None:
        self._progress, self._bars = progress, bars
        self._bar: Bar | None = None
        self._open = ExitStack()
        bars.callback(lambda: self._open.close())

    def hear(self, line: str) -> None:
        """One line of JSON."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        if "say" in told:
            self._progress.say(told["say"])
        elif "bar" in told:
            self._open.close()
            bar = self._progress.bar(told["bar"], told["total"], told["unit"])
            self._bar = self._open.enter_context(bar)
        elif "advance" in told and self._bar is not None:
            self._bar.advance(told["advance"], **told["figures"])


class _Here:
    """A process of this machine."""

    def __init__(self, folder: Path, rank: int, of: int, address: str, hear: Any) -> None:
        environment = {**os.environ, "KERAS_BACKEND": "jax"}
        if not environment.get("CUDA_VISIBLE_DEVICES"):
            environment.setdefault("JAX_PLATFORMS", "cpu")
        # closed with this object: what a process says last is read after its end
        self._said: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115
            "w+", encoding="utf-8", errors="replace"
        )
        words = [str(folder), str(rank), str(of), address, str(os.getpid())]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "receta.training.together.worker", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if rank == 0 else subprocess.DEVNULL,
            stderr=self._said,
            text=True,
            env=environment,
            process_group=0,  # Ctrl-C is the parent's to handle
        )
        if self._process.stdout is not None:
            lines = self._process.stdout
            threading.Thread(target=lambda: [hear(line) for line in lines], daemon=True).start()

    def poll(self) -> int | None:
        """Its exit code, None while it works."""
        return self._process.poll()

    def kill(self) -> None:
        """End it at once, and wait for it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def last_words(self) -> str:
        """The last line that it wrote to stderr, else its exit code."""
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().splitlines() if line.strip()]
        return lines[-1][:_LINE] if lines else f"exit code {self._process.poll()}"


def start_here(folder: Path, of: int, hear: Callable[[str], None]) -> Sequence[Started]:
    """All processes on this machine, which meet at a free port of its own address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [_Here(folder, rank, of, address, hear) for rank in range(of)]
