"""Which requests does the server answer, with what, and what does it refuse?

    GET  /             a page to try it              GET  /healthz   alive: 200
    GET  /docs         the paths below, explained    GET  /readyz    every model loaded: 200, else
    503
    GET  /v1/models    what can be asked             GET  /metrics   figures for Prometheus
    POST /v1/predict   one picture or several, in any form (protocols/predict.py)
    /v1/models/NAME    the REST of TensorFlow Serving (protocols/tf_serving.py)
    /v1/teach          collecting pictures and training on them (teaching/requests.py)
    /v2                the Open Inference Protocol, version 2 (protocols/open_inference.py)

Every refusal is {"error": word, "reason": one line}; the last two use their protocols' own form.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from receta.core.errors import RecetaError
from receta.server.front import HEADERS, Access, Front
from receta.server.http import FAILED, WORDS, Refused, plain, refusal
from receta.server.limits import Limits
from receta.server.metrics import Metrics
from receta.server.models import Model, Models
from receta.server.page.files import routes as page_routes
from receta.server.protocols import openapi
from receta.server.routes import route
from receta.server.teaching.requests import Teaching
from receta.server.teaching.requests import routes as teaching_routes

__all__ = ["HEADERS", "MOST_BYTES", "application"]

MOST_BYTES = Limits().body

_log = logging.getLogger(__name__)


def application(
    models: Models,
    access: Access = Access(),
    *,
    metrics: Metrics | None = None,
    beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
    teach: Teaching | None = None,
) -> Starlette:
    """The application over some models; the first answers where none is named.

    beside: a coroutine function that runs beside it as long as it serves. teach: the folder that
    the page may collect pictures in, and train on.
    """
    metrics = metrics or Metrics()
    models.seen = metrics.batch
    own = (
        ("/healthz", _healthz),
        ("/readyz", _readyz),
        ("/metrics", _metrics),
        ("/v1/models", _models),
        ("/openapi.json", _document),
        ("/docs", _docs),
        ("/docs.css", _docs_style),
    )
    routes = [
        *page_routes(),
        *teaching_routes(teach),
        *(route(path, answer) for path, answer in own),
    ]
    app = _Application(routes=routes, lifespan=_lifespan)
    app.state.teaching = teach
    app.state.models, app.state.metrics, app.state.beside = models, metrics, beside
    app.front = Front(
        super(_Application, app).__call__,
        models,
        access,
        metrics,
    )
    for status in WORDS:
        app.add_exception_handler(status, _refusal)
    return app


class _Application(Starlette):
    """Starlette behind the front, which answers predictions itself."""

    front: Front

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.front(scope, receive, send)


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Load models while the server answers already that it is alive."""

    def load(model: Model) -> None:
        try:
            model.warm()
        except RecetaError as error:
            _log.error("%s", error)

    models: Models = app.state.models
    for model in models.every():
        models.pool.submit(load, model)
    beside = asyncio.create_task(app.state.beside()) if app.state.beside is not None else None
    yield
    if beside is not None:
        beside.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beside
    if app.state.teaching is not None:
        await asyncio.get_running_loop().run_in_executor(None, app.state.teaching.coach.close)
    # Waits for what is under way: a runtime that is torn down while it loads takes the process with
    # it.
    models.pool.shutdown(cancel_futures=True)


async def _healthz(request: Request) -> dict[str, bool]:
    return {"alive": True}


async def _readyz(request: Request) -> dict[str, bool]:
    waiting = [model.name for model in request.app.state.models.every() if not model.ready]
    if waiting:
        raise HTTPException(503, f"not loaded yet: {', '.join(waiting)}")
    return {"ready": True}


async def _metrics(request: Request) -> Response:
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type=metrics.kind)


async def _models(request: Request) -> dict[str, Any]:
    models: Models = request.app.state.models
    return {
        "models": [{**model.about(), "versions": models.versions(model.name)} for model in models],
        "limits": {
            "body": models.limits.body,
            "pictures": models.limits.pictures,
            "files": models.limits.files,
        },
    }


async def _document(request: Request) -> Response:
    return Response(
        plain(openapi.document(request.app.state.models)).content,
        media_type="application/json",
    )


async def _docs(request: Request) -> Response:
    return Response(
        openapi.page(openapi.document(request.app.state.models)), media_type="text/html"
    )


async def _docs_style(request: Request) -> Response:
    return Response(
        resources.files("receta.server").joinpath("page", "docs.css").read_bytes(),
        media_type="text/css",
    )


async def _refusal(request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None) or {}
    refused = Refused(
        getattr(error, "status_code", 500),
        str(getattr(error, "detail", FAILED)),
        code=getattr(error, "code", ""),
    )
    answer = refusal(request.url.path, refused)
    return Response(answer.content, answer.status, headers, media_type="application/json")
