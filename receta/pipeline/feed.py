"""How does Keras ask for our batches?"""

from __future__ import annotations

import keras
import numpy as np

from receta.pipeline.batches import Batches


class Feed(keras.utils.PyDataset):
    """Batches as Keras wants them; set `epoch` (and `start`) before an epoch.

    start: batches of the epoch that are done already, when a run is resumed.
    """

    def __init__(self, batches: Batches, *, start: int = 0) -> None:
        super().__init__()
        self.batches = batches
        self.epoch = 0
        self.start = start

    def __len__(self) -> int:
        return self.batches.steps - self.start

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        inputs, targets = self.batches.batch(self.epoch, index + self.start)
        weights = self.batches.class_weights
        return (inputs, targets) if weights is None else (inputs, targets, weights[targets])
