"""What is a network of tables fed? The cells of each row, by what the training part told of them.

The columns stay as they were read until the training part is known: then texts become places in
its vocabulary. Digests are of what was read, so that they do not depend on it.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.core.spec import ColumnSpec, Spec
from receta.data.column_uses import find_uses
from receta.data.dataset import Dataset, content_digest, fingerprint
from receta.data.table import Column
from receta.kinds.cells.learning import learn_column
from receta.kinds.cells.reading import fill_cells

_ORDER = ("number", "date", "category")  # of the cells


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a table as a network takes them, by source row.

    columns: what was read, in the order of the columns of the spec. is_learnt: whether the spec
    holds what a training part told. coarse: columns whose numbers float32 rounds so that it
    matters.
    """

    columns: tuple[Column, ...]
    specs: tuple[Spec, ...]
    reasons: Mapping[int, str] = field(default_factory=dict)
    is_learnt: bool = False
    coarse: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.specs[0].shape

    @functools.cached_property
    def values(self) -> np.ndarray:
        """(n, cells) float32 of all rows, NaN where one is missing."""
        pairs = zip(self.columns, self.specs[0].columns, strict=True)
        with np.errstate(over="ignore"):
            cells = [fill_cells(column, spec).astype(np.float32) for column, spec in pairs]
        return np.concatenate(cells, axis=1)

    @functools.cached_property
    def digests(self) -> np.ndarray:
        """(n,) S32: the raw cells of each row, hashed."""
        raw = np.stack([_hashable(column) for column in self.columns], axis=1)
        return np.array([content_digest(row).hex() for row in raw], "S32")

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Cells of some rows: (k, cells) float32."""
        return self.values[np.asarray(rows, np.int64)]

    def fingerprint(self, data: Dataset) -> str:
        """Text that changes when an id, a target or a cell of the data does."""
        return fingerprint(data, (bytes.fromhex(self.digests[row].decode()) for row in data.rows))

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the examples were read."""
        return {"shape": list(self.shape)}

    def learn_from(self, train: Dataset) -> Rows:
        """The same rows, with what those of a training part tell; as they are where that is known.

        Vocabularies, medians and pieces follow from these rows alone.
        """
        if self.is_learnt:
            return self
        (spec,) = self.specs
        learnt = tuple(
            learn_column(column.take(train.rows), one)
            for column, one in zip(self.columns, spec.columns, strict=True)
        )
        return dataclasses.replace(
            self, specs=(dataclasses.replace(spec, columns=learnt),), is_learnt=True
        )


def _hashable(column: Column) -> np.ndarray:
    """(n,) int64 that stand for the cells of a column as they were read."""
    if column.kind == "category":
        each = [_number_of_text(text) for text in column.categories]
        return np.array([*each, 0], np.int64)[column.values]
    if column.kind == "date":
        return column.values.astype("datetime64[s]").astype(np.int64)
    return np.asarray(column.values + 0.0, np.float64).view(np.int64)


def _number_of_text(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def rows_of(columns: Sequence[Column], target: str) -> tuple[tuple[Column, ...], Spec]:
    """The columns that a network can take, in the order of its cells, and what they are.

    Before anything is learnt each vocabulary holds all texts.
    """
    uses = find_uses(columns)
    taken = [(column, use.takes) for column, use in zip(columns, uses, strict=True) if use.takes]
    ordered = sorted(taken, key=lambda one: _ORDER.index(str(one[1])))
    from receta.codecs.recasting import recast

    cast = tuple(recast(column, kind) for column, kind in ordered if kind)
    specs = tuple(
        ColumnSpec(column.name, column.kind, vocabulary=column.categories) for column in cast
    )
    names = tuple(name for one in specs for name in one.cells)
    spec = Spec(
        "cells", (len(names),), "float32", "cell", fields=names, target=target, columns=specs
    )
    return cast, spec


def columns_of(spec: Spec) -> tuple[ColumnSpec, ...]:
    """The columns of a network's input; of earlier versions each field is one of numbers."""
    return spec.columns or tuple(
        ColumnSpec(name, "number", mean=mean, middle=mean, spread=spread, reach=spread)
        for name, mean, spread in zip(
            spec.fields,
            spec.mean or (0.0,) * len(spec.fields),
            spec.spread or (1.0,) * len(spec.fields),
            strict=True,
        )
    )
