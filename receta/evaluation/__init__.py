"""How good is a model on data it has never seen, and how sure is that? The door `evaluate`."""

from __future__ import annotations

import os
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from receta.core import labels
from receta.core.abstention import SURE, judged
from receta.core.calibration import ece, losses, reliability
from receta.core.dataset import Dataset
from receta.core.errors import InputError
from receta.core.predictor import Classifier
from receta.core.shown import Shown
from receta.evaluation.labelled import LabelScores, label_scores, seen_words, without_unknown

if TYPE_CHECKING:  # a bundle predicts without what training needs
    from receta.pixels import Pixels
    from receta.training import Run

_TOP = 10
_BATCH = 256  # pictures that are asked at once


@dataclass(frozen=True, repr=False)
class Scores(Shown):
    """Figures of a model on n examples, all in 0..1 but n and loss (nats).

    interval: 95 % for the accuracy (Wilson, 1927). ece: expected calibration error.
    per_class: precision, recall, f1, n by class. confusion (classes, classes): rows are
    the truth. calibration: bins of confidence with the accuracy found in each.
    sure: coverage of the answers that are sure, and the share of wrong ones among them.
    seen_in_training: how many of the n a run was trained on, or chosen by.
    """

    accuracy: float
    interval: tuple[float, float]
    balanced_accuracy: float
    n: int
    ece: float
    loss: float
    per_class: list[dict[str, Any]]
    confusion: list[list[int]]
    top_confusions: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    sure: dict[str, Any]
    baselines: dict[str, float] = field(default_factory=dict)
    seen_in_training: int | None = None

    def __repr__(self) -> str:
        low, high = self.interval
        said = f"{self.accuracy:.1%} right on {self.n:,}; 95 % interval {low:.1%} to {high:.1%}"
        return f"Scores({said}{seen_words(self.seen_in_training)})"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; without seen_in_training where it is not known."""
        return without_unknown({**asdict(self), "interval": list(self.interval)})


def evaluate(model: Classifier, data: Dataset, *, pixels: Pixels | None = None) -> Scores | LabelScores:
    """Judge a model on data: a run's, a bundle, or anybody's network.

    Class names are matched by name. Classes are one label each to a model of labels. Warns
    (UserWarning) where a run was trained on some of the examples, or chosen by them. Raises
    InputError for empty data, for classes that the model does not know, or for a model that
    does not take pictures.
    """
    judged = judge(model, data, pixels=pixels)
    if judged.seen_in_training:
        warnings.warn(say_seen(judged.seen_in_training, judged.n), stacklevel=2)
    return judged


def judge(model: Classifier, data: Dataset, *, pixels: Pixels | None = None) -> Scores | LabelScores:
    """As evaluate, for who says in other words what training has seen."""
    from receta.evaluation.predicting import refuse_other_inputs
    from receta.pixels import decode

    if isinstance(model, str | os.PathLike):
        where = os.fspath(model)
        raise InputError(f"{where!r} is a path; expected a run or a bundle. Open it: receta.Run.open({where!r}), or receta.Bundle.open.")
    refuse_other_inputs(model)
    if pixels is None:
        height, width, channels = model.input_shape
        pixels = decode(data, (height, width), channels, fit=model.fit)
    data = pixels.readable(data)
    targets = _matched(model, data)
    by_rows = getattr(model, "predict_rows", None)  # a run feeds its networks itself
    if by_rows is not None:
        given = by_rows(pixels, data)
    else:
        parts = [model.predict(pixels.take(data.rows[start : start + _BATCH])) for start in range(0, len(data), _BATCH)]
        given = np.concatenate(parts) if parts else np.zeros((0, len(model.class_names)))
    found = scores(given, targets, model.class_names, sure_from=model.sure_from, thresholds=model.thresholds)
    return found if by_rows is None else replace(found, seen_in_training=seen_in_training(cast("Run", model), data))


def say_seen(seen: int, n: int) -> str:
    """One line about examples that are not new to a model."""
    return (
        f"{seen} of {n} examples were used to train or to choose this model: "
        "the figures are better than they will be on new ones."
    )


def seen_in_training(run: Run, data: Dataset) -> int:
    """How many examples of the data the run trained on, or chose its model by."""
    from receta.core import disk, records

    digests = disk.read_json(run.folder / "data.json", records.DATA)
    split = disk.read_json(run.folder / "split.json", records.SPLIT)
    known = {digests[name].split(":")[0] for part in ("train", "validation") for name in split[part] if name in digests}
    pixels = run.pixels(data)
    return sum(pixels.digests[row].decode() in known for row in data.rows)


def scores(probabilities: np.ndarray, targets: np.ndarray, class_names: tuple[str, ...], *, sure_from: float = SURE,
           thresholds: Sequence[float] | None = None) -> Scores | LabelScores:  # fmt: skip
    """Figures from probabilities (n, classes) and true indices (n,), or labels (n, labels).

    sure_from: probability of the answer from which on it is sure. thresholds: from which
    each label is said.

    >>> scores(np.eye(2)[[0, 1, 1, 0]], np.array([0, 1, 1, 1]), ("cat", "dog")).accuracy
    0.75
    """
    if labels.several(targets):
        return label_scores(probabilities, targets, class_names, thresholds)
    from sklearn import metrics

    n, k = len(targets), len(class_names)
    if not n:
        raise InputError("there is no example to judge the model on; expected at least one.")
    predicted = probabilities.argmax(axis=1)
    every = np.arange(k)
    confusion = metrics.confusion_matrix(targets, predicted, labels=every)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(targets, predicted, labels=every, zero_division=0)
    accuracy = float((predicted == targets).mean())
    wrong = [(int(confusion[i, j]), i, j) for i in range(k) for j in range(k) if i != j and confusion[i, j]]
    calibration = reliability(probabilities.max(axis=1), predicted == targets)
    return Scores(
        accuracy=accuracy,
        interval=wilson(int((predicted == targets).sum()), n),
        balanced_accuracy=float(recall[support > 0].mean()),
        n=n,
        ece=ece(calibration),
        loss=float(losses(probabilities, targets).mean()),
        per_class=[
            {"class": name, "precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "n": int(support[i])}
            for i, name in enumerate(class_names)
        ],
        confusion=confusion.tolist(),
        top_confusions=[
            {"truth": class_names[i], "predicted": class_names[j], "n": times}
            for times, i, j in sorted(wrong, key=lambda item: (-item[0], item[1:]))[:_TOP]
        ],
        calibration=calibration,
        sure={"from": sure_from, **judged(sure_from, probabilities, targets)},
    )


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, by Wilson (1927): also right near 0 and 1.

    >>> tuple(round(bound, 4) for bound in wilson(9, 10))
    (0.5958, 0.9821)
    """
    from scipy import stats

    low, high = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return float(low), float(high)


def worst_mistakes(probabilities: np.ndarray, targets: np.ndarray, most: int = 24) -> np.ndarray:
    """Positions of the wrong answers, the surest first: (k,) int64."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != targets)
    return wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:most]


def _matched(model: Classifier, data: Dataset) -> np.ndarray:
    """Targets of the data among the model's names."""
    if data.task != model.task and (data.task, model.task) != ("classes", "labels"):
        raise InputError(f"the data hold {data.task}, and the model was trained on {model.task}; expected the same. Name other data.")
    # One name may be spelled in two ways of Unicode: folders from a Mac combine letters and accents.
    given = [unicodedata.normalize("NFC", name) for name in data.class_names]
    known = {unicodedata.normalize("NFC", name): index for index, name in enumerate(model.class_names)}
    strange = [data.class_names[i] for i in np.flatnonzero(data.counts()) if given[i] not in known]
    if strange:
        raise InputError(
            f"the data hold {len(strange)} classes that the model does not know ({', '.join(map(repr, strange[:5]))}); "
            f"expected some of {', '.join(map(repr, model.class_names[:10]))}. Rename or remove them, or "
            f"name the classes of a network in a FILE otherwise (--names)."
        )
    mapped = np.array([known.get(name, -1) for name in given], np.int64)
    targets = labels.one_hot(data.targets, len(data.class_names)) if data.task != model.task else data.targets
    return labels.moved(targets, mapped, len(model.class_names))
