"""How good is a model that says labels, of which a picture may have several or none?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from receta.core.calibration import TINY, ece, reliability
from receta.core.errors import InputError
from receta.core.shown import Shown
from receta.tasks._seen import seen_words, without_unknown

HALF = 0.5  # from here on a label is likelier than not
_NORMAL = 1.959964  # standard deviations that hold 95 %


@dataclass(frozen=True, repr=False)
class LabelScores(Shown):
    """Figures of a model on n examples, all in 0..1 but n and loss (nats a label).

    accuracy: share of all labels that are right, each said from a probability of 0.5 on;
    interval: 95 %, with the examples as draws, not their labels. blind: the same of who says
    each label as most examples have it. mean_average_precision: over the labels that some
    example has; chance: what it is of who does not look. From the thresholds: f1_micro and
    f1_macro, exact_match (all labels of an example right), per_label (in `per_class`)
    precision, recall, f1, n, average_precision and threshold. sure: see `sure`.
    """

    accuracy: float
    interval: tuple[float, float]
    n: int
    blind: float
    mean_average_precision: float
    chance: float
    f1_micro: float
    f1_macro: float
    exact_match: float
    ece: float
    loss: float
    per_class: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    sure: dict[str, Any]
    baselines: dict[str, float] = field(default_factory=dict)
    seen_in_training: int | None = None

    def __repr__(self) -> str:
        low, high = self.interval
        said = f"{self.accuracy:.1%} of the labels of {self.n:,} right"
        said += f"; 95 % interval {low:.1%} to {high:.1%}"
        return f"LabelScores({said}{seen_words(self.seen_in_training)})"

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; without seen_in_training where it is not known."""
        return without_unknown({**asdict(self), "interval": list(self.interval)})


def label_scores(
    probabilities: np.ndarray,
    targets: np.ndarray,
    class_names: Sequence[str],
    thresholds: Sequence[float] | None = None,
) -> LabelScores:
    """Figures from probabilities (n, labels) and the truth (n, labels) of 0 and 1.

    thresholds: from which probability each label is said, 0.5 where none are given.
    """
    from sklearn import metrics

    n = len(targets)
    if not n:
        raise InputError("there is no example to judge the model on; expected at least one.")
    from_on = np.full(len(class_names), HALF) if thresholds is None else np.asarray(thresholds)
    truth, said = targets > 0, probabilities >= from_on
    # Scikit-learn takes one column alone for two classes: a label that nothing has stands beside.
    both = [np.pad(one, ((0, 0), (0, 1))) for one in (truth, said)]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        *both, average=None, zero_division=0
    )
    precisions = [
        round(float(metrics.average_precision_score(truth[:, i], probabilities[:, i])), 9)
        if support[i]
        else None
        for i in range(len(class_names))
    ]
    there = [i for i, one in enumerate(precisions) if one is not None]
    hits = (probabilities >= HALF) == truth
    bins = believed(probabilities, targets)
    exact, certain = (said == truth).all(axis=1), sure(probabilities, from_on)
    return LabelScores(
        accuracy=float(hits.mean()),
        interval=clustered(hits),
        n=n,
        blind=float((truth == (targets.mean(axis=0) > HALF)).mean()),
        mean_average_precision=float(np.mean([precisions[i] for i in there])) if there else 0.0,
        chance=float(truth.mean(axis=0)[there].mean()) if there else 0.0,
        f1_micro=float(metrics.f1_score(*both, average="micro", zero_division=0)),
        f1_macro=float(f1[there].mean()) if there else 0.0,
        exact_match=float(exact.mean()),
        ece=ece(bins),
        loss=float(_losses(probabilities, targets).mean()),
        per_class=[
            {
                "class": name,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "n": int(support[i]),
                "average_precision": precisions[i],
                "threshold": float(from_on[i]),
            }
            for i, name in enumerate(class_names)
        ],
        calibration=bins,
        sure=_sure(certain, exact),
    )


def clustered(hits: np.ndarray) -> tuple[float, float]:
    """95 % interval of the share of hits (n, labels), of which those of an example hang together.

    Wilson's interval (1927) for as many independent labels as would vary as much as the
    examples' shares do. Source: Kish (1965), "Survey sampling", the design effect.

    >>> tuple(
    ...     round(bound, 3) for bound in clustered(np.array([[True, True], [True, False]] * 50))
    ... )
    (0.686, 0.805)
    """
    n, share = len(hits), float(hits.mean())
    spread = float(hits.mean(axis=1).var(ddof=1)) / n if n > 1 else 0.0
    worth = min(share * (1 - share) / spread, hits.size) if spread else n
    square = _NORMAL**2
    middle = (share + square / (2 * worth)) / (1 + square / worth)
    half = (
        _NORMAL
        / (1 + square / worth)
        * math.sqrt(share * (1 - share) / worth + square / (4 * worth**2))
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def sure(probabilities: np.ndarray, thresholds: Any) -> np.ndarray:
    """(n,) bool: whether each label said is likelier than not, and each other one is not."""
    said = np.asarray(probabilities)
    return np.asarray(((said >= np.asarray(thresholds)) == (said >= HALF)).all(axis=-1))


def believed(probabilities: np.ndarray, targets: np.ndarray) -> list[dict[str, Any]]:
    """`reliability` of every single label, said or not."""
    hits = (probabilities >= HALF) == (targets > 0)
    return reliability(np.maximum(probabilities, 1 - probabilities).ravel(), hits.ravel())


def _losses(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    likely = np.where(targets > 0, probabilities, 1 - probabilities.astype(np.float64))
    return np.asarray(-np.log(np.maximum(likely, TINY)).mean(axis=1))


def worst(
    probabilities: np.ndarray, targets: np.ndarray, thresholds: Sequence[float], most: int = 24
) -> np.ndarray:
    """Positions of examples with a wrong label, those of the greatest loss first: (k,) int64."""
    wrong = np.flatnonzero(((probabilities >= np.asarray(thresholds)) != (targets > 0)).any(axis=1))
    return wrong[np.argsort(-_losses(probabilities, targets)[wrong], kind="stable")][:most]


def _sure(certain: np.ndarray, exact: np.ndarray) -> dict[str, Any]:
    m, n = int(certain.sum()), len(certain)
    low, high = clustered(~exact[certain][:, None]) if m else (0.0, 1.0)
    return {
        "coverage": m / n,
        "sure": m,
        "n": n,
        "error": float((~exact)[certain].mean()) if m else None,
        "interval": [low, high],
    }
