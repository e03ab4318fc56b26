"""Who works in a run folder, since when, and what was said there?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.core import disk, keeping, records
from receta.core.deadline import Deadline
from receta.core.progress import Logged, Progress, tell_stage
from receta.core.recipe import Recipe
from receta.core.session import MachineSettings, Session
from receta.training.result import ADVICE
from receta.training.run_folder import refuse_strangers


@dataclass(frozen=True)
class OpenFolder:
    """A run folder that this process alone writes in.

    session: what is said to it stands in log.txt too. unlogged: says what does not. earlier_s:
    seconds that interrupted calls took.
    """

    session: Session
    unlogged: Progress
    earlier_s: float

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.session.folder

    def seconds(self) -> float:
        """What the run took until now, with interrupted calls."""
        return self.session.deadline.seconds_spent() + self.earlier_s


def begin(
    folder: Path,
    recipe: Recipe,
    progress: Progress,
    *,
    callbacks: Any = None,
    force: bool = False,
    deadline: Deadline | None = None,
) -> Session:
    """The session of a run; deadline: by default the recipe's budget from now on.

    RunError for a folder of somebody else, before anything is done.
    """
    refuse_strangers(folder)
    tell_stage(progress, "looking at the data")
    machine = MachineSettings.of(recipe)
    until = deadline or machine.begin_budget()
    return Session(folder, progress, until, machine, callbacks, force)


@contextmanager
def open_folder(session: Session) -> Iterator[OpenFolder]:
    """Hold the session's folder; RunError while another process does, or where files are not as
    written.
    """
    folder, progress = session.folder, session.progress
    with disk.sole_user(folder), keeping.keep_digests(folder, ADVICE, progress.say):
        logged = session.telling(Logged(progress, folder / "log.txt"))
        yield OpenFolder(logged, progress, _count_interrupted(folder))


def _count_interrupted(folder: Path) -> float:
    """Seconds that earlier calls of an unfinished run took; begins the next.

    Each took from its start to the last file that it wrote.
    """
    path = folder / "clock.json"
    if (folder / "result.json").exists():
        return 0.0
    earlier = 0.0
    if path.exists():
        known = disk.read_json(path, records.CLOCK)
        written = [file.stat().st_mtime for file in folder.rglob("[!.]*") if file.is_file()]
        earlier = known["earlier_s"] + max(0.0, max(written, default=0.0) - known["began"])
    disk.write_json(path, {"earlier_s": round(earlier, 1), "began": round(time.time(), 1)})
    return float(earlier)
