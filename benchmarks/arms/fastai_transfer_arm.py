"""How far does fastai's `fine_tune` get in a given time, on MobileNetV2 0.35 with the weights that Keras has?

`vision_learner` at its defaults (its own head, `aug_transforms`), one epoch with the backbone
frozen and the rest with all of it, as its tutorial on cats and dogs does. Epochs are planned by the
speed of a first run, which is not counted.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import _torchvision  # noqa: F401  before anything that imports torchvision
import h5py
import numpy as np
import torch
from _pictures import written
from fastai.vision.all import (
    ImageDataLoaders,
    Normalize,
    accuracy,
    aug_transforms,
    set_seed,
    vision_learner,
)
from torch import nn
from torchvision.models import mobilenet_v2

stored, seconds, seed, weights = (
    np.load(sys.argv[1]),
    float(sys.argv[2]),
    int(sys.argv[3]),
    sys.argv[5],
)
torch.set_num_threads(2)


def backbone(pretrained: bool = True) -> nn.Module:
    """torchvision's network with the arrays of Keras' own, whose layers are numbered by kind in
    the same order.
    """
    network = mobilenet_v2(width_mult=0.35)
    counts = {"conv2d": 0, "depthwise_conv2d": 0, "batch_normalization": 0}
    with h5py.File(weights) as file:
        for module in network.features.modules():
            if not isinstance(module, nn.Conv2d | nn.BatchNorm2d):
                continue
            kind = (
                "batch_normalization"
                if isinstance(module, nn.BatchNorm2d)
                else "depthwise_conv2d"
                if module.groups > 1
                else "conv2d"
            )
            place = file[f"layers/{kind}_{counts[kind]}".removesuffix("_0")]["vars"]
            arrays = [torch.from_numpy(place[str(number)][()]) for number in range(len(place))]
            counts[kind] += 1
            if isinstance(module, nn.BatchNorm2d):
                module.eps, module.momentum = 1e-3, 1e-3
                with torch.no_grad():
                    for held, array in zip(
                        (module.weight, module.bias, module.running_mean, module.running_var),
                        arrays,
                        strict=True,
                    ):
                        held.copy_(array)
                continue
            module.weight.data.copy_(
                arrays[0].permute(2, 3, 0, 1)
                if module.groups > 1
                else arrays[0].permute(3, 2, 0, 1)
            )
            if module.stride == (2, 2):  # Keras pads below and right alone
                module.padding = (0, 0)
                module.register_forward_pre_hook(
                    lambda module, given: (nn.functional.pad(given[0], (0, 1, 0, 1)),)
                )
    return nn.Sequential(network.features, nn.AdaptiveAvgPool2d(1))  # fastai cuts at the pooling


set_seed(seed)
with tempfile.TemporaryDirectory() as folder:
    root = written(stored, Path(folder))
    loaders = ImageDataLoaders.from_folder(
        root,
        train="train",
        valid="val",
        bs=64,
        num_workers=0,
        batch_tfms=[*aug_transforms(), Normalize.from_stats([0.5] * 3, [0.5] * 3)],
    )
    took, epochs = seconds, 1
    for planning in (True, False):
        learner = vision_learner(loaders, backbone, metrics=accuracy, normalize=False)
        with learner.no_bar(), learner.no_logging():
            began = time.perf_counter()
            learner.fine_tune(epochs)
            took = time.perf_counter() - began
            if planning:
                epochs = max(1, round(2 * seconds / took) - 1)
    with learner.no_bar(), learner.no_logging():
        tested = loaders.test_dl(sorted((root / "test").rglob("*.png")), with_labels=True)
        predicted, truth = learner.get_preds(dl=tested)
print(
    json.dumps(
        {
            "accuracy": float((predicted.argmax(1) == truth).float().mean()),
            "seconds": took,
            "epochs": epochs + 1,
        }
    )
)
