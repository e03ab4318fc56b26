"""Where do the parts of a series end, and how far apart are its steps?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.cleaning.engine.planning import Work
from receta.core.errors import InputError
from receta.splitting import split


def ends_of_parts(work: Work) -> list[int]:
    """Step numbers at which validation and test begin; no value is taken across them."""
    source: Any = work.data.source
    if work.borders is not None:
        ends = np.searchsorted(source.clock, work.borders).tolist()
        return sorted({end for end in ends if 0 < end < len(source.values)})
    try:
        parts = split(work.data, work.recipe)
    except InputError:  # too short to be split: it is one part
        return []
    ends = []
    for part in (parts.train, parts.validation):
        if len(part):
            last = int(source.starts[part.rows].max())
            ends.append(last + source.window + source.horizon)
    return sorted({end for end in ends if end < len(source.values)})


def regular_step(times: np.ndarray) -> tuple[int, str] | None:
    """What most steps of ascending times are apart: (number, "s" or "M"), None for no answer.

    >>> regular_step(
    ...     np.array(["2020-01-01", "2020-02-01", "2020-03-01", "2020-05-01"], "datetime64[s]")
    ... )
    (1, 'M')
    """
    apart = np.diff(times)
    apart = apart[apart > np.timedelta64(0, "s")]
    if not len(apart):
        return None
    months = times.astype("datetime64[M]")
    inside = times - months.astype("datetime64[s]")
    # always the same day of the month
    if len(np.unique(inside)) == 1 and len(np.unique(apart)) > 1:
        between = np.diff(months).astype(np.int64)
        return _commonest(between[between > 0]), "M"
    return _commonest(apart.astype("timedelta64[s]").astype(np.int64)), "s"


def _commonest(numbers: np.ndarray) -> int:
    values, counts = np.unique(numbers, return_counts=True)
    return int(values[counts.argmax()])
