"""How does Keras ask for our batches?"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from receta.pipeline.batches import Numbered

_AHEAD = 2  # batches


class Feed(keras.utils.PyDataset):
    """Batches as Keras wants them; set `epoch` (and `start`) before an epoch.

    start: batches of the epoch that are done already, when a run is resumed.
    """

    def __init__(self, batches: Numbered, *, start: int = 0) -> None:
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

    def for_keras(self) -> Any:
        """What `fit`, `evaluate` and `predict` take: itself, or its like that does not stall
        TensorFlow.

        Keras wraps a PyDataset into a tf.data pipeline that tunes itself. The thread which does so
        sleeps up to 60 s, and an epoch that begins waits for the last one's thread (Keras 3.15.1,
        TensorFlow 2.21; measured in LOG.md). There is nothing to tune: two batches are made ahead.
        """
        if keras.config.backend() != "tensorflow":
            return self
        import tensorflow as tf

        signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in self[0])
        options = tf.data.Options()
        options.autotune.enabled = False
        batches = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=signature)
        return (
            batches.apply(tf.data.experimental.assert_cardinality(len(self)))
            .prefetch(_AHEAD)
            .with_options(options)
        )
