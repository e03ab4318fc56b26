"""How much may one request, one client and all of them together ask of the server?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from receta.core.errors import RecetaError
from receta.core.registry import nearest
from receta.data.image import MOST_PIXELS


@dataclass(frozen=True)
class Limits:
    """Bounds of the server; beyond each, the answer is a refusal that names it."""

    body: int = 10_000_000  # bytes of a request's body: no camera's JPEG is larger
    pictures: int = 256  # in one request
    examples: int = 10_000  # rows, windows or texts in one request
    files: int = 16  # in one form
    pixels: int = MOST_PIXELS  # of a picture, by its header, before it is decoded
    body_s: float = 60  # for a body to arrive
    # for the line and the headers of a request to arrive, and between two requests
    head_s: float = 10
    wait_s: float = 30  # until an answer; whoever waits longer is told to come back
    waiting: int = 256  # requests for predictions under way; more are told to come back
    connections: int = 2_000
    batch: int = 64  # pictures that go through a network at once

    def with_settings(self, settings: Sequence[str]) -> Limits:
        """With settings such as "body=2000000".

        Raises RecetaError for an unknown name, or a value that is no number above 0.
        """
        changes: dict[str, float] = {}
        kinds = {field.name: int if field.type == "int" else float for field in fields(self)}
        for setting in settings:
            name, equals, value = setting.partition("=")
            if name not in kinds:
                raise RecetaError(
                    f"the limit {name!r} is unknown; expected one of "
                    f"{', '.join(kinds)}.{nearest(name, kinds)}"
                )
            try:
                changes[name] = kinds[name](value)
            except ValueError:
                changes[name] = 0
            if not equals or not 0 < changes[name] < 1e15:
                raise RecetaError(
                    f"--limit {setting} cannot be used; expected a number above 0, such as "
                    f"{name}={getattr(self, name)}."
                )
        return replace(self, **changes)  # type: ignore[arg-type]
