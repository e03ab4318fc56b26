"""From which probability on may an answer count, when a share of errors must be kept?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core.measure import wilson

SURE = 0.5  # without a stated error: the class named is then likelier than all others together
_CHANCE = 0.05  # of a stated error that is not kept, over all shares that are tried
# shares of the examples to answer, fixed beforehand
_COVERAGES = (1.0, 0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.35, 0.2)


@dataclass(frozen=True)
class Abstention:
    """An answer counts as sure from `threshold` of its probability on.

    max_error: what was stated. kept: whether the bound is below it. bound: of the share of
    wrong answers among sure ones, at 95 % confidence. coverage, error: what was found on
    the n validation examples.
    """

    max_error: float
    threshold: float
    kept: bool
    bound: float
    coverage: float
    error: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return dict(vars(self))

    def sentence(self) -> str:
        """What may be relied on, in words."""
        found = (
            f"surest {self.coverage:.0%} of {self.n} validation examples, of which "
            f"{self.error:.2%} were wrong"
        )
        if self.kept:
            return (
                f"sure from {self.threshold:.4g} on: of such answers at most "
                f"{self.max_error:g} are wrong (95 % confidence; the {found})"
            )
        return (
            f"max_error={self.max_error:g} cannot be promised from {self.n} validation examples; "
            f"what can be is {self.bound:.3g}, "
            f"sure from {self.threshold:.4g} on (95 % confidence; the {found}). More validation "
            "examples promise more."
        )


def choose(probabilities: np.ndarray, targets: np.ndarray, max_error: float) -> Abstention:
    """The lowest threshold whose sure answers are wrong at most that often, (n, classes) and (n,).

    Ten shares of the examples, the surest first, are each tested with the upper bound of
    Clopper and Pearson (1934) at a tenth of 5 %: "Learn then test" (Angelopoulos et al.,
    2021) with Bonferroni's correction; the examples above an order statistic are
    independent draws of what lies above it, so that the bound is exact (Geifman and
    El-Yaniv, 2017). Where none holds, the threshold of the lowest bound from SURE on: what is
    promised less than was asked for is not called sure where it would not be without asking.
    """
    from scipy import stats

    # a threshold between two numbers of float32 would be rounded away
    top = probabilities.max(axis=1).astype(np.float64)
    surest = np.sort(top)[::-1]
    wrong = probabilities.argmax(axis=1) != targets
    n = len(targets)

    def tried_at(threshold: float) -> Abstention:
        answered = top >= threshold
        m, errors = int(answered.sum()), int(wrong[answered].sum())
        level = 1 - _CHANCE / len(_COVERAGES)
        bound = 1.0 if errors == m else float(stats.beta.ppf(level, errors + 1, m - errors))
        return Abstention(
            max_error, threshold, bound <= max_error, bound, m / n, errors / m if m else 0.0, n
        )

    # Above the next example's probability; equal ones fall out together.
    counts = [int(np.floor(coverage * n)) for coverage in _COVERAGES]
    tried = [tried_at(0.0 if k == n else float(np.nextafter(surest[k], 2.0))) for k in counts]
    held = [one for one in tried if one.kept and one.coverage]
    strict = [one for one in tried if one.threshold >= SURE and one.coverage]
    return held[0] if held else min(strict, key=lambda one: one.bound) if strict else tried_at(SURE)


def judge_threshold(
    threshold: float, probabilities: np.ndarray, targets: np.ndarray
) -> dict[str, Any]:
    """What the threshold does on test data: coverage, and the error among sure answers with its
    95 % interval.

    >>> judge_threshold(0.7, np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0]))["coverage"]
    0.5
    """
    answered = probabilities.max(axis=1).astype(np.float64) >= threshold
    m, n = int(answered.sum()), len(targets)
    errors = int((probabilities.argmax(axis=1) != targets)[answered].sum())
    return {
        "coverage": m / n if n else 0.0,
        "sure": m,
        "n": n,
        "error": errors / m if m else None,
        "interval": list(wilson(errors, m)),
    }
