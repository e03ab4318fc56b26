"""How far are two parts of the data apart, by a score or by how often their classes come?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassGap:
    """How much the classes' frequencies differ between two groups.

    auc: the same gap as that of two normal distributions, 0.5 for none. surprise: standard
    errors by which chi-square exceeds what chance makes.
    """

    auc: float
    cramers_v: float
    chi_square: float
    freedom: int
    surprise: float


def class_gap(counts: np.ndarray) -> ClassGap:
    """The gap of (2, classes) counts; every class has some.

    >>> class_gap(np.array([[50.0, 50.0], [50.0, 50.0]])).auc
    0.5
    """
    fair = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    squared = float(((counts - fair) ** 2 / fair).sum())
    freedom = max(1, counts.shape[1] - 1)
    # Bias-corrected, for with many classes V is above 0 by chance alone (Bergsma, 2013).
    effect = math.sqrt(max(0.0, squared / counts.sum() - freedom / (counts.sum() - 1)))
    # A difference of d between two groups of these sizes correlates by V with the group (Cohen,
    # 1988, 2.2.6).
    share = float(counts[1].sum() / counts.sum())
    strength = effect / math.sqrt(max(1e-12, 1 - effect**2)) / math.sqrt(share * (1 - share))
    # Wilson and Hilferty, 1931: the cube root of chi-square over its freedom is about normal.
    surprise = ((squared / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(
        2 / (9 * freedom)
    )
    return ClassGap(0.5 * (1 + math.erf(strength / 2)), effect, squared, freedom, surprise)


def auc(
    score: np.ndarray, later: np.ndarray, groups: np.ndarray | None = None
) -> tuple[float, float]:
    """(AUC, its standard error): how often a 1 has a higher score than a 0.

    groups: numbers of whose example it is; the error is then that of whole groups.
    Source: DeLong, DeLong and Clarke-Pearson, 1988; Obuchowski, 1997, for groups.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))[0]
    0.75
    """
    ones, zeros = np.sort(score[later == 1]), np.sort(score[later == 0])
    over = _share_below(ones, zeros)  # of each 1 the share of the 0 that it exceeds
    under = 1 - _share_below(zeros, ones)
    measured = float(over.mean())
    if groups is None:
        variance = over.var() / max(1, len(over) - 1) + under.var() / max(1, len(under) - 1)
    else:
        variance = 0.0
        for part, sorted_others in ((1, zeros), (0, ones)):
            own = score[later == part]
            placed = _share_below(own, sorted_others) - _share_below(own, sorted_others).mean()
            summed = np.bincount(groups[later == part], placed)
            n = len(np.unique(groups[later == part]))
            variance += float((summed**2).sum()) / len(own) ** 2 * n / max(1, n - 1)
    # As if half an example were misplaced: parts that can be told apart without fail are no
    # certainty.
    return measured, math.sqrt(max(float(variance), 0.25 / (len(ones) * len(zeros))))


def _share_below(some: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    return (np.searchsorted(ordered, some, "left") + np.searchsorted(ordered, some, "right")) / (
        2 * max(1, len(ordered))
    )
