"""Which labels are likely wrong, because a small model that never saw them is sure of another?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.audits.made_up import tiny_folders
from receta.copies.equal import equal_sets
from receta.core import seeds
from receta.core.errors import MissingExtra
from receta.core.facts import Facts
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import Dataset
from receta.data.texts import text_at
from receta.probing import features, small_model, written
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "shortcut"
QUESTION = "Do the labels look right?"
FINDS = (
    "labels that a small model is sure are wrong (cleanlab); not judged where the model is right "
    "in less than 80 %; a run keeps its winner's labels where that is the better judge"
)
WARNS = "any"
ASKED = True
KINDS = ("images", "table", "texts")
UNIT = "examples"
TASKS = ("classes",)
BOUND = 0  # every wrong label costs
# Own probability of the given label (cleanlab's self-confidence) below which it is suspected, if
# another has more than a half. At 2 % planted flips this found 80 to 97 %; cleanlab's own
# prune_by_noise_rate found as many, with two to four times the false alarms on photos (LOG.md). Of
# few classes a wrong one is likelier by chance alone, so the bound falls with them: 0.1 up to 4,
# 0.03 from 10.
_LEAST_OWN, _MOST_OWN, _SHARED_OWN, _LEAST_OTHER = 0.03, 0.1, 0.27, 0.5
# Balanced accuracy without which nothing is judged. With 2 % planted flips a suspicion was right in
# 97 % of the cases at accuracy 0.99, 65 % at 0.92, 50 % at 0.89, and in 20 to 30 % at 0.6 to 0.75:
# mostly noise (LOG.md).
_LEAST_ACCURACY = 0.8
# a class that the model misses more often than not cannot be vouched for either
_LEAST_RECALL = 0.5
_MOST_SHOWN = 500


def label_error(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Labels that a small model, trained on the other examples, is sure are wrong.

    Out-of-fold probabilities (by group where there are groups) go to cleanlab. Where the
    small model itself is too weak to judge, that is said and nothing is flagged.
    `ids`: most suspicious first; `shown`: id to [given, suggested, probability of the
    suggested], for the first 500. Raises MissingExtra without cleanlab.
    Source: Northcutt, Jiang and Chuang, 2021, "Confident learning".
    """
    expected = f"{BOUND}"
    examined, same = np.flatnonzero(readable(data, pixels)), equal_sets(data, pixels)[0]
    present, targets = np.unique(data.targets[examined], return_inverse=True)
    if len(present) < 2 or len(examined) < 2 * small_model.ENOUGH:
        return [
            leave_unjudged(
                "label_error", UNIT, expected, where=f"{len(examined)} examples are too few"
            )
        ]
    groups = None if data.groups is None else [data.groups[position] for position in examined]
    fold = small_model.folds(targets, groups, seeds.rng(0, "label_error", "folds"))
    if groups is None:  # copies must not vouch for each other
        place = {int(position): index for index, position in enumerate(examined)}
        for alike in same:
            fold[[place[position] for position in alike]] = fold[place[alike[0]]]
    probabilities = _probabilities(data, pixels, examined, targets, fold, len(present))
    sure = small_model.can_be_judged(targets, fold)
    recall = _recall(targets, probabilities, sure, len(present))
    accuracy = float(np.nanmean(recall)) if sure.any() else 0.0
    if accuracy < _LEAST_ACCURACY:
        return [
            Finding(
                "label_error",
                "ok",
                0,
                UNIT,
                expected,
                f"the small model that would judge is right in {accuracy:.0%} of the cases, and "
                "what it "
                f"suspects is mostly noise below {_LEAST_ACCURACY:.0%}",
                shown={"accuracy": round(accuracy, 4)},
                judged=False,
            )
        ]
    right = float((probabilities.argmax(axis=1) == targets)[sure].mean())
    sure &= (recall >= _LEAST_RECALL)[targets]
    suspects = _suspects(targets, probabilities, sure)
    conflicting = {
        position
        for alike in same
        if len(set(data.targets[alike].tolist())) > 1
        for position in alike
    }
    # label_conflict names them
    suspects = [index for index in suspects if int(examined[index]) not in conflicting]
    judged = (
        f"of {np.count_nonzero(sure)} judged by a small model that is right in "
        f"{accuracy:.0%} of the cases"
    )
    left = len(data) - np.count_nonzero(sure)
    judged += f"; {left} not judged" if left else ""
    if not suspects:
        return [
            Finding(
                "label_error",
                "ok",
                0,
                UNIT,
                expected,
                f"0 {judged}",
                shown={"accuracy": round(accuracy, 4)},
            )
        ]
    shown: dict[str, Any] = {}
    labels: dict[str, tuple[str, float]] = {}
    for index in suspects:
        suggested = int(probabilities[index].argmax())
        given = data.class_names[present[targets[index]]]
        other = data.class_names[present[suggested]]
        sureness = round(float(probabilities[index, suggested]), 4)
        labels[data.ids[examined[index]]] = other, sureness
        if len(shown) < _MOST_SHOWN:
            shown[data.ids[examined[index]]] = [given, other, sureness]
    return [
        Finding(
            "label_error",
            "warn",
            len(suspects),
            UNIT,
            expected,
            f"{len(suspects)} {judged}",
            tuple(data.ids[examined[index]] for index in suspects),
            advice="Look at them, the first being the most suspicious: some are wrongly "
            "labelled, others only unusual. "
            "`receta clean --fix label_error=relabel` relabels them as suggested.",
            shown=shown,
            facts=Facts(labels=labels, right=round(right, 4)),
        )
    ]


def _probabilities(
    data: Dataset,
    pixels: Pixels | None,
    examined: np.ndarray,
    targets: np.ndarray,
    fold: np.ndarray,
    classes: int,
) -> np.ndarray:
    """(n, classes) float64, rows that sum to 1."""
    rng = seeds.rng(0, "label_error", "model")
    if pixels is not None:
        vectors = features.principal(features.looks(data, pixels)["look"][examined], 128, rng)
    elif data.noun.is_written:
        vectors = written.find_vectors([text_at(data, int(at)) for at in examined], rng)
    else:
        vectors = features.cells(data, examined)
        vectors = features.principal(vectors, 128, rng) if vectors.shape[1] > 128 else vectors
    if not vectors.shape[1]:
        return np.full((len(examined), classes), 1 / classes)
    scores = small_model.kernel_scores(vectors, targets, fold, rng, classes=classes)
    plain = scores.astype(np.float64)
    return plain / plain.sum(axis=1, keepdims=True)


def _recall(
    targets: np.ndarray, probabilities: np.ndarray, sure: np.ndarray, classes: int
) -> np.ndarray:
    """(classes,) share of each class's judged examples that are recognised; NaN without any."""
    right = np.bincount(targets[sure], (probabilities.argmax(axis=1) == targets)[sure], classes)
    n = np.bincount(targets[sure], minlength=classes)
    return np.where(n > 0, right / np.maximum(n, 1), np.nan)


def _suspects(targets: np.ndarray, probabilities: np.ndarray, sure: np.ndarray) -> list[int]:
    """Positions of likely label errors by cleanlab, worst first."""
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise MissingExtra(
            "label_error needs cleanlab, which is not installed; expected the extra clean. "
            "Run: pip install 'receta[clean]'"
        ) from error
    ranked = find_label_issues(
        targets,
        probabilities,
        filter_by="predicted_neq_given",
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    own, other = probabilities[np.arange(len(targets)), targets], probabilities.max(axis=1)
    bound = min(_MOST_OWN, max(_LEAST_OWN, _SHARED_OWN / (probabilities.shape[1] - 1)))
    return [
        int(index)
        for index in ranked
        if sure[index] and own[index] < bound and other[index] > _LEAST_OTHER
    ]


def innocent(folder: Path) -> str:
    """Write 60 upright and 60 level gratings under their right names."""
    return tiny_folders.write(folder, _gratings(flipped=0))


def culprit(folder: Path) -> str:
    """Write the same gratings, two of them under the other name."""
    return tiny_folders.write(folder, _gratings(flipped=2))


def _gratings(flipped: int) -> dict[str, int | bytes]:
    from PIL import Image

    rng = seeds.rng(0, "label_error", "gratings")
    pictures: dict[str, int | bytes] = {}
    for number in range(120):
        upright, wrong = number % 2 == 0, number < flipped
        stripes = np.where(np.arange(8) // 2 % 2, 190, 60)
        picture = np.tile(stripes if upright else stripes[:, None], (8, 1) if upright else (1, 8))
        buffer = io.BytesIO()
        Image.fromarray((picture + rng.integers(-40, 40, (8, 8))).astype(np.uint8)).save(
            buffer, "PNG"
        )
        pictures[f"{'upright' if upright != wrong else 'level'}/{number}.png"] = buffer.getvalue()
    return pictures
