"""How good is a model that names one class of each example?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core.abstention import judge_threshold
from receta.core.calibration import ece, losses, reliability
from receta.core.errors import InputError
from receta.core.measure import wilson
from receta.core.shown import Shown
from receta.tasks._order import judge_order
from receta.tasks._seen import seen_words, without_unknown

_TOP = 10


@dataclass(frozen=True, repr=False)
class Scores(Shown):
    """Figures of a model on n examples, all in 0..1 but n and loss (nats).

    interval: 95 % for the accuracy (Wilson, 1927). ece: expected calibration error.
    per_class: precision, recall, f1, n by class. confusion (classes, classes): rows are
    the truth. calibration: bins of confidence with the accuracy found in each.
    sure: coverage of the answers that are sure, and the share of wrong ones among them.
    roc, pr: of two classes, how well their order by probability parts them (`judge_order`).
    seen_in_training: how many of the n a run was trained on, or chosen by.
    none: share of them that is called none of the classes, though each is of one (it counts in
    no other figure); None where the model cannot tell.
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
    none: dict[str, Any] | None = None
    roc: dict[str, Any] | None = None
    pr: dict[str, Any] | None = None

    def __repr__(self) -> str:
        low, high = self.interval
        said = f"{self.accuracy:.1%} right on {self.n:,}; 95 % interval {low:.1%} to {high:.1%}"
        return f"Scores({said}{seen_words(self.seen_in_training)})"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; without seen_in_training where it is not known."""
        return without_unknown({**asdict(self), "interval": list(self.interval)})


def class_scores(
    probabilities: np.ndarray, targets: np.ndarray, class_names: Sequence[str], sure_from: float
) -> Scores:
    """Figures from probabilities (n, classes) and true indices (n,)."""
    from sklearn import metrics

    n, k = len(targets), len(class_names)
    if not n:
        raise InputError("there is no example to judge the model on; expected at least one.")
    predicted = probabilities.argmax(axis=1)
    every = np.arange(k)
    confusion = metrics.confusion_matrix(targets, predicted, labels=every)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        targets, predicted, labels=every, zero_division=0
    )
    accuracy = float((predicted == targets).mean())
    wrong = [
        (int(confusion[i, j]), i, j)
        for i in range(k)
        for j in range(k)
        if i != j and confusion[i, j]
    ]
    calibration = reliability(probabilities.max(axis=1), predicted == targets)
    return Scores(
        accuracy=accuracy,
        interval=wilson(int((predicted == targets).sum()), n),
        balanced_accuracy=float(recall[support > 0].mean()),
        n=n,
        ece=ece(calibration),
        loss=float(losses(probabilities, targets).mean()),
        per_class=[
            {
                "class": name,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "n": int(support[i]),
            }
            for i, name in enumerate(class_names)
        ],
        confusion=confusion.tolist(),
        top_confusions=[
            {"truth": class_names[i], "predicted": class_names[j], "n": times}
            for times, i, j in sorted(wrong, key=lambda item: (-item[0], item[1:]))[:_TOP]
        ],
        calibration=calibration,
        sure={"from": sure_from, **judge_threshold(sure_from, probabilities, targets)},
        **(judge_order(probabilities[:, 1], targets == 1, class_names[1]) if k == 2 else {}),
    )


def worst_mistakes(probabilities: np.ndarray, targets: np.ndarray, most: int = 24) -> np.ndarray:
    """Positions of the wrong answers, the surest first: (k,) int64."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != targets)
    return wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:most]
