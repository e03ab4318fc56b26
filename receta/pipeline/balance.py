"""In which proportion is a network shown the classes, when the data hold few of some?

Every way is a pure function of the targets, the seed and the epoch, so that a resumed
run sees the same examples. Validation and test are never touched by any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta import tasks
from receta.core.errors import InputError, MissingExtra, RecipeError
from receta.core.seeds import rng
from receta.data.dataset import Dataset

ABOUT = {
    "none": "every example once an epoch, as the data are",
    "class_weights": "every example once; a mistake on a class counts as much more as the class "
    "is rarer",
    "oversample": "examples of small classes are repeated until all classes are as large as the "
    "largest",
    "undersample": "of large classes each epoch draws as many examples as the smallest class "
    "has, others every time",
    "both": "small classes are repeated, large ones drawn from, to the geometric mean of "
    "smallest and largest",
    "balanced_batches": "as many examples an epoch as there are; every batch holds all classes "
    "equally",
}
# For rows of numbers alone: an example between two neighbours is a row, but two pictures laid over
# each other are none.
ABOUT_TABLES = {
    "smote": "new rows of small classes between a row and one of its 5 neighbours (Chawla et "
    "al., 2002)",
    "adasyn": "as smote, more where a class is hard to tell from its neighbours (He et al., 2008)",
    "smote_enn": "smote, then rows whose 3 neighbours are of another class are taken away "
    "(Batista et al., 2004)",
    "smote_tomek": "smote, then pairs of nearest neighbours of two classes are taken away "
    "(Batista et al., 2004)",
}


KEEP_ALL = ("smote", "adasyn")  # whose rows begin with all that were there


@dataclass(frozen=True)
class Choice:
    """What one way does: examples an epoch by class, and the weight of a mistake."""

    way: str
    about: str
    counts: tuple[int, ...]
    weights: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {
            "way": self.way,
            "about": self.about,
            "counts": list(self.counts),
            "weights": [round(w, 4) for w in self.weights],
        }


def count_shown(way: str, counts: np.ndarray) -> np.ndarray:
    """(classes,) examples of each class in an epoch, of counts (classes,).

    >>> (
    ...     count_shown("oversample", np.array([6, 2])).tolist(),
    ...     count_shown("undersample", np.array([6, 2])).tolist(),
    ... )
    ([6, 6], [2, 2])
    """
    there = counts[counts > 0]
    if way in ("none", "class_weights") or not len(there):
        return counts
    if way == "balanced_batches":
        even = -(-int(counts.sum()) // len(there))
    else:
        both = round(float(np.sqrt(float(there.min()) * float(there.max()))))
        even = {"oversample": int(there.max()), "undersample": int(there.min()), "both": both}[way]
    return np.where(counts > 0, even, 0)


def class_weights(way: str, counts: np.ndarray) -> np.ndarray | None:
    """(classes,) float32 that average 1 over the examples, or None where all count alike.

    Source: King and Zeng (2001), "Logistic regression in rare events data": n / (classes * count).
    """
    if way != "class_weights":
        return None
    weights = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0).astype(np.float32)


def order(way: str, targets: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Positions of an epoch's examples, in their order: (m,) int64.

    >>> sorted(order("oversample", np.array([0, 0, 0, 1]), 1, 0).tolist())
    [0, 1, 2, 3, 3, 3]
    """
    dice = rng(seed, "order", epoch)
    if way in ("none", "class_weights"):
        return dice.permutation(len(targets))
    counts = np.bincount(targets)
    wanted = count_shown(way, counts)
    # Every class in rounds: each of its examples once before any comes again.
    drawn = [
        _in_rounds(np.flatnonzero(targets == target), int(n), dice)
        for target, n in enumerate(wanted)
        if n
    ]
    if way != "balanced_batches":
        return dice.permutation(np.concatenate(drawn))
    # a row an example of each class, so that any run of them is even
    table = dice.permuted(np.stack(drawn), axis=0)
    return table.T.reshape(-1)


def _in_rounds(positions: np.ndarray, n: int, dice: np.random.Generator) -> np.ndarray:
    rounds = [dice.permutation(positions) for _ in range(-(-n // len(positions)))]
    return np.concatenate(rounds)[:n]


def resample(
    way: str, features: np.ndarray, targets: np.ndarray, seed: int, categories: Sequence[int] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a table with new ones of small classes: features (n, k), targets (n,).

    For the training part alone. categories: which columns hold positions of categories,
    between which there is nothing; smote takes the neighbours' most frequent one there.
    Raises RecipeError for an unknown way, InputError for missing cells, for classes of
    fewer than 6 rows and for categories elsewhere, MissingExtra without imbalanced-learn.
    """
    if way not in ABOUT_TABLES:
        raise RecipeError(
            f"imbalance={way} does not resample rows; expected one of {', '.join(ABOUT_TABLES)}. "
            "Choose one of them."
        )
    try:
        from imblearn import combine, over_sampling
    except ImportError as error:
        raise MissingExtra(
            f"imbalance={way} needs imbalanced-learn, which is not installed. Run: pip install "
            '"receta[clean]"'
        ) from error
    if not np.isfinite(features).all():
        bad = int((~np.isfinite(features)).any(axis=1).sum())
        raise InputError(
            f"{bad} of {len(features)} rows have missing or infinite cells; expected numbers in "
            f"all, since {way} measures "
            f"distances. Run receta clean DATA --fix missing,infinite --out OUT first."
        )
    counts = np.bincount(targets)
    small = int(counts[counts > 0].min()) if counts.any() else 0
    if small < 6:
        raise InputError(
            f"the smallest class has {small} rows to learn from; expected 6, since {way} looks "
            "at 5 neighbours. Add rows."
        )
    if len(categories) and (way != "smote" or len(categories) == features.shape[1]):
        raise InputError(
            f"{len(categories)} of {features.shape[1]} columns hold categories, between which "
            f"{way} makes no rows; expected numbers. Choose "
            f"{'smote, ' if len(categories) < features.shape[1] else ''}class_weights or "
            "oversample."
        )
    state = int(rng(seed, "resample", way).integers(2**31))
    if len(categories):
        mixed = over_sampling.SMOTENC(list(categories), random_state=state)
        rows, labels = mixed.fit_resample(features, targets)
        return np.asarray(rows, np.float64), np.asarray(labels)
    made = {
        "smote": over_sampling.SMOTE,
        "adasyn": over_sampling.ADASYN,
        "smote_enn": combine.SMOTEENN,
        "smote_tomek": combine.SMOTETomek,
    }[way](random_state=state)
    try:
        rows, labels = made.fit_resample(features, targets)
    except (ValueError, RuntimeError) as error:
        if way != "adasyn":
            raise InputError(
                f"{way} finds no use for these rows ({error}); expected more of them. Choose "
                "another way."
            ) from error
        return features, targets  # ADASYN finds nothing to add where no class is hard to tell
    return np.asarray(rows), np.asarray(labels)


def choices(data: Dataset, seed: int = 0) -> list[Choice]:
    """Each way and what it does to the counts of the training part.

    Rows are made, and counted, for tables; a way that cannot be used there is left out.
    """
    task = tasks.of(data.task)
    if not task.IS_EXCLUSIVE:
        held = (
            "a picture of these data may have several labels; expected one class each"
            if task.IS_COUNTED
            else ("the data hold values, not classes; expected classes")
        )
        raise InputError(f"{held}, of which some may be rare. Leave --imbalance out.")
    parts = np.array(data.parts)
    kept = data.take((parts == "train") | (parts == ""))
    counts = kept.counts()
    even = np.ones(len(counts))
    found = []
    for way, about in ABOUT.items():
        weights = class_weights(way, counts)
        found.append(
            Choice(
                way,
                about,
                tuple(count_shown(way, counts).tolist()),
                tuple((even if weights is None else weights).tolist()),
            )
        )
    if data.has_columns:
        features = (
            np.stack([column.numbers() for column in kept.columns], axis=1)
            if kept.columns
            else np.empty((len(kept), 0))
        )
        categories = [
            index for index, column in enumerate(kept.columns) if column.kind == "category"
        ]
        for way, about in ABOUT_TABLES.items():
            try:
                _, targets = resample(way, features, kept.targets, seed, categories)
            except (InputError, MissingExtra) as error:
                found.append(Choice(way, f"not here: {error}", (), ()))
                continue
            made = np.bincount(targets, minlength=len(counts))
            found.append(Choice(way, about, tuple(made.tolist()), tuple(even.tolist())))
    return found
