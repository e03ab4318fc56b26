"""How are columns of a Parquet file read, within bounds of memory?"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from receta.core import naming, outside
from receta.core.errors import InputError

MOST_COLUMNS = 200_000
_BATCH = 32  # pictures in memory at a time
_FREE_CELLS = 2**30  # bytes: columns of one value shrink to nothing, and are honest


def open_file(file: str, dictionaries: Sequence[str] = ()) -> Any:
    """The ParquetFile; InputError in one line when it is none.

    dictionaries: columns of texts whose cells stay numbers of a list of texts, as they are in the
    file.
    """
    import pyarrow
    import pyarrow.parquet

    if os.path.getsize(file) == 0:
        refuse(file, "is empty (0 bytes)")
    try:
        # Both together: a row group of gigabytes is then read page by page (203 MB instead of 631;
        # LOG.md).
        return pyarrow.parquet.ParquetFile(
            file, buffer_size=2**20, pre_buffer=False, read_dictionary=list(dictionaries)
        )
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        refuse(file, f"is damaged ({naming.printable(' '.join(str(error).split())[:200])})", error)


def table(file: str, names: Sequence[str] | None = None) -> Any:
    """Some columns (or all) as a table of Arrow, of no more cells and texts than a bound.

    A few kilobytes can say "the same text of 20 MB in a million rows": what cells would take is
    counted before they are made. Raises InputError.
    """
    import pyarrow
    import pyarrow.compute as pc

    reader = open_file(file)
    schema = reader.schema_arrow
    wanted = list(schema.names if names is None else names)
    once(file, schema, wanted)
    refuse_cells(file, reader, wanted)
    texts = [name for name in wanted if is_text(schema, name) or is_binary(schema.field(name).type)]
    try:
        found = open_file(file, texts).read(columns=wanted)
        size = 0
        for name in texts:
            for chunk in found.column(name).chunks:
                if pyarrow.types.is_dictionary(chunk.type) and len(chunk) and len(chunk.dictionary):
                    size += (
                        pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
                    )
                else:
                    size += chunk.nbytes
            _refuse_size(file, size)
        for name in texts:
            at, kind = found.schema.get_field_index(name), schema.field(name).type
            if found.schema.field(at).type != kind:
                found = found.set_column(at, name, found.column(at).cast(kind))
        return found
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        refuse(file, f"is damaged ({naming.printable(outside.tell_error(error, 200))})", error)


def once(file: str, schema: Any, names: Sequence[str]) -> None:
    """InputError where one of the names is that of two columns."""
    counts = Counter(schema.names)
    twice = next((name for name in names if counts[name] > 1), None)
    if twice is not None:
        raise InputError(
            f"{file} has {counts[twice]} columns called {naming.printable(twice)[:80]!r}; "
            "expected each name once. Rename one."
        )


def refuse_cells(file: str, reader: Any, names: Sequence[str]) -> None:
    """InputError where columns say that they have more cells than may be, before any is read."""
    if reader.metadata.num_columns > MOST_COLUMNS:
        raise InputError(
            f"{file} has {reader.metadata.num_columns:,} columns; expected at most "
            f"{MOST_COLUMNS:,}. Leave some out, or turn it around."
        )
    wanted, cells = set(names), 0
    for group in range(reader.metadata.num_row_groups):
        about = reader.metadata.row_group(group)
        cells += sum(
            about.column(at).num_values
            for at in range(about.num_columns)
            if about.column(at).path_in_schema.partition(".")[0] in wanted
        )
    _refuse_size(file, 8 * cells)


def _refuse_size(file: str, size: int) -> None:
    most = max(_FREE_CELLS, outside.most_unpacked(os.path.getsize(file)))
    if size > most:
        raise InputError(
            f"{file} unpacks from {os.path.getsize(file) / 1e6:.3g} MB to {size / 1e6:.3g} MB of "
            "cells or more, as a decompression bomb "
            f"does; expected at most {most / 1e6:.0f} MB. Divide it, or name another file."
        )


def refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    """Raise the InputError for a file that cannot be read."""
    raise InputError(
        f"{file} {what}; expected a whole Parquet file. Download or write it again."
    ) from cause


def values(file: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns as plain values; null becomes None."""

    schema = open_file(file).schema_arrow
    lacking = [name for name in names if name not in schema.names]
    if lacking:
        raise InputError(
            f"{file} has no column {lacking[0]!r} but {naming.first_few(schema.names)}; expected "
            "the same "
            f"columns in all files. Mend it, or name one file."
        )
    found = table(file, names)
    return {name: found.column(name).to_pylist() for name in names}


def is_binary(kind: Any) -> bool:
    """Whether a type of Arrow is one of bytes."""
    import pyarrow.types as kinds

    return kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind)


def is_text(schema: Any, name: str) -> bool:
    """Whether a column holds texts."""
    import pyarrow.types as kinds

    kind = schema.field(name).type
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    return kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind)


def pixel_type(kind: Any) -> Any:
    """Type of the numbers in lists, however deep; None if it is no list of numbers."""
    import pyarrow.types as kinds

    if not (kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)):
        return None
    inner = kind.value_type
    if kinds.is_integer(inner) or kinds.is_floating(inner) or kinds.is_boolean(inner):
        return inner
    return pixel_type(inner)


def batches(file: str, reader: Any, name: str) -> Iterator[Any]:
    """The column, a handful of rows at a time."""
    import pyarrow

    try:
        for batch in reader.iter_batches(_BATCH, columns=[name], use_threads=False):
            yield batch.column(0)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        refuse(file, f"is damaged ({' '.join(str(error).split())[:200]})", error)
