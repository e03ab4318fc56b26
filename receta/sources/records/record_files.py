"""How do pictures in TFRecord files become a source, read at their places in the files?

Every file is read through once: places, labels and names of its records are noted in the
cache. Afterwards a picture is one read; a packed file is unpacked into the cache first.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from receta.codecs import tfrecord, unpacked
from receta.core import disk, naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Images, Quarantined
from receta.data.image import Unreadable
from receta.sources.parts.part_names import part_of, settle_parts
from receta.sources.records.record_index import VERSION, Keys, index_file, is_encoded, unpack_file

_SIDES = (
    ("image/height", "height", "rows"),
    ("image/width", "width", "cols"),
    ("image/channels", "depth", "channels"),
)
_SHARD = re.compile(r"[-_.]\d+-of-\d+")


@dataclass(frozen=True)
class Wanted:
    """What a source asks of records.

    title: how its repr begins. keys: of the features. names: of the classes by number, if there is
    a list. shape: of pictures that are stored as pixels. words: what else its stamp depends on.
    """

    title: str
    place: str
    keys: Keys
    names: Sequence[str] | None
    shape: tuple[int, ...] | None
    words: object


class Records(Images):
    """Pictures in records; places (n, 3): which file, where the record begins, its length."""

    def __init__(
        self, wanted: Wanted, files: Sequence[str], data: Sequence[str], places: np.ndarray
    ) -> None:
        self._title, self._words = wanted.title, wanted.words
        self._image, self._shape = wanted.keys.image, wanted.shape
        self._files = tuple(os.path.abspath(file) for file in files)
        self._data = tuple(os.path.abspath(file) for file in data)
        self._places = places
        self.strays: tuple[Quarantined, ...] = ()

    def raw(self, row: int) -> bytes | np.ndarray:
        """The encoded picture, or (height, width, channels) uint8 where pixels are stored."""
        at, offset, length = (int(value) for value in self._places[row])
        try:
            descriptor = os.open(self._data[at], os.O_RDONLY | os.O_CLOEXEC)
            try:
                record = os.pread(descriptor, length + 4, offset)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Unreadable(
                f"the file cannot be read: {(error.strerror or 'system error').lower()}"
            ) from error
        if len(record) != length + 4 or tfrecord.checksum(record[:length]) != record[length:]:
            raise Unreadable("damaged in the file: the record does not agree with its checksum")
        return _picture(tfrecord.parse(memoryview(record)[:length]), self._image, self._shape)

    def stamp(self) -> str:
        """Changes with names, sizes and times of the files."""
        return naming.file_stamp(self._files, "records", self._words)

    def __repr__(self) -> str:
        return f"{self._title}, {len(self)} pictures, {len(self.class_names)} classes)"


def read_records(wanted: Wanted, files: Sequence[tuple[str, str]], progress: Progress) -> Records:
    """The records of files (path, part)."""
    place, keys, names = wanted.place, wanted.keys, wanted.names
    places, data, ids, parts, labels, numbers = [], [], [], [], [], []
    strays: list[Quarantined] = []
    counted: dict[str, int] = {}
    with progress.bar("reading records", len(files), "files") as bar:
        for at, (file, part) in enumerate(files):
            folder = unpacked.unpack_once(
                "tfrecord",
                file,
                (VERSION, keys),
                partial(index_file, file, keys=keys),
            )[0]
            found = disk.read_json(folder / "rows.json")
            data.append(unpack_file(file)[0])
            rows = np.load(folder / "places.npy", allow_pickle=False)
            series = part or _SHARD.sub("", os.path.basename(file)).partition(".")[0] or "row"
            first = counted.get(series, 0)
            counted[series] = first + len(rows)
            own = [
                name or f"{series}-{first + row}"
                for row, name in enumerate(found["ids"] or [""] * len(rows))
            ]
            bad = {int(row): reason for row, reason in found["strays"]}
            for row, number in enumerate(found["labels"]):
                if row not in bad and names is not None and isinstance(number, int) and number < 0:
                    bad[row] = f"has no label ({number})"
            kept = [row for row in range(len(rows)) if row not in bad]
            strays += [
                Quarantined(naming.printable(own[row]), reason)
                for row, reason in sorted(bad.items())
            ]
            places.append(np.column_stack([np.full(len(kept), at), rows[kept]]))
            ids += [own[row] for row in kept]
            labels += [found["labels"][row] for row in kept]
            numbers += [found["numbers"][row] if found["numbers"] else None for row in kept]
            parts += [
                part or (found["parts"] and part_of(found["parts"][row] or "")) or ""
                for row in kept
            ]
            bar.advance()
    if not ids:
        first_reason = f" (the first: {strays[0].id}: {strays[0].reason})" if strays else ""
        raise InputError(
            f"{place} holds no record with a picture and a label{first_reason}; expected "
            "examples with features such "
            f"as image/encoded and image/class/label. Name other files."
        )
    class_names, targets = _in_order(labels, numbers) or _classes(place, labels, names)
    every = np.concatenate(places).astype(np.int64)
    source = Records(wanted, [file for file, _ in files], data, every)
    source.ids = naming.unique(ids)
    source.class_names, source.targets = class_names, targets
    source.parts = settle_parts(place, parts, targets, class_names)
    source.strays = tuple(strays)
    return source


def _in_order(
    labels: Sequence[int | str], numbers: Sequence[int | str | None]
) -> tuple[tuple[str, ...], np.ndarray] | None:
    """Classes in the order of their numbers, where every record has a text too and they agree."""
    if not all(isinstance(label, str) for label in labels) or not all(
        isinstance(number, int) for number in numbers
    ):
        return None
    pairs = dict(sorted(set(zip(numbers, map(naming.printable, labels), strict=True))))  # type: ignore[arg-type]
    if not len(pairs) == len(set(pairs.values())) == len({*zip(numbers, labels, strict=True)}):
        return None
    return tuple(pairs.values()), np.searchsorted(list(pairs), numbers).astype(np.int64)  # type: ignore[arg-type]


def _classes(
    place: str, labels: Sequence[int | str], names: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names in order, and the target of every row."""
    numbers = [label for label in labels if isinstance(label, int)]
    if names is None or len(numbers) < len(labels):
        if numbers and len(numbers) < len(labels):
            raise InputError(
                f"{place} has numbers and texts as labels; expected one kind. Mend the records."
            )
        class_names, index = naming.classes([str(label) for label in labels])
        return class_names, np.array(index, np.int64)
    present = sorted(set(numbers))
    if present[-1] >= len(names):
        raise InputError(
            f"{place} has the label {present[-1]} but {len(names)} class names; expected 0 to "
            f"{len(names) - 1}. Mend "
            f"the list of names."
        )
    given = [naming.printable(names[number]) for number in present]
    if len(set(given)) < len(given):
        raise InputError(
            f"{place} names two classes alike; expected different class names. Mend the list of "
            "names."
        )
    return tuple(given), np.searchsorted(present, numbers).astype(np.int64)


def _picture(
    features: dict[str, tfrecord.Feature], key: str, shape: tuple[int, ...] | None
) -> bytes | np.ndarray:
    stored = features.get(key)
    if isinstance(stored, list) and stored and is_encoded(stored[0]):
        return stored[0]
    if isinstance(stored, np.ndarray):
        if stored.dtype != np.int64 or not len(stored) or stored.min() < 0 or stored.max() > 255:
            raise Unreadable("pixels that are not whole numbers 0 to 255")
        pixels = stored.astype(np.uint8)
    else:
        pixels = np.frombuffer(stored[0] if stored else b"", np.uint8)
    lengths = [
        features.get(next((name for name in names if name in features), "")) for names in _SIDES
    ]
    said = tuple(
        int(side[0]) for side in lengths if isinstance(side, np.ndarray) and len(side) == 1
    )
    for known in ((*said, 1)[:3], (*(shape or ()), 1)[:3], *_square(len(pixels))):
        height, width, channels = known if len(known) == 3 else (0, 0, 0)
        if (
            min(height, width) > 0
            and channels in (1, 3)
            and height * width * channels == len(pixels)
        ):
            return np.array(pixels).reshape(height, width, channels)
    return stored[0] if isinstance(stored, list) and stored else b""


def _square(n: int) -> list[tuple[int, int, int]]:
    return [
        (side, side, channels) for channels in (1, 3) if (side := math.isqrt(n // channels)) > 1
    ]
