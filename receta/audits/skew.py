"""Which numbers have so long a tail that few of them rule the rest?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.column_steps import yeo_johnson
from receta.data.dataset import Dataset
from receta.probing.columns import counted, sample, training

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "numeric_category"
QUESTION = "Are the numbers spread evenly enough?"
FINDS = "skewed numbers, and what evens them"
WARNS = "above 2"
UNIT = "skewness"
BOUND = 2  # West, Finch and Curran (1995): a substantial departure from the normal distribution
_DROPPED = 0.005  # of the values at either end, one at least: a single outlier is no tail
_FEWEST_ROWS, _FEWEST_VALUES = 50, 10  # of numbers; flags and small counts are as they are
_COMMONEST = 0.5  # of the cells: where most are zero, no transformation makes a bell of them
_ROWS = 100_000  # looked at
_POWERS = np.arange(-2, 4.01, 0.25)


def skew(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns of numbers that are skewed without their outliers, and what evens them.

    Measured: the skewness without the half per cent at either end. Named only where a
    logarithm or Yeo and Johnson's power halves it. Looks at 100,000 rows of training.
    """
    rows = sample(training(data), _ROWS, "skew")
    findings = []
    for column in data.columns:
        if column.kind != "number":
            continue
        values = column.values[rows]
        values = values[np.isfinite(values)]
        found = _tail(values)
        if found is None:
            continue
        before, after, way = found
        findings.append(
            Finding(
                "skew",
                "warn",
                float(f"{abs(before):.4g}"),
                UNIT,
                f"<= {BOUND:g}",
                f"column {column.name!r}: skewness {before:.3g}, {after:.2g} after {_WORDS[way]}",
                advice=f"A few {'large' if before > 0 else 'small'} numbers rule what is learnt "
                "from it. Let the column be even "
                f"(receta clean --fix skew), unless a tree is all you fit.",
                facts=Facts(column=column.name),
                shown={
                    "column": column.name,
                    "skewness": float(f"{before:.4g}"),
                    "after": float(f"{after:.4g}"),
                    "transform": way,
                },
            )
        )
    return findings or [
        Finding(
            "skew", "ok", 0, UNIT, f"<= {BOUND:g}", f"0 of {counted(len(data.columns), 'columns')}"
        )
    ]


_WORDS = {"log": "a logarithm", "log1p": "log(1 + x)", "yeo_johnson": "Yeo and Johnson's power"}


def _tail(values: np.ndarray) -> tuple[float, float, str] | None:
    """Skewness before and after, and the transformation; None if it is even enough."""
    if len(values) < _FEWEST_ROWS:
        return None
    values = np.sort(values)
    _, counts = np.unique(values, return_counts=True)
    if len(counts) < _FEWEST_VALUES or counts.max() > _COMMONEST * len(values):
        return None
    drop = max(1, int(np.ceil(_DROPPED * len(values))))
    values = values[drop:-drop]
    before = skewness(values)
    if abs(before) <= BOUND:
        return None
    ways: list[tuple[str, Callable[[], np.ndarray]]] = []
    if before > 0 and values[0] > 0:
        ways.append(("log", lambda: np.log(values)))
    elif before > 0 and values[0] >= 0:
        ways.append(("log1p", lambda: np.log1p(values)))
    tried = [(way, skewness(made())) for way, made in ways]
    spread = float(np.quantile(values, 0.75) / 2 - np.quantile(values, 0.25) / 2)
    scaled = (values - np.median(values)) / spread if 0 < spread < np.inf else values
    if not tried or abs(tried[0][1]) > 0.5:  # a logarithm that does is the plainer one
        with np.errstate(all="ignore"):
            tried += [
                ("yeo_johnson", skewness(yeo_johnson(scaled, float(power)))) for power in _POWERS
            ]
    way, after = min(tried, key=lambda one: abs(one[1]) if np.isfinite(one[1]) else np.inf)
    return (before, after, way) if abs(after) <= abs(before) / 2 else None


def skewness(values: np.ndarray) -> float:
    """Third moment of the standardised values; NaN for what is infinite, 0 for equal ones.

    >>> skewness(np.array([1.0, 1.0, 1.0]))
    0.0
    """
    with np.errstate(all="ignore"):
        most = float(np.abs(values).max(initial=0))
        if not np.isfinite(most):
            return float("nan")
        centred = values / most if most > 0 else values
        centred = centred - centred.mean()
        spread = float(np.sqrt((centred**2).mean()))
        return float(((centred / spread) ** 3).mean()) if spread > 1e-12 else 0.0


def innocent(folder: Path) -> Dataset:
    """A bell with one outlier, and small counts."""
    return tiny_tables.honest(
        100,
        height=np.append(tiny_tables.noise(99, "height"), 1e6),
        children=[float(row % 3) for row in range(100)],
    )


def culprit(folder: Path) -> Dataset:
    """Incomes: their logarithms are a bell."""
    return tiny_tables.honest(400, income=np.exp(10 + 1.5 * tiny_tables.noise(400, "income")))
