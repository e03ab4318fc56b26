"""Who works in a run folder, since when, and what was said there?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from receta import models
from receta.core import disk, records, seals
from receta.core.deadline import Deadline
from receta.core.progress import Progress, Told
from receta.core.recipe import Recipe
from receta.data.examples import Parts
from receta.pipeline.transferring import advice
from receta.training import ladder
from receta.training.result import ADVICE
from receta.training.run import Run

# Seconds that the test and the report take, at least, and as a share of a budget.
_REPORT_S, _BACKBONE_S, _REPORT_SHARE = 4.0, 7.0, 0.02


@dataclass(frozen=True)
class Opened:
    """A run folder that this process alone writes in.

    progress: keeps what is said in log.txt. unlogged: does not. earlier_s: seconds that
    interrupted calls took.
    """

    folder: Path
    progress: Told
    unlogged: Progress
    earlier_s: float


@contextmanager
def opened(folder: Path, progress: Progress) -> Iterator[Opened]:
    """Hold a folder; RunError while another process does, or where files are not as written."""
    with disk.sole_user(folder), seals.kept(folder, ADVICE, progress.say):
        told = Told(progress, folder / "log.txt")
        yield Opened(folder, told, progress, _interrupted(folder))


def _interrupted(folder: Path) -> float:
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


def beginning(parts: Parts, recipe: Recipe, asked: Recipe, work: Opened) -> Recipe:
    """The recipe with the ladder for these parts, where the user named none."""
    named, advised = (
        "rungs" in asked.model_fields_set,
        advice(parts.train, parts.inputs, recipe.seed),
    )
    return ladder.fitted(recipe, advised, work.folder, work.progress, named=named)


def time_to_train(folder: Path, deadline: Deadline) -> Deadline:
    """When all must be done, less what the rungs took that are done already."""
    rungs = Run.open(folder).rungs if (folder / "run.json").exists() else ()
    return deadline.sooner(float(sum(rung.wall_s or 0.0 for rung in rungs)))


def afterwards(recipe: Recipe) -> float:
    """Seconds of an idle machine that the test and the report take."""
    if not recipe.budget_s:
        return 0.0
    least = _BACKBONE_S if any(models.transfers(rung) for rung in recipe.rungs) else _REPORT_S
    return min(max(least, _REPORT_SHARE * recipe.budget_s), recipe.budget_s / 3)
