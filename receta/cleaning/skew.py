"""How are columns of numbers with a long tail made even?"""

from __future__ import annotations

import numpy as np

from receta.cleaning.engine.planning import Entry, Step, Work, why
from receta.core.finding import Finding

AFTER = "missing"
MENDS = ("skew",)
METHODS = ("yeo_johnson", "log")
KINDS = ("table",)


def skew(work: Work, found: list[Finding], code: str, method: str) -> list[Entry]:
    """yeo_johnson: its power is learnt. log: sign(x) log(1 + |x|), which learns nothing."""
    entries = []
    for column, finding in work.columns_of(found, ("number",)):
        step: Step = {"do": "transform", "column": column.name, "how": method}
        said = "sign(x) log(1 + |x|)"
        if method == "yeo_johnson":
            there = work.learnt_from(column)
            if len(np.unique(there)) < 3:
                work.notes.append(
                    f"skew: {column.name!r} has fewer than 3 different numbers in the training "
                    "part; it stays as it is."
                )
                continue
            step |= _learnt(there)
            said = f"Yeo and Johnson's power {step['power']:.4g}"
        n = int((~column.missing).sum())
        entries.append(
            Entry(
                code,
                method,
                n,
                "cells",
                f"transformed {column.name!r} by {said}",
                why([finding]),
                (step,),
            )
        )
    return entries


def _learnt(values: np.ndarray) -> dict[str, float]:
    """The likeliest power, of values in half interquartile ranges from the median.

    So that the power does not depend on the unit: at a scale of millions all of it is in the tail.
    """
    lower, centre, upper = (float(edge) for edge in np.quantile(values, [0.25, 0.5, 0.75]))
    scale = upper / 2 - lower / 2
    if not 0 < scale < np.inf:
        scale = float(values.std()) or 1.0
    with np.errstate(all="ignore"):
        return {"power": _power((values - centre) / scale), "centre": centre, "scale": scale}


def _power(values: np.ndarray) -> float:
    """The likeliest power, looked for between -4 and 6, where no number overflows."""
    from scipy.optimize import minimize_scalar
    from scipy.stats import yeojohnson_llf

    def unlikely(power: float) -> float:
        with np.errstate(all="ignore"):
            likelihood = float(yeojohnson_llf(power, values))
        return -likelihood if np.isfinite(likelihood) else 1e300

    return round(float(minimize_scalar(unlikely, bounds=(-4, 6), method="bounded").x), 6)
