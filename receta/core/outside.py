"""How much of what comes from outside is read, and how is a reader's failure told?

Every file, archive, request and recipe may be hostile or broken. Three rules, for every door:
what is read has a bound that is checked before memory is taken; what a reader raises becomes
one line of ours (`reading`); nothing that is read names another file to read.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedReader
from os import PathLike
from typing import Any, BinaryIO

from receta.core.errors import InputError, RecetaError, RunError
from receta.core.printable import cut

# A settings file or a network's plan: the largest of keras.applications takes 0.9 MB.
MOST_JSON = 64 * 2**20
# Nesting of JSON: what Keras writes for a network within a network within a layer stays below 40.
DEEPEST = 200
# A member of an archive may grow this many times: texts and empty pictures shrink to a hundredth,
# and 1,032 is the most that DEFLATE can do at all.
MOST_GROWTH = 200
# What may grow without being looked at: below this no bomb is made of a single member.
FREE_GROWTH = 16 * 2**20
# Texts, tables and arrays that were packed as one stream or as members of an NPZ: labels of a
# thousand classes as one-hot rows shrink to less than a thousandth, and are honest.
FREE_UNPACKED = 256 * 2**20
# A .gz of text or records: a table of drawings shrinks to a thirtieth.
MOST_STREAM, FREE_STREAM = 100, 64 * 2**20


@contextlib.contextmanager
def reading(
    place: str | PathLike[str],
    expected: str = "a sound file",
    advice: str = "Save or copy it again.",
    kind: type[RecetaError] = InputError,
) -> Iterator[None]:
    """Turn whatever a reader raises on a file into one line of ours.

    RecetaError passes as it is, and so do Ctrl-C and the end of the process. place: what was
    read. Raises `kind`, with the reader's own error as its cause.

    >>> with reading("a.bin", "a picture"):
    ...     raise KeyError("x")
    Traceback (most recent call last):
    ...
    receta.core.errors.InputError: a.bin cannot be read (KeyError: 'x'); expected a picture. \
Save or copy it again.
    """
    try:
        yield
    except RecetaError:
        raise
    except Exception as error:  # a reader may raise anything on bytes that somebody made up
        raise kind(
            f"{place} cannot be read ({tell_error(error)}); expected {expected}. {advice}"
        ) from error


def open_file(path: str | PathLike[str]) -> BufferedReader:
    """A regular file, open to be read; never waits for a pipe, nor opens a device without an end.

    Raises OSError whose strerror says in words what stands there.
    """
    # Without O_NONBLOCK the opening of a pipe waits for somebody who writes.
    file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "no file: a folder, pipe or device has its name")
    return file


def read_file(path: str | PathLike[str], most: int) -> bytes:
    """The bytes of a regular file of at most so many; OSError as of `open_file`."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(
                errno.EFBIG, f"{size / 1e6:.3g} MB, more than {most / 1e6:.3g} MB are read"
            )
        content = file.read(most + 1)
        if content is None:  # of a file of the system that has nothing to say now
            raise OSError(errno.EAGAIN, "it has no bytes to read")
        return content[:most]


def tell_error(error: BaseException, most: int = 150) -> str:
    """An error of somebody else's code in one short, printable line.

    >>> (
    ...     tell_error(ValueError("two\\nlines")),
    ...     tell_error(MemoryError()),
    ...     tell_error(KeyError("a")),
    ... )
    ('two lines', 'it takes more memory than there is', "KeyError: 'a'")
    """
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = " ".join(
        "".join(letter if letter.isprintable() else " " for letter in str(error)).split()
    )
    if not words or isinstance(error, LookupError | AttributeError | TypeError):
        words = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return cut(words, most)


def parse_json(
    content: bytes | str,
    place: str | PathLike[str],
    *,
    most: int = MOST_JSON,
    finite: bool = True,
) -> Any:
    """The value that a JSON text holds; bounded in bytes and nesting.

    finite: whether NaN and infinity are refused. Raises InputError in one line.

    >>> parse_json(b'{"a": [1]}', "a.json")
    {'a': [1]}
    """
    with reading(place, "JSON in UTF-8"):
        return _parse(content, most, finite=finite, unique=False)


def parse_own_json(
    content: bytes | str, place: str | PathLike[str], *, most: int, advice: str
) -> Any:
    """The value of a JSON text that receta wrote: each key once. Raises RunError in one line."""
    with reading(place, "JSON in UTF-8", advice, RunError):
        return _parse(content, most, finite=True, unique=True)


def _parse(content: bytes | str, most: int, *, finite: bool, unique: bool) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number of JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            raise ValueError(f"the key {twice[:40]!r} stands there twice")
        return found

    if len(content) > most:
        raise ValueError(f"{len(content) >> 20} MB, more than {most >> 20} MB of JSON")
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    value = json.loads(
        text,
        parse_constant=refuse if finite else None,
        object_pairs_hook=once if unique else None,
    )
    if measure_depth(value, DEEPEST) > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    return value


def measure_depth(value: Any, most: int) -> int:
    """How deep lists and dicts are nested; stops counting above `most`. Takes no recursion.

    >>> measure_depth({"a": [[1]]}, 10), measure_depth(1, 10)
    (3, 0)
    """
    depth, holders = 0, [value]
    while depth <= most:
        holders = [one for one in holders if isinstance(one, dict | list)]
        if not holders:
            break
        depth += 1
        holders = [
            inner for one in holders for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def read_member(
    archive: zipfile.ZipFile,
    member: str | zipfile.ZipInfo,
    place: str | PathLike[str],
    *,
    most: int,
    growth: int = MOST_GROWTH,
) -> bytes:
    """The bytes of one member of a ZIP; refused before it is unpacked where it is a bomb.

    most: bytes that it may have. growth: how many times larger than in the archive.
    Raises InputError in one line; KeyError where there is no such member.
    """
    info = archive.getinfo(member) if isinstance(member, str) else member
    refuse_bomb(info, place, most=most, growth=growth)
    with reading(f"{place}: {info.filename}", "a sound ZIP archive"):
        return archive.read(info)


def refuse_bomb(
    info: zipfile.ZipInfo, place: str | PathLike[str], *, most: int, growth: int = MOST_GROWTH
) -> None:
    """InputError where a member of a ZIP is larger than `most`, or grows too much.

    What an archive says of its members is what Python's zipfile gives at most.
    """
    grows = info.file_size > max(FREE_GROWTH, growth * max(info.compress_size, 1))
    if info.file_size > most or grows:
        raise InputError(
            f"{place} holds {info.filename[:80]!r}, which unpacks from "
            f"{info.compress_size / 1e6:.3g} to "
            f"{info.file_size / 1e6:.3g} MB; expected at most {most / 1e6:.3g} MB and {growth} "
            "times as much. "
            f"Save it anew, or name another file."
        )


def most_unpacked(packed: int, growth: int = MOST_GROWTH, free: int = FREE_UNPACKED) -> int:
    """Bytes that so many packed ones may become: 200 times as many, or 256 MB.

    >>> most_unpacked(10) == FREE_UNPACKED, most_unpacked(2**30) == 200 * 2**30
    (True, True)
    """
    return max(free, growth * packed)


def refuse_growth(
    place: str | PathLike[str],
    packed: int,
    unpacked: int,
    *,
    growth: int = MOST_GROWTH,
    free: int = FREE_UNPACKED,
) -> None:
    """InputError where bytes that are packed become too many; ask before they take room."""
    if unpacked > most_unpacked(packed, growth, free):
        raise InputError(
            f"{place} unpacks from {packed / 1e6:.3g} MB to {unpacked / 1e6:.3g} MB or more, as "
            "a decompression bomb does; expected at "
            f"most {growth} times as much, or {free / 1e6:.0f} MB. Unpack or save it anew, or "
            "name another file."
        )


def gunzip(place: str | PathLike[str], file: BinaryIO, piece: int = 4 * 2**20) -> Iterator[bytes]:
    """What an open .gz holds, piece by piece; InputError for a bomb or one that is cut off."""
    packed = file.seek(0, 2)
    file.seek(0)
    unpacked = 0
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            while content := stream.read(piece):
                unpacked += len(content)
                refuse_growth(place, packed, unpacked, growth=MOST_STREAM, free=FREE_STREAM)
                yield content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{place} is cut off or damaged ({error}); expected a whole .gz file. Download it "
            "again."
        ) from error
