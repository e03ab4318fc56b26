"""Which files make the live page, and where does it find a model that runs in the browser?

GET /  /page.json  /assets/...  /tfjs/...      the page, as it is built into receta/assets/web
GET /models/NAME/web/FILE                      the model for TensorFlow.js, of a bundle beside it
GET /models/NAME/examples.json                 a few pictures of each class
"""

from __future__ import annotations

import asyncio
import functools
import mimetypes
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from receta.core.errors import RecetaError
from receta.exporters.page import live_page
from receta.exporters.page.examples import examples
from receta.predictors import Bundle
from receta.server.page import browser_models
from receta.server.routes import route

KINDS = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


def routes() -> list[Route]:
    """What answers the page's paths."""
    files = [
        path
        for path in ("/", *browser_models.OPEN, "/assets/{name}", "/tfjs/{name}")
        if path != "/page.json"
    ]
    return [
        *(route(path, _file) for path in files),
        route("/page.json", _about),
        route("/models/{name}/web/{path:path}", _of_model),
        route("/models/{name}/examples.json", _examples),
    ]


def _send(content: bytes, name: str) -> Response:
    kind = (
        KINDS.get(PurePosixPath(name).suffix)
        or mimetypes.guess_type(name)[0]
        or "application/octet-stream"
    )
    return Response(content, media_type=kind)


async def _file(request: Request) -> Response:
    name = request.url.path.lstrip("/") or "index.html"
    try:
        file = live_page.files().get(name)
    except RecetaError as error:
        raise HTTPException(503, str(error)) from error
    if file is None:
        raise HTTPException(404, f"the page has no file {name[:100]!r}; load the page again.")
    return _send(file.read_bytes(), name)


async def _about(request: Request) -> dict[str, bool]:
    return {"server": True, "teach": request.app.state.teaching is not None}


async def _of_model(request: Request) -> Response:
    name, path = request.path_params["name"], request.path_params["path"]
    bundle = browser_models.for_browsers(_predictor(request, name))
    content = None if bundle is None else _inside(bundle, path)
    if content is None:
        raise HTTPException(
            404, f"the model has no file {path[:100]!r} for browsers; export the run with --to web."
        )
    return _send(content, path)


async def _examples(request: Request) -> Any:
    predictor = _predictor(request, request.path_params["name"])
    bundle = browser_models.for_browsers(predictor)
    content = None if bundle is None else _inside(bundle, browser_models.EXAMPLES)
    if content is not None:
        return _send(content, browser_models.EXAMPLES)
    return await asyncio.get_running_loop().run_in_executor(None, _of_run_itself, predictor)


def _inside(bundle: Bundle, name: str) -> bytes | None:
    """A file that bundle.json names, unless it is a link out of the folder."""
    file = (bundle.folder / name).resolve()
    if name not in bundle.files or not file.is_relative_to(bundle.folder.resolve()):
        return None
    try:
        return file.read_bytes()
    except OSError:
        return None


def _of_run_itself(model: Any) -> list[dict[str, Any]]:
    """Examples of a run from its own validation part; none where its data are gone."""
    return (
        _of_folder(model.folder, model.about["created"]) if hasattr(model, "predict_rows") else []
    )


@functools.lru_cache(maxsize=4)
def _of_folder(folder: Path, created: str) -> list[dict[str, Any]]:
    """Examples of the run in a folder.

    created: when it began, so that another run in its place is read anew.
    """
    from receta.exporters.evidence import own_examples
    from receta.training import Run

    try:
        run = Run.open(folder)
        parts = own_examples.examples_of(run).parts
        return examples(run.class_names, parts, run.specs[0], run.task)
    except RecetaError:
        return []


def _predictor(request: Request, name: str) -> Any:
    model = request.app.state.models.get(name)
    if model is None:
        raise HTTPException(404, f"there is no model {name[:100]!r}.")
    return model.predictor
