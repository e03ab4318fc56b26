"""How are many pictures downloaded at once, politely, safely, and none of them twice?

Importing this brings httpx along: import it where something is downloaded.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Generator, Sequence

import httpcore
import httpx

from receta.core import seeds
from receta.fetching import answers, hosts, ledger
from receta.fetching.answers import Failed, Limits
from receta.fetching.connecting import Asking, Judging, NoSuchHost, Refused
from receta.fetching.ledger import Record
from receta.fetching.turns import Host, Picture, mix_hosts

AGENT = "receta (downloads labelled pictures for its user)"
# disk.replacing names its temporary files by process, so two threads must not write one address.
_ONE_AT_A_TIME = threading.Lock()


LIMITS = Limits()


def fetch(
    addresses: Sequence[str], *, allow_private: bool = False, limits: Limits | None = None
) -> Generator[tuple[str, Record], None, None]:
    """Download addresses into the cache; each with its record as soon as it is there.

    Close it (or let it raise) and the download ends at once; what is done is kept.
    Raises what writing to the disk raises.
    """
    with _ONE_AT_A_TIME:
        results: queue.SimpleQueue[tuple[str, Record] | BaseException | None] = queue.SimpleQueue()
        done = ledger.find_cached(addresses, allow_private)  # by whoever held the lock before
        yield from done.items()
        ledger.tidy()
        work = _Work(
            [address for address in addresses if address not in done],
            allow_private,
            limits or LIMITS,
            results,
        )
        thread = threading.Thread(target=work.run, name="download", daemon=True)
        thread.start()
        try:
            while (result := results.get()) is not None:
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            work.stop()
            thread.join(5)


class _Work:
    """A download in an event loop of its own, so that it runs inside notebooks too."""

    def __init__(
        self,
        addresses: list[str],
        allow_private: bool,
        limits: Limits,
        results: queue.SimpleQueue[tuple[str, Record] | BaseException | None],
    ) -> None:
        self._waiting = iter(mix_hosts(addresses))
        self._n = len(addresses)
        self._limits, self._results = limits, results
        self._allow_private = allow_private
        self._hosts: dict[str, Host] = {}
        self._folder = ledger.folder()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = threading.Event()

    def run(self) -> None:
        """All of it; the end is told by None."""
        try:
            asyncio.run(self._all())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # handed on to the thread that asked
            self._results.put(error)
        finally:
            self._results.put(None)

    def stop(self) -> None:
        """Let go of everything that is under way."""
        self._is_stopped.set()
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(task.cancel)
            except RuntimeError:  # it has closed just now
                return

    async def _all(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._is_stopped.is_set():
            return
        self._asking = Asking(Judging(self._allow_private), self._limits.at_once, AGENT)
        workers = [
            asyncio.create_task(self._some()) for _ in range(min(self._limits.at_once, self._n))
        ]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self._asking.close()

    async def _some(self) -> None:
        for address in self._waiting:
            picture = Picture(address, self._limits.total_s, hosts.show_address(address))
            found = await self._try(picture)
            self._results.put((address, found))

    async def _try(self, picture: Picture) -> Record:
        """What an address gives after all attempts; it is kept if it will not change."""
        try:
            url = httpx.URL(picture.address)
        except (httpx.InvalidURL, ValueError):
            return ledger.record(0, "no address", picture.shown)
        host = self._host(url)
        attempt = 0
        while True:
            attempt += 1
            try:
                if host.gone:
                    raise Failed(host.gone)
                status = await self._follow(picture, url)
                return await asyncio.to_thread(
                    self._keep, picture, ledger.record(status, "", picture.shown)
                )
            except Failed as failed:
                if failed.pause_s <= self._limits.most_pause_s:
                    host.free_at = max(host.free_at, time.monotonic() + failed.pause_s)
                pause_s = max(self._pause_s(picture.address, attempt), failed.pause_s)
                if (
                    failed.again
                    and attempt < self._limits.attempts
                    and pause_s <= self._limits.most_pause_s
                    and picture.left_s > 0
                ):
                    await asyncio.sleep(pause_s)
                    continue
                if failed.unanswered and not picture.hops:
                    self._count_unanswered(host, failed)
                found = ledger.record(failed.status, failed.reason, picture.shown)
                picture.content = b""
                return (
                    await asyncio.to_thread(self._keep, picture, found) if failed.lasting else found
                )

    def _keep(self, picture: Picture, found: Record) -> Record:
        """The record of an address as it is noted in the cache, with its picture if it is one."""
        reason = found.reason or ledger.why_no_picture(picture.content)
        content = b"" if reason else picture.content
        found = ledger.record(
            found.status, reason, found.shown, content=content, is_private=picture.is_private
        )
        ledger.keep(self._folder / ledger.file_of(picture.address), found, content)
        return found

    async def _follow(self, picture: Picture, url: httpx.URL) -> int:
        """Status of a good answer, whose body is in the picture.

        Redirects are judged one by one.
        """
        picture.hops, picture.is_private = 0, False
        picture.shown = hosts.show_address(picture.address)
        while True:
            host = self._host(url)
            async with host.slots:
                await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
                if host.gone:
                    raise Failed(host.gone)
                started = time.monotonic()
                try:
                    async with asyncio.timeout(picture.left_s):
                        answer = await self._answer_of(picture, url, host)
                except TimeoutError:
                    raise Failed(f"not whole after {self._limits.total_s:g} s") from None
                finally:
                    picture.left_s -= time.monotonic() - started
            if isinstance(answer, int):
                return answer
            picture.hops += 1
            if picture.hops > self._limits.redirects:
                raise Failed(f"more than {self._limits.redirects} redirects", lasting=True)
            url = self._next(url, answer)
            picture.shown = hosts.show_address(str(url))

    def _next(self, url: httpx.URL, location: str) -> httpx.URL:
        try:
            following = url.join(location).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError):
            raise Failed("redirect to no address", lasting=True) from None
        if reason := hosts.why_refused(str(following)):
            raise Failed(f"redirect: {reason}", lasting=True)
        if url.scheme == "https" and following.scheme == "http":
            raise Failed("redirect from https to http refused", lasting=True)
        return following

    async def _answer_of(self, picture: Picture, url: httpx.URL, host: Host) -> int | str:
        """The status of a whole picture, or where a redirect leads; raises Failed."""
        limits = self._limits
        try:
            await self._judge(picture, url)
            async with self._asking.get(url, limits.connect_s, limits.read_s) as response:
                host.has_answered = True
                if location := answers.leads_to(response):
                    return location
                answers.judge(response, limits)
                pieces, size = [], 0
                async for piece in response.aiter_bytes():
                    size += len(piece)
                    if size > limits.most_bytes:
                        raise answers.too_large(limits, response.status_code)
                    pieces.append(piece)
                picture.content = b"".join(pieces)
                return response.status_code
        except Refused as error:
            hop = "redirect: " if picture.hops else ""
            # Kept only where a public server was asked: a name is looked up again for nothing.
            raise Failed(f"{hop}{error}", lasting=bool(picture.hops)) from error
        except NoSuchHost as error:
            if error.is_final:
                host.gone = host.gone or str(error)
            raise Failed(str(error), again=not error.is_final, unanswered=True) from error
        except httpcore.ConnectTimeout as error:
            raise Failed(
                f"no connection within {limits.connect_s:g} s", again=True, unanswered=True
            ) from error
        except httpcore.TimeoutException as error:
            raise Failed(f"no answer within {limits.read_s:g} s", again=True) from error
        except httpcore.ConnectError as error:
            reason, again = answers.why_unconnected(error)
            raise Failed(reason, again=again, unanswered=True) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Failed(f"connection broke off ({answers.one_line(error)})", again=True) from error
        except httpx.DecodingError as error:
            raise Failed("damaged: its content encoding cannot be undone", lasting=True) from error

    async def _judge(self, picture: Picture, url: httpx.URL) -> None:
        """Refuse a host that may not be asked; every hop comes by here.

        Who allows private addresses means those in his data: a public server may not lead
        to one, and no server to where clouds keep their secrets.
        """
        host, port = (
            url.raw_host.decode("ascii"),
            url.port or (443 if url.scheme == "https" else 80),
        )
        found = await self._asking.judging.judge(host, port)
        is_private = await self._asking.judging.is_private(host, port)
        if (
            picture.hops
            and is_private
            and (not picture.is_private or any(map(hosts.is_link_local, found)))
        ):
            raise Refused(f"host {host} refused: {found[0]} is in a private or reserved network")
        picture.is_private = is_private

    def _count_unanswered(self, host: Host, failed: Failed) -> None:
        host.unanswered += 1
        if not host.has_answered and host.unanswered >= self._limits.gives_up_after:
            host.gone = host.gone or failed.reason

    def _pause_s(self, address: str, attempt: int) -> float:
        jitter = seeds.rng(0, "download pause", address, attempt).uniform(0.5, 1.5)
        return min(
            self._limits.pause_s * 2 ** (attempt - 1), self._limits.most_pause_s / 2
        ) * float(jitter)

    def _host(self, url: httpx.URL) -> Host:
        return self._hosts.setdefault(
            url.netloc.decode("ascii"), Host(asyncio.Semaphore(self._limits.at_once_a_host))
        )
