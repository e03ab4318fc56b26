"""Which examples does a body hold, whatever form it has?"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator
from typing import Any

import orjson

from receta.server.http import Asked, Refused
from receta.server.reading import Given, Reader

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of what clients send
NAME_LENGTH = 200
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
# Lists and entries of a JSON: a picture of 700 x 700 in colours. Python builds more of them for
# seconds, and nobody else is answered meanwhile (LOG.md, 2026-11-30).
_MOST_HOLDERS = 500_000
Examples = tuple[list[str], list[Given]]


async def of_body(asked: Asked, reader: Reader) -> Examples:
    """Names and examples of a request: JSON, a form with files, or one picture as it is.

    Raises Refused that says what was expected.
    """
    body = await asked.body()
    if asked.kind == "application/json" or not reader.takes_files:
        return await asked.apart(lambda content: _of_json(content, reader), body)
    if asked.kind == "multipart/form-data":
        return await _of_form(asked, body)
    if not body:
        raise Refused(
            400,
            "the body is empty; expected a picture: raw, as a file of a form, or as base64 in "
            "JSON.",
        )
    return ["image"], [body]


def parse(content: bytes, expected: str) -> dict[str, Any]:
    """A JSON object; raises Refused, for too many lists before one is made, and for a key that an
    object has twice.
    """
    if sum(map(content.count, (b"[", b"{", b":"))) > _MOST_HOLDERS:
        reason = f"the JSON holds more than {_MOST_HOLDERS} lists; send fewer, or pictures encoded."
        raise Refused(413, reason)
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Refused(
            400,
            f"the JSON cannot be used, as it is not valid ({error.msg} at byte {error.pos}); "
            f"{expected}",
        ) from None
    if not isinstance(value, dict):
        raise Refused(400, f"the JSON cannot be used, as it is no object; {expected}")
    written = _STRING.sub(b"", content).count(b":")
    if written != len(value) and written != _count_keys(value):
        raise Refused(400, f"the JSON has a key twice in one object; {expected}")
    return value


def _count_keys(value: object) -> int:
    """Keys of all objects in a value."""
    count, within = 0, [value]
    while within:
        one = within.pop()
        if isinstance(one, dict):
            count += len(one)
            within.extend(one.values())
        elif isinstance(one, list):
            within.extend(one)
    return count


def check_number(n: int, reader: Reader) -> None:
    """Refuse none and too many examples."""
    if not 1 <= n <= reader.most:
        raise Refused(400, f"{n} {reader.noun.many} in one request; expected 1 to {reader.most}.")


def _of_json(content: bytes, reader: Reader) -> Examples:
    given = parse(content, reader.expected)
    single, several = reader.noun.unit, reader.noun.units
    if len(given) != 1:
        raise Refused(
            400,
            f"the JSON cannot be used, as it has {len(given)} keys; {reader.expected} Options "
            "such as top stand in the query.",
        )
    ((key, value),) = given.items()
    if key == single:
        return [single], [reader.take_named(value, single)]
    if key not in (several, "instances"):
        raise Refused(
            400, f"the JSON cannot be used, as its key is {key[:50]!r}; {reader.expected}"
        )
    if not isinstance(value, list):
        raise Refused(400, f"{key} is no list; {reader.expected}")
    check_number(len(value), reader)
    take = reader.take if key == "instances" else reader.take_named
    names = [str(i) for i in range(len(value))]
    return names, [take(one, f"{key}[{i}]") for i, one in enumerate(value)]


async def _of_form(asked: Asked, body: bytes) -> Examples:
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    files = asked.limits.files
    head = Headers(raw=[(b"content-type", asked.headers[b"content-type"])])
    names: list[str] = []
    contents: list[Given] = []
    try:
        parser = MultiPartParser(head, whole(), max_files=files, max_fields=files)
        parser.spool_max_size = len(body) + 1  # in memory, where it is already
        form = await parser.parse()
        for _, value in form.multi_items():
            if isinstance(value, UploadFile):
                names.append(re.split(r"[/\\]", value.filename or "")[-1][:NAME_LENGTH] or "image")
                contents.append(await value.read())
        await form.close()
    except (MultiPartException, KeyError, ValueError, AssertionError) as error:
        said = getattr(error, "message", "") or "it is no multipart form with a boundary"
        raise Refused(
            400,
            f"the form cannot be read ({said}); expected pictures as files, as `curl -F "
            "file=@x.jpg` sends them.",
        ) from None
    if not names:
        raise Refused(400, "the form holds no file; expected a picture in the field 'file'.")
    return names, contents
