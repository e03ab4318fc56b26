"""Does a column only name or number the rows?"""

from __future__ import annotations

import re

import numpy as np

from receta.core.seeds import rng
from receta.data.spelling import measures
from receta.data.table import Column

# of different values among the rows: H2O Driverless AI's max_relative_cardinality drops such
# columns
BOUND = 0.95
_FEWEST = 20  # rows: in fewer, honest categories are all different by chance
_DENSE = 0.5  # whole numbers, all different, that fill half of their range: never drawn at random
# of the texts are quantities ('3.5 kg', '1,234') or dates: `numeric_category` names these
_MEASURED = 0.9
_GLANCE = 1000  # cells by which most columns of fractions are done with
_RISING = 0.1  # rising from row to row they need not be so dense, for rows may have been taken out
_CALLED = re.compile(
    r"(^|[^a-z])(id|ids|uuid|guid|key|idx|index|rowid|row|nr|no|number|serial|record|codigo|clave)($|[^a-z])"
)


def distinct(column: Column) -> float:
    """Share of different values among the cells that have one."""
    there = column.values[~column.missing]
    return _different(column, there) / len(there) if len(there) else 0.0


def _different(column: Column, there: np.ndarray) -> int:
    if column.kind == "category":  # positions are counted ten times as fast as sorted
        return int(np.count_nonzero(np.bincount(there, minlength=1)))
    return len(np.unique(there))


def identifies(column: Column) -> str | None:
    """Why a column seems to name the rows, in words; None if it does not."""
    there = column.values[~column.missing]
    n = len(there)
    if column.kind == "date" or n < _FEWEST:
        return None
    if column.kind == "category":
        n_different = _different(column, there)
        if n_different < BOUND * n:
            return None
        some = there
        if n > _GLANCE:
            some = there[np.sort(rng(0, "audit", "identifier").choice(n, _GLANCE, replace=False))]
        if measures([column.categories[code] for code in some.tolist()], _MEASURED):
            return None
        return f"{n_different:,} different texts in {n:,} rows"
    if not is_whole(there[:_GLANCE]) or not is_whole(there):
        return None
    ordered = np.sort(there)
    if (ordered[1:] == ordered[:-1]).any():
        return None
    density = n / (float(ordered[-1]) - float(ordered[0]) + 1)
    if density >= _DENSE:
        return f"{n:,} different whole numbers from {ordered[0]:.0f} to {ordered[-1]:.0f}"
    if density >= _RISING and (there[1:] > there[:-1]).all():
        return f"whole numbers that rise from row to row, {ordered[0]:.0f} to {ordered[-1]:.0f}"
    is_called = is_called_so(column.name)
    return f"{n:,} different whole numbers, and it is called so" if is_called else None


def is_called_so(name: str) -> bool:
    """Whether a column is called an identifier.

    >>> is_called_so("customerId"), is_called_so("width")
    (True, False)
    """
    return bool(_CALLED.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))


def is_whole(values: np.ndarray) -> bool:
    """Whether all numbers that are there are integers, and there is one."""
    there = values[~np.isnan(values)]
    return (
        bool(len(there))
        and bool(np.isfinite(there).all())
        and bool((there == np.floor(there)).all())
    )
