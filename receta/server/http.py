"""What is a request and an answer, where a framework's machinery would cost more than the network?

Measured on an empty answer (LOG.md, 2026-11-25): 147 microseconds a request so, 420 to 770
through the routes of FastAPI, which stood here then.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson

from receta.server.limits import Limits
from receta.server.models import Models
from receta.server.refusals import WORDS as WORDS
from receta.server.refusals import Headers as Headers
from receta.server.refusals import Refused as Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

JSON = b"application/json"
WHOLE = "receta.whole"  # extension of ASGI: what gives the body and takes the answer in one piece
FAILED = "the server failed at this request; its log says why."
# times the limit of a body that is too large, so that the client still reads the answer
_READ_ANYWAY = 4
_LARGE = 65_536  # bytes of a body that is looked through in a thread, so that others need not wait


class Gone(Exception):
    """The client hung up: nobody is left to answer."""


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    content: bytes
    status: int = 200
    kind: bytes = JSON
    headers: Headers = field(default_factory=list)

    async def send(self, scope: Message, send: Send, more: Headers) -> None:
        """To the client, with the headers that every answer bears."""
        exchange = scope.get("extensions", {}).get(WHOLE)
        if exchange is not None:
            lines = b"".join(
                [
                    b"%s: %s\r\n" % pair
                    for pair in ((b"content-type", self.kind), *self.headers, *more)
                ]
            )
            if exchange.answer(self.status, lines, self.content):
                return
        length = str(len(self.content)).encode()
        headers = [(b"content-type", self.kind), (b"content-length", length), *self.headers, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content})


def plain(value: Any, status: int = 200, headers: Headers | None = None) -> Answer:
    """A value as JSON, NumPy arrays too."""
    try:
        content = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        content = orjson.dumps(_spell(value), option=orjson.OPT_SERIALIZE_NUMPY)
    return Answer(content, status, headers=headers or [])


def _spell(value: Any) -> Any:
    """The same, with lone surrogates spelled out, of which no JSON can be made.

    >>> _spell({"a": ["\\ud800b"]})
    {'a': ['\\\\ud800b']}
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_spell(name): _spell(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spell(one) for one in value]
    return value


def refusal(path: str, error: Refused) -> Answer:
    """A refusal in the words of the protocol that was spoken."""
    told: dict[str, str] = {
        "error": WORDS.get(error.status, "refused"),
        "code": error.code,
        "reason": error.reason,
    }
    # what clients of TensorFlow Serving and Triton read
    if path.startswith(("/v1/models/", "/v2")):
        told = {"error": error.reason}
    return plain(told, error.status, error.headers)


@dataclass(frozen=True)
class Asked:
    """A request: its head, its body, and what answers it."""

    scope: Message
    headers: dict[bytes, bytes]
    receive: Receive
    models: Models

    @property
    def method(self) -> str:
        """GET, POST ..."""
        return self.scope["method"]

    @property
    def limits(self) -> Limits:
        """The bounds of the server."""
        return self.models.limits

    @property
    def query(self) -> dict[str, str]:
        """The query's values; of a name that is given twice, the last. Raises Refused."""
        if not self.scope["query_string"]:
            return {}
        try:
            text = self.scope["query_string"].decode("ascii")
            return dict(
                urllib.parse.parse_qsl(
                    text, keep_blank_values=True, max_num_fields=50, errors="strict"
                )
            )
        except ValueError:
            raise Refused(
                400, "the query cannot be read; expected name=value&... in UTF-8, percent-encoded."
            ) from None

    @property
    def kind(self) -> str:
        """Kind of the body, such as 'application/json'."""
        return (
            self.headers.get(b"content-type", b"")
            .partition(b";")[0]
            .strip()
            .lower()
            .decode("latin-1")
        )

    def only(self, *methods: str) -> None:
        """Refuse all other methods."""
        if self.method not in methods:
            allowed = ", ".join(methods)
            raise Refused(
                405,
                f"{self.method} is not answered here; expected {allowed}.",
                [(b"allow", allowed.encode())],
            )

    async def body(self) -> bytes:
        """The whole body; raises Refused when it is too large or too slow, Gone when nobody
        sends it.
        """
        exchange = self.scope.get("extensions", {}).get(WHOLE)
        there = None if exchange is None else exchange.body()
        if there is not None and len(there) <= self.limits.body:
            return there
        announced = self.headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced[:20]) > _READ_ANYWAY * self.limits.body:
            raise self._too_large()  # nothing of it is asked for
        message = (
            await self.receive()
            if self.headers.get(b"content-length") == b"0"
            else await self._patiently(self.receive())
        )
        if not message.get("more_body"):
            content = message.get("body", b"")
            if message["type"] != "http.disconnect" and len(content) <= self.limits.body:
                return content
        return await self._patiently(self._join(message))

    async def _join(self, message: Message) -> bytes:
        most, taken, parts = self.limits.body, 0, []
        while True:
            if message["type"] == "http.disconnect":
                raise Gone
            taken += len(message.get("body", b""))
            if taken <= most:
                parts.append(message.get("body", b""))
            if not message.get("more_body") or taken > _READ_ANYWAY * most:
                break
            message = await self.receive()
        if taken > most:
            raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            f"the body is larger than {self.limits.body / 1e6:g} MB; send a smaller picture, or "
            "fewer.",
        )

    async def _patiently(self, coming: Awaitable[Any]) -> Any:
        seconds = self.limits.body_s
        try:
            async with asyncio.timeout(seconds):
                return await coming
        except TimeoutError:
            raise Refused(
                408, f"the body did not arrive within {seconds:g} seconds; send a smaller one."
            ) from None

    async def apart(self, work: Callable[..., Any], content: bytes) -> Any:
        """work(content), in a thread where that may take long."""
        if len(content) < _LARGE:
            return work(content)
        pool: ThreadPoolExecutor = self.models.pool
        return await asyncio.get_running_loop().run_in_executor(pool, work, content)

    async def wait_for(self, coming: Awaitable[Any]) -> Any:
        """What the network says, or a refusal where that takes too long."""
        try:
            return await coming
        except TimeoutError:
            raise Refused(
                429,
                f"no answer within {self.limits.wait_s:g} seconds; the server is busy. Come back "
                "later.",
                [(b"retry-after", b"5")],
            ) from None
