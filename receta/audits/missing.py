"""Which columns have cells without a value, and does that say something about the target?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import counted, find_touched, ids_at, junk_mask, plain, training

if TYPE_CHECKING:
    from receta.pixels import Pixels

KINDS = ("table", "series")
AFTER = "label_error"
QUESTION = "Is every cell filled?"
FINDS = "share of missing cells, and whether what is missing depends on the target"
WARNS = "any"
EACH_SERIES = True
UNIT = "share"
# A network takes the median in place of a missing cell (kinds/cells), which is made up: one is
# worth a word. How much it matters is a question of the share.
BOUND = 0
# Schafer (1999), "Multiple imputation: a primer": less is inconsequential, however it is filled
_LITTLE = 0.05
_MOST = 0.5  # then most of the column would be made up
_EFFECT = 0.1  # Cohen (1988): a small effect, as Cramer's V or as a correlation
_TOO_GOOD = 0.9  # where `target_leakage` speaks too (balanced accuracy 0.95)
_CHANCE = 1e-4  # of such a link without there being one, shared by all columns (Bonferroni)


def missing(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Share of missing cells, column by column; junk cells are `junk_cells`'.

    `ids`: the rows (the first 10,000), of a series the windows over such a step; `shown`:
    how many, and whether missing goes with the target (link: Cramer's V or correlation).
    """
    findings = []
    inside = None if data.in_time else training(data)
    every = data.channels
    for column in every:
        mask = column.missing & ~junk_mask(column)
        rows = np.flatnonzero(mask)
        if not len(rows):
            continue
        share = len(rows) / len(column)
        link = _link(mask[inside], data.targets[inside], len(every)) if inside is not None else None
        findings.append(
            Finding(
                "missing",
                "warn",
                _rounded(share),
                UNIT,
                f"<= {BOUND}",
                f"column {column.name!r}: {counted(len(rows), 'cells')} of {len(column):,}",
                ids_at(data, find_touched(data, rows)),
                advice=_advice(share, link, data, is_category=column.kind == "category"),
                facts=Facts(column=column.name),
                shown={
                    "column": column.name,
                    "cells": len(rows),
                    "link": plain(link, 3) if link is not None else None,
                },
            )
        )
    return findings or [Finding("missing", "ok", 0, UNIT, f"<= {BOUND}")]


def _rounded(share: float) -> float:
    return float(f"{share:.4g}")


def _advice(share: float, link: float | None, data: Dataset, *, is_category: bool = False) -> str:
    if share == 1:
        return "Nothing stands in this column. Leave it out."
    mend = "Fill it, or leave such rows out (receta clean --fix missing)."
    if data.in_time:
        return (
            "A network takes the mean in place of such a step. Fill the steps from their "
            "neighbours (receta clean --fix missing)."
        )
    if link is not None and link >= _TOO_GOOD:
        return (
            f"Where it is missing, the target is another, nearly always (link {link:.2f}): is it "
            "filled in after the outcome? "
            f"Then leave it out. {mend}"
        )
    if is_category:
        return f"A network takes 'missing' for a category of its own. {mend}"
    if link is not None:
        return (
            f"Where it is missing, the target is another (link {link:.2f}): keep whether it "
            f"is missing as a column. {mend}"
        )
    if share > _MOST:
        return (
            "Most of it would be made up: leave the column out unless what is there matters, "
            "or fill it (receta clean --fix missing)."
        )
    if share <= _LITTLE:
        return f"So few matter little: a network takes the median in their place. {mend}"
    return f"A network takes the median in their place. {mend}"


def _link(mask: np.ndarray, targets: np.ndarray, n_tests: int) -> float | None:
    """How strongly missing goes with the target; None where it may be chance."""
    if targets.ndim != 1 or not 0 < mask.sum() < len(mask):
        return None
    if targets.dtype.kind == "i":
        statistic, degrees = _chi_square(mask, targets)
        n = len(mask)
    else:
        there = np.isfinite(targets)
        ranks, flag = _ranks(targets[there]), mask[there].astype(np.float64)
        n = len(flag)
        spread = ranks.std() * flag.std() if n > 2 else 0.0
        correlation = (
            float(((ranks - ranks.mean()) * (flag - flag.mean())).mean() / spread)
            if spread > 0
            else 0.0
        )
        statistic, degrees = n * correlation**2, 1
    if not n or not degrees:
        return None
    strength = math.sqrt(statistic / n)
    from scipy.stats import chi2

    improbable = float(chi2.sf(statistic, degrees)) * n_tests < _CHANCE
    return min(1.0, strength) if improbable and strength >= _EFFECT else None


def _chi_square(mask: np.ndarray, targets: np.ndarray) -> tuple[float, int]:
    """Pearson's statistic over classes that would have 5 missing cells by chance."""
    totals, gone = np.bincount(targets), np.bincount(targets, weights=mask)
    used = totals * mask.mean() >= 5  # Cochran (1954): below, the test does not hold
    if used.sum() < 2:
        return 0.0, 0
    totals, gone = totals[used], gone[used]
    rate = gone.sum() / totals.sum()
    if not 0 < rate < 1:
        return 0.0, 0
    return float(((gone - totals * rate) ** 2 / (totals * rate * (1 - rate))).sum()), int(
        used.sum()
    ) - 1


def _ranks(values: np.ndarray) -> np.ndarray:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - counts / 2)[which]


def innocent(folder: Path) -> Dataset:
    """A table in which every cell has a value."""
    return tiny_tables.honest()


def culprit(folder: Path) -> Dataset:
    """A tenth of a column is missing."""
    return tiny_tables.honest(age=[np.nan if row % 10 == 3 else 30.0 + row for row in range(60)])
