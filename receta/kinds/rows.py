"""How are rows of a table read? Their columns of numbers as they are, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import InputError
from receta.core.spec import Spec
from receta.data.dataset import Dataset, Quarantined
from receta.data.nouns import NOUNS
from receta.data.table import Column
from receta.kinds import _numbers, _tables
from receta.kinds._numbers import Numbers
from receta.kinds._numbers import learn as learn
from receta.kinds._numbers import open_network as open_network
from receta.kinds._requests import schema_of_row, take_row

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.examples import Parts

AFTER = "pictures"
KIND = "table"
NOUN = NOUNS["table"]
MEANINGS = ("number",)
RUNGS = ("prior", "linear", "boosting", "mlp")
schema, take = schema_of_row, take_row


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Numbers:
    """The columns of numbers; InputError for columns of anything else."""
    names = [column.name for column in data.source.columns]  # type: ignore[attr-defined]
    return _read(data, names)


def decode_as(model: Any, data: Dataset, progress: Progress) -> Numbers:
    """The columns that a model takes, by name; InputError where one is missing."""
    (spec,) = model.specs
    return _read(data, spec.fields)


def parse(
    model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
    """Each row of some tables, by its number from 0; a column of answers may be missing."""
    (spec,) = model.specs
    fills = _numbers.Fills(NOUN)
    for place in map(str, given):
        columns = _by_name(_tables.read_columns(place, spec.fields, tell), spec.fields, place)
        values = _stack(columns)
        reasons = {**_numbers.find_reasons(values), **_tables.find_bad_cells(columns)}
        prefix = f"{place}:" if len(given) > 1 else ""
        fills.add(values[[row for row in range(len(values)) if row not in reasons]])
        for row, one in enumerate(values):
            name = f"{prefix}{row}"
            if row in reasons:
                yield name, Quarantined(name, reasons[row])
                continue
            yield name, one.astype(np.float32)
    fills.tell(tell)


def tell_changes(parts: Parts, tell: Callable[[str], None]) -> None:
    """The cells that are filled, and the fields that are rounded."""
    _numbers.tell_changes(parts, NOUN, tell)


def options_of(model: Any) -> dict[str, Any]:
    """The column that the model predicts, and whether it holds classes or values."""
    (spec,) = model.specs
    return {"target": spec.target, "task": model.task} if spec.target else {}


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting about pictures."""
    _numbers.refuse(recipe, NOUN.many)


def _read(data: Dataset, names: Sequence[str]) -> Numbers:
    columns: Sequence[Column] = data.source.columns  # type: ignore[attr-defined]
    taken = _by_name(columns, names, data.place or data.source)
    target = str(getattr(data.source, "target_name", ""))
    shape = (len(taken),)
    spec = Spec("cells", shape, "float32", "number", fields=tuple(names), target=target)
    return _numbers.numbers(data, spec, _stack(taken))


def _by_name(columns: Sequence[Column], names: Sequence[str], place: Any) -> list[Column]:
    """The columns of these names, in their order; InputError where one is no number."""
    known = {column.name: column for column in columns}
    lacking = [name for name in names if name not in known]
    if lacking:
        raise InputError(
            f"{place} has no column {', '.join(map(repr, lacking[:5]))}; expected "
            f"{', '.join(map(repr, list(names)[:10]))}, which the model takes. Name them so."
        )
    taken = [known[name] for name in names]
    others = [column for column in taken if column.kind != "number" and not column.missing.all()]
    if others:
        raise InputError(
            f"the column {others[0].name!r} of {place} holds {_PLURALS[others[0].kind]}; expected "
            "numbers, for models of other columns are not there yet. Take it out of the table."
        )
    if not taken:
        raise InputError(f"{place} has no column of numbers; expected one. Name other data.")
    return taken


_PLURALS = {"category": "categories", "date": "dates"}


def _stack(columns: Sequence[Column]) -> np.ndarray:
    return np.stack([column.numbers() for column in columns], axis=1)
