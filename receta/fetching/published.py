"""How is a published file downloaded once: whole, proved, and under its own name?"""

from __future__ import annotations

import hashlib
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from receta.core import disk
from receta.core.errors import InputError
from receta.core.progress import Progress

CONNECT_S, READ_S = 10, 60  # patience for a server to answer, and between two pieces
_PIECE = 2**20  # bytes that progress is told in
_PLAIN = {"accept-encoding": "identity"}
MOST_ANSWER = 64 * 2**20  # bytes of an answer that is a list
SLOWEST, PATIENCE_S = 1000, 300  # bytes a second on average, asked after so many seconds


class Unreachable(InputError):
    """A file could not be fetched; the text says why, in a few words."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


def fetch(
    address: str,
    target: Path,
    digest: str,
    progress: Progress,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Download an address to a path; the file appears there only when it is whole.

    digest: its SHA-256 or MD5 in hexadecimal, '' if none is known. Raises Unreachable.
    """
    import httpx

    check = hashlib.new("sha256" if len(digest) == 64 else "md5", usedforsecurity=False)
    n, total = 0, None
    try:
        with (
            _client() as client,
            client.stream("GET", address, headers={**_PLAIN, **(headers or {})}) as answer,
        ):
            _refuse_answer(answer)
            began = time.monotonic()
            stated = answer.headers.get("content-length", "")
            total = (
                int(stated)
                if stated.isdigit() and "content-encoding" not in answer.headers
                else None
            )
            title = f"downloading {target.name}"
            with (
                progress.bar(title, -(-(total or 0) // _PIECE), "MB") as bar,
                disk.replacing(target) as temporary,
            ):
                with open(temporary, "wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
                        check.update(piece)
                        bar.advance(-(-(n + len(piece)) // _PIECE) - -(-n // _PIECE))
                        n += len(piece)
                        _refuse_slow(n, began)
                if total is not None and n != total:
                    raise Unreachable(f"the connection ended after {n} of {total} bytes")
                if digest and check.hexdigest() != digest.lower():
                    raise Unreachable(
                        f"what came has the {check.name} {check.hexdigest()} where {digest} is "
                        "published"
                    )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise Unreachable(reason_of(error)) from error


def ask(address: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The answer of an address that is short, such as a list in JSON."""
    import httpx

    try:
        with (
            _client() as client,
            client.stream("GET", address, headers={**_PLAIN, **(headers or {})}) as answer,
        ):
            _refuse_answer(answer)
            pieces, n, began = [], 0, time.monotonic()
            for piece in answer.iter_bytes():
                pieces.append(piece)
                n += len(piece)
                _refuse_slow(n, began)
                if n > MOST_ANSWER:
                    raise Unreachable(
                        f"the server answers with more than {MOST_ANSWER >> 20} MB where a list "
                        "is expected"
                    )
            return b"".join(pieces)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise Unreachable(reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """Why a connection failed, in one line."""
    text = " ".join(str(error).split())
    return f"no connection: {text}" if text else f"no connection: {type(error).__name__}"


def host_of(address: str) -> str:
    """Scheme, host and port of an address: what a token may be shown to.

    >>> host_of("https://Hub.example/api/x")
    'https://hub.example'
    """
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _client():  # type: ignore[no-untyped-def]  # httpx is loaded inside
    import httpx

    # A redirect to another host is followed without the headers that authorise (httpx sees to it).
    return httpx.Client(
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S), follow_redirects=True, max_redirects=5
    )


def _refuse_answer(answer: Any) -> None:
    if answer.status_code != 200:
        raise Unreachable(f"the server answers {answer.status_code}", answer.status_code)
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    # one upon the other, or zstd, unpack to gigabytes at once
    if packed not in ("identity", "gzip", "deflate", ""):
        raise Unreachable(
            f"the server answers in the content encoding {packed[:40]!r}, which was not asked for"
        )


def _refuse_slow(n: int, began: float) -> None:
    seconds = time.monotonic() - began
    if seconds > PATIENCE_S and n < SLOWEST * seconds:
        raise Unreachable(
            f"the server sent {n:,} bytes in {seconds:.0f} s; repeat when it is faster"
        )
