"""Which pictures does a body hold, whatever form it has?"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import orjson

from receta.data import image
from receta.server.batching import Picture
from receta.server.http import Asked, Refused

logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of what clients send
NAME_LENGTH = 200
# Lists and entries of a JSON: a picture of 700 x 700 in colours. Python builds more of them for
# seconds, and nobody else is answered meanwhile (LOG.md, 2026-11-30).
_MOST_HOLDERS = 500_000
Pictures = tuple[list[str], list[Picture]]
_EXPECTED = (
    'expected {"image": "..."} or {"images": ["...", ...]} with pictures in base64 or as data: '
    'URIs, or {"instances": [...]} '
    "with pixels from 0 to 255."
)


async def of_body(asked: Asked, shape: tuple[int, ...]) -> Pictures:
    """Names and pictures of a request: JSON, a form with files, or one picture as it is.

    shape: of the network's input, for flat rows of pixels. Raises Refused that says what
    was expected.
    """
    body = await asked.body()
    kind = asked.kind
    if kind == "application/json":
        return await asked.apart(
            lambda content: _of_json(content, asked.limits.pictures, shape), body
        )
    if kind == "multipart/form-data":
        return await _of_form(asked, body)
    if not body:
        raise Refused(
            400,
            "the body is empty; expected a picture: raw, as a file of a form, or as base64 in "
            "JSON.",
        )
    return ["image"], [body]


def parsed(content: bytes, expected: str) -> dict[str, Any]:
    """A JSON object; raises Refused, for too many lists before one is made."""
    if sum(map(content.count, (b"[", b"{", b":"))) > _MOST_HOLDERS:
        reason = f"the JSON holds more than {_MOST_HOLDERS} lists; send encoded pictures, or fewer."
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
    return value


def bounded(n: int, most: int) -> None:
    """Refuse none and too many pictures."""
    if not 1 <= n <= most:
        raise Refused(400, f"{n} pictures in one request; expected 1 to {most}.")


def encoded(text: object, where: str, *, uri: bool = True) -> bytes:
    """A picture's bytes of base64 or a data: URI; raises Refused."""
    expected = (
        'expected a picture in base64 or as a data: URI, such as {"image": '
        '"data:image/png;base64,iVBOR..."}.'
    )
    if not isinstance(text, str):
        raise Refused(400, f"{where} is no text; {expected}")
    if uri and text[:5].lower() == "data:":
        head, _, text = text.partition(",")
        if not head.lower().endswith(";base64"):
            raise Refused(400, f"{where}: the data: URI is not in base64; {expected}")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    try:  # with line breaks
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Refused(400, f"{where} is not in base64; {expected}") from None


def pixels(value: object, where: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Pixels (height, width, channels) uint8 of nested lists or an array.

    Also (height, width), and a flat row where the shape is that of the network. Raises
    Refused for anything but whole numbers from 0 to 255.
    """
    expected = (
        "expected whole numbers from 0 to 255 as [height][width] or [height][width][1, 3 or 4]."
    )
    array = numbers(value, where, expected)
    if array.dtype != np.uint8:
        if array.dtype.kind not in "iuf" or not array.size:
            raise Refused(400, f"{where} holds no numbers; {expected}")
        low, high = array.min(), array.max()
        if not (low >= 0 and high <= 255) or (
            array.dtype.kind == "f" and (array != np.floor(array)).any()
        ):
            raise Refused(
                400,
                f"{where} holds numbers from {low:.4g} to {high:.4g}, or fractions; {expected} "
                "Do not scale them.",
            )
        array = array.astype(np.uint8)
    if array.ndim == 1 and shape is not None and array.size == np.prod(shape):
        array = array.reshape(shape)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise Refused(400, f"{where} has the shape {list(array.shape)}; {expected}")
    if array.shape[0] * array.shape[1] > image.MOST_PIXELS:
        raise Refused(
            413, f"{where} has {array.shape[0]} x {array.shape[1]} pixels; expected fewer."
        )
    return array


def numbers(value: object, where: str, expected: str) -> np.ndarray:
    """Nested lists of numbers as an array of any shape.

    Raises Refused for what holds anything else.

    Looked through first: NumPy gives every text of a list the room of the longest, so that two
    megabytes of JSON could ask for terabytes.
    """
    line = value if isinstance(value, list) else []
    while line:
        kinds = set(map(type, line))
        if not kinds <= {int, float, list}:
            raise Refused(400, f"{where} holds no numbers; {expected}")
        line = (
            [inner for one in line if type(one) is list for inner in one] if list in kinds else []
        )
    try:
        return np.asarray(value)
    except ValueError:
        raise Refused(400, f"{where} has rows of different lengths; {expected}") from None


def instance(value: object, where: str, shape: tuple[int, ...] | None = None) -> Picture:
    """One picture of a list: {"b64": "..."}, the same under any one name, or pixels."""
    while isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        if name == "b64":
            return encoded(inner, where, uri=False)
        value = inner
    if isinstance(value, dict):
        raise Refused(
            400, f'{where} has {len(value)} inputs; expected one: {{"b64": "..."}} or pixels.'
        )
    if isinstance(value, str):
        return encoded(value, where)
    return pixels(value, where, shape)


def _of_json(content: bytes, most: int, shape: tuple[int, ...]) -> Pictures:
    given = parsed(content, _EXPECTED)
    if len(given) != 1:
        raise Refused(
            400,
            f"the JSON cannot be used, as it has {len(given)} keys; {_EXPECTED} Options such as "
            "top stand in the query.",
        )
    ((key, value),) = given.items()
    if key == "image":
        return ["image"], [encoded(value, "image")]
    if key not in ("images", "instances"):
        raise Refused(400, f"the JSON cannot be used, as its key is {key[:50]!r}; {_EXPECTED}")
    if not isinstance(value, list):
        raise Refused(400, f"{key} is no list; {_EXPECTED}")
    bounded(len(value), most)
    names = [str(i) for i in range(len(value))]
    if key == "images":
        return names, [encoded(one, f"images[{i}]") for i, one in enumerate(value)]
    return names, [instance(one, f"instances[{i}]", shape) for i, one in enumerate(value)]


async def _of_form(asked: Asked, body: bytes) -> Pictures:
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    files = asked.limits.files
    head = Headers(raw=[(b"content-type", asked.headers[b"content-type"])])
    names: list[str] = []
    contents: list[Picture] = []
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
