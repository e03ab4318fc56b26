"""What does a model say of pictures that nobody has labelled? The door `predict`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import image, labels
from receta.core.abstention import SURE
from receta.core.dataset import Quarantined
from receta.core.errors import InputError
from receta.core.predictor import Predictor
from receta.evaluation.decisions import Decision

_BATCH = 256


def predict(model: Predictor, inputs: Sequence[str | Path], *, top: int = 5) -> tuple[list[dict[str, Any]], list[Quarantined]]:
    """Most probable classes of picture files or folders of them.

    Returns one dict a picture (id, top [{class, probability}], sure; labels, those that it
    has, where it may have several; decision, the class of the least cost, where the recipe
    stated costs) and the pictures
    that cannot be read, each with its reason. Raises InputError for a path that is
    neither, a folder without pictures, or a bundle that does not take pictures.
    """
    refuse_other_inputs(model)
    height, width, channels = model.input_shape
    fit: image.Fit = getattr(model, "fit", "stretch")
    answers: list[dict[str, Any]] = []
    unreadable: list[Quarantined] = []
    stated = getattr(model, "decision", None)
    decision = Decision.from_json(stated) if stated else None
    sure_from: float = getattr(model, "sure_from", SURE)
    thresholds: Sequence[float] | None = getattr(model, "thresholds", None)
    names: list[str] = []
    pictures: list[np.ndarray] = []

    def predict_gathered() -> None:
        if pictures:
            for name, probabilities in zip(names, model.predict(np.stack(pictures)), strict=True):
                answers.append(answer(name, probabilities, model.class_names, top, sure_from=sure_from, thresholds=thresholds))
                if decision is not None:
                    answers[-1]["decision"] = model.class_names[int(decision.answers(probabilities[None])[0])]
        names.clear()
        pictures.clear()

    for path in _files(inputs):
        try:
            pictures.append(image.decode(path.read_bytes(), (height, width), channels, fit=fit))
            names.append(str(path))
        except image.Unreadable as error:
            unreadable.append(Quarantined(str(path), str(error)))
        except OSError as error:
            unreadable.append(Quarantined(str(path), f"cannot be opened: {error.strerror}"))
        if len(pictures) == _BATCH:
            predict_gathered()
    predict_gathered()
    return answers, unreadable


def refuse_other_inputs(model: Predictor) -> None:
    """InputError for a model that does not name classes of pictures."""
    if not getattr(model, "takes_pictures", True):
        raise InputError(
            "this network does not name classes of pictures (its input is not pixels from 0 to 255 of one size, or its output no "
            "probabilities); expected one that does. With FILE (of a bundle: when it is exported) say --pixels 0..1 if pixels are scaled "
            "outside of it, --logits if its last layer has no softmax, --names A,B if its one output tells two classes apart."
        )


def answer(name: str, probabilities: np.ndarray, class_names: Sequence[str], top: int, *,
           sure_from: float = SURE, thresholds: Sequence[float] | None = None) -> dict[str, Any]:  # fmt: skip
    """What is said of one picture, from its probabilities (classes,).

    sure_from: probability of the first class from which on the answer is sure. thresholds:
    of a picture that may have several labels, the probability from which each is said.
    """
    likely = np.argsort(-probabilities, kind="stable")[: max(top, 1)].tolist()
    said = [{"class": class_names[i], "probability": float(probabilities[i])} for i in likely[:top]]
    if thresholds is None:
        return {"id": name, "top": said, "sure": float(probabilities[likely[0]]) >= sure_from}
    named = [one for one, probability, from_on in zip(class_names, probabilities, thresholds, strict=True) if probability >= from_on]
    return {"id": name, "top": said, "labels": named, "sure": bool(labels.sure(probabilities, thresholds))}


def _files(inputs: Sequence[str | Path]) -> Iterable[Path]:
    for given in map(Path, inputs):
        if given.is_dir():
            found = sorted(
                Path(folder, name) for folder, _, names in os.walk(given) for name in names
                if Path(name).suffix.lower() in image.SUFFIXES and not name.startswith(".")
            )  # fmt: skip
            if not found:
                raise InputError(f"{given} holds no pictures; expected pictures or a folder of them. Name another.")
            yield from found
        elif given.exists():
            yield given
        else:
            raise InputError(f"{given} does not exist; expected a picture or a folder of pictures. Check the path.")
