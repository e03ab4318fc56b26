"""How good is something, by which measure, and which way is better?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measure:
    """One figure on n examples, and what it is compared with.

    name: accuracy, rmse and the like. interval: 95 %, where it is known. blind: the same figure of
    a guess that never looks at the input, where it is known.

    >>> Measure("accuracy", 0.9).score > Measure("accuracy", 0.8).score
    True
    >>> Measure("rmse", 0.9, better="lower").score > Measure("rmse", 0.8, better="lower").score
    False
    """

    name: str
    value: float
    n: int = 0
    better: Better = "higher"
    interval: tuple[float, float] | None = None
    blind: float | None = None

    @property
    def score(self) -> float:
        """The value, turned so that more is better."""
        return self.value if self.better == "higher" else -self.value


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share, by Wilson (1927): also right near 0 and 1; 0 to 1 of none.

    >>> tuple(round(bound, 4) for bound in wilson(9, 10))
    (0.5958, 0.9821)
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    from scipy import stats

    if not n:
        return 0.0, 1.0
    low, high = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return float(low), float(high)
