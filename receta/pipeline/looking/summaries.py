"""How are numbers, counts and what was left out told in short?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta import tasks
from receta.core.reading import in_reading_order
from receta.data.dataset import Dataset

Rows = list[tuple[str, ...]]


Shown = list[tuple[str, tuple[str, ...], Rows]]  # tables to print: title, heads, rows


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


def show(figure: float | None) -> str:
    """A figure for people."""
    return "" if figure is None else f"{figure:.5g}"


def list_quarantined(left_out: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
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
        (tasks.of(task).NOUN[0], "examples", "share", ""),
        rows,
    )


def summary_table(title: str, few: Summary) -> tuple[str, tuple[str, ...], Rows]:
    """Figures in short, to be printed."""
    rows: Rows = [
        ("examples", f"{few.n:,}"),
        ("missing", f"{few.missing:,}"),
        ("different", f"{few.distinct:,}"),
        ("least", show(few.minimum)),
        ("median", show(few.median)),
        ("most", show(few.maximum)),
        ("mean", show(few.mean)),
        ("deviation", show(few.std)),
    ]
    rows += [("infinite", f"{few.infinite:,}")] * bool(few.infinite)
    return title, ("what", "value"), rows
