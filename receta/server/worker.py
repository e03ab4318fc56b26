"""What does a process do that serves: load, listen, answer, take over what is new?"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from receta.core.predictor import Predictor
from receta.server.api import application
from receta.server.connection import connection
from receta.server.front import Access
from receta.server.limits import Limits
from receta.server.metrics import Metrics
from receta.server.models import Models, free
from receta.server.places import Place
from receta.server.supervisor import BEAT_S, Channel
from receta.server.teaching.requests import Teaching
from receta.server.watching import Watch

# a thread that decodes lets go of Python for each picture; by default it waits up to 5 ms for it
# again
_SWITCH_S = 5e-4
GRACE_S = 30  # for answers under way when the server is told to end


@dataclass(frozen=True)
class Plan:
    """What is served, and how: places are watched, other predictors stay as they are."""

    places: Sequence[Place]
    others: Sequence[tuple[str, Predictor]]
    access: Access
    limits: Limits
    say: Callable[[str], None]
    teach: Path | None = None

    def load(self, restarts: int = 0) -> tuple[Starlette, Watch]:
        """The application with every network loaded; raises RecetaError."""
        models, metrics = Models(self.limits), Metrics(restarts)
        watch = Watch(self.places, models, metrics, self.say)
        watch.fill()
        for name, predictor in self.others:
            models.add(free(name, models.names()), predictor).warm()
        teaching = None if self.teach is None else Teaching(self.teach, models)
        if teaching is not None:
            teaching.coach.resume()
        app = application(models, self.access, metrics=metrics, beside=watch, teach=teaching)
        return app, watch


def run(
    listener: socket.socket, app: Starlette, watch: Watch, channel: Channel | None = None
) -> None:
    """Answer until SIGINT or SIGTERM; what is under way is finished."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = app.state.models.limits
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * limits.connections + 500)), hard)
        )
    sys.setswitchinterval(_SWITCH_S)
    config = uvicorn.Config(
        app,
        http=connection(limits),
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=math.ceil(limits.head_s),
    )
    # uvicorn raises the signal again once everything is closed
    with contextlib.suppress(KeyboardInterrupt):
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(uvicorn.Server(config), listener, watch, channel))


async def _serve(
    server: uvicorn.Server, listener: socket.socket, watch: Watch, channel: Channel | None
) -> None:
    loop = asyncio.get_running_loop()
    beats: asyncio.Task[None] | None = None
    if channel is not None:
        loop.add_signal_handler(signal.SIGHUP, watch.wake.set)
        loop.add_reader(channel.fileno(), _end_orphan, loop, channel)
        channel.ready()
        beats = asyncio.create_task(_beating(channel))
    await server.serve(sockets=[listener])
    if beats is not None:
        beats.cancel()


async def _beating(channel: Channel) -> None:
    while True:
        channel.beat()
        await asyncio.sleep(BEAT_S)


def _end_orphan(loop: asyncio.AbstractEventLoop, channel: Channel) -> None:
    """The parent has gone: end as if it had said so."""
    loop.remove_reader(channel.fileno())
    os.kill(os.getpid(), signal.SIGTERM)
