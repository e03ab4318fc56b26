"""How is a file of JSON opened, packed or not, and what kind of text is refused?"""

from __future__ import annotations

import contextlib
import gzip
import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from receta.codecs import unpacked
from receta.codecs.json_pieces import Document, NotJson
from receta.core import disk, naming, outside
from receta.core.errors import InputError

SUFFIXES = (".json", ".jsonl", ".ndjson")
VERSION = 1  # of what is unpacked into the cache
HEAD_BYTES = 2**18  # enough to see what a file holds


def is_json(place: str) -> bool:
    """Whether a file is called .json, .jsonl or .ndjson, packed by gzip or not."""
    return place.lower().removesuffix(".gz").endswith(SUFFIXES) and os.path.isfile(place)


def by_line(place: str) -> bool:
    """Whether the name says that every line is a value of its own."""
    return not place.lower().removesuffix(".gz").endswith(".json")


def read_head(place: str) -> Document:
    """What the first 256 kB of a file hold; raises OSError, zlib.error or EOFError."""
    with open(place, "rb") as plain:
        is_packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        stream = gzip.GzipFile(fileobj=plain) if is_packed else plain
        content = stream.read(HEAD_BYTES + 1)
    return Document(content[:HEAD_BYTES], cut=len(content) > HEAD_BYTES, by_line=by_line(place))


def plain_file(place: str) -> str:
    """Path of a file as it is, or of what its .gz holds, unpacked into the cache."""
    with open(place, "rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return os.path.abspath(place)
    folder, _ = unpacked.unpack_once(
        "json", place, VERSION, lambda folder: _unpack(place, folder / "plain.json")
    )
    return os.path.abspath(folder / "plain.json")


@contextlib.contextmanager
def open_document(place: str, plain: str) -> Iterator[Document]:
    """The JSON of a file, mapped; errors in it become one line that names `place`."""
    with open(plain, "rb") as file:
        first = file.read(4)
        if first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in first:
            raise InputError(
                f"{place} is UTF-16 or no text at all; expected JSON in UTF-8. Save it again as "
                "UTF-8."
            )
        if not first:
            raise InputError(
                f"{place} is empty (0 bytes); expected JSON of pictures and their labels. Name "
                "another file."
            )
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            document = Document(content, by_line=by_line(place))
            try:
                yield document
            except NotJson as error:
                way = ", or leave such lines out with --bad-rows quarantine"
                raise InputError(
                    f"{place}: line {document.line(error.position)} "
                    f"{naming.printable(error.what)}; expected JSON in UTF-8. "
                    f"Mend it{way if document.by_line else ''}."
                ) from None


def _unpack(place: str, path: Path) -> dict[str, Any]:
    size = 0
    with (
        open(place, "rb") as packed,
        disk.replacing(path) as temporary,
        open(temporary, "wb") as out,
    ):
        for chunk in outside.gunzip(place, packed):
            size += out.write(chunk)
    return {"bytes": size}
