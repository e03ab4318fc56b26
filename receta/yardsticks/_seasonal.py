"""What of a series comes again season by season, where seasons are too long for AutoETS?

STL takes them out (Bandara, Hyndman and Bergmeir, 2021, "MSTL"); what is left is smoothed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_CYCLES = 2  # of a season that a series must hold
_EVERY = 8  # of the shortest season a share, after which the smooth curves are computed anew


@dataclass(frozen=True)
class Seasonal:
    """What comes again, from the step `begin` on; components (steps,), one a season."""

    begin: int
    seasons: tuple[int, ...]
    components: tuple[np.ndarray, ...]

    def at(self, steps: np.ndarray) -> np.ndarray:
        """What comes again at some steps; beyond those looked at, the nearest season repeats.

        >>> Seasonal(10, (2,), (np.array([1.0, 2.0, 3.0, 4.0]),)).at(np.array([9, 10, 13, 14, 15]))
        array([2., 1., 4., 3., 4.])
        """
        total = np.zeros(len(steps))
        for season, component in zip(self.seasons, self.components, strict=True):
            n, local = len(component), steps - self.begin
            local = np.where(local >= n, n - season + (local - n) % season, local)
            total += component[np.where(local < 0, local % season, local)]
        return total


def holds(n: int, seasons: Sequence[int]) -> bool:
    """Whether n steps hold the seasons often enough."""
    return n > _CYCLES * max(seasons) + 1


def find_seasonal(values: np.ndarray, begin: int, seasons: tuple[int, ...]) -> Seasonal:
    """Of values (steps,) without a gap; seasons ascending, each longer than a step."""
    from statsforecast.mstl import mstl

    far = max(1, seasons[0] // _EVERY)
    jumps = {"seasonal_jump": 2, "trend_jump": far, "low_pass_jump": far}
    found = mstl(values, period=list(seasons), stl_kwargs=jumps)
    names = ["seasonal"] if len(seasons) == 1 else [f"seasonal{one}" for one in seasons]
    return Seasonal(begin, seasons, tuple(found[name].to_numpy() for name in names))
