"""How is a network trained while the server answers, and taken into use when it is there?"""

from __future__ import annotations

import collections
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from receta.core import disk, records
from receta.core.errors import InputError, RecetaError
from receta.evaluation.usefulness import guess_of, judge_usefulness
from receta.server.models import Models
from receta.server.places import place
from receta.server.teaching.class_names import Unfit
from receta.server.teaching.collection import ENOUGH, TAKES, Collection

MINUTES = range(1, 241)  # that a training may be given
_LINES = 200  # of its words that are kept
_END_S = 20.0  # for a training that was told to stop
# for the server and for browsers; without them its network in Keras answers
_EXPORTS = ("onnx", "web")


class Coach:
    """One training at a time, in a process of its own: `receta run`, then `receta export`."""

    def __init__(
        self, collection: Collection, models: Models, name: str, more: Sequence[str] = ()
    ) -> None:
        """more: further arguments for `receta run`."""
        self._collection, self._models, self.name, self._more = collection, models, name, more
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._state, self._reason, self._budget = "", "", 0
        self._run: Path | None = None  # that a training writes
        self.taken: Path | None = None  # the run whose network is in use
        self._says: collections.deque[str] = collections.deque(maxlen=_LINES)
        self._began = self._ended = 0.0
        self._stopping = False

    @property
    def runs(self) -> Path:
        """Where the runs of the folder stand: beside it, since it holds pictures alone."""
        folder = self._collection.folder.resolve()
        return folder.with_name(f"{folder.name}-runs")

    def describe(self) -> dict[str, Any] | None:
        """How the training stands, for the page; None before the first."""
        if not self._state:
            return None
        seconds = (self._ended or time.monotonic()) - self._began
        # run.json is written when the pictures have been read and divided.
        reading = (
            self._state == "running"
            and self._run is not None
            and not (self._run / "run.json").is_file()
        )
        return {
            "state": "reading" if reading else self._state,
            "seconds": seconds,
            "budget": self._budget,
            "says": list(self._says),
            "reason": self._reason or None,
            "model": self.name if self._state == "done" else None,
        }

    @property
    def busy(self) -> bool:
        """Whether a training goes on."""
        return self._thread is not None and self._thread.is_alive()

    def result(self) -> dict[str, Any] | None:
        """How good the taught network in use is, by pictures that it had never seen.

        None where none was taught.
        """
        if self.taken is None:
            return None
        try:
            test = disk.read_json(self.taken / "result.json", records.RESULT)["test"] or {}
        except RecetaError:  # the folder was taken away
            return None
        tested = {name: test.get(name) for name in ("accuracy", "n", "interval")}
        return {
            "model": self.name,
            **tested,
            "guess": guess_of(test),
            "word": judge_usefulness(test).word,
        }

    def resume(self) -> None:
        """Take the newest finished run of the folder into use; without one nothing changes."""
        finished = [
            path.parent for path in self.runs.glob("*/result.json") if path.parent.name.isdigit()
        ]
        for run in sorted(finished, key=lambda path: -int(path.name)):
            try:
                self._models.put(self.name, place(run).open(1))
            except (RecetaError, KeyError):  # no rung passed its checks
                continue
            self.taken = run
            return

    def start(self, minutes: int) -> None:
        """Begin a training. Raises InputError while one goes on, or for too few pictures."""
        with self._lock:
            if self.busy:
                raise Unfit(
                    "a training is going on; expected one at a time. Wait for it, or stop it.",
                    "training_goes_on",
                )
            if not self._collection.enough():
                said = (
                    "there are too few pictures; expected two classes or more with at least "
                    f"{ENOUGH} each. Add some."
                )
                raise Unfit(said, "too_few_pictures")
            if minutes not in MINUTES:
                raise InputError(
                    f"minutes={minutes} is out of bounds; expected {MINUTES[0]} to {MINUTES[-1]}."
                )
            number = 1 + max(
                (int(path.name) for path in self.runs.glob("*") if path.name.isdigit()), default=0
            )
            self._says.clear()
            self._state, self._reason, self._stopping = "running", "", False
            self._run, self._budget = self.runs / str(number), 60 * minutes
            self._began, self._ended = time.monotonic(), 0.0
            self._thread = threading.Thread(
                target=self._train, args=(self._run, minutes), name="coach", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Tell the training to end; what answers stays as it is."""
        self._stopping = True
        process = self._process
        if process is not None and process.poll() is None:
            _signal(process, signal.SIGINT)

    def close(self) -> None:
        """End with the server."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_END_S)
        process = self._process
        if process is not None and process.poll() is None:
            _signal(process, signal.SIGKILL)

    def _train(self, run: Path, minutes: int) -> None:
        try:
            grouped = ["--group", TAKES] if self._collection.is_varied() else []
            code = self._call(
                "run",
                str(self._collection.folder),
                "--out",
                str(run),
                "--budget",
                f"{minutes}m",
                *grouped,
                *self._more,
            )
            if code == 0 and not self._stopping:
                self._state = "finishing"
                self._export(run)
            if self._stopping:
                self._finish("stopped")
            elif code:
                self._finish("failed", self._last_words(code))
            else:
                self._models.put(self.name, place(run).open(1))
                self.taken = run
                self._finish("done")
        except (RecetaError, OSError, KeyError) as error:
            self._finish("failed", " ".join(str(error).split()))

    def _export(self, run: Path) -> None:
        """For the server and for browsers, as far as the packages for it are here."""
        if self._call("export", str(run), "--to", ",".join(_EXPORTS)):
            for target in _EXPORTS:
                if not self._stopping and not (run / "exports" / target).is_dir():
                    self._call("export", str(run), "--to", target)

    def _finish(self, state: str, reason: str = "") -> None:
        self._reason, self._ended = reason, time.monotonic()
        self._state = state

    def _last_words(self, code: int) -> str:
        said = next((line for line in reversed(self._says) if line.startswith("receta: ")), "")
        return (
            said.removeprefix("receta: ")
            or f"the training ended with code {code}; its last words stand below."
        )

    def _call(self, *arguments: str) -> int:
        """A command of receta, whose words are kept; gives its exit code."""
        polite = ["nice", "-n", "10"] if shutil.which("nice") else []  # the server goes first
        place = {**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "dumb"}
        with subprocess.Popen(
            [*polite, sys.executable, "-m", "receta", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=place,
            start_new_session=True,
        ) as process:
            self._process = process
            if self._stopping:
                _signal(process, signal.SIGINT)
            for line in process.stdout or ():
                if words := line.rstrip():
                    self._says.append(words)
        return process.returncode


def _signal(process: subprocess.Popen[str], number: int) -> None:
    """To the process and what it started; one that has ended is no matter."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
