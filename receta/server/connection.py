"""What is a connection allowed: how slowly may a client send, and how much before it asks?"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from receta.server.http import WHOLE
from receta.server.limits import Limits

_MOST_HEAD = 65_536  # bytes of a request's line and headers, as other servers have it
_MOST_LINES = 100  # of headers, as other servers have it
# bytes on the wire for one of a body: 6 where every chunk holds one, and the end of a body that is
# too large
_CHUNKED = 8
_NO_HTTP = (
    b"this is no request in HTTP/1.1; expected a line such as GET / HTTP/1.1, headers, "
    b"and a body as they say."
)
_LARGE_HEAD = (
    b"the head is larger than 64 kB, or has more than %d lines; send fewer headers." % _MOST_LINES
)
_STUCK_S = 60.0  # for a client to take the answer off


def connection(limits: Limits) -> type[HttpToolsProtocol]:
    """The protocol of uvicorn, without patience for slow clients.

    uvicorn 0.54 waits for ever for a head that never ends (slow loris), for the rest of a
    body that nobody reads, and for a client that does not read its answer. It also keeps
    whatever comes as headers behind a body (trailers), and of a target with a host of its own
    (GET http://other/path) it tells the application the path alone.
    """
    most_body = _CHUNKED * limits.body + _MOST_HEAD

    class Connection(HttpToolsProtocol):
        _patience: asyncio.TimerHandle | None = None
        _stuck: asyncio.TimerHandle | None = None
        _taken = 0  # bytes of this head, or of this body with what follows it
        _in_body = False
        _head = _lines = 0  # bytes of the line and the headers read so far, and how many

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(_Joined(transport, self.loop))  # type: ignore[arg-type]
            if len(self.connections) > limits.connections:
                self._refuse(
                    b"429 Too Many Requests",
                    b"retry-after: 1\r\n",
                    b"too many connections; come back in a second.",
                )
            else:
                self._wait()

        def data_received(self, data: bytes) -> None:
            self._taken += len(data)
            super().data_received(data)
            if self.transport.is_closing():
                return
            # the application has limits of its own
            at_work = self.cycle is not None and not self.cycle.response_complete
            if self._in_body and self._taken > most_body:
                self.transport.abort()
            elif not self._in_body and self._taken > _MOST_HEAD:
                self._refuse_unread(b"431 Request Header Fields Too Large", _LARGE_HEAD)
            elif at_work:
                self._cancel()
            elif self._patience is None:
                self._wait()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._head = self._lines = 0

        def on_url(self, url: bytes) -> None:
            super().on_url(url)
            self._count(len(url))

        def on_header(self, name: bytes, value: bytes) -> None:
            super().on_header(name, value)
            self._lines += 1
            self._count(len(name) + len(value) + 4)

        def on_headers_complete(self) -> None:
            if not self.url.startswith(b"/"):
                self._take_host(httptools.parse_url(self.url))
            super().on_headers_complete()
            self._taken, self._in_body = 0, True
            self.scope["extensions"] = {WHOLE: _Exchange(self.cycle)}  # type: ignore[dict-item]

        def send_400_response(self, msg: str) -> None:
            """What is no HTTP is refused in the server's own words."""
            if self._is_large():
                self._refuse_unread(b"431 Request Header Fields Too Large", _LARGE_HEAD)
            else:
                self._refuse_unread(b"400 Bad Request", _NO_HTTP)

        def on_message_complete(self) -> None:
            self._taken, self._in_body = 0, False
            super().on_message_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._cancel()
            self.resume_writing()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._stuck = self.loop.call_later(_STUCK_S, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._stuck is not None:
                self._stuck.cancel()
                self._stuck = None

        def _take_host(self, target: Any) -> None:
            """The host of the target counts, whatever the header says. Source: RFC 9112, 3.2.2."""
            if target.host:
                host = b"[%s]" % target.host if b":" in target.host else target.host
                port = b":%d" % target.port if target.port else b""
                self.headers[:] = [
                    *(pair for pair in self.headers if pair[0] != b"host"),
                    (b"host", host + port),
                ]

        def _count(self, n: int) -> None:
            """Take note of n bytes of the head; what this raises ends as `send_400_response`."""
            self._head += n
            if self._is_large():
                raise ValueError("too large a head")

        def _is_large(self) -> bool:
            return self._head > _MOST_HEAD or self._lines > _MOST_LINES

        def _refuse_unread(self, status: bytes, reason: bytes) -> None:
            """Refuse a request that cannot be read on, where no answer has begun or is due
            first.
            """
            cycle = self.cycle
            at_work = cycle is not None and not cycle.response_complete
            if self._in_body and at_work and not cycle.response_started and not self.pipeline:
                cycle.disconnected = True  # nobody waits for what the application says
                cycle.message_event.set()
            elif at_work or self._in_body:
                self.transport.abort()
                return
            self._refuse(status, b"", reason)

        def _wait(self) -> None:
            self._patience = self.loop.call_later(limits.head_s, self.transport.close)

        def _cancel(self) -> None:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None

        def _refuse(self, status: bytes, headers: bytes, reason: bytes) -> None:
            self._cancel()
            word = {b"400": b"bad_request", b"429": b"busy"}.get(status[:3], b"refused")
            content = b'{"error":"%s","code":"%s","reason":"%s"}' % (word, word, reason)
            self.transport.write(
                b"HTTP/1.1 %s\r\n%scontent-type: application/json\r\ncontent-length: "
                b"%d\r\nconnection: close\r\n\r\n%s" % (status, headers, len(content), content)
            )
            self.transport.close()

    return Connection


class _Exchange:
    """A request and its answer, each in one piece; a tenth of what ASGI's messages cost."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        """The body, once it is there.

        None before, and where the client waits to be asked for it.
        """
        cycle = self._cycle
        if cycle.more_body or cycle.waiting_for_100_continue or cycle.disconnected:
            return None
        return bytes(cycle.body)

    def answer(self, status: int, head: bytes, content: bytes) -> bool:
        """Send an answer; False where it must be sent otherwise. head: lines but of the length."""
        cycle = self._cycle
        if cycle.flow.write_paused or cycle.response_started or cycle.scope["method"] == "HEAD":
            return False
        if cycle.disconnected:
            return True
        cycle.response_started = cycle.response_complete = True
        closing = b"" if cycle.keep_alive else b"connection: close\r\n"
        lines = (
            STATUS_LINE[status],
            head,
            b"content-length: %d\r\n" % len(content),
            closing,
            b"\r\n",
            content,
        )
        cycle.transport.write(b"".join(lines))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True


class _Joined:
    """A transport that sends what is written in one turn of the loop in one go.

    uvicorn writes head and body of an answer by themselves: two packets, and twice the
    most expensive call of an answer.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []
        self.pause_reading, self.resume_reading = transport.pause_reading, transport.resume_reading
        self.get_extra_info, self.abort = transport.get_extra_info, transport.abort
        self.is_closing, self.set_protocol = transport.is_closing, transport.set_protocol

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))
