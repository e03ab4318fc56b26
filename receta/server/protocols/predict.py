"""How does the server's own way of asking look: POST /v1/predict?

?top=5&model=NAME&version=N&threshold=0.8: a picture as the raw body, as files of a form, or
as JSON {"image": ...}, {"images": [...]} or {"instances": [pixels ...]}; rows, windows and texts
as JSON {"instances": [...]}, or under their own word, such as {"text": ...}
->  {"model": ..., "version": ..., "predictions":
     [{"id", "top": [{"class", "probability"}], "sure", "none", "unlike"}]}
"""

from __future__ import annotations

import re

from receta.data import image_formats
from receta.data.image import Unreadable
from receta.server.http import Answer, Asked, Refused, plain
from receta.server.models import Model
from receta.server.protocols.bodies import NAME_LENGTH, of_body

MOST_CLASSES = 100_000  # in one answer


async def predict(asked: Asked) -> Answer:
    """Answer POST /v1/predict."""
    asked.only("POST")
    query = asked.query
    top = _whole(query, "top", 5, MOST_CLASSES)
    version = _whole(query, "version", 0, 10**18) if "version" in query else None
    sure_from = _share(query, "threshold")
    model = choose_model(asked, query.get("model"), version)
    names, given = await of_body(asked, model.batcher.reader)
    try:
        said = await asked.wait_for(model.answers(names, given, top, sure_from))
    except Unreadable as error:
        known = ", ".join(image_formats.FORMATS[:-1])
        what = f"{error}; expected a picture, whole, as one of {known}."
        raise Refused(422, what, code=error.code) from error
    return plain({"model": model.name, "version": model.version, "predictions": said})


def choose_model(asked: Asked, name: str | None, version: int | None) -> Model:
    """The model that a request names.

    Raises Refused 404 for none, 503 for one that is not loaded.
    """
    models = asked.models
    model = models.get(name, version)
    if model is None:
        if not models.names():
            raise Refused(
                404,
                "there is no model yet; expected one that was taught. Add pictures of two "
                "classes and train.",
            )
        name = models.names()[0] if name is None else name
        if name in models.names():
            raise Refused(
                404,
                f"there is no version {version} of {name!r}; expected "
                f"{_one_of(models.versions(name or ''))}.",
            )
        raise Refused(
            404,
            f"there is no model {str(name)[:NAME_LENGTH]!r}; expected {_one_of(models.names())}.",
        )
    if not model.ready:
        raise Refused(
            503, f"not loaded yet: {model.name}. Come back later.", [(b"retry-after", b"1")]
        )
    return model


def _one_of(known: list[str] | list[int]) -> str:
    return f"one of {', '.join(map(str, known))}"


def _whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    given = query.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", given, re.ASCII) or not 1 <= int(given) <= most:
        raise Refused(
            400, f"{name}={given[:50]} cannot be used; expected a whole number from 1 to {most}."
        )
    return int(given)


def _share(query: dict[str, str], name: str) -> float | None:
    given = query.get(name)
    if given is None:
        return None
    if (
        not re.fullmatch(r"[0-9]{0,20}\.?[0-9]{0,40}", given, re.ASCII)
        or given in ("", ".")
        or not 0 <= float(given) <= 1
    ):
        raise Refused(
            400, f"{name}={given[:50]} cannot be used; expected a probability from 0 to 1."
        )
    return float(given)
