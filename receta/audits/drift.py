"""Can test examples be told from training examples, and do their classes come as often?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.audits.made_up import tiny_folders
from receta.core import seeds
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import PARTS, Dataset
from receta.probing import features, small_model
from receta.probing.apart import auc, class_gap
from receta.probing.rows import own_parts, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "outlier"
QUESTION = "Are training and test data of one kind?"
FINDS = "a small model can tell train from test (AUC 0.5: it cannot), or their classes differ"
WARNS = "AUC above its chance level"
INSTEAD = (
    "divide the data anew, without parts of their own, or collect training data like the test data"
)
KINDS = ("images", "table")
UNIT = "AUC"
# Chance is 0.5. What Cohen (1988) calls a small effect, d = 0.2, is an AUC of 0.556: the normal
# distribution at d / sqrt(2). Less may be there in large data, and changes no result that matters.
BOUND = 0.556
_ERRORS = 2.33  # one-sided 99 %: the bound must lie below the interval
_FEWEST = 20  # examples of each part
_MOST = 5000  # of each part: standard error 0.006, and seconds
_MOST_NAMED = 5


def drift(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Training against test, or validation where there is no test part.

    A small model learns to tell the parts apart and is judged out of fold (by group where
    there are groups). Measured: AUC, how often a test example looks more like one than a
    training example does; 0.5 is chance. A warning where its one-sided 99 % interval lies
    above the bound. A second finding where classes come with other frequencies.
    Source: Lopez-Paz and Oquab, 2017, "Revisiting classifier two-sample tests".
    """
    expected = f"<= {BOUND:g}"
    parts = own_parts(data)
    usable = readable(data, pixels)
    train = np.flatnonzero(usable & (parts == 0))
    name = "test" if (usable & (parts == PARTS.index("test"))).any() else "validation"
    test = np.flatnonzero(usable & (parts == PARTS.index(name)))
    if not len(test):
        return [
            leave_unjudged(
                "drift",
                UNIT,
                expected,
                where="the data name no validation or test part",
                measured=0.5,
            )
        ]
    if min(len(train), len(test)) < _FEWEST:
        return [
            leave_unjudged(
                "drift",
                UNIT,
                expected,
                where=f"{len(train)} and {len(test)} examples are too few to tell",
                measured=0.5,
            )
        ]
    found = [
        _labels(data, train, test, name, expected),
        _looks(data, pixels, train, test, name, expected),
    ]
    bad = [finding for finding in found if finding.verdict != "ok"]
    return bad or [found[1]]


def _looks(
    data: Dataset,
    pixels: Pixels | None,
    train: np.ndarray,
    test: np.ndarray,
    name: str,
    expected: str,
) -> Finding:
    rng = seeds.rng(0, "drift")
    train, test = (np.sort(rng.permutation(some)[:_MOST]) for some in (train, test))
    both = np.concatenate([train, test])
    later = np.concatenate([np.zeros(len(train), np.int64), np.ones(len(test), np.int64)])
    groups = None if data.groups is None else [data.groups[position] for position in both]
    fold = small_model.folds(later, groups, rng)
    facts = _facts(data, pixels, both)
    sure = small_model.can_be_judged(later, fold)
    if not facts or min(np.count_nonzero(sure & (later == part)) for part in (0, 1)) < _FEWEST:
        return leave_unjudged(
            "drift", UNIT, expected, where="too few groups, or nothing to compare", measured=0.5
        )
    if pixels is not None:
        vectors = features.principal(features.looks(data, pixels)["look"][both], 64, rng)
    else:
        vectors = features.cells(data, both)
        if not vectors.shape[1]:
            return leave_unjudged("drift", UNIT, expected, where="nothing to compare", measured=0.5)
        vectors = features.principal(vectors, 128, rng) if vectors.shape[1] > 128 else vectors
    score = small_model.kernel_scores(vectors, later, fold, rng, classes=2, landmarks=300)[:, 1]
    whose = None if groups is None else np.unique(groups, return_inverse=True)[1][sure]
    measured, error = auc(score[sure], later[sure], whose)
    where = (
        f"{name} ({len(test)}) against train ({len(train)}): AUC {measured:.3f} +- "
        f"{error:.3f}, by chance 0.5"
    )
    if measured - _ERRORS * error <= BOUND:
        return Finding("drift", "ok", round(max(measured, 0.0), 4), UNIT, expected, where)
    apart = {
        fact: round(auc(np.nan_to_num(values, nan=np.nanmedian(values)), later)[0], 4)
        for fact, values in facts.items()
        if np.isfinite(values).any()
    }
    most = sorted(apart, key=lambda fact: -abs(apart[fact] - 0.5))[:_MOST_NAMED]
    named = ", ".join(
        f"{fact} {'higher' if apart[fact] > 0.5 else 'lower'} in {name}"
        for fact in most
        if abs(apart[fact] - 0.5) > BOUND - 0.5
    )
    likest = np.flatnonzero(sure & (later == 1))
    likest = likest[np.argsort(-score[likest], kind="stable")]
    return Finding(
        "drift",
        "warn",
        round(measured, 4),
        UNIT,
        expected,
        where + (f"; {named}" if named else ""),
        tuple(data.ids[both[index]] for index in likest[score[likest] > np.median(score)]),
        advice=f"Examples of {name} look unlike those that are learnt from, so that its figure "
        "tells of other data. If "
        f"that is meant (other people, another day), keep it; if not, mix both and split anew.",
        shown={
            "auc": round(measured, 4),
            "error": round(error, 4),
            "part": name,
            "alone": {fact: apart[fact] for fact in most},
        },
    )


def _facts(data: Dataset, pixels: Pixels | None, positions: np.ndarray) -> dict[str, np.ndarray]:
    """What may be named as different: (n,) float64 each."""
    if pixels is None:
        return {
            f"column {column.name!r}": column.take(positions).numbers() for column in data.columns
        }
    looks = features.looks(data, pixels)[positions]
    sizes = pixels.sizes[data.rows[positions]].astype(np.float64)
    red, _, blue = (looks["colour"] - looks["colour"].mean(axis=1, keepdims=True)).T
    facts = {
        "brightness": looks["brightness"],
        "contrast": looks["contrast"],
        "redness": red,
        "blueness": blue,
        "brightness of the border": looks["border"].mean(axis=1),
        "fine detail": looks["detail"],
        "height": sizes[:, 0],
        "width": sizes[:, 1],
    }
    return {fact: np.asarray(values, np.float64) for fact, values in facts.items()}


def _labels(
    data: Dataset, train: np.ndarray, test: np.ndarray, name: str, expected: str
) -> Finding:
    """Whether classes, or the values to predict, come with the same frequencies."""
    later = np.concatenate([np.zeros(len(train), np.int64), np.ones(len(test), np.int64)])
    targets = data.targets[np.concatenate([train, test])]
    task = tasks.of(data.task)
    if task.IS_COUNTED and not task.IS_EXCLUSIVE:
        return leave_unjudged("drift", UNIT, expected, where=task.WORDS["unclassed"], measured=0.5)
    if not task.IS_COUNTED:
        known = np.isfinite(targets)
        if (
            targets.ndim > 1
            or min(np.count_nonzero(known & (later == part)) for part in (0, 1)) < _FEWEST
        ):
            return Finding("drift", "ok", 0.5, UNIT, expected)
        measured, error = auc(targets[known], later[known])
        measured = max(measured, 1 - measured)
        if measured - _ERRORS * error <= BOUND:
            return Finding("drift", "ok", round(measured, 4), UNIT, expected)
        middles = [float(np.nanmedian(data.targets[some])) for some in (train, test)]
        where = (
            f"the values to predict differ: median {middles[0]:.4g} in train, "
            f"{middles[1]:.4g} in {name}"
        )
        return Finding(
            "drift",
            "warn",
            round(measured, 4),
            UNIT,
            expected,
            where,
            advice=_LABEL_ADVICE.format(name=name),
            shown={"auc": round(measured, 4), "error": round(error, 4), "part": name},
        )
    counts = np.stack(
        [np.bincount(data.targets[some], minlength=len(data.class_names)) for some in (train, test)]
    ).astype(float)
    counts = counts[:, counts.sum(axis=0) > 0]
    gap = class_gap(counts)
    measured = gap.auc
    if measured <= BOUND or gap.surprise <= _ERRORS:
        return Finding("drift", "ok", round(measured, 4), UNIT, expected)
    shares = counts / counts.sum(axis=1, keepdims=True)
    most = int(np.abs(shares[1] - shares[0]).argmax())
    label = data.class_names[np.unique(targets)[most]]
    where = (
        f"labels: {label!r} is {shares[0, most]:.0%} of train and {shares[1, most]:.0%} of "
        f"{name}; Cramer's V {gap.cramers_v:.2f}"
    )
    return Finding(
        "drift",
        "warn",
        round(measured, 4),
        UNIT,
        expected,
        where,
        advice=_LABEL_ADVICE.format(name=name),
        shown={
            "cramers_v": round(gap.cramers_v, 4),
            "chi_square": round(gap.chi_square, 2),
            "freedom": gap.freedom,
            "part": name,
        },
    )


_LABEL_ADVICE = (
    "Accuracy on {name} mixes what was learnt with how often each answer comes there. Judge by "
    "balanced accuracy, or "
    "split anew, stratified."
)


def innocent(folder: Path) -> str:
    """Write a train and a test part of pictures alike."""
    return tiny_folders.write(folder, _parts(test_light=0))


def culprit(folder: Path) -> str:
    """Write a test part that is brighter."""
    return tiny_folders.write(folder, _parts(test_light=60))


def _parts(test_light: int) -> dict[str, int | bytes]:
    from PIL import Image

    rng = seeds.rng(0, "drift", "parts")
    pictures: dict[str, int | bytes] = {}
    for part, n, light in (("train", 80, 0), ("test", 40, test_light)):
        for number in range(n):
            picture = 60 + light + rng.integers(0, 60) + rng.integers(0, 60, (8, 8, 3))
            buffer = io.BytesIO()
            Image.fromarray(picture.astype(np.uint8)).save(buffer, "PNG")
            pictures[f"{part}/{'cat' if number % 2 else 'dog'}/{number}.png"] = buffer.getvalue()
    return pictures
