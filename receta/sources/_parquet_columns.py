"""Which columns of a Parquet file hold pictures, labels, ids and parts?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources import _names
from receta.sources._record_files import is_encoded

IMAGES = ("image", "img", "picture", "photo", "pixels", "x", "jpg", "png", "image_bytes", "content", "bytes", "data")
LABELS = ("label", "labels", "class", "target", "y", "fine_label", "category", "class_name")
_BATCH = 32  # pictures in memory at a time


@dataclass(frozen=True)
class Columns:
    """Which column holds what; names: of the classes by number, from the notes of the Hub."""

    image: str
    label: str
    id: str | None
    part: str | None
    names: tuple[str, ...] | None


def opened(file: str) -> Any:
    """The ParquetFile; InputError in one line when it is none."""
    import pyarrow
    import pyarrow.parquet

    if os.path.getsize(file) == 0:
        refuse(file, "is empty (0 bytes)")
    try:
        # Both together: a row group of gigabytes is then read page by page (203 MB instead of 631; LOG.md).
        return pyarrow.parquet.ParquetFile(file, buffer_size=2**20, pre_buffer=False)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        refuse(file, f"is damaged ({_names.printable(' '.join(str(error).split())[:200])})", error)


def refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    """Raise the InputError for a file that cannot be read."""
    raise InputError(f"{file} {what}; expected a whole Parquet file. Download or write it again.") from cause


def understood(file: str, label: str | None, content: str | None) -> Columns:
    """Which columns hold pictures and labels: as said, as noted by the Hub, or by type and name."""
    reader = opened(file)
    schema = reader.schema_arrow
    noted = _notes(schema.metadata)
    image = _image(file, reader, schema, noted, content)
    others = [name for name in schema.names if name != image]
    if label is None:
        known = [name for name in LABELS if name in others]
        classes = [name for name in others if isinstance(noted.get(name), dict) and noted[name].get("_type") == "ClassLabel"]
        # Two lists of classes and no plain name: nobody can know which is meant.
        if len(classes) == 1:
            known = [*[name for name in known if name in classes], *classes, *known]
        elif len(classes) > 1 and known[:1] not in (["label"], ["labels"]):
            known = []
        if not known:
            _complain(file, "no column that is surely the label", others, "--label COLUMN")
        label = known[0]
    elif label not in others:
        _complain(file, f"no column {label!r} for the label", others, f"--label COLUMN.{nearest(label, others)}")
    kind = noted.get(label)
    names = kind.get("names") if isinstance(kind, dict) else None
    good = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    part = next((name for name in ("part", "split") if name in others and name != label and _is_text(schema, name)), None)
    one = "id" if "id" in others and label != "id" else None
    return Columns(image, label, one, part, tuple(names) if good and names else None)


def values(file: str, names: Sequence[str]) -> dict[str, list[Any]]:
    """Some columns as plain values; null becomes None."""
    import pyarrow

    reader = opened(file)
    lacking = [name for name in names if name not in reader.schema_arrow.names]
    if lacking:
        raise InputError(
            f"{file} has no column {lacking[0]!r} but {_names.first_few(reader.schema_arrow.names)}; expected the same "
            f"columns in all files. Mend it, or name one file."
        )
    try:
        table = reader.read(columns=list(names))
        return {name: table.column(name).to_pylist() for name in names}
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        refuse(file, f"is damaged ({' '.join(str(error).split())[:200]})", error)


def _notes(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What the Hugging Face Hub notes about the columns, by column."""
    try:
        found = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _image(file: str, reader: Any, schema: Any, noted: dict[str, Any], content: str | None) -> str:
    import pyarrow.types as kinds

    if content is not None and content not in schema.names:
        _complain(file, f"no column {content!r} for the pictures", schema.names, f"--content COLUMN.{nearest(content, schema.names)}")
    ranked: list[tuple[int, int, str]] = []
    for at, name in enumerate(schema.names):
        kind = schema.field(at).type
        known = IMAGES.index(name.lower()) if name.lower() in IMAGES else len(IMAGES)
        is_noted = isinstance(noted.get(name), dict) and noted[name].get("_type") == "Image"
        if kinds.is_struct(kind) and kind.get_field_index("bytes") >= 0:
            ranked.append((0 if is_noted else 1, known, name))
        elif _is_binary(kind) and (content == name or known < len(IMAGES) or _begins_encoded(file, reader, name)):
            ranked.append((2, known, name))
        elif pixel_type(kind) is not None and (content == name or known < len(IMAGES) or kinds.is_fixed_size_list(kind)):
            ranked.append((3, known, name))
    names = [name for _, _, name in sorted(ranked)]
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
