"""How far does fastai get in a given time, set as its documentation advises for training from scratch?

XResNet-18 with the mish-free defaults, `fit_one_cycle` at 3e-3 (the tutorial's rate for small
pictures), label smoothing, batch transforms of `aug_transforms` (mirror for photos alone). Epochs
are planned by the speed of an epoch, which is not counted.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import _torchvision  # noqa: F401  before anything that imports torchvision
import numpy as np
import torch
from _pictures import written
from fastai.vision.all import (
    ImageDataLoaders,
    LabelSmoothingCrossEntropy,
    Learner,
    accuracy,
    aug_transforms,
    set_seed,
    xresnet18,
)

stored, seconds, seed, mirror = (
    np.load(sys.argv[1]),
    float(sys.argv[2]),
    int(sys.argv[3]),
    sys.argv[4] == "mirror",
)
torch.set_num_threads(2)
set_seed(seed)
n = len(stored["x_train"])
with tempfile.TemporaryDirectory() as folder:
    root = written(stored, Path(folder))
    loaders = ImageDataLoaders.from_folder(
        root,
        train="train",
        valid="val",
        bs=min(64, max(16, n // 20)),
        num_workers=0,
        batch_tfms=aug_transforms(do_flip=mirror, max_rotate=10.0, max_warp=0.0),
    )

    def learner() -> Learner:
        return Learner(
            loaders,
            xresnet18(n_out=loaders.c),
            loss_func=LabelSmoothingCrossEntropy(),
            metrics=accuracy,
        )

    first = learner()
    with first.no_bar(), first.no_logging():
        began = time.perf_counter()
        first.fit_one_cycle(1, 3e-3)
    epochs = max(1, int(seconds / (time.perf_counter() - began)))
    set_seed(seed)
    chosen = learner()
    with chosen.no_bar(), chosen.no_logging():
        began = time.perf_counter()
        chosen.fit_one_cycle(epochs, 3e-3)
        took = time.perf_counter() - began
        tested = loaders.test_dl(sorted((root / "test").rglob("*.png")), with_labels=True)
        predicted, truth = chosen.get_preds(dl=tested)
print(
    json.dumps(
        {
            "accuracy": float((predicted.argmax(1) == truth).float().mean()),
            "seconds": took,
            "epochs": epochs,
        }
    )
)
