"""How far does Ludwig get in a given time, with its convolutional encoder for pictures?

`stacked_cnn`, the encoder that its manual names for training from scratch, with its defaults;
epochs are planned by up to two runs, which are not counted. Pictures are given as arrays: it reads
files by torchvision's compiled code.
"""

import contextlib
import io
import json
import logging
import sys
import tempfile
import time

import _torchvision  # noqa: F401  before anything that imports torchvision
import numpy as np
import pandas
import torch
from ludwig.api import LudwigModel

stored, seconds, seed = np.load(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(2)
height, width = stored["x_train"].shape[1:3]


def model(epochs: int) -> LudwigModel:
    """A model of its own for so many epochs."""
    shape = {"height": height, "width": width, "num_channels": 3}
    return LudwigModel(
        {
            "input_features": [
                {
                    "name": "picture",
                    "type": "image",
                    "encoder": {"type": "stacked_cnn"},
                    "preprocessing": shape,
                }
            ],
            "output_features": [{"name": "label", "type": "category"}],
            "trainer": {
                "epochs": epochs,
                "batch_size": min(128, max(16, len(stored["x_train"]) // 20)),
                "early_stop": -1,
            },
            "preprocessing": {"split": {"type": "fixed"}},
            "backend": {"type": "local"},
        },
        logging_level=logging.ERROR,
    )


with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
    parts = [
        np.repeat(stored[f"x_{name}"], 3 // stored[f"x_{name}"].shape[3], axis=3)
        for name in ("train", "validation", "test")
    ]
    table = pandas.DataFrame(
        {
            "picture": [picture for part in parts for picture in part],
            "label": [
                f"c{target}"
                for name in ("train", "validation", "test")
                for target in stored[f"y_{name}"]
            ],
            "split": np.repeat([0, 1, 2], [len(part) for part in parts]),
        }
    )
    epochs = 4
    # the first two runs only plan: what stands before the first epoch takes its time too
    for number in range(3):
        chosen = model(epochs)
        began = time.perf_counter()
        chosen.train(
            dataset=table,
            random_seed=seed,
            output_directory=f"{folder}/{number}",
            skip_save_processed_input=True,
        )
        took = time.perf_counter() - began
        if took > 0.8 * seconds:
            break
        if number < 2:
            epochs = max(epochs, int(epochs * seconds / took))
    named = chosen.predict(dataset=table[table.split == 2])[0]["label_predictions"].to_numpy()
    truth = table[table.split == 2]["label"].to_numpy()
print(json.dumps({"accuracy": float((named == truth).mean()), "seconds": took, "epochs": epochs}))
