"""How well does one column alone predict the target?

A shallow tree, means by value and a line, each judged on rows that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from receta.core import seeds
from receta.data.table import Column
from receta.probing.columns import codes

# Honest single columns stay below: iris' petal length 0.95, breast cancer's worst area 0.91,
# housing's rooms and status 0.6, car prices by engine size 0.8. H2O Driverless AI reports 0.95 and
# drops 0.999 (of AUC or R2).
NEARLY_ALL = 0.99
# for whether a cell is there, which is a mere yes or no: blanks that are filled in after the
# outcome
BLANKS = 0.95
FOLDS = 3
_COPY = 0.9999  # correlation from which a column is a copy
_NEARLY = 0.95  # of 75 rows a tree that misses one at each of two borders is right in 97 %
_HOPELESS = 0.8  # in the first fold: the others are not asked


@dataclass
class Judge:
    """Scores columns against targets: (k,) int64 classes or float64 values."""

    targets: np.ndarray
    is_classes: bool

    def __post_init__(self) -> None:
        rng = seeds.rng(0, "audit", "target_leakage", "folds")
        order = rng.permutation(len(self.targets))
        if self.is_classes:  # every class in every fold
            order = order[np.argsort(self.targets[order], kind="stable")]
        else:
            with np.errstate(all="ignore"):
                scaled = self.targets / max(1e-300, float(np.abs(self.targets).max()))
                self.targets = (scaled - scaled.mean()) / max(1e-300, float(scaled.std()))
        self.fold = np.empty(len(order), np.int64)
        self.fold[order] = np.arange(len(order)) % FOLDS

    def score(self, column: Column) -> float:
        """Out-of-fold score of a column alone; missing is a value of its own."""
        which, n_values = codes(column)
        if n_values < 2:
            return 0.0
        few = column.kind == "category" or n_values <= 2 * (
            self.targets.max() + 1 if self.is_classes else 2
        )
        score = self._by_value(which, n_values) if few else self._by_tree(which)
        # A line has two parameters, a rising curve none: neither learns so many rows by heart, and
        # a tree needs more of them.
        return (
            score
            if self.is_classes or column.kind == "category"
            else max(score, self._line(column))
        )

    def blanks(self, column: Column) -> float:
        """Score of whether the column has a value."""
        missing = column.missing
        if not 0 < missing.sum() < len(missing):
            return 0.0
        return self._by_value(missing.astype(np.int64), 2)

    def copies(self, column: Column) -> bool:
        """Whether a column that predicts well is (nearly) the target itself."""
        which, _ = codes(column)
        if self.is_classes:
            values = np.unique(which)
            if len(values) == len(np.unique(self.targets)):
                return True  # it scored, so value and class go 1:1
            return column.kind != "category" and self._share_between(column.numbers()) >= NEARLY_ALL
        return column.kind != "category" and self._line(column) >= _COPY**2

    def varies_with_class(self, column: Column, score: float) -> bool:
        """Whether numbers say the class all but exactly, of rows too few for a tree to find
        each border.
        """
        return (
            self.is_classes
            and score >= _NEARLY
            and column.kind != "category"
            and self._share_between(column.numbers()) >= NEARLY_ALL
        )

    def _share_between(self, numbers: np.ndarray) -> float:
        """Share of the variance that lies between classes, 1 for a code of the class."""
        there = np.isfinite(numbers)
        which, values = self.targets[there], numbers[there]
        if len(values) < 0.9 * len(numbers) or not np.abs(values).max(initial=0):
            return 0.0
        values = values / np.abs(values).max()
        counts = np.bincount(which)
        means = np.bincount(which, weights=values) / np.maximum(counts, 1)
        total = float(((values - values.mean()) ** 2).sum())
        return float((counts * (means - values.mean()) ** 2).sum()) / total if total > 0 else 0.0

    def _line(self, column: Column) -> float:
        """R2 of a straight line, or of a curve that only rises or falls (ranks)."""
        numbers = column.numbers()
        there = np.isfinite(numbers)
        if there.sum() < 0.9 * len(there):
            return 0.0
        numbers, targets = (
            numbers[there] / max(1e-300, float(np.abs(numbers[there]).max(initial=0))),
            self.targets[there],
        )
        by_rank = _correlate(
            *(np.unique(values, return_inverse=True)[1] for values in (numbers, targets))
        )
        return max(by_rank, _correlate(numbers, targets) if by_rank >= BLANKS**2 else 0.0)

    def _by_value(self, which: np.ndarray, n_values: int) -> float:
        """By what rows of the other folds with the same value are."""
        n_classes = int(self.targets.max()) + 1 if self.is_classes else 0
        share = 1 / np.bincount(self.targets) if self.is_classes else None

        def guesses(seen: np.ndarray, new: np.ndarray) -> np.ndarray:
            if share is not None:
                votes = np.bincount(
                    which[seen] * n_classes + self.targets[seen],
                    share[self.targets[seen]],
                    n_values * n_classes,
                )
                return votes.reshape(n_values, n_classes).argmax(axis=1)[which[new]]
            counts = np.bincount(which[seen], minlength=n_values)
            sums = np.bincount(which[seen], self.targets[seen], n_values)
            return np.where(counts > 0, sums / np.maximum(counts, 1), self.targets[seen].mean())[
                which[new]
            ]

        return self._rate(guesses)

    def _by_tree(self, which: np.ndarray) -> float:
        """By a tree on the ranks of the values: none is too large for it."""
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        features = which[:, None].astype(np.float32)
        leaves = 4 * (int(self.targets.max()) + 1) if self.is_classes else 64

        def guesses(seen: np.ndarray, new: np.ndarray) -> np.ndarray:
            tree = (
                DecisionTreeClassifier(
                    max_leaf_nodes=leaves, class_weight="balanced", random_state=0
                )
                if self.is_classes
                else DecisionTreeRegressor(
                    max_leaf_nodes=leaves, min_samples_leaf=5, random_state=0
                )
            )
            found: np.ndarray = tree.fit(features[seen], self.targets[seen]).predict(features[new])
            return found

        return self._rate(guesses)

    def _rate(self, guesses: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        """Score over all folds; over the first alone where that is hopeless."""
        found = np.empty(len(self.targets), self.targets.dtype)
        for fold in range(FOLDS):
            new = self.fold == fold
            found[new] = guesses(~new, new)
            if fold == 0 and (first := self._score(found[new], self.targets[new])) < _HOPELESS:
                return first
        return self._score(found, self.targets)

    def _score(self, guesses: np.ndarray, targets: np.ndarray) -> float:
        if self.is_classes:
            counts = np.bincount(targets)
            right = np.bincount(targets, weights=guesses == targets)
            return float((right[counts > 0] / counts[counts > 0]).mean())
        total = float(((targets - targets.mean()) ** 2).sum())
        if not total > 0:
            return 0.0
        score = 1 - float(((targets - guesses) ** 2).sum()) / total
        if score < NEARLY_ALL:
            return max(0.0, score)
        # A few huge targets may make all others not matter: the order must be right as well.
        by_rank = _correlate(
            *(np.unique(values, return_inverse=True)[1] for values in (guesses, targets))
        )
        return score if by_rank >= BLANKS**2 else BLANKS


def _correlate(one: np.ndarray, other: np.ndarray) -> float:
    """Squared correlation, 0 where there is none."""
    with np.errstate(all="ignore"):
        one, other = one - one.mean(), other - other.mean()
        found = float((one @ other) ** 2 / ((one @ one) * (other @ other)))
    return found if np.isfinite(found) else 0.0
