"""How far does Ultralytics' classifier get in a given time, from scratch?

yolo11n-cls from its YAML file (no pretrained weights), pictures of 32 pixels (the least it takes),
`time=` as its manual has it, so that it plans its epochs itself; mirror images for photos alone.
AdamW at 0.002: what `optimizer=auto` takes (MuSGD) needs 18 s a step on processors without
bfloat16, SGD at 0.05 ends at chance.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(YOLO_OFFLINE="true", YOLO_VERBOSE="false")
import _torchvision  # noqa: F401  before anything that imports torchvision
import numpy as np
import torch
from _pictures import written
from ultralytics import YOLO

stored, seconds, seed, mirror = (
    np.load(sys.argv[1]),
    float(sys.argv[2]),
    int(sys.argv[3]),
    sys.argv[4] == "mirror",
)
torch.set_num_threads(2)
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
    root = written(stored, Path(folder) / "data")
    model = YOLO("yolo11n-cls.yaml")
    began = time.perf_counter()
    model.train(
        data=str(root),
        time=seconds / 3600,
        epochs=1000,
        imgsz=32,
        batch=min(64, max(16, len(stored["x_train"]) // 20)),
        device="cpu",
        workers=0,
        optimizer="AdamW",
        lr0=0.002,
        seed=seed,
        fliplr=0.5 if mirror else 0.0,
        pretrained=False,
        plots=False,
        val=False,
        project=folder,
        name="run",
        exist_ok=True,
        verbose=False,
    )
    took = time.perf_counter() - began
    epochs = model.trainer.epoch + 1
    best = YOLO(Path(folder) / "run" / "weights" / "last.pt")
    names = best.names
    hits = []
    for target in sorted({int(value) for value in stored["y_test"]}):
        files = sorted((root / "test" / f"c{target:03d}").glob("*.png"))
        for start in range(0, len(files), 64):
            found = best.predict(
                [str(path) for path in files[start : start + 64]], imgsz=32, verbose=False
            )
            hits += [names[int(one.probs.top1)] == f"c{target:03d}" for one in found]
print(json.dumps({"accuracy": float(np.mean(hits)), "seconds": took, "epochs": epochs}))
