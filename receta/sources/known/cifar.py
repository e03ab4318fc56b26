"""How are CIFAR-10 and CIFAR-100 read, as binary files or as Python's, packed or not?

The publisher packs them twice: bytes behind each other (what is downloaded here), and
pickles (what Keras downloads). Both come to one file of pixels in the cache.
https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from receta.codecs import unpacked
from receta.codecs.pickled_values import Refused
from receta.codecs.plain_pickle import plain
from receta.core import disk, naming
from receta.core.errors import InputError
from receta.data.marks import Marks
from receta.sources.blocks.stack import Block, Stack
from receta.sources.parts.part_names import settle_parts

VERSION = 1  # of this reader: raise it when what it keeps changes
_PIXELS = 3 * 32 * 32
_MOST_BYTES = 512 * 2**20  # of a file, and of all files together; honest ones have 185 MB


@dataclass(frozen=True)
class Kind:
    """Files of one of the two sets, and the names of what is in them.

    label: the key in the pickles. at: position of its byte in a binary record.
    """

    name: str
    label_bytes: int
    at: int
    label: str
    names: tuple[str, str]  # file of class names: binary, pickled
    names_key: str

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """Names of the files of each part, without .bin."""
        batches = tuple(f"data_batch_{number}" for number in range(1, 6))
        return (
            {"train": batches, "test": ("test_batch",)}
            if self.label_bytes == 1
            else {"train": ("train",), "test": ("test",)}
        )


TEN = Kind("cifar10", 1, 0, "labels", ("batches.meta.txt", "batches.meta"), "label_names")
FINE = Kind(
    "cifar100:fine", 2, 1, "fine_labels", ("fine_label_names.txt", "meta"), "fine_label_names"
)
COARSE = Kind(
    "cifar100:coarse",
    2,
    0,
    "coarse_labels",
    ("coarse_label_names.txt", "meta"),
    "coarse_label_names",
)


def cifar(kind: Kind, place: str, title: str) -> Stack:
    """The pictures of a folder or a .tar.gz; InputError for one that is damaged or hostile."""
    files = (
        sorted(os.path.join(place, name) for name in os.listdir(place))
        if os.path.isdir(place)
        else [place]
    )
    words = (VERSION, kind.name, naming.file_stamp(files))
    folder, facts = unpacked.unpack_once(
        "cifar", place, words, lambda folder: _read(kind, place, folder)
    )
    labels = np.load(folder / "labels.npy", allow_pickle=False)
    present = np.unique(labels)
    class_names = tuple(facts["names"][label] for label in present.tolist())
    targets = np.searchsorted(present, labels).astype(np.int64)
    parts = [part for part, n in facts["parts"].items() for _ in range(n)]
    ids = [f"{part}-{row}" for part, n in facts["parts"].items() for row in range(n)]
    block = Block(
        str(folder / "pixels.npy"),
        facts["offset"],
        (len(labels), _PIXELS),
        (32, 32, 3),
        channels_first=True,
    )
    return Stack(
        title,
        [block],
        files,
        marks=Marks(ids, targets, class_names, settle_parts(place, parts, targets, class_names)),
        words=words,
    )


def _read(kind: Kind, place: str, folder: Path) -> dict[str, Any]:
    """Fill the cache folder: pixels.npy and labels.npy."""
    members = _of_folder(place) if os.path.isdir(place) else _of_archive(place)
    named = [name for batches in kind.parts.values() for name in batches]
    binary = any(f"{name}.bin" in members for name in named)
    wanted = [f"{name}.bin" if binary else name for name in named]
    lacking = [name for name in (*wanted, kind.names[0 if binary else 1]) if name not in members]
    if lacking:
        _refuse(place, f"lacks {naming.first_few(lacking)}")
    names = _class_names(kind, place, members, binary)
    labels: list[np.ndarray] = []
    counts: dict[str, int] = {}
    with unpacked.pixel_file(folder / "pixels.npy", (_PIXELS,)) as out:
        for part, batches in kind.parts.items():
            before = len(np.concatenate(labels)) if labels else 0
            for name in batches:
                file = f"{name}.bin" if binary else name
                values, found = (_binary if binary else _read_pickle)(
                    kind, place, file, members[file]()
                )
                if len(found) and int(found.max()) >= len(names):
                    _refuse(
                        place,
                        f"has the label {int(found.max())} in {file} but {len(names)} class names",
                    )
                out.append(values)
                labels.append(found)
            counts[part] = len(np.concatenate(labels)) - before
        out.close(sum(counts.values()))
        offset = out.offset
    with disk.replacing(folder / "labels.npy") as temporary:
        np.save(temporary, np.concatenate(labels))
    return {"offset": offset, "names": names, "parts": counts}


def _class_names(
    kind: Kind, place: str, members: dict[str, Callable[[], bytes]], binary: bool
) -> list[str]:
    file = kind.names[0 if binary else 1]
    if binary:
        names = members[file]().decode("utf-8", "replace").split("\n")
        names = [name.strip() for name in names if name.strip()]
    else:
        meta = _data(place, file, members[file]())
        told = _entry(meta, kind.names_key)
        plain_texts = isinstance(told, list) and {*map(type, told)} <= {str, bytes}
        names = [_text(name) for name in told] if plain_texts else []
    if len(set(names)) < max(len(names), 2):
        _refuse(place, f"has no different class names in {file}")
    return [naming.printable(name) for name in names]


def _binary(kind: Kind, place: str, file: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    size = kind.label_bytes + _PIXELS
    if not content or len(content) % size:
        _refuse(place, f"has {len(content)} bytes in {file}, not a multiple of {size}")
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    return records[:, kind.label_bytes :], records[:, kind.at].astype(np.int64)


def _read_pickle(
    kind: Kind, place: str, file: str, content: bytes
) -> tuple[np.ndarray, np.ndarray]:
    batch = _data(place, file, content)
    values, labels = _entry(batch, "data"), _entry(batch, kind.label)
    if (
        not isinstance(values, np.ndarray)
        or values.dtype != np.uint8
        or values.ndim < 2
        or not isinstance(labels, (list, np.ndarray))
    ):
        _refuse(place, f"has no 'data' and {kind.label!r} in {file}")
    values = values.reshape(len(values), -1)
    # Lists in lists, or one long text among many short ones, would become an array of any size.
    is_plain = isinstance(labels, np.ndarray) or {*map(type, labels)} <= {int}
    found = np.array(labels if is_plain else [])
    if (
        values.shape[1] != _PIXELS
        or found.shape != (len(values),)
        or found.dtype.kind not in "iu"
        or not len(found)
        or found.min() < 0
    ):
        _refuse(
            place, f"has pixels of shape {values.shape} and labels of shape {found.shape} in {file}"
        )
    return values, found.astype(np.int64)


def _data(place: str, file: str, content: bytes) -> Any:
    try:
        return plain(content)
    except Refused as error:
        raise InputError(
            f"{place}: {file} is no plain data ({error}); expected the publisher's file of "
            "arrays and lists. "
            f"Delete it and download it again."
        ) from error


def _entry(found: Any, key: str) -> Any:
    return (
        (found.get(key.encode()) if key.encode() in found else found.get(key))
        if isinstance(found, dict)
        else None
    )


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def _of_folder(place: str) -> dict[str, Callable[[], bytes]]:
    def reader(path: str) -> Callable[[], bytes]:
        return lambda: Path(path).read_bytes()

    with os.scandir(place) as entries:
        return {
            entry.name: reader(entry.path)
            for entry in entries
            if entry.is_file() and entry.stat().st_size <= _MOST_BYTES
        }


def _of_archive(place: str) -> dict[str, Callable[[], bytes]]:
    """Plain files of an archive by their last name; nothing is unpacked to the disk."""
    try:
        with tarfile.open(place, "r:*") as archive:
            found: dict[str, Callable[[], bytes]] = {}
            total = 0
            for member in archive:
                total += member.size
                if total > _MOST_BYTES:
                    _refuse(place, f"unpacks to more than {_MOST_BYTES // 2**20} MB")
                if member.isfile():
                    content = _member(archive, member)
                    name = member.name.rpartition("/")[2]
                    found.setdefault(name, lambda content=content: content)  # type: ignore[misc]
            return found
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        _refuse(
            place, f"is damaged ({naming.printable(str(error)) or type(error).__name__})", error
        )


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    with archive.extractfile(member) as stream:  # type: ignore[union-attr]  # a plain file, as was asked
        content = stream.read()
    if len(content) != member.size:
        raise tarfile.ReadError(f"{member.name} ends early")
    return content


def _refuse(place: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise InputError(
        f"{place} {what}; expected the publisher's CIFAR files, all of them and whole. Delete it "
        "and download it again."
    ) from cause
