"""How do tests serve: a real server on a free port of this machine?"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx

from receta.server import app


@contextlib.contextmanager
def serving(bundles: Any, token: str | None = None) -> Iterator[str]:
    """Address of a server that holds some bundles, ready to answer."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = uvicorn.Server(uvicorn.Config(app(bundles, token), log_level="critical"))
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
