"""What has been downloaded before, and what came of it?

One file an address in the cache: a line of JSON (status, reason, time, size, digest), then
the bytes of the picture. It is written at once or not at all, so neither can be without
the other. What will not be better next time (HTTP 404, no picture) is kept like a picture.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from receta.core import disk, leftovers
from receta.data import image
from receta.data.image import Unreadable

_MOST_HEADER = 4096


@dataclass(frozen=True)
class Record:
    """What an address gave.

    status: of HTTP, 0 where none came. reason: '' for a picture. shown: the address that
    answered, without secrets. is_private: whether it lies in a network that is not public.
    """

    status: int
    reason: str
    shown: str
    time: str
    bytes: int = 0
    digest: str = ""
    is_private: bool = False

    def words(self) -> str:
        """Why there is no picture: what came, and from where."""
        return f"{self.reason}{' from' if self.reason.startswith('HTTP ') else ':'} {self.shown}"


def record(
    status: int, reason: str, shown: str, *, content: bytes = b"", is_private: bool = False
) -> Record:
    """A record of now."""
    digest = hashlib.sha256(content, usedforsecurity=False).hexdigest()[:32] if content else ""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Record(status, reason[:300], shown, now, len(content), digest, is_private)


def folder() -> Path:
    """Where the downloads lie."""
    return (disk.cache_root() / "downloads").absolute()


def file_of(address: str) -> str:
    """Name of an address's file below that folder: nothing of the address can be read from it."""
    name = hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{name[:2]}/{name[2:]}.download"


def find_noted(path: Path) -> Record | None:
    """What was noted of an address; None if nothing, or its file is not whole."""
    try:
        with open(path, "rb") as file:
            header = file.readline(_MOST_HEADER)
            size = file.seek(0, 2) - len(header)
        found = Record(**json.loads(header))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.bytes == size else None


def find_cached(addresses: Sequence[str], allow_private: bool) -> dict[str, Record]:
    """What is known of addresses from earlier downloads.

    What came from a private network counts only while such are allowed, and a refusal of
    one only while they are not.
    """
    root = folder()
    found: dict[str, Record] = {}
    for address in addresses:
        noted = find_noted(root / file_of(address))
        if noted is None or (noted.is_private and not noted.reason and not allow_private):
            continue
        if allow_private and "(--allow-private)" in noted.reason:
            continue
        found[address] = noted
    return found


def keep(path: Path, found: Record, content: bytes = b"") -> None:
    """Note what an address gave, atomically."""
    header = json.dumps(asdict(found), ensure_ascii=True).encode() + b"\n"
    disk.write_bytes(path, header + content)


def content(path: Path) -> bytes:
    """The picture that was downloaded; raises Unreadable where it is gone."""
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise Unreadable("the download is gone from the cache: load again") from error
    header, _, picture = stored.partition(b"\n")
    try:
        size = json.loads(header)["bytes"]
    except (ValueError, TypeError, KeyError):
        size = -1
    if len(picture) != size:
        raise Unreadable("the download is damaged in the cache: load again")
    return picture


def tidy() -> None:
    """Remove what processes that were killed left half written."""
    leftovers.tidy(folder(), deep=True)


def why_no_picture(received: bytes) -> str:
    """What the bytes are instead of a picture, or ''.

    >>> why_no_picture(b"<!doctype html>")
    'not a picture: an HTML page'
    """
    try:
        image.probe(received)
    except Unreadable as error:
        return str(error)
    return ""
