"""How are pictures in a ZIP archive read, without unpacking it?"""

from __future__ import annotations

import bz2
import os
import struct
import weakref
import zipfile
import zlib
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from receta.codecs import archives, zip_names
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data import files, image_formats, own_folders
from receta.data.dataset import Images
from receta.data.image import Unreadable
from receta.data.listing import Listing
from receta.data.unread_files import Unread
from receta.sources import Options
from receta.sources.trees import picture_tree

AFTER = "parquet_images"
READS = "a .zip of pictures, one folder a class"
FORM = "`.zip`"
FACTS = "of such a folder; read without being unpacked"
_LOCAL_HEADER = 30  # bytes before the name; APPNOTE.TXT 4.3.7
_HEAD = 2**20  # packed bytes that give the first unpacked ones: a block of bzip2 is 900 kB


class Archive(Images):
    """Pictures as members of a ZIP archive, read at their places in the file.

    ignored: how many other members there are. strays: pictures outside of class folders.
    """

    def __init__(self, place: str, options: Options) -> None:
        members, found, notes = _sort_in(place)
        self.ignored = found.others.total()
        tree = picture_tree.arrange_tree(list(members), place, found)
        self.place = place
        self._path = os.path.abspath(place)  # stays right when the process changes its folder
        self.ids = tree.ids
        self.targets = tree.targets
        self.class_names = tree.class_names
        self.parts = tree.parts
        self.strays = tree.strays
        self.notes = (*notes, *tree.notes)
        # (n, 5): where the member begins, packed size, size, method, CRC
        self._facts = np.array([_facts(members[path]) for path in tree.paths], np.int64)
        self._options = options
        self._file: int | None = None

    def raw(self, row: int) -> bytes:
        """The unpacked bytes of a member; raises Unreadable with the reason."""
        if self._file is None:
            self._open()
        start, packed, size, method, check = (int(fact) for fact in self._facts[row])
        return _unpack(self._file or 0, start, packed, size, method, check)

    def _open(self) -> None:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Unreadable(
                f"the archive cannot be read: {(error.strerror or 'system error').lower()}"
            ) from error
        weakref.finalize(self, os.close, descriptor)
        self._file = descriptor

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_file": None}

    def stamp(self) -> str:
        """Changes with name, size and time of the archive."""
        return naming.file_stamp([self._path], "image_zip", 2, self._options)

    def __repr__(self) -> str:
        return f"image_zip({self.place!r}, {len(self)} pictures, {len(self.class_names)} classes)"


def accepts(place: str, options: Options) -> bool:
    """Any file that is called .zip."""
    return place.lower().endswith(".zip") and os.path.isfile(place)


def image_zip(place: str, options: Options, progress: Progress) -> Archive:
    """Pictures in an archive; raises InputError for one that is damaged or hostile."""
    return Archive(place, options)


def sample(folder: Path) -> str:
    """Write an archive of two classes of four pictures and return the DATA argument."""
    from receta.sources import image_folder

    image_folder.sample(folder / "pictures")
    place = folder / "pictures.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for file in sorted((folder / "pictures").rglob("*.png")):
            archive.write(file, file.relative_to(folder).as_posix())
    return str(place)


def _sort_in(place: str) -> tuple[dict[str, zipfile.ZipInfo], Listing, list[str]]:
    """Pictures by their path, what else there is, and what is said of names.

    Refuses what is hostile.
    """
    listed = zip_names.open_directory(place)
    paths, notes = zip_names.read_names(place, listed)
    found, members = Listing(), dict[str, zipfile.ZipInfo]()
    replaced = Counter[str]()
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ours = _written_by_receta(descriptor, paths, listed)
        found.root = ours.pop("", "")
        found.ours = list(ours.items())
        # Of two with one name the later counts, as when unpacking.
        last = {path: index for index, path in enumerate(paths)}
        for index, (path, member) in enumerate(zip(paths, listed, strict=True)):
            if any(picture_tree.is_junk(folder) for folder in path.split("/")) or any(
                folder in ours for folder in _folders(path)
            ):
                continue
            if path.count("/") > files.MOST_DEPTH:
                raise InputError(
                    f"{place} nests deeper than {files.MOST_DEPTH} folders; expected fewer. "
                    f"{archives.UNPACK}"
                )
            found.folders.update(_folders(path))
            if path.endswith("/"):
                continue
            if last[path] != index:
                replaced[path] += 1
            elif found.add(path, lambda member=member: _head(descriptor, member)):  # type: ignore[misc]
                zip_names.check_picture(place, member, picture_tree.MOST_BYTES)
                members[path] = member
    finally:
        os.close(descriptor)
    zip_names.refuse_overlaps(place, listed)
    if not members:
        raise picture_tree.without_pictures(place, found)
    twice = Counter(path for path in replaced.elements() if path in members)
    found.unread += [
        Unread(
            f"{path} (earlier)",
            "a name that is packed twice",
            "the later one counts",
            is_photo=False,
        )
        for path, n in twice.items()
        for _ in range(n)
    ]
    return members, found, notes


def _folders(path: str) -> list[str]:
    """All folders that a path lies in, the uppermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _written_by_receta(
    descriptor: int, paths: list[str], listed: list[zipfile.ZipInfo]
) -> dict[str, str]:
    """Folders in the archive that receta wrote, and what each is.

    '' stands for the archive itself.
    """
    inside: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for path, member in zip(paths, listed, strict=True):
        folder, _, name = path.rpartition("/")
        if name in own_folders.MANIFESTS:
            inside.setdefault(folder, {})[name] = member
    told = {
        folder: own_folders.written_by_receta(some, partial(_content_of, descriptor, some))
        for folder, some in inside.items()
    }
    return {folder: what for folder, what in sorted(told.items()) if what}


def _content_of(descriptor: int, members: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    return _content(descriptor, members[name])


def _content(descriptor: int, member: zipfile.ZipInfo) -> bytes:
    """What a small member holds; nothing where it is damaged or large."""
    if (
        member.file_size > own_folders.MOST_MANIFEST
        or member.compress_type not in zip_names.METHODS
    ):
        return b""
    try:
        return _unpack(descriptor, *_facts(member))
    except Unreadable:
        return b""


def _facts(member: zipfile.ZipInfo) -> tuple[int, int, int, int, int]:
    return (
        member.header_offset,
        member.compress_size,
        member.file_size,
        member.compress_type,
        member.CRC,
    )


def _head(descriptor: int, member: zipfile.ZipInfo) -> bytes:
    """The first bytes of a member; only these are unpacked."""
    start, packed, size, method, _ = _facts(member)
    if method not in zip_names.METHODS:
        return b""
    try:
        content = _read_packed(descriptor, start, min(packed, _HEAD))
        return _grown(content, method, min(size, image_formats.MAGIC_BYTES))[
            : image_formats.MAGIC_BYTES
        ]
    except (Unreadable, zlib.error, OSError, EOFError):
        return b""


def _read_packed(descriptor: int, start: int, n: int) -> bytes:
    """n bytes of a member as they stand in the file; pread needs no lock between threads."""
    try:
        header = os.pread(descriptor, _LOCAL_HEADER, start)
        if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise Unreadable("damaged in the archive: no member where the directory says")
        name, extra = struct.unpack("<HH", header[26:30])
        return os.pread(descriptor, n, start + _LOCAL_HEADER + name + extra)
    except OSError as error:
        raise Unreadable(
            f"the archive cannot be read: {(error.strerror or 'system error').lower()}"
        ) from error


def _grown(content: bytes, method: int, most: int) -> bytes:
    """Unpacked bytes, at most so many; raises what zlib and bz2 do."""
    if method == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-15).decompress(content, most)
    if method == zipfile.ZIP_BZIP2:
        return bz2.BZ2Decompressor().decompress(content, most)
    return content


def _unpack(descriptor: int, start: int, packed: int, size: int, method: int, check: int) -> bytes:
    """The bytes of one member, proved by their CRC."""
    # no method here makes more of it: a lie that would only cost memory
    if packed > size + size // 50 + 4096:
        raise Unreadable(f"damaged in the archive: {packed} packed bytes for a file of {size}")
    content = _read_packed(descriptor, start, packed)
    if len(content) < packed:
        raise Unreadable(f"damaged in the archive: {len(content)} of {packed} bytes are there")
    try:
        # one byte more than announced is enough to see that the directory lies
        content = _grown(content, method, size + 1)
    except (zlib.error, OSError, EOFError) as error:
        raise Unreadable(f"damaged in the archive: {error}") from error
    if len(content) != size or zlib.crc32(content) != check:
        raise Unreadable("damaged in the archive: its bytes do not agree with its checksum")
    return content
