"""How do bundles and runs answer over HTTP, with a page to try them? The door `serve`."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from receta.core.errors import MissingExtra, RecetaError
from receta.core.progress import Progress, Quiet
from receta.server._models import gathered, warm

if TYPE_CHECKING:
    from fastapi import FastAPI

    from receta.exporters import Bundle
    from receta.training import Run

    Served = Bundle | Run | Sequence[Bundle | Run]

__all__ = ["app", "serve"]

_NEEDS = {"fastapi": "fastapi", "uvicorn": "uvicorn", "python_multipart": "python-multipart"}
_GRACE_S = 5  # for answers under way when the server is told to end


def app(bundles: Served, token: str | None = None) -> FastAPI:
    """The application, for tests and for servers of your own.

    bundles: a bundle, a run, or several. token: a secret that every request to /v1/ must
    bring as `Authorization: Bearer TOKEN`. Raises MissingExtra, RecetaError for no bundle
    or an empty token.
    """
    _require()
    from receta.server.api import application

    return application(gathered(bundles), token)


def serve(bundle: Served, *, host: str = "127.0.0.1", port: int = 8000, token: str | None = None,
          progress: Progress = Quiet()) -> None:  # noqa: B008
    """Serve bundles or runs over HTTP with a page to try them, until Ctrl-C.

    port: 0 takes a free one. Every network is loaded before the first request. Raises
    RecetaError in one line when the address cannot be used, MissingExtra when packages
    are not installed.
    """
    application = app(bundle, token)
    with _listening(host, port) as listener:
        import uvicorn

        for model in application.state.models.values():
            warm(model)
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        progress.say(f"serving {', '.join(application.state.models)} at http://{shown}:{address[1]}/  (Ctrl-C ends it)")
        if token is None and not address[0].startswith(("127.", "::1")):
            progress.say("There is no token: everybody who reaches this machine may ask. --token SECRET changes that.")
        config = uvicorn.Config(
            application, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=_GRACE_S,
        )  # fmt: skip
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again once everything is closed
            uvicorn.Server(config).run(sockets=[listener])
        progress.say("ended")


def _require() -> None:
    missing = [shown for name, shown in _NEEDS.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"serving needs {' and '.join(missing)}, which is not installed; expected the extra serve. "
            f"Run: pip install 'receta[serve]'"
        )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that a port in use is known before any work."""
    if not 0 <= port <= 65535:
        raise RecetaError(f"port={port} is out of bounds; expected 0 (a free one) to 65535. Choose another with --port.")
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        raise RecetaError(
            f"http://{host}:{port}/ cannot be served ({reason}); expected an address of this machine with a free port. "
            f"Choose another with --port (0 takes a free one) or --host."
        ) from error
    # Connections inherit it. asyncio sets it on sockets of its own alone, and without it each answer waits
    # 40 ms for the client's delayed acknowledgement: 21 requests a second instead of hundreds.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
