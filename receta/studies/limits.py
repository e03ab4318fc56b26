"""How many trials, seeds and jobs may a study have?"""

from __future__ import annotations

from receta.core.errors import RecipeError

MOST = {"seeds": 10_000, "jobs": 1_000, "trials": 100_000}


def refuse_counts(**counts: int | None) -> None:
    """RecipeError for a count below 1 or above the most of its name; None is nobody's.

    >>> refuse_counts(seeds=5, jobs=1, trials=None)
    """
    for name, value in counts.items():
        if value is not None and not 1 <= value <= MOST[name]:
            raise RecipeError(
                f"--{name} {value} is out of bounds; expected 1 to {MOST[name]:,}. Change it."
            )
