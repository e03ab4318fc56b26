"""How does a source look with fewer rows, other labels, other parts or other columns?"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from receta.data.dataset import Dataset, Kind, Source, Task
from receta.data.marks import Marks
from receta.data.origin import Origin
from receta.data.series import Series
from receta.data.table import Column, Table


class Derived:
    """Some rows of another source, perhaps under other labels or in other parts.

    rows (n,): positions in the other source. What else that one knows (the values of a
    series, its window) is asked of it.
    """

    kind: Kind
    task: Task
    ids: Sequence[str]
    parts: Sequence[str] | None
    groups: Sequence[str] | None
    notes: Sequence[str] = ()

    def __init__(
        self,
        source: Source,
        rows: np.ndarray,
        *,
        marks: Marks,
        name: str = "",
        stamp: str = "",
    ) -> None:
        self.source, self.rows = source, rows
        self.kind, self.task = source.kind, source.task
        self.ids, self.targets = marks.ids, marks.targets
        self.class_names = tuple(marks.class_names)
        self.parts, self.groups, self.strays = marks.parts, marks.groups, tuple(marks.strays)
        self._name, self._stamp = name, stamp

    def __len__(self) -> int:
        return len(self.rows)

    def raw(self, row: int) -> bytes | np.ndarray:
        """What the other source stores for the row."""
        return self.source.raw(int(self.rows[row]))

    def __getitem__(self, row: int) -> np.ndarray:
        """The example as the other source gives it."""
        return self.source[int(self.rows[row])]

    def stamp(self) -> str:
        """Changes when the other source does, or what is done to it."""
        return self._stamp or f"{self.source.stamp()}/derived"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "source":  # asked for while it is unpickled
            raise AttributeError(name)
        return getattr(self.source, name)

    def __repr__(self) -> str:
        return self._name or f"derived({self.source!r})"


def with_labels(data: Dataset, targets: np.ndarray, class_names: Sequence[str]) -> Dataset:
    """The same view under other labels; targets (n of the source,) int64."""
    source = data.source
    if isinstance(source, Table):
        changed: Any = source.replaced(targets=targets, class_names=tuple(class_names))
    else:
        changed = _derive(source, targets=targets, class_names=tuple(class_names))
    return _view(data, changed, targets[data.rows], origin=data.origin.after_change())


def with_parts(data: Dataset, parts: Sequence[str]) -> Dataset:
    """The same view with a part for each row of the source."""
    source = data.source
    changed: Any = (
        source.replaced(parts=list(parts))
        if isinstance(source, Table)
        else _derive(source, parts=list(parts))
    )
    return _view(data, changed, data.targets, origin=data.origin)


def with_columns(data: Dataset, columns: Sequence[Column]) -> Dataset:
    """The same view of a table with other columns, each of the source's length."""
    source: Any = data.source
    changed = source.replaced(columns=tuple(columns))
    return _view(data, changed, data.targets, origin=data.origin.after_change())


def _view(data: Dataset, source: Any, targets: np.ndarray, *, origin: Origin) -> Dataset:
    """The same rows of a changed source; a plain Dataset, for inputs may have changed too."""
    return Dataset(source, data.rows, targets, data.left_out, data.notes, origin)


def with_steps(
    series: Series,
    values: np.ndarray,
    times: np.ndarray | None,
    origin: np.ndarray,
    file_order: np.ndarray | None = None,
) -> Series:
    """A single series of other steps: values (steps, channels), times (steps,).

    origin (steps,): which step of the old series each is, -1 for a new one. file_order:
    that of the old steps, new ones after the step before them, unless given.
    """
    if file_order is None:
        at = np.maximum.accumulate(np.where(origin < 0, 0, np.arange(len(origin))))
        places = series.file_order[np.maximum(origin, 0)][at]
        file_order = np.argsort(np.argsort(places, kind="stable"), kind="stable")
    junk = {}
    if series.junk:
        now = {old: new for new, old in enumerate(origin.tolist()) if old >= 0}
        junk = {now[row]: text for row, text in series.junk.items() if row in now}
    changed = series.replaced(
        values=values,
        times=times,
        file_order=file_order,
        junk=junk,
        ends=np.array([len(values)]),
        first_test=_move_test(series, times),
    )
    # parts that the data name are of windows, and these are still the same
    if len(changed) == len(series):
        changed.parts, changed.groups = series.parts, series.groups
    return changed


def series_of(data: Dataset) -> tuple[Series, np.ndarray]:
    """The series under a view, and (n,) the step at which each of its windows begins."""
    source: Any = data.source
    rows = data.rows
    while isinstance(source, Derived):
        source, rows = source.source, source.rows[rows]
    if not isinstance(source, Series):
        raise TypeError(f"{source!r} is no series")
    return source, source.starts[np.asarray(rows, np.int64)]


def _move_test(series: Series, times: np.ndarray | None) -> np.ndarray | None:
    """(1,) the step from which the test part follows, among steps of other times."""
    if series.first_test is None or series.times is None or times is None:
        return series.first_test
    at = int(series.first_test[0])
    if at >= len(series.times):
        return np.array([len(times)])
    return np.searchsorted(times, series.times[at : at + 1])


def flatten(data: Dataset, name: str, stamp: str) -> Source:
    """A source that holds exactly what a view shows; what was left out are its strays.

    name: how its repr begins, such as "cleaned('out'".
    """
    source: Any = data.source
    parts = None if source.parts is None else list(data.parts)
    groups = None if data.groups is None else list(data.groups)
    if isinstance(source, Table):
        table = source.replaced(
            columns=data.columns,
            targets=data.targets,
            ids=list(data.ids),
            parts=parts,
            groups=groups,
            strays=data.left_out,
            version=stamp,
        )
        table.name = name
        return table
    if isinstance(source, Series) and len(data) == len(source):
        series = copy.copy(source)
        series.name, series.strays, series.version = name, data.left_out, stamp
        return series  # type: ignore[return-value]
    classes = f", {len(data.class_names)} {data.task}" if data.class_names else ""
    return Derived(
        source,
        data.rows,
        marks=Marks(list(data.ids), data.targets, data.class_names, parts, groups, data.left_out),
        name=f"{name}, {len(data)} {data.noun.many}{classes})",
        stamp=stamp,
    )


def _derive(source: Source, **changes: Any) -> Derived:
    """The source with some attributes changed; changes of changes are not stacked up."""
    rows, stamp = np.arange(len(source), dtype=np.int64), f"{source.stamp()}/{sorted(changes)}"
    now: dict[str, Any] = {
        name: getattr(source, name) for name in ("ids", "targets", "class_names", "parts", "groups")
    }
    if isinstance(source, Derived):
        rows = source.rows
        source = source.source
    return Derived(source, rows, marks=Marks(**{**now, **changes}), stamp=stamp)
