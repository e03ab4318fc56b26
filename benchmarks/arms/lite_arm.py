"""What does EfficientNet-Lite0 say in PyTorch? Reads pixels and writes features and probabilities: lite_arm.py WEIGHTS IN.npz OUT.npz"""

from __future__ import annotations

import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

weights, given, written = sys.argv[1:]
said = {}
for name, pixels in np.load(given).items():
    network = EfficientNet.from_name("efficientnet-lite0", image_size=pixels.shape[1:3])
    network.load_state_dict(torch.load(weights, weights_only=True))
    network.eval()
    seen = torch.tensor(((pixels.astype(np.float32) - 127) / 128).transpose(0, 3, 1, 2))
    with torch.no_grad():
        said[f"{name} features"] = network.extract_features(seen).mean((2, 3)).numpy()
        said[f"{name} probabilities"] = torch.softmax(network(seen), 1).numpy()
np.savez(written, **said)
