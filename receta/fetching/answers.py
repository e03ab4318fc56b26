"""What does a server's answer mean: a picture, another try, or the end?"""

from __future__ import annotations

import email.utils
import os
import time
from dataclasses import dataclass

import httpx

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# statuses that may be others in a moment
_PASSING = frozenset({408, 425, 429, *range(500, 600)}) - {501, 505}
# What servers say of files that they know nothing of; S3's default is binary/octet-stream.
_UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True)
class Limits:
    """How much is asked of servers at once, and how long they are waited for.

    Six connections a host are what browsers open. total_s is for one picture, with its
    redirects and repeats but without the pauses between them.
    """

    at_once: int = 16
    at_once_a_host: int = 6
    connect_s: float = 10
    read_s: float = 20
    total_s: float = 60
    most_bytes: int = 32 * 2**20
    attempts: int = 4
    redirects: int = 5
    pause_s: float = 0.5  # doubled with every attempt
    most_pause_s: float = 30  # a server that asks for more is not waited for
    gives_up_after: int = 3  # pictures of a host that never answered


class Failed(Exception):
    """An attempt that gave no picture."""

    def __init__(
        self,
        reason: str,
        *,
        status: int = 0,
        again: bool = False,
        lasting: bool = False,
        unanswered: bool = False,
        pause_s: float = 0,
    ) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status
        self.again = again  # another attempt may help
        self.lasting = lasting  # will be the same tomorrow
        self.unanswered = unanswered  # the host did not answer at all
        self.pause_s = pause_s


def leads_to(response: httpx.Response) -> str:
    """The location that a redirect names, or ''."""
    return response.headers.get("location", "") if response.status_code in _REDIRECTS else ""


def judge(response: httpx.Response, limits: Limits) -> None:
    """Raise Failed for an answer whose head says that no picture follows."""
    status = response.status_code
    if status in _PASSING:
        pause_s = asked_pause_s(response.headers.get("retry-after", ""))
        asks = f", asks to come back in {pause_s:,.0f} s" if pause_s > limits.most_pause_s else ""
        raise Failed(f"HTTP {status}{asks}", status=status, again=True, pause_s=pause_s)
    if status not in (200, 203):
        raise Failed(f"HTTP {status}", status=status, lasting=True)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind.startswith("image/") or kind in _UNKNOWN_TYPES):
        raise Failed(f"{kind[:60]} instead of a picture", status=status, lasting=True)
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    # one upon the other, or zstd, unpack to gigabytes at once
    if packed not in ("identity", "gzip", "deflate", ""):
        raise Failed(f"content encoding {packed[:40]} refused", status=status, lasting=True)
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and (len(announced) > 15 or int(announced) > limits.most_bytes):
        raise too_large(limits, status)


def too_large(limits: Limits, status: int) -> Failed:
    """The failure of a picture that is larger than any is taken."""
    return Failed(f"more than {limits.most_bytes / 2**20:g} MB", status=status, lasting=True)


def asked_pause_s(text: str) -> float:
    """Seconds that a Retry-After asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def why_unconnected(error: BaseException) -> tuple[str, bool]:
    """Reason, and whether another attempt may help."""
    text = one_line(error)
    if "certificate" in text.lower():
        return (
            "its certificate is not to be trusted "
            f"({text.partition('certificate verify failed: ')[2].partition(' (_ssl')[0]})",
            False,
        )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return (
                f"no connection ({os.strerror(cause.errno).lower()})"
                if cause.errno > 0
                else "no connection",
                True,
            )
        cause = cause.__cause__ or cause.__context__
    return f"no connection ({text})", True


def one_line(error: BaseException) -> str:
    """What an error says, short and in one line."""
    return " ".join(str(error).split())[:120] or type(error).__name__
