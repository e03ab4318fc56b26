"""How do tests serve: a real server on a free port of this machine?"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from shell import RECETA, environment

from receta.server import app


@contextlib.contextmanager
def serving(
    bundles: Any, token: str | None = None, *, application: Any = None, **how: Any
) -> Iterator[str]:
    """Address of a server that holds some bundles, ready to answer; how: more for `app`."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = uvicorn.Server(
            uvicorn.Config(application or app(bundles, token, **how), log_level="critical")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            for _ in range(600):
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                        break
                threading.Event().wait(0.05)
            yield address
        finally:
            server.should_exit = True
            thread.join()


@contextlib.contextmanager
def begun(
    *words: object, program: Sequence[str] = RECETA
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves, and the address that it names in its first line; killed in the end."""
    command = [*program, *map(str, words)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            told = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", told)
            assert found, told + process.stderr.read()
            yield process, found[0]
        finally:
            process.kill()
