"""What do all fixes work with: the data so far, and the part that may be learnt from?"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from receta import splitting
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.data import steps
from receta.data.dataset import PARTS, Dataset
from receta.data.table import Column

Step = steps.Step


@dataclass(frozen=True)
class Entry:
    """One line of the journal: what a fix does, to how many, and because of which finding.

    n and unit: how many examples, cells, columns or steps. why: the finding in words, or
    that it was asked for. steps: what is applied, as plain JSON.
    """

    code: str
    method: str
    n: int
    unit: str
    what: str
    why: str
    steps: tuple[Step, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain dict for the manifest."""
        return {
            "code": self.code,
            "method": self.method,
            "n": self.n,
            "unit": self.unit,
            "what": self.what,
            "why": self.why,
            "steps": list(self.steps),
        }


class Work:
    """Data that fixes are taken on one after the other."""

    def __init__(
        self,
        data: Dataset,
        recipe: Recipe,
        spared: Collection[str] = (),
        *,
        borders: Sequence[int] | None = None,
    ) -> None:
        """borders: on the clock of many series, where a later part begins; None: as split."""
        self.data, self.recipe, self.spared = data, recipe, frozenset(spared)
        self.borders = borders
        self.entries: list[Entry] = []
        self.notes: list[str] = []
        self._inside: tuple[Dataset, np.ndarray] | None = None

    def take(self, entry: Entry) -> None:
        """Apply an entry and note it."""
        self.data = steps.apply(self.data, entry.steps)
        self.entries.append(entry)

    def leave_out(
        self,
        reasons: dict[str, str],
        code: str,
        found: Sequence[Finding],
        *,
        method: str = "leave_out",
        always: bool = False,
    ) -> list[Entry]:
        """The entry that leaves examples out, unless they are spared or gone."""
        here = set(self.data.ids)
        reasons = {
            one: why
            for one, why in reasons.items()
            if one in here and (always or one not in self.spared)
        }
        if not reasons:
            return []
        what = f"left out {counted(len(reasons), 'examples')}: {listed(list(reasons))}"
        return [
            Entry(
                code,
                method,
                len(reasons),
                "examples",
                what,
                why(found),
                ({"do": "leave_out", "reasons": reasons},),
            )
        ]

    def column(self, name: object) -> Column | None:
        """A column of the table as it is by now, on the rows of the view; None if gone."""
        return next((column for column in self.data.columns if column.name == name), None)

    def columns_of(
        self, found: Iterable[Finding], kinds: Collection[str] = ("number", "category", "date")
    ) -> list[tuple[Column, Finding]]:
        """The columns that findings name, as they are by now."""
        pairs = [(self.column(name), finding) for name, finding in by_column(found).items()]
        return [
            (column, finding)
            for column, finding in pairs
            if column is not None and column.kind in kinds
        ]

    @functools.cached_property
    def _train_ids(self) -> frozenset[str]:
        """Ids that may be learnt from; a split that had to be made is kept with the data.

        Otherwise another split later could judge by what the numbers here were learnt from.
        """
        parts = splitting.split(self.data, self.recipe)
        named = parts.named()
        own = dict(zip(self.data.ids, self.data.parts, strict=True))
        settled = all(
            (own[one] or "train") == part for part, some in named.items() for one in some.ids
        )
        if not settled:
            step = {"do": "set_parts", **{part: list(named[part].ids) for part in PARTS[1:]}}
            sizes = ", ".join(f"{part} {len(some)}" for part, some in named.items())
            self.take(
                Entry(
                    "parts",
                    "split",
                    len(self.data),
                    "examples",
                    f"settled the parts: {sizes}",
                    "what is learnt is learnt on the training part alone; "
                    f"{splitting.how(self.data, self.recipe)}",
                    (step,),
                )
            )
        return frozenset(parts.train.ids)

    def training(self) -> np.ndarray:
        """(n,) bool: which examples of the view may be learnt from."""
        learnable = self._train_ids
        if self._inside is None or self._inside[0] is not self.data:
            self._inside = self.data, np.array([one in learnable for one in self.data.ids], bool)
        return self._inside[1]

    def learnt_from(self, column: Column) -> np.ndarray:
        """The values that a column has in the training part, without missing and infinite ones."""
        # The training part first: settling it renews the view.
        inside = self.training()
        there = ~column.missing & inside
        values = column.values[there]
        return values[np.isfinite(values)] if column.kind == "number" else values


def by_column(found: Iterable[Finding]) -> dict[str, Finding]:
    """The findings about columns of a table, by the column's name."""
    return {finding.facts.column: finding for finding in found if finding.facts.column}


def why(found: Sequence[Finding]) -> str:
    """The findings in words; the first when there are many."""
    if not found:
        return "asked for"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return replace(found[0], advice="").sentence() + more


def counted(n: int, unit: str) -> str:
    """A number with its unit.

    >>> counted(1, "cells"), counted(2, "cells")
    ('1 cell', '2 cells')
    """
    return f"{n} {unit.removesuffix('s') if n == 1 else unit}"


def listed(names: Sequence[str], most: int = 10) -> str:
    """The first names, and how many more there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def sets_of(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Sets of ids that pairs join, directly or by way of others.

    >>> sets_of([("a", "b"), ("c", "d"), ("b", "e")])
    [['a', 'b', 'e'], ['c', 'd']]
    """
    above: dict[str, str] = {}

    def top(one: str) -> str:
        while above.setdefault(one, one) != one:
            above[one] = one = above[above[one]]
        return one

    for one, other in pairs:
        top(one)
        above[top(other)] = top(one)
    joined: dict[str, list[str]] = {}
    for one in above:
        joined.setdefault(top(one), []).append(one)
    return list(joined.values())
