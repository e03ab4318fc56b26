"""Which models does a server hold, by which name, and is each ready to answer?"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import image
from receta.core.abstention import SURE
from receta.core.errors import RecetaError
from receta.core.predictor import Predictor
from receta.evaluation.predicting import answer


@dataclass
class Model:
    """A predictor that several threads may ask, one at a time."""

    name: str
    predictor: Predictor
    ready: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def about(self) -> dict[str, Any]:
        """What a page must know of it."""
        return {
            "name": self.name, "target": getattr(self.predictor, "target", "keras"), "ready": self.ready,
            "class_names": list(self.predictor.class_names),
            "sure_from": getattr(self.predictor, "sure_from", SURE),
            "input": {"shape": list(self.predictor.input_shape), "dtype": "uint8"},
        }  # fmt: skip

    def answer(self, names: Sequence[str], contents: Sequence[bytes], top: int) -> list[dict[str, Any]]:
        """Most probable classes of encoded pictures, as `receta predict` gives them.

        Raises Unreadable, with the name of the picture in front, for one that cannot be decoded.
        """
        height, width, channels = self.predictor.input_shape
        fit: image.Fit = getattr(self.predictor, "fit", "stretch")
        pictures = []
        for name, content in zip(names, contents, strict=True):
            try:
                pictures.append(image.decode(content, (height, width), channels, fit=fit))
            except image.Unreadable as error:
                raise image.Unreadable(f"{name}: {error}") from error
        with self.lock:
            answers = self.predictor.predict(np.stack(pictures))
        names_of = self.predictor.class_names
        sure_from = getattr(self.predictor, "sure_from", SURE)
        return [answer(name, probabilities, names_of, top, sure_from=sure_from) for name, probabilities in zip(names, answers, strict=True)]


def gathered(given: Any) -> dict[str, Model]:
    """Models by name: their folder's, with a number where two are called the same."""
    predictors = list(given) if isinstance(given, Sequence) else [given]
    if not predictors:
        raise RecetaError("there is nothing to serve; expected at least one bundle or run.")
    models: dict[str, Model] = {}
    for predictor in predictors:
        wanted = Path(getattr(predictor, "folder", "model")).resolve().name or "model"
        name = next(tried for number in range(1, len(predictors) + 1)
                    if (tried := wanted if number == 1 else f"{wanted}-{number}") not in models)  # fmt: skip
        models[name] = Model(name, predictor)
    return models


def warm(model: Model) -> None:
    """Load a model and let it answer once, so that the first request need not wait.

    Raises RecetaError when its file cannot be used.
    """
    if model.ready:
        return
    try:
        with model.lock:
            model.predictor.predict(np.zeros((1, *model.predictor.input_shape), np.uint8))
    except RecetaError:
        raise
    except Exception as error:  # a runtime's own words on a file that is spoilt
        where = getattr(model.predictor, "folder", model.name)
        raise RecetaError(
            f"the network in {where} cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())[:200]}); "
            f"expected one that answers. Export the run again."
        ) from error
    model.ready = True
