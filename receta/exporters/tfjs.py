"""Target tfjs: how is the network kept for browsers, in the formats of TensorFlow.js?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.exporters.javascript import files
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

AFTER = "onnx"
ABOUT = "model.json and weights for TensorFlow.js: pages in a browser, also without a connection"
NOTE = "with `group1-shard1of1.bin`; proven with Node.js, or with what the extra brings"
FILE = files.FILE
EXTRA = "tfjs"
NEEDS = ("keras",)
BACKENDS = ("tensorflow",)
VARIANTS = {"float16": "weights of half the size", "uint8": "weights of a quarter of the size"}
LOSSY = ("float16", "uint8")

# pictures that go through tfjs at once: bounds the memory of WebAssembly, 4 GB at most
_TOGETHER = 16


def tfjs(model: Model, folder: Path, about: dict[str, Any], variant: str = "") -> None:
    """Write the network as a layers-model, or as a graph-model where tfjs-layers lacks a twin.

    Input: pixels (n, height, width, channels) 0 to 255 as float32; output: (n, classes).
    `about` stands in model.json as userDefinedMetadata. Raises MissingExtra without Node.js or
    TensorFlow.js, ExportRefused where neither format can hold the network.
    """
    from receta.exporters.javascript import proving

    proving.write_network(model, folder, about, variant)


def ready() -> None:
    """Raise MissingExtra without Node.js or TensorFlow.js, in which every file is proven."""
    from receta.exporters.javascript import nodejs

    nodejs.program()
    nodejs.scripts()


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in the real TensorFlow.js, in a process of Node.js.

    Lists where it has several inputs or outputs.
    """
    network = _open(folder)
    return lambda inputs: from_list(network(as_list(inputs)))


def judging(folder: Path, width: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The same, with the features (n, width) that its last layer takes."""
    network = _open(folder, featured=True)

    def judge(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said, features = network([inputs])
        return said, features

    return judge


_Asked = Callable[[list[np.ndarray]], list[np.ndarray]]


def _open(folder: Path, *, featured: bool = False) -> _Asked:
    from receta.exporters.javascript import nodejs

    network = nodejs.Opened(folder, featured=featured)

    def predict(taken: list[np.ndarray]) -> list[np.ndarray]:
        starts = range(0, len(taken[0]), _TOGETHER)
        parts = [
            network.predict([one[start : start + _TOGETHER] for one in taken]) for start in starts
        ]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    return predict
