"""How are pictures in a ZIP archive read, without unpacking it?"""

from __future__ import annotations

import bz2
import os
import re
import stat
import struct
import weakref
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from receta.core.dataset import Images
from receta.core.errors import InputError
from receta.core.image import Unreadable
from receta.core.progress import Progress
from receta.sources import Options, _names, _tree

ORDER = 40
READS = "a .zip of pictures, one folder a class"
METHODS = {zipfile.ZIP_STORED: "stored", zipfile.ZIP_DEFLATED: "deflate", zipfile.ZIP_BZIP2: "bzip2"}
# Pictures are packed already: no honest archive of them comes near any of these.
BOMB_RATIO, BOMB_MEMBER = 100, 100 * 10**6
BOMB_TOTAL_RATIO, BOMB_TOTAL = 200, 10**9
_LOCAL_HEADER = 30  # bytes before the name; APPNOTE.TXT 4.3.7


class Archive(Images):
    """Pictures as members of a ZIP archive, read at their places in the file.

    ignored: how many other members there are. strays: pictures outside of class folders.
    """

    def __init__(self, place: str, options: Options) -> None:
        members, self.ignored = _members(place)
        tree = _tree.arranged(list(members), place)
        self.place = place
        self._path = os.path.abspath(place)  # stays right when the process changes its folder
        self.ids = tree.ids
        self.targets = tree.targets
        self.class_names = tree.class_names
        self.parts = tree.parts
        self.strays = tree.strays
        # (n, 5): where the member begins, packed size, size, method, CRC
        self._facts = np.array([_facts(members[path]) for path in tree.paths], np.int64)
        self._options = options
        self._file: int | None = None

    def raw(self, row: int) -> bytes:
        """The unpacked bytes of a member; raises Unreadable with the reason."""
        if self._file is None:
            self._open()
        start, packed, size, method, check = (int(fact) for fact in self._facts[row])
        return _unpacked(self._file or 0, start, packed, size, method, check)

    def _open(self) -> None:
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Unreadable(f"the archive cannot be read: {(error.strerror or 'system error').lower()}") from error
        weakref.finalize(self, os.close, descriptor)
        self._file = descriptor

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_file": None}

    def stamp(self) -> str:
        """Changes with name, size and time of the archive."""
        return _names.file_stamp([self._path], "image_zip", 1, self._options)

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


def _members(place: str) -> tuple[dict[str, zipfile.ZipInfo], int]:
    """Pictures by their path, and how many other files there are; refuses what is hostile."""
    try:
        with zipfile.ZipFile(place) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, struct.error, EOFError, ValueError, NotImplementedError, OverflowError) as error:
        raise InputError(
            f"{place} cannot be opened as a ZIP archive ({error}); expected a whole one. Download or pack it again."
        ) from error
    if not listed:
        raise InputError(f"{place} is an empty ZIP archive; expected one folder of pictures a class. Name another.")
    _refuse_bomb(place, listed)
    found: dict[str, zipfile.ZipInfo] = {}
    suffixes: Counter[str] = Counter()
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for member in listed:
            path = _safe_path(place, member)
            name = path.rpartition("/")[2]
            if not name or any(_tree.is_junk(folder) for folder in path.split("/")):
                continue
            if _tree.is_picture(name, lambda member=member: _head(descriptor, member)):  # type: ignore[misc]
                _check_picture(place, member)
                found[path] = member  # of two with one name the later counts, as when unpacking
            else:
                suffixes[_tree.suffix(name)] += 1
    finally:
        os.close(descriptor)
    if not found:
        raise _tree.without_pictures(place, suffixes)
    return found, sum(suffixes.values())


def _safe_path(place: str, member: zipfile.ZipInfo) -> str:
    """The member's path with '/'; raises InputError for one that leads outside."""
    path = member.filename.replace("\\", "/")  # archives made on Windows may hold backslashes
    what = ""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        what = "has an absolute path"
    elif ".." in path.split("/"):
        what = "leads out of the archive"
    elif member.create_system == 3 and stat.S_ISLNK(member.external_attr >> 16):  # 3: made on Unix
        what = "is a symbolic link"
    elif member.flag_bits & 0x1:
        what = "is encrypted"
    if what:
        raise InputError(
            f"{place}: member {_names.printable(member.filename)!r} {what}; expected plain files inside. "
            f"Pack the pictures anew, without it."
        )
    return re.sub(r"/+", "/", path).removeprefix("./")


def _check_picture(place: str, member: zipfile.ZipInfo) -> None:
    name = _names.printable(member.filename)
    if member.file_size > _tree.MOST_BYTES:
        raise InputError(
            f"{place}: picture {name!r} unpacks to {member.file_size // 2**20} MB; "
            f"expected at most {_tree.MOST_BYTES // 2**20} MB a picture. Take it out of the archive."
        )
    if member.compress_type not in METHODS:
        raise InputError(
            f"{place}: member {name!r} is packed by method {member.compress_type}; expected "
            f"{', '.join(METHODS.values())}. Pack the archive anew with zip."
        )


def _refuse_bomb(place: str, listed: list[zipfile.ZipInfo]) -> None:
    advice = "That is a decompression bomb: do not unpack it; name another archive."
    for member in listed:
        if member.file_size > BOMB_MEMBER and member.file_size > BOMB_RATIO * max(member.compress_size, 1):
            raise InputError(
                f"{place}: member {_names.printable(member.filename)!r} unpacks from {member.compress_size} to "
                f"{member.file_size} bytes; expected at most {BOMB_RATIO} times. {advice}"
            )
    total, size = sum(member.file_size for member in listed), os.path.getsize(place)
    if total > BOMB_TOTAL and total > BOMB_TOTAL_RATIO * size:
        raise InputError(
            f"{place} unpacks from {size} to {total} bytes; expected at most {BOMB_TOTAL_RATIO} times. {advice}"
        )


def _facts(member: zipfile.ZipInfo) -> tuple[int, int, int, int, int]:
    return member.header_offset, member.compress_size, member.file_size, member.compress_type, member.CRC


def _head(descriptor: int, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > _tree.MOST_BYTES:
        return b""
    try:
        return _unpacked(descriptor, *_facts(member))[: _tree.MAGIC_BYTES]
    except Unreadable:
        return b""


def _unpacked(descriptor: int, start: int, packed: int, size: int, method: int, check: int) -> bytes:
    """The bytes of one member, proved by their CRC; pread needs no lock between threads."""
    try:
        header = os.pread(descriptor, _LOCAL_HEADER, start)
        if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise Unreadable("damaged in the archive: no member where the directory says")
        name, extra = struct.unpack("<HH", header[26:30])
        content = os.pread(descriptor, packed, start + _LOCAL_HEADER + name + extra)
    except OSError as error:
        raise Unreadable(f"the archive cannot be read: {(error.strerror or 'system error').lower()}") from error
    if len(content) < packed:
        raise Unreadable(f"damaged in the archive: {len(content)} of {packed} bytes are there")
    try:
        # One byte more than announced is enough to see that the directory lies.
        if method == zipfile.ZIP_DEFLATED:
            content = zlib.decompressobj(-15).decompress(content, size + 1)
        elif method == zipfile.ZIP_BZIP2:
            content = bz2.BZ2Decompressor().decompress(content, size + 1)
    except (zlib.error, OSError, EOFError) as error:
        raise Unreadable(f"damaged in the archive: {error}") from error
    if len(content) != size or zlib.crc32(content) != check:
        raise Unreadable("damaged in the archive: its bytes do not agree with its checksum")
    return content
