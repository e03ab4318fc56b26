"""Who may ask, where does a request go, and what does every answer bear?

Requests for predictions are answered here, everything else by Starlette behind it.
"""

from __future__ import annotations

import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from receta.core.errors import InputError, RecetaError
from receta.server.hosts import Hosts
from receta.server.http import (
    FAILED,
    Answer,
    App,
    Asked,
    Gone,
    Headers,
    Message,
    Receive,
    Refused,
    Send,
    refusal,
)
from receta.server.metrics import Metrics
from receta.server.models import Models
from receta.server.page import browser_models
from receta.server.protocols import open_inference, predict, tf_serving

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self'; "
    "connect-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; manifest-src "
    "'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
# Asked for by everybody, token or not: the page itself, and whether the server lives.
OPEN = frozenset(
    [
        "/",
        *browser_models.OPEN,
        "/docs",
        "/docs.css",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/v2/health/live",
        "/v2/health/ready",
    ]
)
OPEN_UNDER = ("/assets/", "/tfjs/")
Handler = Callable[[Asked], Awaitable[Answer]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Access:
    """Who may ask: the secret, the origins of pages, further names that the server is asked by.

    Raises RecetaError for an empty secret, InputError for an origin that is none.
    """

    token: str | None = None
    cors: Sequence[str] = ()
    hosts: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.token is not None and not self.token.strip():
            raise RecetaError(
                "the token is empty; expected a secret of some length. Give one, or leave --token "
                "out."
            )
        for origin in self.cors:
            if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
                raise InputError(
                    f"--cors {origin} is no origin; expected one such as https://my.site, without "
                    "a path, or *. Mend it."
                )


class Front:
    """Judges host, page and token, puts the headers on every answer, lets no trace out."""

    def __init__(self, app: App, models: Models, access: Access, metrics: Metrics) -> None:
        self._app, self._models = app, models
        self._token = None if access.token is None else access.token.encode()
        self._cors = frozenset(origin.encode() for origin in access.cors)
        self._hosts = Hosts(access.hosts)
        self._headers: Headers = [
            (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
        ]
        self._metrics = metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        answer: Answer | None = None
        path: str = scope["path"]
        head = dict(scope["headers"])
        more = [*self._headers, *self._of_origin(head)] if b"origin" in head else self._headers
        protocol, handler = _handler(path)

        async def guard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in more if pair[0] not in own),
                ]
            await send(message)

        try:
            answer = self._at_the_door(scope, path, head)
            if answer is None and handler is not None:
                answer = await self._predict(handler, Asked(scope, head, receive, self._models))
            if answer is None:
                await self._app(scope, receive, guard)
        except Refused as error:
            answer = refusal(path, error)
        except Gone:
            status = 499  # as nginx counts it
        except Exception:
            _log.exception("%s %s failed", scope["method"], path)
            if status not in (0, 500):  # an answer that has begun cannot be taken back
                raise
            answer = None if status else refusal(path, Refused(500, FAILED))  # Starlette told it
        if answer is not None:
            status = answer.status
            await answer.send(scope, send, more)
        self._metrics.count_answer(protocol, status, time.perf_counter() - began)

    async def _predict(self, handler: Handler, asked: Asked) -> Answer:
        if self._metrics.busy >= self._models.limits.waiting and asked.method == "POST":
            raise Refused(
                429, "too many requests at once; come back in a second.", [(b"retry-after", b"1")]
            )
        self._metrics.busy += 1
        try:
            return await handler(asked)
        finally:
            self._metrics.busy -= 1

    def _at_the_door(self, scope: Message, path: str, head: dict[bytes, bytes]) -> Answer | None:
        """What is answered to a request that goes no further; raises Refused for whom may not ask.

        The order counts: without a token, nothing but the host tells a page of somebody else.
        """
        trusted = self._brings_token(head)
        named = self._hosts.judge(scope["headers"], trusted=trusted)
        if b"origin" in head:
            shared = self._shares(head[b"origin"])
            if shared and scope["method"] == "OPTIONS" and b"access-control-request-method" in head:
                return Answer(b"", 204, headers=_PREFLIGHT)
            # Without this, any page that a user looks at could ask in the user's name. What it only
            # reads, browsers keep from it.
            if (
                not shared
                and scope["method"] not in ("GET", "HEAD")
                and not self._hosts.own_page(
                    head[b"origin"].decode("latin-1"),
                    named,
                    same_origin=head.get(b"sec-fetch-site") == b"same-origin",
                    trusted=trusted,
                )
            ):
                raise Refused(
                    403,
                    "a page of another site asks; expected one of this server's. --cors ORIGIN "
                    "lets it.",
                )
        if (
            self._token is not None
            and not trusted
            and path not in OPEN
            and not path.startswith(OPEN_UNDER)
        ):
            raise Refused(
                401,
                "the token is missing or wrong; send 'Authorization: Bearer TOKEN'.",
                [(b"www-authenticate", b"Bearer")],
            )
        return None

    def _brings_token(self, head: dict[bytes, bytes]) -> bool:
        """Whether a request brings the token of this server: never where it has none."""
        scheme, _, secret = head.get(b"authorization", b"").partition(b" ")
        return (
            self._token is not None
            and hmac.compare_digest(secret.strip(), self._token)
            and scheme.lower() == b"bearer"
        )

    def _shares(self, origin: bytes) -> bool:
        return origin in self._cors or b"*" in self._cors

    def _of_origin(self, head: dict[bytes, bytes]) -> Headers:
        """Headers for a page of another origin."""
        if not self._shares(head[b"origin"]):
            return [(b"vary", b"origin")]
        return [
            (b"access-control-allow-origin", head[b"origin"]),
            (b"vary", b"origin"),
            (b"access-control-expose-headers", b"retry-after, inference-header-content-length"),
        ]


_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-max-age", b"600"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, inference-header-content-length",
    ),
]


def _handler(path: str) -> tuple[str, Handler | None]:
    """Word for the metrics, and what answers a path here."""
    if path == "/v1/predict":
        return "predict", predict.predict
    if path.startswith(tf_serving.PREFIX):
        return "tensorflow_serving", tf_serving.answer
    if path == open_inference.PREFIX or path.startswith(f"{open_inference.PREFIX}/"):
        return "open_inference", open_inference.answer
    return "other", None
