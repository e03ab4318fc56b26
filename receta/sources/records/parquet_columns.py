"""Which columns of a Parquet file hold pictures, labels, ids and parts?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from receta.codecs.parquet import batches, is_binary, is_text, once, open_file, pixel_type, table
from receta.core import naming, outside
from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.sources.columns import label_choice, label_facts
from receta.sources.parts import part_columns
from receta.sources.records.record_index import is_encoded

IMAGES = (
    "image",
    "img",
    "picture",
    "photo",
    "pixels",
    "x",
    "jpg",
    "png",
    "image_bytes",
    "content",
    "bytes",
    "data",
)
LABELS = ("label", "labels", "class", "target", "y", "fine_label", "category", "class_name")
_LOOKED_AT = 20_000  # rows, spread over the file, by which the label is chosen
_MOST_PARTS = 8


class NoPictures(InputError):
    """A file that holds no column of pictures."""


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


def choose_columns(
    file: str, label: str | None, content: str | None, group: str | None = None
) -> Columns:
    """Which columns hold pictures and labels: as said, as noted by the Hub, or by type and name."""
    reader = open_file(file)
    schema = reader.schema_arrow
    noted = _notes(schema.metadata)
    image = _image(file, reader, schema, noted, content)
    once(file, schema, [image])
    others = [name for name in schema.names if name != image]
    plain = [name for name, n in Counter(others).items() if n == 1]
    parts = tuple(
        name
        for name in plain
        if name != label and part_columns.may_say_parts(name) and _is_scalar(schema, name)
    )
    why = "as --label says"
    if label is None:
        classes = [
            name
            for name in plain
            if isinstance(noted.get(name), dict) and noted[name].get("_type") == "ClassLabel"
        ]
        if len(classes) == 1:
            label, why = classes[0], "as the Hub notes"
        else:
            free = [
                name
                for name in plain
                if name not in parts and name not in ("id", group) and _is_scalar(schema, name)
            ]
            label, why = _label(file, others, classes or free)
    elif label not in others:
        _complain(
            file,
            f"no column {label!r} for the label",
            others,
            f"--label COLUMN.{nearest(label, others)}",
        )
    once(file, schema, [label])
    kind = noted.get(label)
    names = kind.get("names") if isinstance(kind, dict) else None
    good = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    one = "id" if "id" in plain and label != "id" else None
    used = {image, label, one, group, *parts}
    notes = (
        f"column {naming.printable(image)[:40]!r} holds the pictures",
        f"column {naming.printable(label)[:40]!r} holds the label ({why})",
    )
    aside = tuple(name for name in schema.names if name not in used)
    return Columns(
        image,
        label,
        one,
        parts[:_MOST_PARTS],
        tuple(names) if good and names else None,
        notes,
        aside,
    )


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
    cells = [
        ["" if value is None else str(value) for value in some.column(name).to_pylist()]
        for name in names
    ]
    facts = [
        label_facts.look_at(at, name, column)
        for at, (name, column) in enumerate(zip(names, cells, strict=True))
    ]
    chosen = label_choice.choose(file, facts, cells)
    if chosen.label is None:
        _complain(file, "no column that is surely the label", others, "--label COLUMN")
    return names[chosen.label], chosen.why


def _is_scalar(schema: Any, name: str) -> bool:
    import pyarrow.types as kinds

    kind = schema.field(name).type
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    tests = (kinds.is_integer, kinds.is_floating, kinds.is_boolean, kinds.is_binary)
    return is_text(schema, name) or any(test(kind) for test in tests)


def _notes(metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    """What the Hugging Face Hub notes about the columns, by column."""
    try:
        found = outside.parse_json((metadata or {})[b"huggingface"], "the notes of the Hub")[
            "info"
        ]["features"]
    except (InputError, KeyError, TypeError):  # a picture and a label can be found without
        return {}
    return found if isinstance(found, dict) else {}


def _image(file: str, reader: Any, schema: Any, noted: dict[str, Any], content: str | None) -> str:
    import pyarrow.types as kinds

    if content is not None and content not in schema.names:
        _complain(
            file,
            f"no column {content!r} for the pictures",
            schema.names,
            f"--content COLUMN.{nearest(content, schema.names)}",
        )
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
        elif is_binary(kind):
            encoded = _is_encoded(file, reader, name)
            if encoded or content == name or known < len(IMAGES):
                ranked.append((1 if encoded else 2, known, name))
        elif pixel_type(kind) is not None and (
            content == name or known < len(IMAGES) or kinds.is_fixed_size_list(kind)
        ):
            ranked.append((3, known, name))
    ranked.sort()
    names = [name for _, _, name in ranked]
    best, first = ranked[0][:2] if ranked else (0, 0)
    alike = [(known, name) for rank, known, name in ranked if rank == best]
    # Lists of numbers may be anything: of those, one with the name of a picture is no rival of
    # others.
    rivals = [
        name for known, name in alike if best < 2 or (known < len(IMAGES)) == (first < len(IMAGES))
    ]
    if content is None and len(rivals) > 1:
        raise InputError(
            f"{file}: columns {naming.first_few(rivals, 4)} all hold pictures; expected one. Say "
            f"which with --content {rivals[0]} or "
            f"--content {rivals[1]}."
        )
    if content in names or (content is None and names):
        return content or names[0]
    if content is not None:
        _complain(file, f"no pictures in column {content!r}", names, "--content COLUMN")
    raise NoPictures(
        f"{file} has no column of pictures but {naming.first_few(schema.names, 8)}; expected "
        "encoded pictures (bytes, or bytes and "
        f"path) or lists of pixels. If it is a table, say which column to predict: --target COLUMN."
    )


def _is_encoded(file: str, reader: Any, name: str) -> bool:
    column = next((batch for batch in batches(file, reader, name)), None)
    first = None if column is None else next((value for value in column.to_pylist() if value), None)
    return first is not None and is_encoded(first)


def _complain(file: str, received: str, names: Sequence[str], advice: str) -> NoReturn:
    known = naming.first_few(names, 8) or "none"
    raise InputError(
        f"{file} has {received} among its columns {known}; expected one. Say it with "
        f"{advice.rstrip('.')}."
    )
