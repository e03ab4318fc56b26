"""How does an audit look at many series: at each on its own, so that no step follows another's?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import MOST_IDS, series_of

_WORST = ("ok", "warn", "fail")


def split_series(data: Dataset) -> list[Dataset]:
    """A view for each of many series, under the same ids; one for all where there is one alone."""
    source, _ = series_of(data)
    if len(source.names) == 1:
        return [data]
    known = set(data.ids)
    views = []
    for k in range(len(source.names)):
        single: Any = source.single(k)
        single.notes = ()
        whole = Dataset.of(single)
        inside = np.array([name in known for name in whole.ids], bool)
        views.append(whole.take(inside))
    return views


def judge_each(
    judge: Callable[[Dataset, None], list[Finding]], views: list[Dataset]
) -> list[Finding]:
    """What an audit says of all series together: the worst, how much, and where first."""
    every = [judge(view, None) for view in views]
    bad = [one for found in every for one in found if one.verdict != "ok"]
    if not bad:
        first = every[0][0]
        return [dataclasses.replace(first, where=f"in none of {len(views):,} series")]
    worst = max(bad, key=lambda one: _WORST.index(one.verdict))
    series = sum(any(one.verdict != "ok" for one in found) for found in every)
    ids = tuple(name for one in bad for name in one.ids)[:MOST_IDS]
    at = next(k for k, found in enumerate(every) if worst in found)
    source, _ = series_of(views[at])
    total = sum(one.measured or 0 for one in bad)
    measured = max(one.measured or 0 for one in bad) if worst.unit == "share" else total
    said = f"{series:,} of {len(views):,} series; {source.names[0]}: {worst.where}"
    return [dataclasses.replace(worst, measured=measured, where=said, ids=ids)]
