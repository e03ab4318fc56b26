"""How do tools that need torchvision and torchaudio run beside the CPU build of torch?

Their wheels on PyPI are built for CUDA: what is compiled in them does not load here, and
torchvision then fails on import, for it describes two operators (for boxes of detectors) that are
not there. They are named here, without a body, before it is imported; of torchaudio an empty module
stands in. Classifying pictures uses neither.
"""

import importlib.machinery
import sys
from unittest.mock import MagicMock

import torch

_LIBRARY = torch.library.Library("torchvision", "DEF")
for _name in ("nms", "qnms"):
    _LIBRARY.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
for _name in (
    "torchaudio",
    "torchaudio.backend",
    "torchaudio.backend.common",
    "torchaudio.functional",
    "torchaudio.transforms",
):
    _module = MagicMock()
    _module.__spec__, _module.__path__ = importlib.machinery.ModuleSpec(_name, None), []
    _module.__version__ = torch.__version__.partition("+")[0]
    sys.modules[_name] = _module
