"""How does a Parquet file become columns, each of the kind that the file says?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.codecs import parquet
from receta.codecs.sheet import Sheet
from receta.codecs.text_columns import moments, without_missing
from receta.core import naming
from receta.core.errors import InputError
from receta.data.table import Column

_EXACT = 2**53  # above it float64 leaves whole numbers out


def read(place: str) -> Sheet:
    """All columns of a Parquet file; those that are no cells are named in the notes."""
    table = parquet.table(place)
    if not table.num_rows:
        raise InputError(
            f"{place} has columns but no rows; expected a row an example. Name another file."
        )
    names: list[str] = []
    taken: set[str] = set()
    cells: list[Any] = []
    notes: list[str] = []
    ignored = []
    for given, column in zip(table.column_names, table.columns, strict=True):
        name = naming.printable(given) or f"column-{len(names) + 1}"
        found = _cells(name, column, notes)
        if found is None:
            ignored.append(f"{name} ({column.type})")
        elif name in taken:
            raise InputError(
                f"{place} has two columns called {name!r}; expected each name once. Rename one."
            )
        else:
            names.append(name)
            taken.add(name)
            cells.append(found)
    if ignored:
        notes.append(
            f"left out {len(ignored)} columns that hold no plain cells: {naming.first_few(ignored)}"
        )
    return Sheet(names, cells, np.arange(1, table.num_rows + 1), notes=notes)


def _cells(name: str, column: Any, notes: list[str]) -> Any:
    """A Column, texts that are yet to be understood, or None for what is neither."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    kind = column.type
    if types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = column.type
    if types.is_integer(kind):
        wide = types.is_int64(kind) or types.is_uint64(kind)
        extremes = pc.min_max(column).as_py() if wide else {"min": 0, "max": 0}
        if wide and max(-(extremes["min"] or 0), extremes["max"] or 0) > _EXACT:
            notes.append(
                f"column {name!r} holds whole numbers of 16 digits and more; they are kept as "
                "texts, to the last digit"
            )
            return Column(name, "category", *_encode(pc.cast(column, pa.string())))
    if (
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_null(kind)
    ):
        return Column(name, "number", _floats(pc.cast(column, pa.float64(), safe=False)))
    if types.is_duration(kind):
        whole = pc.cast(pc.cast(column, pa.int64()), pa.float64())
        return Column(
            name, "number", _floats(whole) / {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
        )
    if types.is_date(kind) or types.is_timestamp(kind):
        zone = getattr(kind, "tz", None)
        plain = pc.cast(
            pc.cast(column, pa.timestamp("us", zone), safe=False), pa.timestamp("us"), safe=False
        )
        return Column(name, "date", moments(np.array(plain.to_numpy(), "datetime64[us]")))
    if types.is_boolean(kind) or types.is_time(kind):
        return Column(name, "category", *_encode(pc.cast(column, pa.string())))
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return without_missing(
            pc.cast(column, pa.string() if column.nbytes < 2**31 else pa.large_string())
        )
    return None


def _floats(column: Any) -> np.ndarray:
    return np.array(column.to_numpy(), np.float64)


def _encode(texts: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    from receta.codecs.text_columns import categories, texts_of

    found = categories("", *texts_of(texts))
    return found.values, found.categories
