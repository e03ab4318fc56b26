"""Is one thing better than another, how sure is that, and how small a difference could be seen?

Differences are of pairs: the same examples, or the same seeds, answered by both. Whoever compares
many things corrects for that (Holm). Folds share their training examples, which a plain t interval
does not know (Nadeau and Bengio).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from receta.core.seeds import rng

TIMES = 2_000  # pairs are drawn again
_SURE = 0.95
_POWER = 0.8
_PLACES = 2_000  # of spreads that are averaged over


@dataclass(frozen=True)
class Difference:
    """A mean difference of pairs, its 95 % interval, and the chance of one as large by luck.

    p: two-sided; 1.0 where nothing differs. n: pairs.
    """

    value: float
    interval: tuple[float, float]
    p: float
    n: int

    @property
    def is_real(self) -> bool:
        """Whether the interval holds no 0."""
        return self.interval[0] > 0 or self.interval[1] < 0


def compare_pairs(differences: np.ndarray) -> Difference:
    """The mean of differences (n,) of few pairs, such as seeds, by Student's t.

    >>> found = compare_pairs(np.array([0.01, 0.03, 0.02, 0.02]))
    >>> round(found.value, 3), found.is_real
    (0.02, True)
    """
    return _by_student(differences, 1 / max(len(differences), 1), p_of_same=0.0)


def bootstrap_pairs(
    measure: Callable[[np.ndarray], float], n: int, *, seed: int = 0, times: int = TIMES
) -> Difference:
    """A difference between two answers of the same n examples, which are drawn again.

    measure: the difference on examples at positions (k,), which may stand there twice. The interval
    is that of percentiles (Efron, 1979), and p twice the share of drawings on the other side of 0.

    >>> gained = np.array([1.0, 0.0, 1.0, 1.0] * 25)
    >>> found = bootstrap_pairs(lambda rows: float(gained[rows].mean()), 100)
    >>> found.value, found.is_real
    (0.75, True)
    """
    value = float(measure(np.arange(n)))
    if n < 2:
        return Difference(value, (value, value), 1.0, n)
    chance = rng(seed, "paired bootstrap", n)
    drawn = np.array([measure(chance.integers(0, n, n)) for _ in range(times)])
    low, high = np.quantile(drawn, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    beside = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p = min(1.0, 2 * (beside + 1) / (times + 1))
    return Difference(value, (float(low), float(high)), p, n)


def judge_disagreements(only_first: int, only_second: int) -> float:
    """McNemar's exact test: the chance that so uneven a disagreement is luck; two-sided.

    only_first, only_second: examples that only this one gets right.

    >>> round(judge_disagreements(1, 9), 4), judge_disagreements(4, 4)
    (0.0215, 1.0)
    """
    from scipy import stats

    n = only_first + only_second
    return float(stats.binomtest(only_first, n, 0.5).pvalue) if n else 1.0


def better_share(
    first: np.ndarray, second: np.ndarray, *, seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """P(first > second) of pairs (n,), ties counted half, and its 95 % bootstrap interval.

    Bouthillier and others (2021), "Accounting for variance in machine learning benchmarks".

    >>> better_share(np.array([3.0, 2.0, 2.0, 1.0]), np.array([1.0, 1.0, 2.0, 2.0]))[0]
    0.625
    """
    won = (np.sign(first - second) + 1) / 2
    n = len(won)
    drawn = won[rng(seed, "better share", n).integers(0, n, (TIMES, n))].mean(axis=1)
    low, high = np.quantile(drawn, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    return float(won.mean()), (float(low), float(high))


def correct_many(ps: Sequence[float]) -> list[float]:
    """Each p as it is where all are looked at together (Holm, 1979), in the order given.

    >>> correct_many([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(ps, kind="stable")
    factors = len(ps) - np.arange(len(ps))
    raised = np.maximum.accumulate(np.minimum(1.0, np.asarray(ps, float)[order] * factors))
    corrected = np.empty(len(ps))
    corrected[order] = raised
    return [float(one) for one in corrected]


def interval_of_folds(
    values: np.ndarray, trained: float, tested: float
) -> tuple[float, tuple[float, float]]:
    """The mean of a measure over folds (k,), and its 95 % interval (`compare_folds`).

    >>> mean, (low, high) = interval_of_folds(np.array([0.9, 0.92, 0.88, 0.9, 0.9]), 80, 20)
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.9, 0.874, 0.926)
    """
    found = compare_folds(values, trained, tested)
    return found.value, found.interval


def compare_folds(differences: np.ndarray, trained: float, tested: float) -> Difference:
    """The mean of differences (k,) over folds or random divisions of the same data.

    trained, tested: examples of a fold. The folds share most of what they are trained on, so the
    variance of the mean is (1 / k + tested / trained) times that of the values, and not 1 / k times
    (Nadeau and Bengio, 2003, "Inference for the generalization error"). Where all differences are
    the same, p is that of their signs.

    >>> compare_folds(np.array([0.1, 0.1, 0.1]), 80, 20).p
    0.25
    """
    k = len(differences)
    return _by_student(differences, 1 / max(k, 1) + tested / trained, p_of_same=0.5 ** (k - 1))


def _by_student(differences: np.ndarray, share: float, *, p_of_same: float) -> Difference:
    """The mean by Student's t, where its variance is this share of that of the differences.

    p_of_same: where all of them are the same, and not 0.
    """
    from scipy import stats

    n, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1)) * float(np.sqrt(share)) if n > 1 else np.inf
    if not np.isfinite(error):
        return Difference(mean, (-np.inf, np.inf), 1.0, n)
    if error <= 1e-15 * max(1.0, abs(mean)):
        return Difference(mean, (mean, mean), p_of_same if mean else 1.0, n)
    reach = float(stats.t.ppf((1 + _SURE) / 2, n - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Difference(mean, (mean - reach, mean + reach), p, n)


def smallest_detectable(spread: float, n: int) -> float:
    """The least true difference that n pairs find in 8 of 10 studies; inf of fewer than 2.

    spread: standard deviation of the differences of pairs. Student's test at 5 %, two-sided.

    >>> round(smallest_detectable(1.0, 10), 3)
    0.996
    """
    from scipy import optimize, stats

    if n < 2:
        return float("inf")
    bound = stats.t.ppf((1 + _SURE) / 2, n - 1)
    # Spreads as n pairs show them, in equal shares: SciPy's own law is NaN far out.
    places = (np.arange(_PLACES) + 0.5) / _PLACES
    reach = bound * np.sqrt(stats.chi2.ppf(places, n - 1) / (n - 1))

    def missed(shift: float) -> float:
        found = stats.norm.sf(reach - shift) + stats.norm.cdf(-reach - shift)
        return float(found.mean()) - _POWER

    return float(optimize.brentq(missed, 0.0, 20.0 * bound)) * spread / float(np.sqrt(n))
