"""How are rows of a table read? Numbers, categories and dates as they are, by name of the column.

What becomes of the cells are layers of the network, learnt on the training part (`kinds/cells`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.codecs.recasting import recast
from receta.core import naming
from receta.core.amounts import figure
from receta.core.errors import InputError
from receta.core.spec import ColumnSpec, Spec
from receta.data.dataset import Dataset, Quarantined
from receta.data.nouns import NOUNS
from receta.data.table import Column
from receta.kinds import _numbers, _tables, cells
from receta.kinds._requests import schema_of_row, show_row, take_row
from receta.kinds._sharing import share_rows, translate_rows
from receta.kinds._spoilt import spoil_rows
from receta.kinds.cells import Rows

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.examples import Examples, Parts

AFTER = "pictures"
KIND = "table"
NOUN = NOUNS["table"]
MEANINGS = ("cell", "number")  # the second one of runs of earlier versions
# Rows in a step, of which an epoch of few rows has about 8; steps and epochs in all.
_MOST_SHOWN = 20  # columns that a message lists
_BATCHES, _STEPS, _MANY = (16, 32, 64, 128, 256), 8, 200_000
_STEPS_IN_ALL, _FEWEST, _MOST = 3_000, 4, 150
RUNGS = ("prior", "linear", "boosting", "mlp", "tabular")
FEW = 30  # of 4 rows more than one layer learns nothing that a line does not (LOG.md, 2026-11-30)
schema, show, spoil, take = schema_of_row, show_row, spoil_rows, take_row
share, translate = share_rows, translate_rows


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Rows:
    """The columns that a network can take; InputError where there is none."""
    source: Any = data.source
    columns, spec = cells.rows_of(source.columns, str(getattr(source, "target_name", "")))
    if not columns:
        names = ", ".join(repr(column.name) for column in source.columns[:10])
        raise InputError(
            f"{data.place or data.source} has no column to learn from: {names} are left out as "
            "identifiers, free text or empty; expected numbers, categories or dates. Say "
            "--column NAME=KIND where one is taken for what it is not."
        )
    return _read(data, columns, spec, is_learnt=False)


def decode_as(model: Any, data: Dataset, progress: Progress) -> Rows:
    """The columns that a model takes, by name; InputError where one is missing, or is another."""
    (spec,) = model.specs
    source: Any = data.source
    wanted, place = cells.columns_of(spec), str(data.place or data.source)
    columns = _by_name(source.columns, wanted, place)
    cells.refuse_other_kinds(columns, wanted, place)
    # As training had them: what a row is known by is hashed of the cells of its columns' kinds.
    cast = [recast(column, one.kind) for column, one in zip(columns, wanted, strict=True)]
    return _read(data, cast, spec, is_learnt=True)


def parse(
    model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
    """Each row of some tables, by its number from 0; a column of answers may be missing."""
    (spec,) = model.specs
    wanted = cells.columns_of(spec)
    for place in map(str, given):
        columns = _by_name(_tables.read_columns(place, wanted, tell), wanted, place)
        cells.refuse_other_kinds(columns, wanted, place)
        pairs = list(zip(columns, wanted, strict=True))
        values = np.concatenate([cells.fill_cells(*pair) for pair in pairs], axis=1)
        reasons = {**_numbers.find_reasons(values), **_tables.find_bad_cells(pairs)}
        prefix = f"{place}:" if len(given) > 1 else ""
        answered = np.flatnonzero(np.isin(np.arange(len(values)), list(reasons), invert=True))
        _tables.tell_missing([column.take(answered) for column in columns], wanted, tell)
        for row, one in enumerate(values):
            name = f"{prefix}{row}"
            yield (
                (name, Quarantined(name, reasons[row]))
                if row in reasons
                else (name, one.astype(np.float32))
            )


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs, with vocabularies, medians and pieces of the rows of the training part."""
    specs: tuple[Spec, ...] = train.inputs.learn_from(train).specs
    return specs


def tell_example(inputs: Rows, row: int) -> list[tuple[str, str]]:
    """The cells of a row as they were read, by column."""
    cells = [(column.name, column.cell(row)) for column in inputs.columns]
    return [(name, figure(cell) if isinstance(cell, float) else cell or "") for name, cell in cells]


def tell_changes(parts: Parts, tell: Callable[[str], None]) -> None:
    """What the columns were taken for, missing and bad cells, rare categories, rounding."""
    source: Any = parts.train.source
    inputs: Rows = parts.inputs
    cells.tell_uses(source.columns, tell)
    used = np.sort(np.concatenate([part.rows for part in parts]))
    cells.tell_cells([column.take(used) for column in inputs.columns], tell)
    cells.tell_rare(inputs.specs[0].columns, tell)
    _numbers.tell_coarse(inputs.coarse, tell)


def options_of(model: Any) -> dict[str, Any]:
    """The column that the model predicts, and whether it holds classes or values."""
    (spec,) = model.specs
    return {"target": spec.target, "task": model.task} if spec.target else {}


def settings(n: int) -> dict[str, Any]:
    """Small batches and many passes for few rows, by measurement (LOG.md, 2026-11-30).

    >>> [tuple(settings(n).values()) for n in (105, 4000, 20_000, 1_000_000)]
    [(16, 150), (256, 150), (256, 37), (1024, 4)]
    """
    size = next((size for size in _BATCHES if n <= _STEPS * size), 256 if n < _MANY else 1024)
    steps = max(1, -(-n // size))
    return {"batch_size": size, "epochs": max(_FEWEST, min(_MOST, _STEPS_IN_ALL // steps))}


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting about pictures."""
    _numbers.refuse(recipe, NOUN.many)


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of raw cells, and numbers of one size; categories of many levels are embedded."""
    opened = cells.open_cells(specs[0], "scaled")
    return opened.inputs, opened.features


def open_plain(specs: tuple[Spec, ...]) -> tuple[Any, Any]:
    """The same for a network of one layer: numbers by mean and spread, categories one-hot."""
    opened = cells.open_cells(specs[0], "plain")
    return opened.inputs, opened.features


def open_pieces(specs: tuple[Spec, ...]) -> tuple[Any, Any]:
    """The same, with numbers also as pieces between their quantiles."""
    opened = cells.open_cells(specs[0], "pieces")
    return opened.inputs, opened.features


def _read(data: Dataset, columns: Sequence[Column], spec: Spec, *, is_learnt: bool) -> Rows:
    wanted = cells.columns_of(spec)
    values = np.concatenate(
        [cells.fill_cells(*pair) for pair in zip(columns, wanted, strict=True)], axis=1
    )
    reasons = _numbers.find_all_reasons(data, values)
    used = np.isin(np.arange(len(values)), list(reasons), invert=True)
    numbers = [at for at, name in enumerate(spec.fields) if name in _names_of_numbers(wanted)]
    coarse = _numbers.find_coarse([spec.fields[at] for at in numbers], values[used][:, numbers])
    return Rows(tuple(columns), (spec,), reasons, is_learnt, coarse)


def _names_of_numbers(wanted: Sequence[ColumnSpec]) -> set[str]:
    return {column.name for column in wanted if column.kind == "number"}


def _by_name(columns: Sequence[Column], wanted: Sequence[ColumnSpec], place: str) -> list[Column]:
    """The columns of these names, in their order; InputError where one is missing."""
    known = {column.name: column for column in columns}
    names = [column.name for column in wanted]
    lacking = [name for name in names if name not in known]
    if lacking:
        raise InputError(
            f"{place} has no column {naming.first_few(lacking, _MOST_SHOWN)}; expected "
            f"{naming.first_few(names, _MOST_SHOWN)}, which the model takes. Name them so."
        )
    return [known[name] for name in names]
