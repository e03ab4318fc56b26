"""How does the process of a trial tell how far it is, epoch by epoch?"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import keras

from receta.studies.tuning.pruning import find_end


class Curve(keras.callbacks.Callback):
    """Keeps the figures of each epoch in curve.json of the trial, for whoever watches.

    It is resumed with the training, so that a trial that was killed has one curve. pruning: what is
    known of earlier trials; by it the training ends where it is not worth going on with.
    """

    def __init__(self, path: Path, pruning: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.pruning = pruning
        self.path = path
        self.rows: list[dict[str, float]] = []

    def get_state(self) -> list[dict[str, float]]:
        """The figures so far, as JSON."""
        return self.rows

    def set_state(self, state: list[dict[str, float]]) -> None:
        """Go on behind these."""
        self.rows = list(state)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the figures of one more epoch."""
        figures = {name: float(value) for name, value in (logs or {}).items()}
        self.rows = [*self.rows, {"epoch": epoch + 1, **figures}]
        # Read by people while it lasts: not worth waiting for the disk, nor failing by it.
        temporary = self.path.with_suffix(".tmp")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps({"epochs": self.params["epochs"], "rows": self.rows}))
            os.replace(temporary, self.path)
        if find_end(self.pruning, self.rows) is not None:
            self.model.stop_training = True
