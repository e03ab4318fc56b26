"""How is a series divided by time, so that nothing that is forecast later was seen earlier?

Example i of a series sees its window, and is told its targets. The parts follow each
other in time. Of an earlier part those last windows are left out whose targets reach into
the first forecast of the next part; what a later window sees of earlier targets is the
past, which a forecast may know.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.data.dataset import Dataset

TRAIN, VALIDATION, TEST = range(3)  # positions in receta.data.dataset.PARTS


def divided(data: Dataset, shares: np.ndarray) -> list[np.ndarray]:
    """Positions of train, validation and test, each (k,) int64 ascending.

    shares (3,): of the windows. Raises InputError where no window is left for a part.
    """
    starts, series = _starts(data)
    n = len(starts)
    order = np.argsort(starts, kind="stable")
    test, validation = (max(1, round(n * share)) for share in (shares[TEST], shares[VALIDATION]))
    first = {VALIDATION: n - test - validation, TEST: n - test}
    if first[VALIDATION] < 1:
        raise InputError(_too_few(n, series))
    found = []
    for part, begin, end, following in (
        (TRAIN, 0, first[VALIDATION], first[VALIDATION]),
        (VALIDATION, first[VALIDATION], first[TEST], first[TEST]),
        (TEST, first[TEST], n, n),
    ):
        rows = order[begin:end]
        if part != TEST:
            rows = rows[
                starts[rows] + series.window + series.horizon
                <= _first_forecast(starts[order[following]], series)
            ]
        if not len(rows):
            raise InputError(_too_few(n, series))
        found.append(np.sort(rows))
    return found


def how(data: Dataset, shares: np.ndarray) -> str:
    """In words, how `divided` divides these data."""
    rows = divided(data, shares)
    series = data.source
    gone = len(data) - sum(map(len, rows))
    text = (
        f"by time, never shuffled: the first {100 * shares[TRAIN]:g} % of the windows train, the "
        f"next {100 * shares[VALIDATION]:g} % "
        f"validation, the last {100 * shares[TEST]:g} % test"
    )
    if gone:
        text += (
            f"; {gone} window{'s' * (gone > 1)} at the borders in no part, for their "
            f"{series.horizon} steps of forecast "  # type: ignore[attr-defined]
            f"reach into what the next part forecasts"
        )
    return text


def _starts(data: Dataset) -> tuple[np.ndarray, Any]:
    """(n,) the step at which each window of a view begins, and the series."""
    source: Any = data.source
    rows = data.rows
    while hasattr(source, "source"):  # some rows of another source
        rows, source = source.rows[rows], source.source
    return np.asarray(rows, np.int64), source


def _first_forecast(start: int, series: Any) -> int:
    """The first step that a part forecasts, or an earlier one of the same time."""
    step = int(start) + series.window
    if series.times is None:
        return step
    return int(np.searchsorted(series.times, series.times[step], side="left"))


def _too_few(n: int, series: Any) -> str:
    return (
        f"{n} window{'s' * (n != 1)} of {series.window} steps with {series.horizon} of forecast "
        "cannot be split by time; expected enough "
        "for train, validation and test to follow each other without overlap. Name a longer "
        "series, or a shorter --window or --horizon."
    )
