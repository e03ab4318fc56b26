"""How far does AutoKeras get in a given time?

ImageClassifier with its defaults; of the time two thirds are for its trials and one third for the
last training on all data, each ended by a callback, since it knows no budget of its own.
"""

import contextlib
import io
import json
import sys
import tempfile
import time

import numpy as np

stored, seconds, seed = np.load(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
with contextlib.redirect_stdout(io.StringIO()):
    import autokeras
    import keras

    class Until(keras.callbacks.Callback):
        """Ends the training at a moment; AutoKeras copies its callbacks for each trial."""

        def on_train_begin(self, logs=None):
            self.end = time.perf_counter() + seconds / 3

        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = time.perf_counter() > self.end

    keras.utils.set_random_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        model = autokeras.ImageClassifier(
            max_trials=2,
            directory=folder,
            seed=seed,
            overwrite=True,
            num_classes=int(stored["y_train"].max()) + 1,
        )
        began = time.perf_counter()
        model.fit(
            stored["x_train"],
            stored["y_train"],
            validation_data=(stored["x_validation"], stored["y_validation"]),
            epochs=1000,
            callbacks=[Until()],
            verbose=0,
        )
        took = time.perf_counter() - began
        named = model.predict(stored["x_test"], verbose=0).reshape(-1).astype(float).astype(int)
print(
    json.dumps(
        {"accuracy": float((named == stored["y_test"]).mean()), "seconds": took, "epochs": 0}
    )
)
