"""How does the page teach: collect pictures of classes, train on them, use what was learnt?

    GET    /v1/teach                         the classes, and how a training stands
    POST   /v1/teach/classes?name=CLASS      a new class
    POST   /v1/teach/classes?name=A&to=B     class A is called B from now on, its folder too
    DELETE /v1/teach/classes?name=CLASS      one without pictures is forgotten
    GET    /v1/teach/pictures?class=CLASS&name=FILE      a small JPEG of a picture
    POST   /v1/teach/pictures?class=CLASS    a picture (raw body) is kept in the folder of its
    class; live=1: of a camera
    DELETE /v1/teach/pictures                the newest one is taken back; ?class=CLASS&name=FILE:
    that one
    POST   /v1/teach/training?minutes=3      a training begins
    DELETE /v1/teach/training                it is stopped
    GET    /v1/teach/report                  the report of the network that was taught
    GET    /v1/teach/model.zip               its exports, and the report

They exist only where the user named a folder (`receta serve --teach FOLDER`), which is the
consent to writing there. What changes something must bear the header `X-Receta: teach`, which
pages of other hosts cannot send; under which names it may reach the server, hosts.py says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from receta.core.errors import InputError, RecetaError
from receta.data.image import Unreadable
from receta.server.http import Asked, Gone, Refused
from receta.server.models import Models
from receta.server.routes import route
from receta.server.teaching import packing
from receta.server.teaching.class_names import Unfit
from receta.server.teaching.coach import Coach
from receta.server.teaching.collection import Collection

Made = TypeVar("Made")


class Told(HTTPException):
    """A refusal with a word for programs."""

    def __init__(self, status: int, error: Exception) -> None:
        super().__init__(status, str(error))
        self.code: str = getattr(error, "code", "")


class Teaching:
    """A folder of pictures, and the training on it."""

    def __init__(self, folder: Path, models: Models, more: Sequence[str] = ()) -> None:
        """more: further arguments for `receta run`."""
        self.collection = Collection(folder)
        name = folder.resolve().name or "taught"
        self.coach = Coach(
            self.collection, models, f"{name}-taught" if name in models.names() else name, more
        )

    def describe(self) -> dict[str, Any]:
        """All that the page shows."""
        classes = [
            {"name": name, "pictures": len(pictures), "newest": self.collection.newest(pictures)}
            for name, pictures in self.collection.classes().items()
        ]
        return {
            "folder": str(self.collection.folder),
            "classes": classes,
            "can_undo": self.collection.can_undo,
            "enough": self.collection.enough(),
            "varied": self.collection.is_varied(),
            "training": self.coach.describe(),
            "result": self.coach.result(),
        }

    def refuse_while_busy(self) -> None:
        """Raise Unfit while a training reads the folder."""
        if self.coach.busy:
            raise Unfit(
                "a training reads the folder; expected changes of names before or after it. "
                "Wait, or stop it.",
                "training_goes_on",
            )


def routes(teaching: Teaching | None) -> list[Route]:
    """What answers the paths above, where there is a folder to teach from."""
    if teaching is None:
        return []
    every = (
        ("", "GET", _tell),
        ("/classes", "POST", _name_class),
        ("/classes", "DELETE", _drop_class),
        ("/pictures", "GET", _thumbnail),
        ("/pictures", "POST", _add),
        ("/pictures", "DELETE", _take_back),
        ("/training", "POST", _start),
        ("/training", "DELETE", _stop),
        ("/report", "GET", _report),
        ("/model.zip", "GET", _archive),
    )
    return [route(f"/v1/teach{path}", answer, method) for path, method, answer in every]


async def _tell(request: Request) -> dict[str, Any]:
    return await _apart(request, _nothing)


async def _name_class(request: Request) -> dict[str, Any]:
    _own_page(request)
    name, new = _require(request, "name"), request.query_params.get("to")

    def work(teaching: Teaching) -> None:
        if new is None:
            return teaching.collection.name_class(name)
        teaching.refuse_while_busy()
        return teaching.collection.rename_class(name, new)

    return await _apart(request, work)


async def _drop_class(request: Request) -> dict[str, Any]:
    _own_page(request)
    name = _require(request, "name")
    return await _apart(request, lambda teaching: teaching.collection.drop_class(name))


async def _add(request: Request) -> dict[str, Any]:
    _own_page(request)
    name, live = _require(request, "class"), request.query_params.get("live") == "1"
    asked = Asked(
        request.scope, dict(request.scope["headers"]), request.receive, request.app.state.models
    )
    try:
        content = await asked.body()
    except Refused as error:
        raise HTTPException(error.status, error.reason) from error
    except Gone:
        raise HTTPException(400, "the picture did not arrive whole; send it again.") from None
    pixels = request.app.state.models.limits.pixels
    return await _apart(
        request,
        lambda teaching: teaching.collection.add(name, content, live=live, most_pixels=pixels),
    )


async def _take_back(request: Request) -> dict[str, Any]:
    _own_page(request)
    if request.query_params:
        name, picture = _require(request, "class"), _require(request, "name")
        return await _apart(request, lambda teaching: teaching.collection.remove(name, picture))
    undone: list[str] = []
    told = await _apart(request, lambda teaching: undone.append(teaching.collection.undo()))
    return {**told, "undone": undone[0]}


async def _thumbnail(request: Request) -> Response:
    name, picture = _require(request, "class"), _require(request, "name")
    small = await _in_thread(request, lambda teaching: teaching.collection.thumbnail(name, picture))
    return Response(small, media_type="image/jpeg")


async def _report(request: Request) -> Response:
    content = await _in_thread(request, lambda teaching: packing.report_of(_find_run(teaching)))
    return Response(
        content, media_type="text/html", headers={"Content-Security-Policy": packing.REPORT_POLICY}
    )


async def _archive(request: Request) -> Response:
    name = request.app.state.teaching.coach.name
    content = await _in_thread(request, lambda teaching: packing.pack(_find_run(teaching), name))
    held = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.zip', safe='')}"}
    return Response(content, media_type="application/zip", headers=held)


def _find_run(teaching: Teaching) -> Path:
    """The run that was taught; raises Unfit before there is one."""
    if teaching.coach.taken is None:
        raise Unfit(
            "nothing was taught yet; expected a training that went well. Add pictures of two "
            "classes and train.",
            "untaught",
        )
    return teaching.coach.taken


async def _start(request: Request) -> dict[str, Any]:
    _own_page(request)
    given = _require(request, "minutes")
    minutes = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    return await _apart(request, lambda teaching: teaching.coach.start(minutes))


async def _stop(request: Request) -> dict[str, Any]:
    _own_page(request)
    return await _apart(request, lambda teaching: teaching.coach.stop())


def _require(request: Request, name: str) -> str:
    if name not in request.query_params:
        raise HTTPException(400, f"{name} is missing; expected {request.url.path}?{name}=...")
    return request.query_params[name]


def _nothing(teaching: Teaching) -> None:
    """Only look."""


async def _apart(request: Request, work: Callable[[Teaching], Any]) -> dict[str, Any]:
    """Do something with the folder in a thread, and tell how things stand then."""

    def done(teaching: Teaching) -> dict[str, Any]:
        work(teaching)
        return teaching.describe()

    return await _in_thread(request, done)


async def _in_thread(request: Request, work: Callable[[Teaching], Made]) -> Made:
    """What work gives, or a refusal in the words of its error."""
    teaching: Teaching = request.app.state.teaching
    try:
        return await asyncio.get_running_loop().run_in_executor(
            request.app.state.models.pool, work, teaching
        )
    except Unreadable as error:
        raise Told(422, error) from error
    except InputError as error:
        raise Told(400, error) from error
    except RecetaError as error:  # the disk is full, or the folder may not be written
        raise Told(503, error) from error
    except OSError as error:
        raise HTTPException(
            503,
            f"the folder cannot be used ({error.strerror}); expected one to read and write. Mend "
            "it.",
        ) from error


def _own_page(request: Request) -> None:
    """Refuse what a page of another host could have made a browser send."""
    if request.headers.get("x-receta") != "teach":
        raise HTTPException(
            403, "the header 'X-Receta: teach' is missing; only the page of this server teaches."
        )
