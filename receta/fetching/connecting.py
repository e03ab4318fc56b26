"""How is a connection made to the very address that was judged, and to no other?

A name is looked up once. All of its addresses must be public; the connection goes to one
of them, while certificate and Host header stay those of the name. So a name that answers
differently the second time (DNS rebinding) gains nothing. No proxy, cookie, netrc or
setting of the environment is used.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx

from receta.fetching import hosts

MOST_TRIED = 4  # addresses of one name, one after the other


class Refused(Exception):
    """A host that may not be asked, and why."""


class NoSuchHost(Exception):
    """A name without an address; `is_final`: the name is said not to exist."""

    def __init__(self, what: str, is_final: bool) -> None:
        super().__init__(what)
        self.is_final = is_final


class Judging(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked up and judged here."""

    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()
        self._found: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def addresses(self, host: str, port: int) -> list[str]:
        """All addresses of a host; raises NoSuchHost. One look-up serves the whole download."""
        key = (host, port)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = _in_a_thread(_looked_up, host, port)
        try:
            return await asyncio.shield(found)
        except NoSuchHost:
            self._found.pop(key, None)
            raise

    async def judge(self, host: str, port: int) -> list[str]:
        """The addresses of a host if it may be asked; raises Refused."""
        found = await self.addresses(host, port)
        private = [address for address in found if not hosts.is_public(address)]
        if private and not self.allow_private:
            raise Refused(
                f"host {host} refused: {private[0]} is in a private or reserved network "
                "(--allow-private)"
            )
        if any(map(hosts.is_link_local, found)):
            raise Refused(
                f"host {host} refused: {found[0]} is in a private or reserved network where "
                "clouds keep a machine's secrets"
            )
        return found

    async def is_private(self, host: str, port: int) -> bool:
        """Whether a host lies, in part at least, in a network that is not public."""
        return not all(map(hosts.is_public, await self.addresses(host, port)))

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the judged addresses that answers."""
        found = (await self.judge(host, port))[:MOST_TRIED]
        for number, address in enumerate(found, 1):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(found):
                    raise
        raise httpcore.ConnectError("no address")


class Asking:
    """Plain GET requests over a pool of such connections."""

    def __init__(self, judging: Judging, connections: int, agent: str) -> None:
        self.judging = judging
        self._agent = agent
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30,
            network_backend=judging,
        )

    @asynccontextmanager
    async def get(
        self, url: httpx.URL, connect_s: float, read_s: float
    ) -> AsyncIterator[httpx.Response]:
        """The answer to one request, its body still to be read."""
        # Through httpx's client this would keep cookies, and log the address with its query.
        request = httpx.Request(
            "GET",
            url,
            headers={"User-Agent": self._agent, "Accept": "image/*", "Accept-Encoding": "identity"},
        )
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                "GET",
                httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions={
                    "timeout": {"connect": connect_s, "read": read_s, "write": read_s, "pool": None}
                },
            )
        )
        try:
            yield httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))
        finally:
            await answer.aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece


def _looked_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        is_final = error.errno in (
            socket.EAI_NONAME,
            getattr(socket, "EAI_NODATA", socket.EAI_NONAME),
        )
        raise NoSuchHost(
            f"host {host} cannot be found ({(error.strerror or 'no answer').lower()})", is_final
        ) from error
    except (OSError, UnicodeError) as error:
        is_final = not isinstance(error, OSError) or error.errno != errno.EMFILE
        raise NoSuchHost(f"host {host} cannot be found ({error})", is_final) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _in_a_thread(function: Any, *words: Any) -> asyncio.Future[Any]:
    """The result of a function that may hang: nobody has to wait for its thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: Exception | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
            future.exception()  # seen, should nobody wait for it any more

    def work() -> None:
        try:
            result, error = function(*words), None
        except Exception as caught:  # handed on to whoever waits
            result, error = None, caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="look up a host", daemon=True).start()
    return future
