"""How are trials done by processes of this machine?"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import receta

AFTER = ""
QUESTION = "in processes of this machine"

_MOST_LOG = 1 << 20  # bytes of a log; what is longer keeps its end when the trial is begun again
_KEPT_LOG = 1 << 16


def here(jobs: int, place: str = "") -> LocalWorkers:
    """Workers on this machine; place means nothing here."""
    return LocalWorkers(jobs)


class LocalWorkers:
    """Processes of this machine, each in a group of its own, that die with this one."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def start(self, folder: Path) -> LocalWorking:
        """A new Python that does the trial."""
        log = folder / "log.txt"
        _cut(log)
        command = [sys.executable, "-P", "-m", "receta.studies.trial_process"]
        root = str(Path(receta.__file__).parents[1])
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        with open(log, "ab") as said:
            process = subprocess.Popen(
                [*command, str(folder), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return LocalWorking(process)

    def close(self) -> None:
        """Nothing is left: each process was stopped by who began it."""


class LocalWorking:
    """One process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def ended(self) -> int | None:
        """Its exit code, or None."""
        return self.process.poll()

    def stop(self) -> None:
        """End it and all that it began."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _cut(log: Path) -> None:
    """Keep the end of a log that has become long."""
    if log.exists() and log.stat().st_size > _MOST_LOG:
        log.write_bytes(log.read_bytes()[-_KEPT_LOG:])
