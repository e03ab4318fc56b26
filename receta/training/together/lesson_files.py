"""What do processes that train together read, and where does it lie?

A folder holds all of it, so that a process on another machine needs that folder alone: the network
as it begins, the examples as a network takes them, and what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import disk
from receta.core.recipe import Recipe
from receta.core.shapes import Between
from receta.data.examples import Parts
from receta.pipeline.batches import Batches

if TYPE_CHECKING:
    import keras

    from receta.training.planning import Plan

_AT_ONCE = 1024  # examples that are written at once
_ASKED = {
    "rung": str,
    "recipe": {str: Any},
    "epochs": Between(int, 1, 10_000),
    "patience": Between(int, 0, 10_000),
    "precision": {"float32", "mixed_bfloat16"},
    "way": str,
    "things": str,
    "save_every_s": Between(float, 0, 1e6),
}


@dataclass(frozen=True)
class LessonFiles:
    """The folder of one training that several processes share."""

    folder: Path

    @property
    def network(self) -> Path:
        """The network as it begins."""
        return self.folder / "begin.keras"

    @property
    def state(self) -> Path:
        """How far the training is: all that another process needs to go on."""
        return self.folder / "state.npz"

    @property
    def _asked(self) -> Path:
        return self.folder / "asked.json"

    @property
    def is_complete(self) -> bool:
        """Whether all of it was written."""
        return self._asked.exists()

    def write(
        self,
        network: keras.Model,
        parts: Parts,
        plan: Plan,
        *,
        recipe: Recipe,
        save_every_s: float = 10.0,
    ) -> None:
        """Lay out everything, what is asked last. save_every_s: what a kill can cost at most."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with disk.replacing(self.network) as temporary:
            network.save(temporary)
        batches = Batches.of(parts.train, recipe.batch_size, recipe.seed, recipe.imbalance)
        judged = Batches.of(parts.validation, recipe.batch_size)
        for name, part in (("train", batches), ("validation", judged)):
            self._write_part(name, part)
        asked = {
            "rung": plan.rung,
            "recipe": recipe.model_dump(mode="json"),
            "epochs": plan.epochs,
            "patience": plan.patience,
            "precision": plan.precision,
            "way": batches.way,
            "things": parts.train.noun.many,
            "save_every_s": save_every_s,
        }
        disk.write_json(self._asked, asked)

    def read_asked(self) -> dict[str, Any]:
        """What is asked; RunError for a file that does not hold it."""
        asked: dict[str, Any] = disk.read_json(self._asked, _ASKED)
        return asked

    def read_part(self, name: str, batch_size: int, seed: int | None, way: str) -> Batches:
        """Batches of a part; its examples stay on the disk until they are asked for."""
        inputs = np.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        targets = np.load(self.folder / f"{name}-targets.npy", allow_pickle=False)
        rows = np.arange(len(targets))
        return Batches(_Stored(inputs), rows, targets, batch_size, seed, way)

    def remove(self) -> None:
        """Take the folder away: its training is over."""
        for path in sorted(self.folder.iterdir()):
            disk.remove(path)
        self.folder.rmdir()

    def _write_part(self, name: str, part: Batches) -> None:
        first = part.inputs.take(part.rows[:1])
        path = self.folder / f"{name}.npy"
        path.unlink(missing_ok=True)
        written = disk.new_array(path, (len(part.rows), *first.shape[1:]), first.dtype)
        for start in range(0, len(part.rows), _AT_ONCE):
            rows = part.rows[start : start + _AT_ONCE]
            written[start : start + len(rows)] = part.inputs.take(rows)
        written.flush()
        with disk.replacing(self.folder / f"{name}-targets.npy") as temporary:
            with open(temporary, "wb") as handle:
                np.save(handle, part.targets)


@dataclass(frozen=True)
class _Stored:
    """Examples in a file."""

    inputs: np.ndarray

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Those of some rows: (k, ...)."""
        return np.asarray(self.inputs[rows])
