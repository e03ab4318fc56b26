"""Which columns say the same as another one?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.audits.made_up import tiny_tables
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.columns import BITS, bits, codes, counted, plain, sample

if TYPE_CHECKING:
    from receta.data.table import Column
    from receta.pixels import Pixels

KINDS = ("table",)
AFTER = "constant"
QUESTION = "Is every column there only once?"
FINDS = "a column equal to another, a linear copy, or recoded"
WARNS = "correlation 0.99999"
UNIT = "correlation"
# Two rounded columns of one quantity (degrees C and F to a tenth) still reach 0.999996; of
# different quantities in real tables the closest reach 0.998 (radius and perimeter in
# scikit-learn's breast cancer).
BOUND = 0.99999
_RANKS = 0.999  # correlation of ranks too, lest one outlier that both share makes them alike
_ROWS = 2000  # in which pairs of numbers are looked for; each pair is then compared on all rows
_BLOCK = 1000  # columns that are compared with each other at a time
# Bounds of the work: different columns whose pairs are looked for, pairs that are compared on all
# rows, and cells of all these pairs together. Equal columns are found by their digests, without a
# bound.
_MOST_COLUMNS, _MOST_PAIRS, _MOST_CELLS = 10_000, 20_000, 2 * 10**8


def duplicate_column(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Columns that are equal to an earlier one, a linear copy, or the same under other names.

    `shown`: the column, which one it copies, and how (equal, linear with slope and start,
    recoded). What might agree by chance, as two flags in ten rows, is not named. Pairs of
    numbers are looked for in 2,000 rows, then compared on all.
    """
    columns = data.columns
    facts = [_Facts(column) for column in columns]
    copies: dict[int, tuple[int, str, float, dict[str, object]]] = {}
    first: dict[bytes, int] = {}
    for at, fact in enumerate(facts):
        if fact.digest is None:
            continue
        one = first.setdefault(fact.digest, at)
        if one != at:
            copies[at] = (one, "the same under other names", 1.0, {"how": "recoded"})
    linear, left = _linear_copies(columns, facts)
    for other, (one, correlation, slope, start) in linear.items():
        equal = slope == 1 and start == 0
        words = "equal to it" if equal else f"{slope:.6g} times it plus {start:.6g}"
        how: dict[str, object] = (
            {"how": "equal"}
            if equal
            else {"how": "linear", "slope": plain(slope), "start": plain(start)}
        )
        copies[other] = (one, words, correlation, how)
    roots: dict[int, int] = {}
    last = max(copies, default=-1)
    findings = []
    for at, (one, words, correlation, how) in sorted(copies.items()):
        roots[at] = one = roots.get(one, one)  # an earlier column, so its own root is known
        findings.append(
            Finding(
                "duplicate_column",
                "warn",
                float(f"{min(1.0, correlation):.7g}"),
                UNIT,
                f"< {BOUND:g}",
                f"column {columns[at].name!r} says what {columns[one].name!r} does: "
                f"{words}{left * (at == last)}",
                advice="Twice the same counts twice and adds nothing. Leave one of them out "
                "(receta clean --fix duplicate_column).",
                facts=Facts(column=columns[at].name),
                shown={"column": columns[at].name, "same_as": columns[one].name, **how},
            )
        )
    if findings:
        return findings
    return [
        Finding(
            "duplicate_column",
            "ok",
            0,
            UNIT,
            f"< {BOUND:g}",
            f"0 of {counted(len(columns), 'columns')}{left}",
        )
    ]


class _Facts:
    """What is known of a column before it is compared.

    digest: equal for columns that are 1:1, whatever their values are called; None where
    that would prove nothing (all different, or too few rows).
    """

    def __init__(self, column: Column) -> None:
        self.digest: bytes | None = None
        self.varied = True
        if column.kind != "category" and len(column) > 10 * _ROWS:
            _, n_some = codes(
                column.take(sample(np.arange(len(column)), _ROWS, "duplicate_column"))
            )
            if n_some > 0.9 * _ROWS:  # as good as all different: what is a copy of it is linear
                return
        which, n_values = codes(column)
        self.varied = n_values > 1 and bits(which) >= BITS
        # Where hardly any value comes back, every other such column is 1:1 with it; equal texts are
        # found all the same.
        texts = column.kind == "category" and n_values > len(column) / 2
        if not self.varied or (n_values > len(column) / 2 and not texts):
            return
        whole = hashlib.sha256(usedforsecurity=False)
        if texts:
            whole.update("\x1f".join(column.categories).encode("utf-8", "surrogatepass"))
            whole.update(np.ascontiguousarray(column.values).data)
        else:
            firsts = np.full(n_values, len(which), np.int64)
            np.minimum.at(firsts, which, np.arange(len(which)))
            whole.update(np.argsort(np.argsort(firsts))[which].data)
        self.digest = whole.digest()


def _linear_copies(
    columns: tuple[Column, ...], facts: list[_Facts]
) -> tuple[dict[int, tuple[int, float, float, float]], str]:
    """By column of numbers or dates the earliest that it is a linear copy of, and what was not
    compared.

    Equal columns are found by their digests, however many there are; of the others the pairs that
    are close in a sample are compared on all rows, once for each column that is a copy.
    """
    found: dict[int, tuple[int, float, float, float]] = {}
    first: dict[bytes, int] = {}
    usable = []
    for at, column in enumerate(columns):
        if column.kind == "category" or not facts[at].varied:
            continue
        one = first.setdefault(_digest(column), at)
        if one == at:
            usable.append(at)
        elif _linear(columns[one], column) is not None:
            found[at] = (one, 1.0, 1.0, 0.0)
    looked_at = usable[:_MOST_COLUMNS]
    most, tried, skipped = (
        max(len(columns), min(_MOST_PAIRS, _MOST_CELLS // max(1, len(columns[0]))))
        if columns
        else 0,
        0,
        0,
    )
    for one, others in _close(columns, looked_at):
        if one in found:
            continue
        for other in others:
            if other in found:
                continue
            if tried >= most:
                skipped += 1
                continue
            tried += 1
            same = _linear(columns[one], columns[other])
            if same is not None:
                found[other] = (one, *same)
    left = (
        f", of {len(usable):,} different ones the first {_MOST_COLUMNS:,}"
        if len(usable) > len(looked_at)
        else ""
    )
    left += (
        f"; the first {tried:,} of {tried + skipped:,} close pairs were compared" if skipped else ""
    )
    return found, left


def _digest(column: Column) -> bytes:
    """Equal where all numbers are: minus zero is zero, and nothing is nothing."""
    numbers = column.numbers() + 0.0
    whole = hashlib.sha256(usedforsecurity=False)
    whole.update(np.where(np.isnan(numbers), np.nan, numbers).data)
    return whole.digest()


def _close(columns: tuple[Column, ...], usable: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Columns in order, each with the later ones that are close to linear with it in a sample."""
    if len(usable) < 2:
        return
    rows = sample(np.arange(len(columns[0])), _ROWS, "duplicate_column")
    values = np.full((len(rows), len(usable)), np.nan)
    for k, at in enumerate(usable):
        some = columns[at].take(rows).numbers()
        values[:, k] = np.where(np.isfinite(some), some, np.nan)
    there = np.isfinite(values)
    with np.errstate(all="ignore"):
        scale = np.nanmax(np.abs(np.where(there, values, 0)), axis=0)
        values = np.where(there, values / np.where(scale > 0, scale, 1), 0)
        n = there.sum(axis=0)
        values = np.where(there, values - values.sum(axis=0) / np.maximum(n, 1), 0)
        spread = np.sqrt((values**2).sum(axis=0))
        values = values / np.where(spread > 0, spread, 1)
    is_whole = bool(there.all())
    places = np.array(usable)
    for left in range(0, len(usable), _BLOCK):
        one = slice(left, left + _BLOCK)
        close = np.zeros((values[:, one].shape[1], len(usable)), bool)
        for right in range(left, len(usable), _BLOCK):
            other = slice(right, right + _BLOCK)
            product = np.abs(values[:, one].T @ values[:, other])
            if not is_whole:  # scaled by the rows in which both have a value
                flags_one, flags_other = (
                    there[:, one].astype(np.float64),
                    there[:, other].astype(np.float64),
                )
                with np.errstate(all="ignore"):
                    product /= np.sqrt(
                        (values[:, one] ** 2).T
                        @ flags_other
                        * (flags_one.T @ values[:, other] ** 2)
                    )
            # roughly: the means are those of all rows of each column
            close[:, other] = product > 0.99
        for k, row in enumerate(close):
            row[: left + k + 1] = False
            yield usable[left + k], places[row].tolist()


def _linear(one: Column, other: Column) -> tuple[float, float, float] | None:
    """Correlation, slope and start if the second is a linear copy of the first."""
    x, y = one.numbers(), other.numbers()
    there = np.isfinite(x) & np.isfinite(y)
    if there.sum() < max(3, 0.5 * max(np.isfinite(x).sum(), np.isfinite(y).sum())):
        return None
    if (there.sum() == len(x) or bool((np.isnan(x) == np.isnan(y)).all())) and bool(
        (x == y)[there].all()
    ):
        return 1.0, 1.0, 0.0
    x, y = x[there], y[there]
    with np.errstate(all="ignore"):
        scale_x, scale_y = np.abs(x).max(), np.abs(y).max()
        centred_x, centred_y = x / scale_x, y / scale_y
        centred_x, centred_y = centred_x - centred_x.mean(), centred_y - centred_y.mean()
        sums = (centred_x @ centred_x, centred_x @ centred_y, centred_y @ centred_y)
        correlation = abs(sums[1]) / np.sqrt(sums[0] * sums[2])
        slope = sums[1] / sums[0] * scale_y / scale_x
        start = float(y.mean() - slope * x.mean())
    if not np.isfinite([correlation, slope, start]).all() or correlation < BOUND:
        return None
    some = sample(np.arange(len(x)), 5 * _ROWS, "duplicate_column", "ranks")
    ranks = [
        np.unique(values[some], return_inverse=True)[1].astype(np.float64) for values in (x, y)
    ]
    with np.errstate(all="ignore"):
        agree = (
            abs(np.corrcoef(ranks[0], ranks[1])[0, 1])
            if min(np.ptp(rank) for rank in ranks) > 0
            else 0.0
        )
    return (float(correlation), float(slope), start) if agree >= _RANKS else None


def innocent(folder: Path) -> Dataset:
    """Two columns that go together closely, but not all the way."""
    height = tiny_tables.noise(60, "height")
    return tiny_tables.honest(60, height=height, arm=height + 0.05 * tiny_tables.noise(60, "arm"))


def culprit(folder: Path) -> Dataset:
    """One column in other units, and one in other words."""
    celsius = np.round(15 + 8 * tiny_tables.noise(60, "celsius"), 1)
    city = [("Paris", "Lima", "Rome")[row * row % 7 % 3] for row in range(60)]
    return tiny_tables.honest(
        60,
        celsius=celsius,
        fahrenheit=1.8 * celsius + 32,
        city=city,
        city_code=[{"Paris": 11.0, "Lima": 5.0, "Rome": 7.0}[one] for one in city],
    )
