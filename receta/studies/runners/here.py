"""How are trials done by processes of this machine?

A process that has everything imported forks one for each trial: so a trial begins in a fraction of
the seconds that imports take. Other backends than TensorFlow may not be forked; each of their
trials is a new Python.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from receta.pipeline import backend
from receta.studies import logs, trial_process
from receta.studies.runners import Workers

AFTER = ""
QUESTION = "in processes of this machine"

_BEGIN_S = 120.0  # in which a fork is begun, on a machine that has much else to do
_KILLED = -int(signal.SIGKILL)


def here(jobs: int, place: str = "") -> Workers:
    """Workers on this machine; place: 'new' begins a new Python for each trial."""
    if place == "new" or backend.name_default() != "tensorflow":
        return NewWorkers(jobs)
    return ForkedWorkers(jobs)


class NewWorkers:
    """Each trial is a new Python."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def start(self, folder: Path) -> NewWorking:
        """A new Python that does the trial."""
        with open(logs.open_log(folder), "ab") as said:
            process = subprocess.Popen(
                trial_process.command(folder, os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                process_group=0,
                env=trial_process.surroundings(),
            )
        return NewWorking(process)

    def close(self) -> None:
        """Nothing is left: each process was stopped by who began it."""


class NewWorking:
    """One such process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def ended(self) -> int | None:
        """Its exit code, or None."""
        return self.process.poll()

    def stop(self) -> None:
        """End it and all that it began."""
        _kill_group(self.process.pid)
        self.process.wait()


class ForkedWorkers:
    """Each trial is a fork of a process that has everything imported."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._source: Source | None = None

    def start(self, folder: Path) -> ForkedWorking:
        """A fork that does the trial; where the process that forks was ended, by a new one."""
        if self._source is None or self._source.is_gone():
            self._source = Source()
        return ForkedWorking(self._source, folder)

    def close(self) -> None:
        """End the process that forks."""
        if self._source is not None:
            self._source.close()


class Source:
    """The process that forks, and what it told."""

    def __init__(self) -> None:
        self.begun: dict[str, int] = {}
        self.codes: dict[int, int] = {}
        self._said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "receta.studies.preloaded", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            env=trial_process.surroundings(),
        )

    def ask(self, folder: Path) -> None:
        """Let it begin with the trial of a folder."""
        self.begun.pop(str(folder), None)
        line = json.dumps({"start": str(folder)}).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):
            os.write(self._file("stdin"), line)

    def listen(self, seconds: float = 0.0) -> None:
        """Take in what it says, and wait so long for it."""
        out = self._file("stdout")
        while select.select([out], [], [], seconds)[0]:
            more = os.read(out, 65_536)
            if not more:
                return
            *lines, self._said = (self._said + more).split(b"\n")
            for line in lines:
                self._take(json.loads(line))
            seconds = 0.0

    def is_gone(self) -> bool:
        """Whether it has ended; then so have all that it forked."""
        return self.process.poll() is not None

    def close(self) -> None:
        """End it."""
        _kill_group(self.process.pid)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _take(self, told: dict[str, Any]) -> None:
        if "begun" in told:
            self.begun[told["begun"]] = told["process"]
        else:
            self.codes[told["ended"]] = told["code"]

    def _file(self, name: str) -> int:
        return int(getattr(self.process, name).fileno())


class ForkedWorking:
    """One such fork."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source, self.folder = source, str(folder)
        self.process: int | None = None
        source.ask(folder)

    def ended(self) -> int | None:
        """Its exit code, or None."""
        self.source.listen()
        self.process = self.process or self.source.begun.get(self.folder)
        code = self.source.codes.get(self.process or 0)
        if code is None and self.source.is_gone():
            return _KILLED
        return code

    def stop(self) -> None:
        """End it and all that it began."""
        if self.process is None:
            self.source.listen(_BEGIN_S)
        if self.ended() is None and self.process is not None:
            _kill_group(self.process)
            while self.ended() is None:
                self.source.listen(1.0)


def _kill_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
