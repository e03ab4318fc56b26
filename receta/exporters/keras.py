"""Target keras: how is the network kept for Python and for training it further?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import RunError
from receta.exporters.subjects import naming
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

AFTER = ""
ABOUT = "one .keras file for Python: loads in safe mode, can be trained further"
FILE = "model.keras"
EXTRA = "tensorflow"
NEEDS = ("keras",)
BACKENDS = ("tensorflow", "jax", "torch")


def keras(model: Model, folder: Path, about: dict[str, Any]) -> None:
    """Write the network as a .keras file (what is known of it stands in bundle.json).

    Where its inputs or outputs came in a dict they do again.
    """
    naming.as_saved(model).save(folder / FILE)


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in Keras, loaded in safe mode: a file cannot bring code along."""
    model = _load(folder)

    def predict(inputs: Any) -> Any:
        # `predict` spends some 50 ms on its data set, whatever the batch (export facts, section 8).
        return from_list(
            naming.in_order(model.predict_on_batch(naming.arrange(model, as_list(inputs))))
        )

    return predict


def judging(folder: Path, width: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The same, with the features (n, width) that its last layer takes."""
    from receta import models

    featured = models.add_features(_load(folder))
    if featured is None or featured.outputs[1].shape[-1] != width:
        raise RunError(
            f"{folder / FILE} does not end in a layer on {width} features; expected one. "
            "Export the run again."
        )

    def judge(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said, features = featured.predict_on_batch(inputs)
        return np.asarray(said), np.asarray(features)

    return judge


def _load(folder: Path) -> Model:
    from receta import models
    from receta.pipeline import backend

    backend.start()
    return models.load_saved(folder / FILE)
