"""Which requests does the server answer, with what, and what does it refuse?

    GET  /             a page to try it            GET  /healthz   alive: 200
    GET  /v1/models    what can be asked           GET  /readyz    every model loaded: 200, else 503
    POST /v1/predict   ?top=5&model=NAME: a picture as the raw body, as files of a form (multipart), or as
                       JSON {"image": base64 or data: URI}  ->  {"model": ..., "predictions": [{"id", "top", "sure"}]}

Every refusal is {"error": word, "reason": one line}.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from receta.core.errors import RecetaError
from receta.core.image import Unreadable
from receta.server._models import Model, warm

MOST_BYTES = 10_000_000  # of a request's body: no camera's JPEG is larger
MOST_FILES = 16  # pictures in one request
MOST_CLASSES = 100_000  # in one answer
MOST_SECONDS = 60  # for a body to arrive
_READ_ANYWAY = 4 * MOST_BYTES  # of a body that is too large, so that the client still reads the answer
_NAME_LENGTH = 200

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
WORDS = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 408: "timeout",
         413: "too_large", 422: "unreadable", 500: "internal", 503: "not_ready"}  # fmt: skip
PAGE = {"/": ("page.html", "text/html"), "/page.js": ("page.js", "text/javascript"), "/page.css": ("page.css", "text/css")}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)


def application(models: dict[str, Model], token: str | None) -> FastAPI:
    """The application over some models; the first answers where none is named."""
    if token is not None and not token.strip():
        raise RecetaError("the token is empty; expected a secret of some length. Give one, or leave --token out.")
    # The pages that FastAPI makes load scripts from elsewhere, so there are none.
    app = FastAPI(title="receta", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.models = models
    # As many pictures are decoded at the same time: each may need 300 MB.
    app.state.workers = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "receta")
    app.add_middleware(_Guard, token=token)
    for status in WORDS:
        if status != 500:
            app.add_exception_handler(status, _refusal)
    app.add_exception_handler(RequestValidationError, _bad_query)
    for path in PAGE:
        app.add_api_route(path, _page, methods=["GET"])
    app.add_api_route("/healthz", _healthz, methods=["GET"])
    app.add_api_route("/readyz", _readyz, methods=["GET"])
    app.add_api_route("/v1/models", _models, methods=["GET"])
    app.add_api_route("/v1/predict", _predict, methods=["POST"])
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load models while the server answers already that it is alive."""

    def load(model: Model) -> None:
        try:
            warm(model)
        except RecetaError as error:
            _log.error("%s", error)

    for model in app.state.models.values():
        app.state.workers.submit(load, model)
    yield
    # Waits for what is under way: a runtime that is torn down while it loads takes the process with it.
    app.state.workers.shutdown(cancel_futures=True)


async def _page(request: Request) -> Response:
    name, kind = PAGE[request.url.path]
    content = resources.files("receta.server").joinpath("page", name).read_bytes()
    return Response(content, media_type=kind)


async def _healthz() -> dict[str, bool]:
    return {"alive": True}


async def _readyz(request: Request) -> dict[str, bool]:
    waiting = [model.name for model in request.app.state.models.values() if not model.ready]
    if waiting:
        raise HTTPException(503, f"not loaded yet: {', '.join(waiting)}")
    return {"ready": True}


async def _models(request: Request) -> dict[str, Any]:
    return {"models": [model.about() for model in request.app.state.models.values()]}


async def _predict(request: Request, top: Annotated[int, Query(ge=1, le=MOST_CLASSES)] = 5,
                   model: str | None = None) -> dict[str, Any]:
    chosen = _chosen(request, model)
    names, contents = await _pictures(Request(request.scope, _counted(request.receive)))
    try:
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(request.app.state.workers, chosen.answer, names, contents, top)
    except Unreadable as error:
        raise HTTPException(422, str(error)) from error
    return {"model": chosen.name, "predictions": answers}


def _chosen(request: Request, name: str | None) -> Model:
    models: dict[str, Model] = request.app.state.models
    if name is None:
        return next(iter(models.values()))
    if name not in models:
        raise HTTPException(404, f"there is no model {name[:_NAME_LENGTH]!r}; expected one of {', '.join(models)}.")
    return models[name]


async def _pictures(request: Request) -> tuple[list[str], list[bytes]]:
    """Names and encoded contents of the pictures in a request, however it brings them."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            body = await request.body()
    except TimeoutError:
        raise HTTPException(408, f"the body did not arrive within {MOST_SECONDS} seconds; send a smaller one.") from None
    if kind == "multipart/form-data":
        return await _of_form(request)
    if kind == "application/json":
        return ["image"], [_of_json(body)]
    if not body:
        raise HTTPException(400, "the body is empty; expected a picture: raw, as a file of a form, or as base64 in JSON.")
    return ["image"], [body]


async def _of_form(request: Request) -> tuple[list[str], list[bytes]]:
    names, contents = [], []
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FILES) as form:
        for _, value in form.multi_items():
            if not isinstance(value, str):
                names.append(re.split(r"[/\\]", value.filename or "")[-1][:_NAME_LENGTH] or "image")
                contents.append(await value.read())
    if not names:
        raise HTTPException(400, "the form holds no file; expected a picture in the field 'file'.")
    return names, contents


def _of_json(body: bytes) -> bytes:
    expected = 'expected {"image": "..."} with a picture in base64 or as a data: URI.'
    try:
        text = json.loads(body)["image"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HTTPException(400, f"the JSON cannot be used; {expected}") from None
    if not isinstance(text, str):
        raise HTTPException(400, f"image is no text; {expected}")
    if text[:5].lower() == "data:":
        head, _, text = text.partition(",")
        if not head.lower().endswith(";base64"):
            raise HTTPException(400, f"the data: URI is not in base64; {expected}")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400, f"image is not in base64; {expected}") from None


class _Gone(Exception):
    """The client hung up: nobody is left to answer."""


def _counted(receive: Receive) -> Receive:
    """The body as it comes, until it is larger than allowed or the client has gone."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        taken += len(message.get("body", b""))
        if taken <= MOST_BYTES:
            return message
        while message.get("more_body") and taken <= _READ_ANYWAY:
            message = await receive()
            taken += len(message.get("body", b""))
        raise HTTPException(413, f"the body is larger than {MOST_BYTES // 1_000_000} MB; send a smaller picture.")

    return counted


async def _refusal(request: Request, error: Exception) -> Response:
    status, reason = getattr(error, "status_code", 500), str(getattr(error, "detail", ""))
    return _refused(status, reason, getattr(error, "headers", None))


async def _bad_query(request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    name, given = first.get("loc", ("",))[-1], str(first.get("input", ""))[:50]
    return _refused(400, f"{name}={given} cannot be used; expected a whole number from 1 to {MOST_CLASSES}.")


def _refused(status: int, reason: str, headers: Any = None) -> JSONResponse:
    return JSONResponse({"error": WORDS.get(status, "refused"), "reason": reason}, status, headers)


class _Guard:
    """Asks for the token, puts the headers on every answer, lets no trace out."""

    def __init__(self, app: Any, token: str | None) -> None:
        self.app, self.token = app, None if token is None else token.encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            if self._may(scope):
                await self.app(scope, receive, guarded)
            else:
                reason = "the token is missing or wrong; send 'Authorization: Bearer TOKEN'."
                await _refused(401, reason, {"WWW-Authenticate": "Bearer"})(scope, receive, guarded)
        except _Gone:
            return
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if begun:
                raise
            await _refused(500, "the server failed at this request; its log says why.")(scope, receive, guarded)

    def _may(self, scope: Message) -> bool:
        if self.token is None or not scope["path"].startswith("/v1/"):
            return True
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, secret = given.partition(b" ")
        return hmac.compare_digest(secret.strip(), self.token) and scheme.lower() == b"bearer"
