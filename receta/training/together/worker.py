"""What does one of several processes do that train a network together?

`python -m receta.training.together.worker FOLDER RANK OF ADDRESS PARENT` is started by
`fit_together`, and ends when the process PARENT does. The first process alone writes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import orphans
from receta.core.progress import Quiet
from receta.core.recipe import Recipe

_TOLD_EVERY_S = 0.3


def train_share(folder: Path, rank: int, of: int, address: str) -> None:
    """Train the network of a folder as process `rank` of `of`, from where its state stands.

    address: HOST:PORT where the first process waits for the others. Raises RunError where they do
    not find each other.
    """
    from receta.pipeline import joining

    _train(folder, rank, of, each=joining.join(address, rank, of))


def _train(folder: Path, rank: int, of: int, *, each: int) -> None:
    import keras

    from receta import models
    from receta.pipeline import backend, joining
    from receta.pipeline.feed import Feed
    from receta.training import fitting
    from receta.training.journal import Journal
    from receta.training.lesson import Lesson, Watched
    from receta.training.networks import build_learner
    from receta.training.pace import Pace
    from receta.training.together.lesson_files import LessonFiles
    from receta.training.together.shares import Share

    files = LessonFiles(folder)
    asked = files.read_asked()
    recipe = Recipe(**asked["recipe"]).with_settings(patience=asked["patience"])
    whole = files.read_part("train", recipe.batch_size, recipe.seed, asked["way"])
    judged = files.read_part("validation", max(recipe.batch_size, 128), None, "none")
    share, seen = Share(whole, rank, of, each), Share(judged, rank, of, each)
    keras.config.set_dtype_policy(asked["precision"])
    backend.forget(recipe.seed)
    joining.share_data()
    model = models.load_saved(files.network)
    learner = build_learner(model, recipe)
    joining.refuse_alone(learner, of)
    nobody = Watched(np.zeros((0, 1)), np.zeros(0), ())
    lesson = Lesson(
        asked["rung"],
        model,
        recipe,
        share.steps,
        share.n,
        share.steps * asked["epochs"],
        nobody,
        things=asked["things"],
    )
    is_first = rank == 0
    told = _Told() if is_first else Quiet()
    journal = Journal(lesson, files.state, Pace(lesson.most), asked["save_every_s"], told)
    journal.writes = is_first
    validation = Feed(seen)
    fitting.resume(learner, validation, journal)
    fitting.go_on(learner, share, validation, journal, asked["epochs"])
    journal.finished = True
    journal.save()


class _Told(Quiet):
    """Tells whoever started this process, one JSON a line."""

    def say(self, text: str) -> None:
        """One line of words."""
        _print({"say": text})

    @contextmanager
    def _open(self, title: str, total: int, unit: str) -> Iterator[Any]:
        _print({"bar": title, "total": total, "unit": unit})
        bar = _ToldBar()
        yield bar
        bar.tell()

    def bar(self, title: str, total: int, unit: str = "") -> Any:
        """A bar that the other process shows."""
        return self._open(title, total, unit)


class _ToldBar:
    def __init__(self) -> None:
        self._ahead, self._told, self._figures = 0, time.monotonic(), dict[str, Any]()

    def advance(self, n: int = 1, **figures: float | str) -> None:
        """Add n units; told a few times a second."""
        self._ahead += n
        self._figures.update(figures)
        if time.monotonic() - self._told > _TOLD_EVERY_S:
            self.tell()

    def tell(self) -> None:
        """Say what was added since the last time."""
        _print({"advance": self._ahead, "figures": self._figures})
        self._ahead, self._told, self._figures = 0, time.monotonic(), {}


def _print(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    orphans.end_with(int(sys.argv[5]))
    train_share(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
