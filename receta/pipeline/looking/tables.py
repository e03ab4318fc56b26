"""What are the columns of a table?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.core import naming
from receta.core.amounts import counted
from receta.data.column_uses import Use, find_uses
from receta.data.dataset import Dataset
from receta.data.table import Column
from receta.pipeline.looking.summaries import (
    Shown,
    Summary,
    class_table,
    count_parts,
    list_quarantined,
    show,
    strays,
    summary,
    summary_table,
)

TOP = 5  # categories named of a column


MOST_COLUMNS = 60  # shown to people; JSON has them all


@dataclass(frozen=True)
class ColumnLook:
    """One column: share of missing cells; numbers, dates or the most frequent texts.

    kind: of its cells. use: what a run takes it for (an identifier and free text are left out),
    and why.
    """

    name: str
    kind: str
    use: str
    why: str
    missing: int
    missing_share: float
    distinct: int
    junk: int
    junk_examples: tuple[str, ...]
    numbers: Summary | None
    top: tuple[tuple[str, int], ...]
    earliest: str | None
    latest: str | None

    def row(self) -> tuple[str, ...]:
        """Cells of a printed line about the column."""
        junk = f"{self.junk} ({', '.join(map(repr, self.junk_examples[:2]))})" if self.junk else ""
        missing = f"{self.missing} ({100 * self.missing_share:.3g} %)" if self.missing else "0"
        out = ", left out" if self.use in ("identifier", "text") else ""
        said = (self.name, self.use + out, missing, f"{self.distinct}", junk)
        if self.numbers is not None:
            few = self.numbers
            return (
                *said,
                *map(show, (few.minimum, few.median, few.maximum, few.mean, few.std)),
                "",
            )
        if self.kind == "date":
            return (*said, self.earliest or "", "", self.latest or "", "", "", "")
        return (
            *said,
            "",
            "",
            "",
            "",
            "",
            ", ".join(f"{naming.cut(text, 40)} {n}" for text, n in self.top[:3]),
        )


_HEADS = (
    "column",
    "taken for",
    "missing",
    "different",
    "junk",
    "least",
    "median",
    "most",
    "mean",
    "deviation",
    "most frequent",
)


@dataclass(frozen=True)
class TableLook:
    """What a table holds before anything is trained on it."""

    n: int
    task: str
    target_name: str
    classes: dict[str, int]
    values: Summary | None
    parts: dict[str, int]
    groups: int | None
    columns: tuple[ColumnLook, ...]
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; what does not apply is left out."""
        target: dict[str, Any] = {"name": self.target_name}
        target |= asdict(self.values) if self.values is not None else {"classes": self.classes}
        columns = [
            {name: value for name, value in asdict(column).items() if value is not None}
            for column in self.columns
        ]
        for column in columns:
            column |= column.pop("numbers", {})
            column["top"] = [list(pair) for pair in column["top"]]
        plain = {
            "kind": "table",
            "n": self.n,
            "task": self.task,
            "target": target,
            "parts": self.parts,
            "columns": columns,
            "quarantined": list_quarantined(self.left_out),
        }
        return plain if self.groups is None else {**plain, "groups": self.groups}

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        rows = [column.row() for column in self.columns[:MOST_COLUMNS]]
        if len(self.columns) > MOST_COLUMNS:
            rest = f"and {len(self.columns) - MOST_COLUMNS} more columns, all of them with --json"
            rows.append((rest, *[""] * (len(_HEADS) - 1)))
        columns = counted(len(self.columns), "columns")
        features = (f"{columns} of {counted(self.n, 'rows')}", _HEADS, rows)
        if self.values is None:
            return [
                class_table(self.n, self.classes, f"rows by target {self.target_name!r}"),
                features,
            ]
        return [
            summary_table(f"target {self.target_name!r}, values to predict", self.values),
            features,
        ]


def look_at_table(data: Dataset) -> TableLook:
    """Count and measure every column of the rows of a view."""
    source: Any = data.source
    classes = dict(zip(data.class_names, data.counts().tolist(), strict=True))
    return TableLook(
        n=len(data),
        task=data.task,
        target_name=source.target_name,
        classes=classes,
        values=None if classes else summary(data.targets),
        parts=count_parts(data),
        groups=None if data.groups is None else len(set(data.groups)),
        columns=tuple(map(_column, data.columns, find_uses(data.columns))),
        left_out=strays(data),
    )


def _column(column: Column, use: Use) -> ColumnLook:
    missing = int(column.missing.sum())
    share, junk = (
        round(missing / max(len(column), 1), 6),
        tuple(dict.fromkeys(column.junk.values()))[:TOP],
    )
    numbers: Summary | None = None
    top: tuple[tuple[str, int], ...] = ()
    earliest: str | None = None
    latest: str | None = None
    if column.kind == "number":
        numbers = summary(column.values)
        distinct = numbers.distinct
    elif column.kind == "category":
        counts = np.bincount(column.values[column.values >= 0], minlength=len(column.categories))
        distinct = int((counts > 0).sum())
        order = np.argsort(-counts, kind="stable")[: min(TOP, distinct)].tolist()
        names = (naming.cut(column.categories[position]) for position in order)
        top = tuple(zip(names, (int(counts[position]) for position in order), strict=True))
    else:
        known = np.unique(column.values[~column.missing])
        distinct = len(known)
        if distinct:
            day = bool((known == known.astype("datetime64[D]")).all())
            earliest, latest = (
                str(np.datetime_as_string(known[at], unit="D" if day else "s")) for at in (0, -1)
            )
    return ColumnLook(
        column.name,
        column.kind,
        use.kind,
        use.why,
        missing,
        share,
        distinct,
        len(column.junk),
        junk,
        numbers,
        top,
        earliest,
        latest,
    )
