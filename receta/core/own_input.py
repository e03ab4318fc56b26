"""Can numbers be what a network takes: words and categories that it knows, days, finite numbers?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.predictor import refuse_names
from receta.core.spec import ColumnSpec, Spec

# Of a number: the difference to a mean is a number of float32 too.
MOST = float(np.finfo(np.float32).max) / 4
_DAYS = (-719_162.0, 2_932_896.0)  # from 1970-01-01 to the first day of year 1, the last of 9999
_SECONDS = (0.0, 86_400.0)  # of a day


def refuse_values(spec: Spec, values: Any, where: str) -> None:
    """InputError for the first number that is none of a network's input, before it is cast.

    values: (n, *shape) as they came; where: what a message calls them. NaN is missing.

    >>> refuse_values(
    ...     Spec("words", (2,), "int32", "word", ("", "[unknown]")), [[0, 1]], "words"
    ... )
    """
    given = np.asarray(values)
    if given.shape[1:] != spec.shape or given.dtype.kind not in "iuf" or spec.dtype == "uint8":
        return  # another check tells shapes and types
    if spec.vocabulary:
        _refuse(given, (0, len(spec.vocabulary) - 1), f"{where}{{}}", is_whole=True)
    elif spec.columns:
        cells = [(column, place) for column in spec.columns for place in range(len(column.cells))]
        for at, (column, place) in enumerate(cells):
            name = column.cells[place]
            _refuse(
                given[:, at],
                _find_bounds(column, place),
                f"{where}{{}}: the column {name!r:.60}",
                is_whole=column.kind == "category",
            )
    else:
        _refuse(given, (-MOST, MOST), f"{where}{{}}")


def take_values(spec: Spec, values: Any) -> np.ndarray:
    """The numbers as a network takes them; InputError for names of files and for other numbers."""
    refuse_names(values)
    refuse_values(spec, values, spec.name)
    return np.asarray(values, spec.dtype)


def _find_bounds(column: ColumnSpec, place: int) -> tuple[float, float]:
    if column.kind == "category":
        return 0, len(column.vocabulary)
    if column.kind == "date":
        return (_DAYS, _SECONDS)[place]
    return -MOST, MOST


def _refuse(
    given: np.ndarray, bounds: tuple[float, float], words: str, *, is_whole: bool = False
) -> None:
    low, high = bounds
    bad = (given < low) | (given > high)
    if is_whole and given.dtype.kind == "f":
        bad |= ~np.isnan(given) & (given != np.floor(given))
    if not bad.any():
        return
    at = tuple(np.argwhere(bad)[0].tolist())
    number = "a whole number" if is_whole else "a number"
    place = "".join(f"[{one}]" for one in at)
    raise InputError(
        f"{words.format(place)} is {given[at]:.6g}; expected {number} from {low:.7g} to "
        f"{high:.7g}. Mend it."
    )
