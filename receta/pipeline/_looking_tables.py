"""What are the columns of a table, the steps of a series and the lengths of texts?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.core.reading import in_reading_order
from receta.data.dataset import Dataset
from receta.data.table import Column

Rows = list[tuple[str, ...]]
Shown = list[tuple[str, tuple[str, ...], Rows]]  # tables to print: title, heads, rows
TOP = 5  # categories named of a column
MOST_COLUMNS = 60  # shown to people; JSON has them all


@dataclass(frozen=True)
class Summary:
    """Numbers in short: over those that are finite, None where there are none.

    missing: not there at all; infinite: there, but no number to reckon with.
    """

    n: int
    missing: int
    infinite: int
    distinct: int
    minimum: float | None
    median: float | None
    maximum: float | None
    mean: float | None
    std: float | None


@dataclass(frozen=True)
class ColumnLook:
    """One column: share of missing cells; numbers, dates or the most frequent texts."""

    name: str
    kind: str
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
        said = (self.name, self.kind, missing, f"{self.distinct}", junk)
        if self.numbers is not None:
            few = self.numbers
            return (
                *said,
                *map(shown, (few.minimum, few.median, few.maximum, few.mean, few.std)),
                "",
            )
        if self.kind == "date":
            return (*said, self.earliest or "", "", self.latest or "", "", "", "")
        return (*said, "", "", "", "", "", ", ".join(f"{text} {n}" for text, n in self.top[:3]))


_HEADS = (
    "column",
    "kind",
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
            "quarantined": quarantined(self.left_out),
        }
        return plain if self.groups is None else {**plain, "groups": self.groups}

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        rows = [column.row() for column in self.columns[:MOST_COLUMNS]]
        if len(self.columns) > MOST_COLUMNS:
            rest = f"and {len(self.columns) - MOST_COLUMNS} more columns, all of them with --json"
            rows.append((rest, *[""] * (len(_HEADS) - 1)))
        features = (f"{len(self.columns)} columns of {self.n:,} rows", _HEADS, rows)
        if self.values is None:
            return [
                class_table(self.n, self.classes, f"rows by target {self.target_name!r}"),
                features,
            ]
        return [
            summary_table(f"target {self.target_name!r}, values to predict", self.values),
            features,
        ]


@dataclass(frozen=True)
class SeriesLook:
    """What a series holds: steps from and to, and how far apart they are."""

    n: int
    steps: int
    window: int
    horizon: int
    channels: tuple[tuple[str, Summary], ...]
    junk: int
    start: str | None
    end: str | None
    typical_step: str | None
    irregular_steps: int
    duplicate_times: int
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = asdict(self)
        plain["channels"] = {name: asdict(summary) for name, summary in self.channels}
        del plain["left_out"]
        return {
            "kind": "series",
            **plain,
            "task": "values",
            "quarantined": quarantined(self.left_out),
        }

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        rows: Rows = [
            ("windows", f"{self.n:,}"),
            ("steps", f"{self.steps:,}"),
            ("window", f"{self.window} steps"),
            ("horizon", f"{self.horizon} steps"),
        ]
        if self.start is not None:
            rows += [
                ("from", self.start),
                ("to", self.end or ""),
                ("typical step", self.typical_step or ""),
                ("steps of another length", f"{self.irregular_steps:,}"),
                ("times that come twice", f"{self.duplicate_times:,}"),
            ]
        if self.junk:
            rows.append(("cells that are no numbers", f"{self.junk:,}"))
        return [
            ("series", ("what", "value"), rows),
            *(summary_table(f"channel {name!r}", few) for name, few in self.channels),
        ]


@dataclass(frozen=True)
class TokensLook:
    """What texts as numbers of words hold: how many, how long, which numbers."""

    n: int
    classes: dict[str, int]
    parts: dict[str, int]
    lengths: Summary
    smallest_token: int | None
    largest_token: int | None
    distinct_tokens: int
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = asdict(self)
        del plain["left_out"]
        return {"kind": "tokens", **plain, "quarantined": quarantined(self.left_out)}

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        words: Rows = [
            ("different", f"{self.distinct_tokens:,}"),
            ("smallest number", str(self.smallest_token)),
            ("largest number", str(self.largest_token)),
        ]
        classes = class_table(self.n, self.classes, "texts")
        return [
            classes,
            summary_table("steps of a text", self.lengths),
            ("words", ("what", "value"), words),
        ]


def look_at_table(data: Dataset) -> TableLook:
    """Count and measure every column of the rows of a view."""
    source: Any = data.source
    is_classes = data.task == "classes"
    classes = dict(zip(data.class_names, data.counts().tolist(), strict=True)) if is_classes else {}
    return TableLook(
        n=len(data),
        task=data.task,
        target_name=source.target_name,
        classes=classes,
        values=None if is_classes else summary(data.targets),
        parts=count_parts(data),
        groups=None if data.groups is None else len(set(data.groups)),
        columns=tuple(_column(column) for column in data.columns),
        left_out=strays(data),
    )


def look_at_series(data: Dataset) -> SeriesLook:
    """Measure the steps of a series, all of them."""
    series: Any = data.source
    start = end = typical = None
    irregular = twice = 0
    times = series.times
    if times is not None and len(times):
        names = series.step_names()
        start, end = names[0], names[-1].partition("#")[0]
        steps = np.diff(times)
        twice = int((steps == np.timedelta64(0)).sum())
        typical, irregular = _rhythm(times)
    channels = tuple(
        (name, summary(series.values[:, at])) for at, name in enumerate(series.channel_names)
    )
    return SeriesLook(
        n=len(data),
        steps=len(series.values),
        window=series.window,
        horizon=series.horizon,
        channels=channels,
        junk=len(series.junk),
        start=start,
        end=end,
        typical_step=typical,
        irregular_steps=irregular,
        duplicate_times=twice,
        left_out=strays(data),
    )


def look_at_tokens(data: Dataset) -> TokensLook:
    """Count the steps and the different words of texts."""
    lengths = np.zeros(len(data), np.int64)
    seen: set[int] = set()
    for position, example in enumerate(data):
        lengths[position] = len(example)
        seen.update(np.unique(example).tolist())
    return TokensLook(
        n=len(data),
        classes=dict(zip(data.class_names, data.counts().tolist(), strict=True))
        if data.task == "classes"
        else {},
        parts=count_parts(data),
        lengths=summary(lengths),
        smallest_token=min(seen, default=None),
        largest_token=max(seen, default=None),
        distinct_tokens=len(seen),
        left_out=strays(data),
    )


def summary(values: np.ndarray) -> Summary:
    """Numbers of any shape in short.

    >>> summary(np.array([1.0, 2.0, np.nan, np.inf])).mean
    1.5
    """
    flat = np.asarray(values, np.float64).reshape(-1)
    known = np.sort(flat[~np.isnan(flat)])
    distinct = int((known[1:] != known[:-1]).sum()) + 1 if len(known) else 0
    infinite = int(np.isinf(known).sum())
    finite = known[np.isfinite(known)] if infinite else known
    # sums of huge numbers end in infinity, which is shown as nothing
    with np.errstate(all="ignore"):
        figures = (
            [finite[0], np.median(finite), finite[-1], finite.mean(), finite.std()]
            if len(finite)
            else [np.nan] * 5
        )
    minimum, median, maximum, mean, std = (plain(float(figure)) for figure in figures)
    return Summary(
        len(flat), len(flat) - len(known), infinite, distinct, minimum, median, maximum, mean, std
    )


def plain(figure: float) -> float | None:
    """Six significant digits, None for what JSON has no word for."""
    return float(f"{figure:.6g}") if np.isfinite(figure) else None


def shown(figure: float | None) -> str:
    """A figure for people."""
    return "" if figure is None else f"{figure:.5g}"


def quarantined(left_out: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """What was left out, as JSON has it."""
    return [{"id": name, "reason": reason} for name, reason in left_out]


def strays(data: Dataset) -> tuple[tuple[str, str], ...]:
    """What was left out so far: id and reason of each."""
    return tuple((gone.id, gone.reason) for gone in data.left_out)


def count_parts(data: Dataset) -> dict[str, int]:
    """How many examples each part has that the data themselves name."""
    return {name or "not said": data.parts.count(name) for name in dict.fromkeys(data.parts)}


def class_table(
    n: int, classes: dict[str, int], title: str, task: str = "classes"
) -> tuple[str, tuple[str, ...], Rows]:
    """Counts of classes, to be printed."""
    most = max(classes.values(), default=0)
    rows: Rows = [
        (name, f"{count:,}", f"{count / max(n, 1):.1%}", "█" * round(24 * count / max(most, 1)))
        for name, count in in_reading_order(classes)
    ]
    return (
        f"{n:,} {title}, {len(classes)} {task}",
        ("label" if task == "labels" else "class", "examples", "share", ""),
        rows,
    )


def summary_table(title: str, few: Summary) -> tuple[str, tuple[str, ...], Rows]:
    """Figures in short, to be printed."""
    rows: Rows = [
        ("examples", f"{few.n:,}"),
        ("missing", f"{few.missing:,}"),
        ("different", f"{few.distinct:,}"),
        ("least", shown(few.minimum)),
        ("median", shown(few.median)),
        ("most", shown(few.maximum)),
        ("mean", shown(few.mean)),
        ("deviation", shown(few.std)),
    ]
    rows += [("infinite", f"{few.infinite:,}")] * bool(few.infinite)
    return title, ("what", "value"), rows


def _column(column: Column) -> ColumnLook:
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
        top = tuple((column.categories[position], int(counts[position])) for position in order)
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


def _rhythm(times: np.ndarray) -> tuple[str | None, int]:
    """The step that most times are apart, in words, and how many steps are of another length."""
    for unit, word in (("Y", "year"), ("M", "month")):  # of lengths that differ by themselves
        whole = times.astype(f"datetime64[{unit}]")
        if (times == whole).all() and len(np.unique(whole)) > 1:
            steps = np.diff(whole.astype(np.int64))
            return _most(steps, word)
    unit = np.datetime_data(times.dtype)[0]
    seconds = np.diff(times).astype(np.float64) / (1000 if unit == "ms" else 1)
    for size, word in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if len(seconds) and (np.median(seconds) % size == 0) and np.median(seconds) >= size:
            return _most(seconds / size, word)
    return _most(seconds, "second")


def _most(steps: np.ndarray, word: str) -> tuple[str | None, int]:
    if not len(steps):
        return None, 0
    lengths, counts = np.unique(steps, return_counts=True)
    typical = float(lengths[np.argmax(counts)])
    return f"{typical:g} {word}{'s' * (typical != 1)}", int(len(steps) - counts.max())
