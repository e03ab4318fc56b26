"""Which column alone gives the target away?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits import _tables
from receta.audits._columns import BITS, bits, codes, counted, sample, training
from receta.audits.identifier import identifies
from receta.core import seeds
from receta.core.finding import Finding
from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
ORDER = 25
UNIT = "score"
# Honest single columns stay below: iris' petal length 0.95, breast cancer's worst area 0.91,
# housing's rooms and
# status 0.6, car prices by engine size 0.8. H2O Driverless AI reports 0.95 and drops 0.999 (of AUC
# or R2).
BOUND = 0.99
# for whether a cell is there, which is a mere yes or no: blanks that are filled in after the
# outcome
_BLANKS = 0.95
_COPY = 0.9999  # correlation from which a column is a copy
_NEARLY = 0.95  # of 75 rows a tree that misses one at each of two borders is right in 97 %
_FOLDS = 3
_HOPELESS = 0.8  # in the first fold: the others are not asked
_ROWS, _CELLS = 20_000, 2_000_000  # looked at, and all columns together
_MOST_CLASSES = 20  # the commonest: who gives all away gives these away
_FEWEST = 5  # rows of a class


def target_leakage(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns that alone predict the target (almost) without an error.

    Score: balanced accuracy for classes, R2 for values, of a shallow tree on one column
    (of means by category), on rows it has not seen; for values also of a line. `fail` for a copy of
    the target,
    `warn` where a column, or whether it is filled in, is too good to be true. Looks at
    20,000 rows (fewer with hundreds of columns), of the 20 commonest classes.
    """
    rows, targets = _looked_at(data)
    nothing = Finding(
        "target_leakage",
        "ok",
        0,
        UNIT,
        f"< {BOUND:g}",
        "too few rows to tell" if not len(rows) else "",
    )
    if not len(rows):
        return [nothing]
    judge = _Judge(targets, data.task == "classes")
    findings, best, best_name = [], 0.0, ""
    for column in data.columns:
        if identifies(column):
            continue  # named there, and worthless on new rows however well it did here
        some = column.take(rows)
        score, blanks = judge.score(some), judge.blanks(some)
        if score < BOUND and blanks < _BLANKS and not judge.varies_with_class(some, score):
            best, best_name = max((best, best_name), (score, column.name))
            continue
        only_blanks = blanks >= _BLANKS and blanks >= score - 1e-9
        copy = not only_blanks and judge.copies(some)
        findings.append(
            _finding(column, score if not only_blanks else blanks, only_blanks, copy, data)
        )
    if findings:
        return findings
    where = (
        f"{best_name!r} is the best of {counted(len(data.columns), 'columns')}" if best_name else ""
    )
    return [Finding("target_leakage", "ok", _rounded(best), UNIT, f"< {BOUND:g}", where)]


def _finding(column: Column, score: float, only_blanks: bool, copy: bool, data: Dataset) -> Finding:
    target = getattr(data.source, "target_name", "the target")
    what = "balanced accuracy" if data.task == "classes" else "R2"
    if copy:
        where, advice = (
            f"it is a copy of {target!r}",
            "Whoever sees it need not predict. Leave it out (receta clean --fix target_leakage).",
        )
    elif only_blanks:
        where = f"whether it is filled in gives {target!r} away ({what} {score:.3g})"
        advice = (
            "It may be filled in once the outcome is known. If so, leave it out (receta "
            "clean --fix target_leakage)."
        )
    else:
        where = f"alone it gives {target!r} away ({what} {score:.3g})"
        advice = (
            "Too good to be true? Is it known before the target is? If not, leave it out "
            "(receta clean --fix target_leakage)."
        )
    expected = f"< {BOUND:g}" + (f" (< {_BLANKS:g} by blanks)" if only_blanks else "")
    return Finding(
        "target_leakage",
        "fail" if copy else "warn",
        _rounded(score),
        UNIT,
        expected,
        f"column {column.name!r}: {where}",
        advice=advice,
        shown={"column": column.name, "copy": copy, "blanks": only_blanks},
    )


def _rounded(score: float) -> float:
    return float(f"{score:.4g}")


def _looked_at(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Rows to look at and their targets; none where chance could do it all."""
    nothing = np.empty(0, np.int64), np.empty(0)
    rows = training(data)
    if not data.columns or data.targets.ndim != 1:
        return nothing
    most = int(np.clip(_CELLS // len(data.columns), 2000, _ROWS))
    targets = data.targets[rows]
    if data.task == "values":
        rows = sample(rows[np.isfinite(targets)], most, "target_leakage")
        targets = data.targets[rows]
        if len(rows) < 2 * _FEWEST * _FOLDS or len(np.unique(targets)) < 3:
            return nothing
        return rows, targets
    counts = np.bincount(targets, minlength=1)
    commonest = np.argsort(-counts, kind="stable")[:_MOST_CLASSES]
    commonest = commonest[counts[commonest] >= _FEWEST]
    if len(commonest) < 2:
        return nothing
    each = max(_FEWEST, most // len(commonest))
    rows = np.sort(
        np.concatenate(
            [
                sample(rows[targets == index], each, "target_leakage", str(index))
                for index in commonest
            ]
        )
    )
    which = np.unique(data.targets[rows], return_inverse=True)[1].astype(np.int64)
    # So many columns may try that the luckiest has so much less to prove.
    return (rows, which) if bits(which) >= BITS + np.log2(len(data.columns)) else nothing


@dataclass
class _Judge:
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
        self.fold[order] = np.arange(len(order)) % _FOLDS

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
            return column.kind != "category" and self._between(column.numbers()) >= BOUND
        return column.kind != "category" and self._line(column) >= _COPY**2

    def varies_with_class(self, column: Column, score: float) -> bool:
        """Whether numbers say the class all but exactly, of rows too few for a tree to find
        each border.
        """
        return (
            self.is_classes
            and score >= _NEARLY
            and column.kind != "category"
            and self._between(column.numbers()) >= BOUND
        )

    def _between(self, numbers: np.ndarray) -> float:
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
        by_rank = _squared(
            *(np.unique(values, return_inverse=True)[1] for values in (numbers, targets))
        )
        return max(by_rank, _squared(numbers, targets) if by_rank >= _BLANKS**2 else 0.0)

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

        return self._rated(guesses)

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

        return self._rated(guesses)

    def _rated(self, guesses: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> float:
        """Score over all folds; over the first alone where that is hopeless."""
        found = np.empty(len(self.targets), self.targets.dtype)
        for fold in range(_FOLDS):
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
        if score < BOUND:
            return max(0.0, score)
        # A few huge targets may make all others not matter: the order must be right as well.
        by_rank = _squared(
            *(np.unique(values, return_inverse=True)[1] for values in (guesses, targets))
        )
        return score if by_rank >= _BLANKS**2 else _BLANKS


def _squared(one: np.ndarray, other: np.ndarray) -> float:
    """Squared correlation, 0 where there is none."""
    with np.errstate(all="ignore"):
        one, other = one - one.mean(), other - other.mean()
        found = float((one @ other) ** 2 / ((one @ one) * (other @ other)))
    return found if np.isfinite(found) else 0.0


def innocent(folder: Path) -> Dataset:
    """Columns that help honestly, and one that is missing at random."""
    return _tables.honest(
        80,
        width=[
            np.nan if row % 7 == 3 else row % 2 + _tables.noise(80, "width")[row]
            for row in range(80)
        ],
    )


def culprit(folder: Path) -> Dataset:
    """A code of the class, and a date of cure that only the cured have."""
    return _tables.honest(
        80,
        outcome_code=[float(row % 2) for row in range(80)],
        cured_on=[None if row % 2 else f"week {row % 5}" for row in range(80)],
    )
