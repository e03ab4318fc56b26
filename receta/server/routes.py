"""How does a path come to what answers it, where nobody is in a hurry?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from receta.server.http import plain


def route(path: str, answer: Callable[[Request], Awaitable[Any]], method: str = "GET") -> Route:
    """A route whose answer may be a response, or a value that is sent as JSON."""

    async def endpoint(request: Request) -> Response:
        given = await answer(request)
        if isinstance(given, Response):
            return given
        return Response(plain(given).content, media_type="application/json")

    return Route(path, endpoint, methods=[method])
