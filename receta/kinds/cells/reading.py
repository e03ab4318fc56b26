"""Which cells does a column of raw values become? One rule, for files, JSON and other languages.

A number is itself, and missing where nothing stands there. A category is the place of its text in
the vocabulary, from 1; any other text is 0. Where a text is not there but spells a number, the
shortest form of that number is looked for too. A date is days since 1970-01-01, and seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from receta.codecs.recasting import as_texts, recast
from receta.codecs.text_columns import MISSING
from receta.core.errors import InputError
from receta.core.spec import ColumnSpec
from receta.data.numbers import code_name, number_of
from receta.data.table import Column

_PLURALS = {"number": "numbers", "category": "texts", "date": "dates"}
_DAY = 86_400  # seconds


def fill_cells(column: Column, wanted: ColumnSpec) -> np.ndarray:
    """(n, 1 or 2) float64 cells of a column, NaN where missing or junk."""
    if wanted.kind == "category":
        texts = as_texts(column)
        places = {text: at + 1.0 for at, text in enumerate(wanted.vocabulary)}
        known = [_find_place(text, places) for text in texts.categories]
        return np.array([*known, np.nan])[texts.values][:, None]
    cells = recast(column, wanted.kind)
    if wanted.kind == "number":
        return cells.values[:, None]
    seconds = cells.values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    seconds[np.isnat(cells.values)] = np.nan
    days = np.floor(seconds / _DAY)
    return np.stack([days, seconds - days * _DAY], axis=1)


def _find_place(text: str, places: Mapping[str, float]) -> float:
    found = places.get(text)
    if found is None and (number := number_of(text)) == number:
        found = places.get(code_name(number))
    return 0.0 if found is None else found


def find_junk(column: Column, wanted: ColumnSpec) -> Mapping[int, str]:
    """Texts of the cells that are not of the kind that a network takes there, by row."""
    return {} if wanted.kind == "category" else recast(column, wanted.kind).junk


def refuse_other_kinds(columns: Sequence[Column], wanted: Sequence[ColumnSpec], place: str) -> None:
    """InputError for a column none of whose cells is of the kind that it had in training."""
    for column, spec in zip(columns, wanted, strict=True):
        held = _hold_other(column, spec)
        if held:
            texts = as_texts(column)
            first = texts.categories[texts.values[texts.values >= 0][0]]
            such = ", ".join(map(repr, spec.vocabulary[:3]))
            expected = f"categories such as {such}" if such else _PLURALS[spec.kind]
            raise InputError(
                f"the column {spec.name!r} of {place} holds {held} (such as {first[:40]!r}); "
                f"expected {expected}, as in training. Give it a column of that kind."
            )


def _hold_other(column: Column, spec: ColumnSpec) -> str:
    """What a column holds in all its cells that is of another kind, in the plural; '' for none."""
    if spec.kind != "category":
        cells = recast(column, spec.kind)
        is_other = bool(cells.missing.all()) and len(cells.junk) > 0
        held = "texts" if column.kind == spec.kind else _PLURALS[column.kind]
        return held if is_other else ""
    texts = as_texts(column)
    used = [texts.categories[code] for code in np.unique(texts.values[texts.values >= 0]).tolist()]
    is_other = (
        bool(used)
        and not any(map(_spells_number, spec.vocabulary))
        and all(map(_spells_number, used))
    )
    return "numbers" if is_other else ""


def _spells_number(text: str) -> bool:
    return number_of(text) == number_of(text)


def read_value(value: object, spec: ColumnSpec, where: str) -> np.ndarray:
    """(1 or 2,) float64 cells of one plain value, such as JSON holds.

    A text of a number and a number or true as category are read as in a file; None and "" are
    missing. InputError, which begins with where, for what is none of the column's kind.

    >>> read_value("31", ColumnSpec("age", "number"), "age").tolist()
    [31.0]
    """
    is_nothing = value is None or (isinstance(value, str) and value.strip() in MISSING)
    if is_nothing or (isinstance(value, float) and value != value):
        return np.full(len(spec.cells), np.nan)
    if isinstance(value, bool | np.bool_):
        column = Column(spec.name, "category", np.zeros(1, np.int32), (_spell(value, spec),))
    elif isinstance(value, int | float | np.number):
        column = Column(spec.name, "number", np.array([float(value)]))
    elif isinstance(value, str):
        column = Column(spec.name, "category", np.zeros(1, np.int32), (value.strip(),))
    else:
        column = Column(spec.name, "category", np.zeros(1, np.int32), (repr(value),))
    cells = fill_cells(column, spec)[0]
    if np.isnan(cells).any():
        such = " such as 2024-01-31" if spec.kind == "date" else ""
        held = str(value).lower() if isinstance(value, bool | np.bool_) else repr(value)[:60]
        raise InputError(
            f"{where} is {held}; expected a {spec.kind}{such}, or null where it is missing."
        )
    return cells


def _spell(value: bool | np.bool_, spec: ColumnSpec) -> str:
    """true or false as the text that training had for it: it is no number and no date."""
    words = {str(value), str(value).lower(), str(value).upper(), str(int(value))}
    return next((one for one in spec.vocabulary if one in words), str(value))
