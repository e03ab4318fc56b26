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
