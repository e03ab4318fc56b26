"""How does a series run in time: how far apart are its steps, and how many make a season?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)  # of the quantiles that are forecast of each step


@dataclass(frozen=True)
class Rhythm:
    """What a forecast knows of time.

    season: steps until a series repeats itself; 1 where it does not. horizon: steps that are
    forecast, 0 where nothing tells. every: what one step is, such as "3600 s", "3 M" (months) or
    "1 B" (working days); "" without dates. time, id: the columns of dates and of names.

    >>> Rhythm.from_json(Rhythm(season=24, every="3600 s").to_json()).season
    24
    """

    season: int = 1
    horizon: int = 0
    every: str = ""
    time: str = ""
    id: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Rhythm:
        """What `to_json` wrote; what is missing is as it is usual."""
        known = {one.name for one in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in plain.items() if name in known})


# Of inputs that are no series.
TIMELESS = Rhythm()
SHAPE = {"season?": int, "horizon?": int, "every?": str, "time?": str, "id?": str}
