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
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs import tfrecord, unpacked
from receta.core import disk, naming, outside
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Images, Quarantined
from receta.data.image import Unreadable
from receta.sources._parts import part_of, settled

VERSION = 1  # of this reader: raise it when what it keeps changes
IMAGES = ("image/encoded", "image", "image_raw", "image_bytes", "img", "picture", "jpg", "png", "x")
LABELS = ("image/class/label", "label", "labels", "class", "target", "y", "image/class/text")
TEXTS = ("image/class/text", "label_text", "class_name", "label_name")
IDS = ("id", "image/filename", "image_name", "filename", "file_name")
_SIDES = (
    ("image/height", "height", "rows"),
    ("image/width", "width", "cols"),
    ("image/channels", "depth", "channels"),
)
_CHUNK = 4 * 2**20
_SHARD = re.compile(r"[-_.]\d+-of-\d+")


@dataclass(frozen=True)
class Keys:
    """Names of the features that hold picture, label, the label's text and the id; '' for none."""

    image: str
    label: str
    text: str = ""
    id: str = ""


class Records(Images):
    """Pictures in records; places (n, 3): which file, where the record begins, its length."""

    def __init__(
        self,
        title: str,
        files: Sequence[str],
        data: Sequence[str],
        places: np.ndarray,
        image: str,
        shape: tuple[int, ...] | None,
        words: object,
    ) -> None:
        self._title, self._words, self._image, self._shape = title, words, image, shape
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


def records(
    title: str,
    place: str,
    files: Sequence[tuple[str, str]],
    keys: Keys,
    *,
    names: Sequence[str] | None,
    shape: tuple[int, ...] | None,
    words: object,
    progress: Progress,
) -> Records:
    """The records of files (path, part); names: of the classes by number, if there is a list."""
    places, data, ids, parts, labels, numbers = [], [], [], [], [], []
    strays: list[Quarantined] = []
    counted: dict[str, int] = {}
    with progress.bar("reading records", len(files), "files") as bar:
        for at, (file, part) in enumerate(files):
            folder = unpacked.kept(
                "tfrecord",
                file,
                (VERSION, keys),
                partial(_indexed, file, keys=keys),
            )[0]
            found = disk.read_json(folder / "rows.json")
            data.append(_unpacked(file)[0])
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
    source = Records(
        title,
        [file for file, _ in files],
        data,
        np.concatenate(places).astype(np.int64),
        keys.image,
        shape,
        words,
    )
    source.ids = naming.unique(ids)
    source.class_names, source.targets = class_names, targets
    source.parts = settled(place, parts, targets, class_names)
    source.strays = tuple(strays)
    return source


def chosen(file: str, label: str | None, content: str | None) -> Keys:
    """Which features hold what, by the first record of a file and what the user says."""
    record = next((record for _, record in tfrecord.scan(*_unpacked(file))), None)
    if record is None:
        raise InputError(
            f"{file} is empty; expected records of pictures with labels. Name another file."
        )
    features = tfrecord.parse(record, f"{file}: record 1")
    pictures = [
        name
        for name in (*IMAGES, *features)
        if name in features and _may_be_picture(features[name])
    ]
    image = _one(file, content, pictures, features, "picture", "--content")
    named = _one(
        file, label, [name for name in LABELS if name in features], features, "label", "--label"
    )
    text = (
        next((name for name in TEXTS if name in features and name != named), "")
        if label is None
        else ""
    )
    return Keys(
        image, named, text, next((name for name in IDS if isinstance(features.get(name), list)), "")
    )


def _unpacked(file: str) -> tuple[str, int]:
    """The file and where its records begin; of one that is packed, its copy in the cache."""
    with open(file, "rb") as stream:
        head = stream.read(12)
    # a length may look like gzip's first bytes
    if head[:2] != b"\x1f\x8b" or tfrecord.length_of(head) is not None:
        return file, 0
    folder, facts = unpacked.kept(
        "tfrecord-unpacked", file, VERSION, lambda folder: {"start": _unpack(file, folder)}
    )
    return str(folder / "records.npy"), facts["start"]


def _one(
    file: str,
    said: str | None,
    found: Sequence[str],
    features: dict[str, Any],
    what: str,
    option: str,
) -> str:
    if said in features or (said is None and found):
        return said or found[0]
    received = f"no feature {said!r}" if said else f"no feature that is a {what}"
    raise InputError(
        f"{file} has {received} but {naming.first_few(sorted(features), 8) or 'none at all'}; "
        f"expected one that holds the {what}. Name it with {option}."
    )


def _may_be_picture(feature: tfrecord.Feature) -> bool:
    """Bytes of a known format or of some length, or pixels as whole numbers."""
    if isinstance(feature, np.ndarray):
        return feature.dtype == np.int64 and len(feature) > 3
    return len(feature) == 1 and (is_encoded(feature[0]) or len(feature[0]) > 256)


def is_encoded(content: bytes) -> bool:
    """Whether bytes begin as those of a picture's format do."""
    return content.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
    ) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def _indexed(file: str, folder: Path, keys: Keys) -> dict[str, Any]:
    """Fill the cache folder: places.npy and rows.json."""
    places, labels, numbers, ids, parts, strays = [], [], [], [], [], []
    for row, (offset, record) in enumerate(tfrecord.scan(*_unpacked(file))):
        features = tfrecord.parse(record, f"{file}: record {row + 1}")
        label, reason = _label(features, keys)
        picture = features.get(keys.image)
        if picture is None or not len(picture) or (isinstance(picture, list) and not picture[0]):
            reason = "has no picture"
        if reason:
            strays.append((row, reason))
        places.append((offset, len(record)))
        labels.append(label)
        numbers.append(_label(features, Keys("", keys.label))[0] if keys.text else None)
        ids.append(_text(features.get(keys.id)) if keys.id else "")
        parts.append(_text(features.get("part")))
    with disk.replacing(folder / "places.npy") as temporary:
        np.save(temporary, np.array(places, np.int64).reshape(-1, 2))
    rows = {
        "labels": labels,
        "numbers": numbers if keys.text else None,
        "ids": ids if any(ids) else None,
        "parts": parts if any(parts) else None,
        "strays": strays,
    }
    disk.write_json(folder / "rows.json", rows, indent=None)
    return {}


def _label(features: dict[str, tfrecord.Feature], keys: Keys) -> tuple[int | str, str]:
    """The label of a record, and what is wrong with it."""
    text = _text(features.get(keys.text)) if keys.text else ""
    if text.strip():
        return text, ""
    label = features.get(keys.label)
    if label is None or not len(label):
        return "", "has no label"
    if len(label) > 1:
        return "", f"has {len(label)} labels where one is expected"
    if isinstance(label, list):
        name = _text(label)
        return name, "" if name.strip() else "has no label"
    value = float(label[0])
    if not math.isfinite(value) or not value.is_integer():
        return "", f"has the label {value:g}, which is no class"
    return int(label[0]), ""


def _text(feature: tfrecord.Feature | None) -> str:
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0].decode("utf-8", "replace")
    return ""


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


def _unpack(file: str, folder: Path) -> int:
    """Write records.npy, the unpacked bytes behind a header of NumPy; where they begin."""
    with open(file, "rb") as packed, unpacked.pixel_file(folder / "records.npy", ()) as out:
        for chunk in outside.gunzip(file, packed, _CHUNK):
            out.append(np.frombuffer(chunk, np.uint8))
        out.close(out.n_bytes)
        return out.offset
