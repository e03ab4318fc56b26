"""How does the page teach: collect pictures of classes, train on them, use what was learnt?

    GET    /v1/teach                         the classes, and how a training stands
    POST   /v1/teach/classes?name=CLASS      a new class
    DELETE /v1/teach/classes?name=CLASS      one without pictures is forgotten
    POST   /v1/teach/pictures?class=CLASS    a picture (raw body) is kept in the folder of its class; live=1: of a camera
    DELETE /v1/teach/pictures                the newest one is taken back
    POST   /v1/teach/training?minutes=3      a training begins
    DELETE /v1/teach/training                it is stopped

They exist only where the user named a folder (`receta serve --teach FOLDER`), which is the
consent to writing there. What changes something must bear the header `X-Receta: teach`, which
pages of other hosts cannot send; under which names it may reach the server, _hosts.py says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request

from receta.core.errors import InputError, RecetaError
from receta.core.image import Unreadable
from receta.server._coaching import Coach
from receta.server._collecting import Collection
from receta.server._http import Asked, Gone, Refused
from receta.server._models import Models


class Teaching:
    """A folder of pictures, and the training on it."""

    def __init__(self, folder: Path, models: Models, more: Sequence[str] = ()) -> None:
        """more: further arguments for `receta run`."""
        self.collection = Collection(folder)
        name = folder.resolve().name or "taught"
        self.coach = Coach(self.collection, models, f"{name}-taught" if name in models.names() else name, more)

    def told(self) -> dict[str, Any]:
        """All that the page shows."""
        classes = [{"name": name, "pictures": len(pictures)} for name, pictures in self.collection.classes().items()]
        return {"folder": str(self.collection.folder), "classes": classes, "can_undo": self.collection.can_undo,
                "enough": self.collection.enough(), "varied": self.collection.varied(), "training": self.coach.told()}  # fmt: skip


def add_to(app: FastAPI, teaching: Teaching | None) -> None:
    """Answer the paths above, where there is a folder to teach from."""
    app.state.teaching = teaching
    if teaching is None:
        return
    for path, method, answer in (
        ("", "GET", _told), ("/classes", "POST", _name_class), ("/classes", "DELETE", _drop_class),
        ("/pictures", "POST", _add), ("/pictures", "DELETE", _undo), ("/training", "POST", _start), ("/training", "DELETE", _stop),
    ):  # fmt: skip
        app.add_api_route(f"/v1/teach{path}", answer, methods=[method], include_in_schema=False)


async def _told(request: Request) -> dict[str, Any]:
    return await _apart(request, _nothing)


async def _name_class(request: Request) -> dict[str, Any]:
    _own_page(request)
    name = _given(request, "name")
    return await _apart(request, lambda teaching: teaching.collection.name_class(name))


async def _drop_class(request: Request) -> dict[str, Any]:
    _own_page(request)
    name = _given(request, "name")
    return await _apart(request, lambda teaching: teaching.collection.drop_class(name))


async def _add(request: Request) -> dict[str, Any]:
    _own_page(request)
    name, live = _given(request, "class"), request.query_params.get("live") == "1"
    asked = Asked(request.scope, dict(request.scope["headers"]), request.receive, request.app.state.models)
    try:
        content = await asked.body()
    except Refused as error:
        raise HTTPException(error.status, error.reason) from error
    except Gone:
        raise HTTPException(400, "the picture did not arrive whole; send it again.") from None
    pixels = request.app.state.models.limits.pixels
    return await _apart(request, lambda teaching: teaching.collection.add(name, content, live=live, most_pixels=pixels))


async def _undo(request: Request) -> dict[str, Any]:
    _own_page(request)
    undone: list[str] = []
    told = await _apart(request, lambda teaching: undone.append(teaching.collection.undo()))
    return {**told, "undone": undone[0]}


async def _start(request: Request) -> dict[str, Any]:
    _own_page(request)
    given = _given(request, "minutes")
    minutes = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    return await _apart(request, lambda teaching: teaching.coach.start(minutes))


async def _stop(request: Request) -> dict[str, Any]:
    _own_page(request)
    return await _apart(request, lambda teaching: teaching.coach.stop())


def _given(request: Request, name: str) -> str:
    if name not in request.query_params:
        raise HTTPException(400, f"{name} is missing; expected {request.url.path}?{name}=...")
    return request.query_params[name]


def _nothing(teaching: Teaching) -> None:
    """Only look."""


async def _apart(request: Request, work: Callable[[Teaching], Any]) -> dict[str, Any]:
    """Do something with the folder in a thread, and tell how things stand then."""
    teaching: Teaching = request.app.state.teaching

    def done() -> dict[str, Any]:
        work(teaching)
        return teaching.told()

    try:
        return await asyncio.get_running_loop().run_in_executor(request.app.state.models.pool, done)
    except Unreadable as error:
        raise HTTPException(422, str(error)) from error
    except InputError as error:
        raise HTTPException(400, str(error)) from error
    except RecetaError as error:  # the disk is full, or the folder may not be written
        raise HTTPException(503, str(error)) from error
    except OSError as error:
        raise HTTPException(503, f"the folder cannot be used ({error.strerror}); expected one to read and write. Mend it.") from error


def _own_page(request: Request) -> None:
    """Refuse what a page of another host could have made a browser send."""
    if request.headers.get("x-receta") != "teach":
        raise HTTPException(403, "the header 'X-Receta: teach' is missing; only the page of this server teaches.")
