"""Why is a request not answered as it wished?"""

from __future__ import annotations

Headers = list[tuple[bytes, bytes]]

WORDS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    421: "misdirected",
    422: "unreadable",
    429: "busy",
    500: "internal",
    503: "not_ready",
}


class Refused(Exception):
    """A request that is not answered as it wished."""

    def __init__(
        self, status: int, reason: str, headers: Headers | None = None, *, code: str = ""
    ) -> None:
        """code: a word for programs that says more than the status does; '' where there is none."""
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers or []
        self.code = code or WORDS.get(status, "refused")
