"""How are pictures in Parquet files read, as the Hugging Face Hub and others write them?"""

from __future__ import annotations

import io
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs import parquet
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.scale import Scale, read_as
from receta.data.dataset import Images, Quarantined
from receta.sources import Options
from receta.sources.parts import part_columns
from receta.sources.parts.part_names import part_of, settle_parts
from receta.sources.records import parquet_columns, parquet_pictures

AFTER = "tfrecord"
READS = "a .parquet file with a column of pictures, or a folder of them"
FORM = "`.parquet`, or a folder of them"
FACTS = "a column of pictures (as the Hugging Face Hub has them) and one of labels"
USES = ("label", "content", "shape")


class Pictures(Images):
    """Pictures of a column; places (n, 3): which file of the cache, offset, length."""

    def __init__(self, title: str, files: Sequence[str], words: object) -> None:
        self._title, self._words = title, words
        self._files = tuple(os.path.abspath(file) for file in files)
        self._data: list[str] = []
        self._shapes: list[tuple[int, int, int] | None] = []
        self._places = np.empty((0, 3), np.int64)
        self.strays: tuple[Quarantined, ...] = ()
        self.columns: tuple[str, ...] = ()

    def raw(self, row: int) -> bytes | np.ndarray:
        """The encoded picture, or (height, width, channels) uint8 where pixels are stored."""
        at, offset, length = (int(value) for value in self._places[row])
        return parquet_pictures.read_stored(self._data[at], offset, length, self._shapes[at])

    def stamp(self) -> str:
        """Changes with names, sizes and times of the files."""
        return naming.file_stamp(self._files, "parquet_images", self._words)

    def __repr__(self) -> str:
        return f"{self._title}, {len(self)} pictures, {len(self.class_names)} classes)"


def accepts(place: str, options: Options) -> bool:
    """A file called .parquet, or a folder of nothing but such; a table to predict is another's."""
    if options.target is not None or options.series is not None:
        return False
    if os.path.isfile(place):
        return place.lower().endswith(".parquet")
    return os.path.isdir(place) and bool(list_files(place))


def parquet_images(place: str, options: Options, progress: Progress) -> Pictures:
    """Pictures in a file, or in all files of a folder with their parts."""
    files = [(place, "")] if os.path.isfile(place) else list_files(place)
    return read(f"parquet_images({place!r}", place, files, options, progress)


def sample(folder: Path) -> str:
    """Write two classes of four small pictures and return the DATA argument."""
    import pyarrow
    import pyarrow.parquet
    from PIL import Image

    rows = []
    for row in range(8):
        stream = io.BytesIO()
        Image.new("RGB", (6, 5), (200 * (row % 2), 30 * row, 50)).save(stream, "PNG")
        rows.append(
            {"image": {"bytes": stream.getvalue(), "path": None}, "label": ("cat", "dog")[row % 2]}
        )
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "pets.parquet")
    return str(folder / "pets.parquet")


def list_files(place: str) -> list[tuple[str, str]]:
    """Parquet files of a folder, or of folders in it, with the part that their names mean.

    None if there are other folders too: then it is a folder of something else.
    """
    found: list[tuple[str, str]] = []
    try:
        for name in sorted(os.listdir(place), key=naming.natural):
            path = os.path.join(place, name)
            if name.startswith("."):
                continue
            if os.path.isdir(path):
                inside = [
                    one
                    for one in sorted(os.listdir(path), key=naming.natural)
                    if _is_wanted(path, one)
                ]
                if not inside:
                    return []
                found += [(os.path.join(path, one), _part(one) or part_of(name)) for one in inside]
            elif _is_wanted(place, name):
                found.append((path, _part(name)))
    except OSError:
        return []
    return sorted(found, key=lambda file: ("train", "validation", "test", "").index(file[1]))


def read(
    title: str, place: str, files: Sequence[tuple[str, str]], options: Options, progress: Progress
) -> Pictures:
    """The pictures of files (path, part) that have the same columns."""
    columns = parquet_columns.choose_columns(
        files[0][0], options.label, options.content, options.group
    )
    known = parquet.open_file(files[0][0]).schema_arrow.names
    grouped = options.group is not None and options.group in known
    group = options.group if grouped else None
    own_parts = () if any(part for _, part in files) else columns.parts
    wanted = [name for name in (columns.label, columns.id, group, *own_parts) if name]
    source = Pictures(title, [file for file, _ in files], (parquet_pictures.VERSION, options))
    ids, labels, parts, groups = [], [], [], []
    places: list[np.ndarray] = []
    strays: list[Quarantined] = []
    said: list[list[str]] = [[] for _ in own_parts]
    counted: dict[str, int] = {}
    with progress.bar("copying pictures", len(files), "files") as bar:
        for at, (file, part) in enumerate(files):
            found = parquet.values(file, list(dict.fromkeys(wanted)))
            path, where, shape, missing, facts = parquet_pictures.pictures(
                file, columns.image, options.shape, options.white
            )
            _settle_range(source, file, facts)
            source._data.append(os.path.abspath(path))
            source._shapes.append(shape)
            series, kept = part or "row", []
            first = counted.get(series, 0)
            counted[series] = first + len(where)
            for row, label in enumerate(found[columns.label]):
                one = found[columns.id][row] if columns.id else None
                name = f"{series}-{first + row}" if one is None else str(one)
                text, reason = name_label(label, columns.names)
                reason = (
                    missing.get(row)
                    or reason
                    or ("has no group" if group and found[group][row] is None else "")
                )
                if reason:
                    strays.append(Quarantined(naming.printable(name), reason))
                    continue
                kept.append(row)
                ids.append(name)
                labels.append(text)
                parts.append(part)
                for column, told in zip(own_parts, said, strict=True):
                    cell = found[column][row]
                    told.append("" if cell is None else str(cell))
                if group:
                    groups.append(str(found[group][row]))
            places.append(np.column_stack([np.full(len(kept), at), where[kept].reshape(-1, 2)]))
            bar.advance()
    if not ids:
        reason = f" (the first: {strays[0].id}: {strays[0].reason})" if strays else ""
        raise InputError(
            f"{place} holds no row with a picture and a label{reason}; expected both in a row. "
            "Name another file."
        )
    source._places = np.concatenate(places).astype(np.int64)
    source.ids = naming.unique(ids)
    source.class_names, source.targets = _classes(place, columns, labels)
    columns_said = part_columns.find(own_parts, lambda at: part_columns.few(said[at]), set())
    if columns_said.columns:
        parts = [
            columns_said.part(row)
            for row in zip(*(said[at] for at in columns_said.columns), strict=True)
        ]
    source.parts, told_parts = part_columns.fitting(
        columns_said, own_parts, parts, source.targets, source.class_names
    )
    if not columns_said.columns:
        source.parts = settle_parts(place, parts, source.targets, source.class_names)
    aside = (
        *columns.aside,
        *(
            name
            for name in columns.parts
            if name not in {own_parts[at] for at in columns_said.columns}
        ),
    )
    source.notes = (*columns.notes, *told_parts, *naming.tell_aside(aside), *source.notes)
    source.groups = groups if group else None
    source.strays = tuple(strays)
    source.columns = tuple(naming.printable(name) for name in known)
    return source


def _settle_range(source: Pictures, file: str, told: dict[str, Any]) -> None:
    """Note how numbers of a file were read; InputError where another file's were read otherwise."""
    white = told.get("white", 0)
    if source.scale.arrays and white and white != source.scale.arrays:
        raise InputError(
            f"{file} has pixels that use {read_as(white)}, the files before it "
            f"{read_as(source.scale.arrays)}; expected one range. "
            f"Scale them alike."
        )
    source.scale = Scale(arrays=white or source.scale.arrays)
    source.notes = list(dict.fromkeys([*source.notes, *told.get("notes", ())]))


def name_label(label: Any, names: Sequence[str] | None) -> tuple[str | int, str]:
    """The label as text, or as number of a name; and what is wrong with it.

    >>> name_label(2.0, None), name_label(None, None), name_label(1, ["cat", "dog"])
    (('2', ''), ('', 'has no label'), (1, ''))
    """
    if isinstance(label, bytes):
        label = label.decode("utf-8", "replace")
    if (
        label is None
        or (isinstance(label, float) and math.isnan(label))
        or (isinstance(label, str) and not label.strip())
    ):
        return "", "has no label"
    if isinstance(label, str):
        return label, ""
    if isinstance(label, (bool, int)) or (isinstance(label, float) and label.is_integer()):
        number = int(label)
        if names is None:
            return str(number), ""
        # The Hub writes -1 where a label is not given away.
        return (number, "") if number >= 0 else ("", f"has no label ({number})")
    shown = naming.printable(str(label))[:40]
    return "", f"has the label {shown}, which is no class"


def _classes(
    place: str, columns: parquet_columns.Columns, labels: list[str | int]
) -> tuple[tuple[str, ...], np.ndarray]:
    numbers = [label for label in labels if isinstance(label, int)]
    if columns.names is None or len(numbers) < len(labels):
        class_names, index = naming.classes([str(label) for label in labels])
        return class_names, np.array(index, np.int64)
    present = sorted(set(numbers))
    if present[-1] >= len(columns.names):
        raise InputError(
            f"{place} has the label {present[-1]} but {len(columns.names)} class names; expected "
            "0 to "
            f"{len(columns.names) - 1}. Mend the file."
        )
    given = [naming.printable(columns.names[number]) for number in present]
    if len(set(given)) < len(given):
        raise InputError(
            f"{place} names two classes alike; expected different class names. Mend the file."
        )
    return tuple(given), np.searchsorted(present, numbers).astype(np.int64)


def _is_wanted(folder: str, name: str) -> bool:
    return (
        name.lower().endswith(".parquet")
        and not name.startswith(".")
        and os.path.isfile(os.path.join(folder, name))
    )


def _part(name: str) -> str:
    """The part that a word of a file's name means.

    >>> _part("train-00000-of-00002-3f1a.parquet"), _part("pets.parquet")
    ('train', '')
    """
    return next((part_of(word) for word in re.split(r"[-_.]", name) if part_of(word)), "")
