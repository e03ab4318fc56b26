"""Which columns of a Parquet file hold pictures, labels, ids and parts?"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from receta.core import outside
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources import _label_choice, _names, _part_columns
from receta.sources._record_files import is_encoded

IMAGES = ("image", "img", "picture", "photo", "pixels", "x", "jpg", "png", "image_bytes", "content", "bytes", "data")
LABELS = ("label", "labels", "class", "target", "y", "fine_label", "category", "class_name")
MOST_COLUMNS = 200_000
_LOOKED_AT = 20_000  # rows, spread over the file, by which the label is chosen
_MOST_PARTS = 8
_BATCH = 32  # pictures in memory at a time
_FREE_CELLS = 2**30  # bytes: columns of one value shrink to nothing, and are honest


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    parts: those that are called like columns of parts. names: of the classes by number, from the
    notes of the Hub. notes, aside: what was taken for what, and what for nothing.
    """

    image: str
    label: str
    id: str | None
    parts: tuple[str, ...]
    names: tuple[str, ...] | None
    notes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


def opened(file: str, dictionaries: Sequence[str] = ()) -> Any:
    """The ParquetFile; InputError in one line when it is none.

    dictionaries: columns of texts whose cells stay numbers of a list of texts, as they are in the file.
    """
    import pyarrow
    import pyarrow.parquet

    if os.path.getsize(file) == 0:
        refuse(file, "is empty (0 bytes)")
    try:
        # Both together: a row group of gigabytes is then read page by page (203 MB instead of 631; LOG.md).
        return pyarrow.parquet.ParquetFile(file, buffer_size=2**20, pre_buffer=False, read_dictionary=list(dictionaries))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        refuse(file, f"is damaged ({_names.printable(' '.join(str(error).split())[:200])})", error)


def table(file: str, names: Sequence[str] | None = None) -> Any:
    """Some columns (or all) as a table of Arrow, of no more cells and texts than a bound.

    A few kilobytes can say "the same text of 20 MB in a million rows": what cells would take is
    counted before they are made. Raises InputError.
    """
    import pyarrow
    import pyarrow.compute as pc

    reader = opened(file)
    schema = reader.schema_arrow
    wanted = list(schema.names if names is None else names)
    once(file, schema, wanted)
    refuse_cells(file, reader, wanted)
    texts = [name for name in wanted if _is_text(schema, name) or _is_binary(schema.field(name).type)]
    try:
        found = opened(file, texts).read(columns=wanted)
        size = 0
        for name in texts:
            for chunk in found.column(name).chunks:
                if pyarrow.types.is_dictionary(chunk.type) and len(chunk) and len(chunk.dictionary):
                    size += pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
                else:
                    size += chunk.nbytes
            _refuse_size(file, size)
        for name in texts:
            at, kind = found.schema.get_field_index(name), schema.field(name).type
            if found.schema.field(at).type != kind:
                found = found.set_column(at, name, found.column(at).cast(kind))
        return found
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        refuse(file, f"is damaged ({_names.printable(outside.tell_error(error, 200))})", error)


def once(file: str, schema: Any, names: Sequence[str]) -> None:
    """InputError where one of the names is that of two columns."""
    counts = Counter(schema.names)
    twice = next((name for name in names if counts[name] > 1), None)
    if twice is not None:
        raise InputError(
            f"{file} has {counts[twice]} columns called {_names.printable(twice)[:80]!r}; expected each name once. Rename one."
        )


def refuse_cells(file: str, reader: Any, names: Sequence[str]) -> None:
    """InputError where columns say that they have more cells than may be, before any is read."""
    if reader.metadata.num_columns > MOST_COLUMNS:
        raise InputError(
            f"{file} has {reader.metadata.num_columns:,} columns; expected at most {MOST_COLUMNS:,}. Leave some out, or turn it around."
        )
    wanted, cells = set(names), 0
    for group in range(reader.metadata.num_row_groups):
        about = reader.metadata.row_group(group)
        cells += sum(about.column(at).num_values for at in range(about.num_columns)
                     if about.column(at).path_in_schema.partition(".")[0] in wanted)  # fmt: skip
    _refuse_size(file, 8 * cells)


def _refuse_size(file: str, size: int) -> None:
    most = max(_FREE_CELLS, outside.most_unpacked(os.path.getsize(file)))
    if size > most:
        raise InputError(
            f"{file} unpacks from {os.path.getsize(file) / 1e6:.3g} MB to {size / 1e6:.3g} MB of cells or more, as a decompression bomb "
            f"does; expected at most {most / 1e6:.0f} MB. Divide it, or name another file."
        )


def refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    """Raise the InputError for a file that cannot be read."""
    raise InputError(f"{file} {what}; expected a whole Parquet file. Download or write it again.") from cause


def understood(file: str, label: str | None, content: str | None, group: str | None = None) -> Columns:
    """Which columns hold pictures and labels: as said, as noted by the Hub, or by type and name."""
    reader = opened(file)
    schema = reader.schema_arrow
    noted = _notes(schema.metadata)
    image = _image(file, reader, schema, noted, content)
    once(file, schema, [image])
    others = [name for name in schema.names if name != image]
    plain = [name for name, n in Counter(others).items() if n == 1]
    parts = tuple(name for name in plain if name != label and _part_columns.may_say_parts(name) and _is_scalar(schema, name))
    why = "as --label says"
    if label is None:
        classes = [name for name in plain if isinstance(noted.get(name), dict) and noted[name].get("_type") == "ClassLabel"]
        if len(classes) == 1:
            label, why = classes[0], "as the Hub notes"
        else:
            free = [name for name in plain if name not in parts and name not in ("id", group) and _is_scalar(schema, name)]
            label, why = _label(file, others, classes or free)
    elif label not in others:
        _complain(file, f"no column {label!r} for the label", others, f"--label COLUMN.{nearest(label, others)}")
    once(file, schema, [label])
    kind = noted.get(label)
    names = kind.get("names") if isinstance(kind, dict) else None
    good = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    one = "id" if "id" in plain and label != "id" else None
    used = {image, label, one, group, *parts}
    notes = (
        f"column {_names.printable(image)[:40]!r} holds the pictures",
        f"column {_names.printable(label)[:40]!r} holds the label ({why})",
    )
    aside = tuple(name for name in schema.names if name not in used)
    return Columns(image, label, one, parts[:_MOST_PARTS], tuple(names) if good and names else None, notes, aside)


def _label(file: str, others: Sequence[str], names: Sequence[str]) -> tuple[str, str]:
    """The column of the label by what its cells are, and why it is that one."""
    known = [name for name in LABELS if name in others]
    if not names and known:  # lists of labels: what is wrong with them is told row by row
        return known[0], "by its name"
    if not names:
        _complain(file, "no column that is surely the label", others, "--label COLUMN")
    found = table(file, names)
    if not found.num_rows:
        return next((name for name in known if name in names), names[0]), "by its name"
    step = max(1, found.num_rows // _LOOKED_AT)
    some = found if step == 1 else found.take(list(range(0, found.num_rows, step)))
    cells = [["" if value is None else str(value) for value in some.column(name).to_pylist()] for name in names]
    facts = [_label_choice.look_at(at, name, column) for at, (name, column) in enumerate(zip(names, cells, strict=True))]
    chosen = _label_choice.choose(file, facts, cells)
    if chosen.label is None:
        _complain(file, "no column that is surely the label", others, "--label COLUMN")
    return names[chosen.label], chosen.why


def _is_scalar(schema: Any, name: str) -> bool:
    import pyarrow.types as kinds

    kind = schema.field(name).type
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    tests = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_binary)
    return _is_text(schema, name) or any(test(kind) for test in tests)


def values(file: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns as plain values; null becomes None."""

    schema = opened(file).schema_arrow
    lacking = [name for name in names if name not in schema.names]
    if lacking:
        raise InputError(
            f"{file} has no column {lacking[0]!r} but {_names.first_few(schema.names)}; expected the same "
            f"columns in all files. Mend it, or name one file."
        )
    found = table(file, names)
    return {name: found.column(name).to_pylist() for name in names}


def _notes(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What the Hugging Face Hub notes about the columns, by column."""
    try:
        found = outside.parse_json((metadata or {})[b"huggingface"], "the notes of the Hub")["info"]["features"]
    except (InputError, KeyError, TypeError):  # a picture and a label can be found without
        return {}
    return found if isinstance(found, dict) else {}


def _image(file: str, reader: Any, schema: Any, noted: dict[str, Any], content: str | None) -> str:
    import pyarrow.types as kinds

    if content is not None and content not in schema.names:
        _complain(file, f"no column {content!r} for the pictures", schema.names, f"--content COLUMN.{nearest(content, schema.names)}")
    ranked: list[tuple[int, int, str]] = []
    counts = Counter(schema.names)
    for at, name in enumerate(schema.names):
        if counts[name] > 1 and name != content:
            continue  # nobody can say which is meant
        kind = schema.field(at).type
        known = IMAGES.index(name.lower()) if name.lower() in IMAGES else len(IMAGES)
        is_noted = isinstance(noted.get(name), dict) and noted[name].get("_type") == "Image"
        if kinds.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            ranked.append((0 if is_noted else 1, known, name))
        elif _is_binary(kind):
            encoded = _begins_encoded(file, reader, name)
            if encoded or content == name or known < len(IMAGES):
                ranked.append((1 if encoded else 2, known, name))
        elif pixel_type(kind) is not None and (content == name or known < len(IMAGES) or kinds.is_fixed_size_list(kind)):
            ranked.append((3, known, name))
    ranked.sort()
    names = [name for _, _, name in ranked]
    best, first = ranked[0][:2] if ranked else (0, 0)
    alike = [(known, name) for rank, known, name in ranked if rank == best]
    # Lists of numbers may be anything: of those, one with the name of a picture is no rival of others.
    rivals = [name for known, name in alike if best < 2 or (known < len(IMAGES)) == (first < len(IMAGES))]
    if content is None and len(rivals) > 1:
        raise InputError(
            f"{file}: columns {_names.first_few(rivals, 4)} all hold pictures; expected one. Say which with --content {rivals[0]} or "
            f"--content {rivals[1]}."
        )
    if content in names or (content is None and names):
        return content or names[0]
    if content is not None:
        _complain(file, f"no pictures in column {content!r}", names, "--content COLUMN")
    raise InputError(
        f"{file} has no column of pictures but {_names.first_few(schema.names, 8)}; expected encoded pictures (bytes, or bytes and "
        f"path) or lists of pixels. If it is a table, say which column to predict: --target COLUMN."
    )


def _is_binary(kind: Any) -> bool:
    import pyarrow.types as kinds

    return kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind)


def _is_text(schema: Any, name: str) -> bool:
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


def _begins_encoded(file: str, reader: Any, name: str) -> bool:
    column = next((batch for batch in batches(file, reader, name)), None)
    first = None if column is None else next((value for value in column.to_pylist() if value), None)
    return first is not None and is_encoded(first)


def batches(file: str, reader: Any, name: str) -> Iterator[Any]:
    """The column, a handful of rows at a time."""
    import pyarrow

    try:
        for batch in reader.iter_batches(_BATCH, columns=[name], use_threads=False):
            yield batch.column(0)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        refuse(file, f"is damaged ({' '.join(str(error).split())[:200]})", error)


def _complain(file: str, received: str, names: Sequence[str], advice: str) -> NoReturn:
    known = _names.first_few(names, 8) or "none"
    raise InputError(f"{file} has {received} among its columns {known}; expected one. Say it with {advice.rstrip('.')}.")
