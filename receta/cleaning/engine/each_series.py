"""How is a fix taken on many series: on each on its own, as one entry of the journal?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from receta.cleaning.engine.planning import Entry, Work, why
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.splitting import split

Mend = Callable[[Work, list[Finding], str, str], list[Entry]]


def holds_many(data: Dataset) -> bool:
    """Whether the data are several series."""
    return data.in_time and len(getattr(data.source, "names", ())) > 1


def mend_each(mend: Mend, work: Work, found: list[Finding], way: tuple[str, str]) -> list[Entry]:
    """The entries of a fix for all series; each of their steps names the series that it is for.

    way: the code of the findings, and the method.
    """
    source: Any = work.data.source
    borders = _find_borders(work)
    entries = []
    for k, name in enumerate(source.names):
        single = Work(Dataset.of(source.single(k)), work.recipe, borders=borders)
        entries += [(name, one) for one in mend(single, found, *way)]
    if not entries:
        return []
    names, n = {name for name, _ in entries}, sum(one.n for _, one in entries)
    steps = tuple({**step, "series": [name]} for name, one in entries for step in one.steps)
    first = entries[0][1]
    what = f"in {len(names):,} of {len(source.names):,} series; {entries[0][0]}: {first.what}"
    return [Entry(first.code, first.method, n, first.unit, what, why(found), steps)]


def _find_borders(work: Work) -> list[int]:
    """On the clock of all series: where validation and test begin to be forecast."""
    source: Any = work.data.source
    try:
        parts = split(work.data, work.recipe)
    except InputError:  # too short to be split: it is one part
        return []
    clock = source.clock
    return [
        int(clock[source.starts[part.rows] + source.window].min())
        for part in (parts.validation, parts.test)
    ]
