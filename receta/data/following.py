"""How do the steps of a test file follow those of the training data, series by series?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.data.dataset import Quarantined
from receta.data.series import Series


def follow(main: Series, test: Series) -> Series:
    """The steps of both, each series of the test behind the one of its name; windows are not laid.

    Raises InputError for other columns, other names, and times that are not later.
    """
    if (main.times is None) != (test.times is None) or len(main.channel_names) != len(
        test.channel_names
    ):
        raise InputError(
            f"the test data hold {_describe(test)}, the training data {_describe(main)}; expected "
            "the same columns. Name them with --series, --time and --id."
        )
    known = {name: k for k, name in enumerate(main.names)}
    if len(main.names) == len(test.names) == 1:
        known[test.names[0]] = 0
    lacking = [name for name in test.names if name not in known]
    if len(lacking) == len(test.names):
        raise InputError(
            f"the test data hold no series of the training data (but {naming.first_few(lacking)}); "
            f"expected some of {naming.first_few(list(main.names))}. Name them alike."
        )
    begins, later = test.begins, {known[n]: k for k, n in enumerate(test.names) if n in known}
    blocks: list[np.ndarray] = []
    times: list[Any] = []
    firsts, ends, at = [], [], 0
    for k, (begin, end) in enumerate(zip(main.begins, main.ends, strict=True)):
        pieces = [(main, int(begin), int(end))]
        firsts.append(at + int(end - begin))
        if k in later:
            pieces.append((test, int(begins[later[k]]), int(test.ends[later[k]])))
            _require_later(main, int(end), test, pieces[1][1])
        for source, first, last in pieces:
            blocks.append(source.values[first:last])
            times.append(None if source.times is None else source.times[first:last])
            at += last - first
        ends.append(at)
    made = main.replaced(
        values=np.concatenate(blocks),
        times=None if main.times is None else np.concatenate(times),
        file_order=None,
        junk={},
        ends=np.array(ends),
        first_test=np.array(firsts),
        version=f"{main.stamp()}+{test.stamp()}",
        strays=(
            *main.strays,
            *(Quarantined(f"test:{name}", "the training data lack it") for name in lacking),
        ),
    )
    made.read_notes = main.read_notes
    return made


def _require_later(main: Series, end: int, test: Series, begin: int) -> None:
    if main.times is None or test.times is None:
        return
    last, first = main.times[end - 1], test.times[begin]
    if first <= last:
        raise InputError(
            f"the test data begin at {first}, before the training data end ({last}); expected "
            "later steps. Take the steps out that both hold."
        )


def _describe(series: Series) -> str:
    dates = "no dates" if series.times is None else "dates"
    return f"{', '.join(series.channel_names)} with {dates}"
