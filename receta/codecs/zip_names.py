"""What are the members of a ZIP archive called, and is the archive harmless?

Names without the mark for UTF-8 are bytes that nobody explains: macOS writes UTF-8 there,
Windows the code page of its country. As unzip and 7-Zip do, valid UTF-8 is taken for that.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence

from receta.codecs.archives import UNPACK, kind_of_archive
from receta.core import naming
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.data import image_formats

# Pictures are packed already: no honest archive of them comes near any of these.
BOMB_RATIO, BOMB_MEMBER = 100, 100 * 10**6
BOMB_TOTAL_RATIO, BOMB_TOTAL = 200, 10**9
MOST_MEMBERS = 2_000_000  # 3 GB of names and places (LOG.md); ImageNet has 1.3 million pictures
METHODS = {
    zipfile.ZIP_STORED: "stored",
    zipfile.ZIP_DEFLATED: "deflate",
    zipfile.ZIP_BZIP2: "bzip2",
}
_OTHER_METHODS = {
    1: "shrink",
    6: "implode",
    9: "Deflate64",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    96: "JPEG",
    98: "PPMd",
    99: "AES",
}
_UTF8, _ENCRYPTED = 0x800, 0x1  # of the flags
_LOCAL_HEADER, _DIRECTORY_ENTRY, _END, _END_64 = 30, 46, 22, 56  # bytes at least; APPNOTE.TXT 4.3
_UNICODE_PATH = 0x7075  # extra field of Info-ZIP: APPNOTE.TXT 4.6.9
_OWN_BACKSLASH = re.compile(rb"(?<![\x81-\xfe])\\")


def open_directory(place: str) -> list[zipfile.ZipInfo]:
    """All members, in order; raises InputError for what is damaged or hostile."""
    size = os.path.getsize(place)
    with open(place, "rb") as file:
        head = file.read(512)
    if not head.startswith(b"PK") and size:
        kind = kind_of_archive(head, "")
        if kind:
            raise InputError(f"{place} is {kind}, called .zip; expected a ZIP archive. {UNPACK}")
    n = _entries_at_most(place, size)
    if n > MOST_MEMBERS:
        raise InputError(
            f"{place} has a directory of up to {n:,} members; expected at most {MOST_MEMBERS:,}. "
            f"{UNPACK}"
        )
    try:
        with zipfile.ZipFile(place) as archive:
            listed = archive.infolist()
    except (
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        ValueError,
        NotImplementedError,
        OverflowError,
    ) as error:
        raise InputError(
            f"{place} cannot be opened as a ZIP archive ({_explain(error, head)}); expected a "
            "whole one. Download or pack it again."
        ) from error
    if not listed:
        raise InputError(
            f"{place} is an empty ZIP archive; expected one folder of pictures a class. Name "
            "another."
        )
    _refuse_bomb(place, size, listed)
    return listed


def _explain(error: Exception, head: bytes) -> str:
    """The error in words; what the file is instead, where that is known."""
    what = image_formats.what_is(head) if head else "an empty file"
    return (
        f"it is {what}" if what.startswith(("an HTML", "a PDF", "text", "an empty")) else str(error)
    )


def read_names(place: str, listed: Sequence[zipfile.ZipInfo]) -> tuple[list[str], list[str]]:
    """The path of each member with '/', and what is said of how they are written.

    Raises InputError for a member that leads outside, is a link or encrypted.
    """
    unmarked = {
        index: _raw_name(member) for index, member in enumerate(listed) if not _is_marked(member)
    }
    folders = {
        part
        for name in unmarked.values()
        for part in name.replace(b"\\", b"/").split(b"/")
        if not part.isascii()
    }
    valid = {part for part in folders if _is_utf8(part)}
    # decided for all: else one class might get two names
    is_utf8 = bool(folders) and 2 * len(valid) > len(folders)
    paths: list[str] = []
    doubtful: set[str] = set()
    for index, member in enumerate(listed):
        # archives made on Windows may hold backslashes
        name = (_unicode_path(member) or member.filename).replace("\\", "/")
        if index in unmarked:
            raw = unmarked[index]
            # In Shift-JIS, Big5 and GBK the second byte of a letter may be that of a backslash.
            plain = (
                raw.replace(b"\\", b"/")
                if is_utf8 or b"/" not in raw
                else _OWN_BACKSLASH.sub(b"/", raw)
            )
            name = plain.decode("utf-8", "surrogateescape") if is_utf8 else plain.decode("cp437")
            if not raw.isascii() and not (is_utf8 and _is_utf8(raw)):
                doubtful |= {
                    naming.printable(part) for part in name.split("/") if not part.isascii()
                }
        paths.append(_safe_path(place, member, name))
    notes = []
    if doubtful:
        how = (
            "are no UTF-8 as the others are"
            if is_utf8
            else "are no UTF-8 and read as code page 437"
        )
        notes.append(
            f"{counted(len(doubtful), 'names')} in the archive {how}: "
            f"{naming.first_few(sorted(doubtful), 2)}; where that looks "
            f"wrong, pack it anew with names in UTF-8"
        )
    return paths, notes


def check_picture(place: str, member: zipfile.ZipInfo, most: int) -> None:
    """InputError for a picture that is too large, or packed as nothing here unpacks."""
    name = naming.printable(member.filename)
    if member.file_size > most:
        raise InputError(
            f"{place}: picture {name!r} unpacks to {member.file_size // 2**20} MB; "
            f"expected at most {most // 2**20} MB a picture. Take it out of the archive."
        )
    if member.compress_type not in METHODS:
        known = _OTHER_METHODS.get(member.compress_type)
        raise InputError(
            f"{place}: member {name!r} is packed by method "
            f"{member.compress_type}{f' ({known})' if known else ''}; expected "
            f"{', '.join(METHODS.values())}. Pack the archive anew with zip, or unpack it and "
            "name the folder."
        )


def _entries_at_most(place: str, size: int) -> int:
    """How many members the directory can hold, without reading it: its size by that of the
    smallest entry.
    """
    with open(place, "rb") as file:
        file.seek(max(0, size - _END - 65_535))
        end = file.read()
        at = end.rfind(b"PK\x05\x06")
        if at < 0 or at + _END > len(end):
            return 0
        length = int.from_bytes(end[at + 12 : at + 16], "little")
        if length == 0xFFFFFFFF:
            locator = end.rfind(b"PK\x06\x07", 0, at)
            file.seek(
                min(int.from_bytes(end[locator + 8 : locator + 16], "little"), size)
                if locator >= 0
                else size
            )
            record = file.read(_END_64)
            length = (
                int.from_bytes(record[40:48], "little")
                if record.startswith(b"PK\x06\x06")
                else size
            )
    return min(length, size) // _DIRECTORY_ENTRY


def _is_marked(member: zipfile.ZipInfo) -> bool:
    return (
        bool(member.flag_bits & _UTF8) or member.filename.isascii() or _unicode_path(member) != ""
    )


def _raw_name(member: zipfile.ZipInfo) -> bytes:
    """A name's bytes: Python has read them as code page 437, which loses none."""
    return member.orig_filename.partition("\0")[0].encode("cp437", "surrogateescape")


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unicode_path(member: zipfile.ZipInfo) -> str:
    """The name that Info-ZIP's extra field gives; '' where there is none that fits."""
    if member.flag_bits & _UTF8 or member.filename.isascii():
        return member.filename
    extra = member.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        fits = kind == _UNICODE_PATH and len(data) > 5 and data[0] == 1 and _is_utf8(data[5:])
        if fits and int.from_bytes(data[1:5], "little") == zlib.crc32(_raw_name(member)):
            return data[5:].decode("utf-8")
    return ""


def _safe_path(place: str, member: zipfile.ZipInfo, path: str) -> str:
    """The member's path without what says nothing; raises InputError for one that leads outside."""
    shown = member.filename if member.filename.isascii() else path
    what, advice = "", "Pack the pictures anew, without it."
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        what = "has an absolute path"
    elif ".." in path.split("/"):
        what = "leads out of the archive"
    elif member.create_system == 3 and stat.S_ISLNK(member.external_attr >> 16):  # 3: made on Unix
        what = "is a symbolic link"
    elif member.flag_bits & _ENCRYPTED:
        what, advice = "is encrypted", "Unpack it with its password, and name the folder."
    if what:
        raise InputError(
            f"{place}: member {naming.printable(shown)!r} {what}; expected plain files inside. "
            f"{advice}"
        )
    return (
        "/".join(part for part in path.split("/") if part != ".")
        if "/./" in f"/{path}"
        else re.sub(r"/+", "/", path)
    )


def _refuse_bomb(place: str, size: int, listed: Sequence[zipfile.ZipInfo]) -> None:
    advice = "That is a decompression bomb: do not unpack it; name another archive."
    for member in listed:
        if member.file_size > BOMB_MEMBER and member.file_size > BOMB_RATIO * max(
            member.compress_size, 1
        ):
            raise InputError(
                f"{place}: member {naming.printable(member.filename)!r} unpacks from "
                f"{member.compress_size} to "
                f"{member.file_size} bytes; expected at most {BOMB_RATIO} times. {advice}"
            )
    total = sum(member.file_size for member in listed)
    if total > BOMB_TOTAL and total > BOMB_TOTAL_RATIO * size:
        raise InputError(
            f"{place} unpacks from {size} to {total} bytes; expected at most {BOMB_TOTAL_RATIO} "
            f"times. {advice}"
        )


def refuse_overlaps(place: str, listed: Sequence[zipfile.ZipInfo]) -> None:
    """InputError where members share bytes: a few of these unpack to any number."""
    end = 0
    for member in sorted(listed, key=lambda member: member.header_offset):
        if member.header_offset < end:
            raise InputError(
                f"{place}: member {naming.printable(member.filename)!r} lies in the bytes of "
                "another one; expected each in its own. "
                f"That is a decompression bomb: do not unpack it; name another archive."
            )
        end = member.header_offset + _LOCAL_HEADER + member.compress_size
