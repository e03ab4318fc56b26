"""How far does Ludwig get in a given time, with its convolutional encoder for pictures?

`stacked_cnn`, the encoder that its manual names for training from scratch, with its defaults; epochs are
planned by the speed of one, which is not counted.
"""

import contextlib
import io
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

import _torchvision  # noqa: F401  before anything that imports torchvision
import numpy as np
import pandas
import torch
from _pictures import written
from ludwig.api import LudwigModel

stored, seconds, seed = np.load(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(2)
height, width = stored["x_train"].shape[1:3]


def model(epochs: int) -> LudwigModel:
    """A model of its own for so many epochs."""
    shape = {"height": height, "width": width, "num_channels": 3}
    return LudwigModel({
        "input_features": [{"name": "path", "type": "image", "encoder": {"type": "stacked_cnn"}, "preprocessing": shape}],
        "output_features": [{"name": "label", "type": "category"}],
        "trainer": {"epochs": epochs, "batch_size": min(128, max(16, len(stored["x_train"]) // 20)), "early_stop": -1},
        "preprocessing": {"split": {"type": "fixed"}}, "backend": {"type": "local"},
    }, logging_level=logging.ERROR)  # fmt: skip


with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
    root = written(stored, Path(folder) / "data")
    parts = {"train": 0, "val": 1, "test": 2}
    files = [(str(path), path.parent.name, parts[path.parts[-3]]) for path in sorted(root.rglob("*.png"))]
    table = pandas.DataFrame(files, columns=["path", "label", "split"])
    began = time.perf_counter()
    model(1).train(dataset=table, random_seed=seed, output_directory=f"{folder}/first", skip_save_processed_input=True)
    epochs = max(1, int(seconds / (time.perf_counter() - began)))
    chosen = model(epochs)
    began = time.perf_counter()
    chosen.train(dataset=table, random_seed=seed, output_directory=f"{folder}/second", skip_save_processed_input=True)
    took = time.perf_counter() - began
    named = chosen.predict(dataset=table[table.split == 2])[0]["label_predictions"].to_numpy()
    truth = table[table.split == 2]["label"].to_numpy()
print(json.dumps({"accuracy": float((named == truth).mean()), "seconds": took, "epochs": epochs}))
