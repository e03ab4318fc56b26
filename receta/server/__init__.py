"""How do bundles and runs answer over HTTP, with a page to try them? The door `serve`."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core.errors import MissingExtra, RecetaError
from receta.core.progress import Progress, Unasked

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from receta.predictors import Bundle
    from receta.server.places import Place
    from receta.training import Run

    Served = Bundle | Run | Sequence[Bundle | Run]

__all__ = ["app", "serve"]

_NEEDS = {
    "starlette": "starlette",
    "uvicorn": "uvicorn",
    "httptools": "httptools",
    "uvloop": "uvloop",
    "python_multipart": "python-multipart",
    "orjson": "orjson",
    "prometheus_client": "prometheus-client",
}


def app(
    bundles: Served,
    token: str | None = None,
    *,
    cors: Sequence[str] = (),
    limits: Sequence[str] = (),
    hosts: Sequence[str] = (),
    teach: str | Path | None = None,
) -> Starlette:
    """The application, for tests and for servers of your own.

    bundles: a bundle, a run, or several. token: a secret that every request must bring as
    `Authorization: Bearer TOKEN`. cors: origins whose pages may ask. limits: such as
    "body=2000000". hosts: names that it is asked by, beside localhost, this machine's own
    and every address. teach: a folder that the page may collect pictures in. Raises
    MissingExtra, RecetaError for no bundle or an empty token.
    """
    _require()
    from receta.server.api import application
    from receta.server.front import Access
    from receta.server.hosts import named_hosts
    from receta.server.limits import Limits
    from receta.server.models import Models, gather_models
    from receta.server.teaching.requests import Teaching

    bounds = Limits().with_settings(limits)
    models = (
        Models(bounds) if teach is not None and bundles == [] else gather_models(bundles, bounds)
    )
    teaching = None if teach is None else Teaching(Path(teach), models)
    if teaching is not None:
        teaching.coach.resume()
    return application(models, Access(token, cors, named_hosts(hosts)), teach=teaching)


def serve(
    bundle: Served | str | Path | Sequence[str | Path],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str | None = None,
    cors: Sequence[str] = (),
    limits: Sequence[str] = (),
    hosts: Sequence[str] = (),
    teach: str | Path | None = None,
    trust: bool = False,
    progress: Progress = Unasked(),
) -> None:
    """Serve bundles, runs or folders over HTTP with a page, until Ctrl-C.

    port: 0 takes a free one. hosts: names that it is asked by, beside localhost, `host`,
    this machine's own and every address. teach: a folder that the page may collect pictures in and
    train on; bundle may then be []. Every network is loaded before the first request, what is
    written anew into its folder takes over, and a worker that dies is replaced (not where
    the calling process has a backend loaded or other threads: it answers itself then).
    trust: whether what is served may hold code of its own.
    Raises RecetaError in one line when the address cannot be used, MissingExtra when
    packages are not installed.
    """
    _require()
    from receta.server import supervisor, worker
    from receta.server.front import Access
    from receta.server.hosts import named_hosts
    from receta.server.limits import Limits

    access = Access(token, cors, (host, *named_hosts(hosts)))
    bounds, taught = Limits().with_settings(limits), _teaching(teach, host, token)
    places, others = _divide(bundle, trust)
    if not places and not others and taught is None:
        raise RecetaError("there is nothing to serve; expected at least one bundle or run.")
    plan = worker.Plan(places, others, access, bounds, progress.say, taught)
    with _listening(host, port) as listener:
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]

        def tell_address() -> None:
            names = (
                ", ".join(
                    [*(place.name for place in plan.places), *(name for name, _ in plan.others)]
                )
                or "a page to teach"
            )
            progress.say(f"serving {names} at http://{shown}:{address[1]}/  (Ctrl-C ends it)")
            if token is None and not address[0].startswith(("127.", "::1")):
                progress.say(
                    "There is no token: everybody who reaches this machine may ask. --token "
                    "SECRET changes that."
                )

        def work(channel: supervisor.Channel, restarts: int) -> None:
            worker.run(listener, *plan.load(restarts), channel)

        if supervisor.possible():
            supervisor.supervise(work, progress.say, tell_address, worker.GRACE_S)
        else:
            loaded = plan.load()
            tell_address()
            worker.run(listener, *loaded)
        progress.say("ended")


def _teaching(teach: str | Path | None, host: str, token: str | None) -> Path | None:
    """The folder to teach from; RecetaError where strangers could write into it."""
    if teach is None:
        return None
    if token is None and not host.startswith("127.") and host not in ("localhost", "::1"):
        raise RecetaError(
            f"--teach lets whoever reaches http://{host}/ write into {teach}; expected a token "
            "where that is not this machine alone. Add --token SECRET."
        )
    from receta.server.teaching.collection import Collection

    Collection(Path(teach))  # a file is no folder
    return Path(teach)


def _divide(given: object, trust: bool) -> tuple[list[Place], list[tuple[str, Any]]]:
    """What was given, as folders to watch and predictors that stay, with their names."""
    from receta.server.models import free
    from receta.server.places import Place, place

    places: list[Place] = []
    others: list[tuple[str, Any]] = []
    every: Sequence[Any] = (
        given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    )
    for one in every:
        folder: Any = one if isinstance(one, str | Path) else getattr(one, "folder", None)
        if isinstance(one, str | Path) or (folder is not None and Path(folder).is_dir()):
            found = place(Path(folder), trust=trust or getattr(one, "trusted", False))
            places.append(
                Place(
                    free(found.name, [known.name for known in places]), found.folder, found.trusted
                )
            )
        else:
            others.append((Path(folder or "model").name, one))
    return places, others


def _require() -> None:
    missing = [shown for name, shown in _NEEDS.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"serving needs {' and '.join(missing)}, which is not installed; expected the extra "
            "serve. Run: pip install 'receta[serve]'"
        )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that a port in use is known before any work."""
    if not 0 <= port <= 65535:
        raise RecetaError(
            f"port={port} is out of bounds; expected 0 (a free one) to 65535. Choose another "
            "with --port."
        )
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        reason = (
            os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        )
        raise RecetaError(
            f"http://{host}:{port}/ cannot be served ({reason}); expected an address of this "
            "machine with a free port. Choose another with --port (0 takes a free one) or --host."
        ) from error
    # Connections inherit it. asyncio sets it on sockets of its own alone, and without it each
    # answer waits 40 ms for the client's delayed acknowledgement: 21 requests a second instead of
    # hundreds.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
