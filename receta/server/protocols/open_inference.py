"""How do clients of the Open Inference Protocol (KServe v2, Triton, MLServer) ask?

    GET  /v2  /v2/health/live  /v2/health/ready  /v2/models/NAME[/versions/N][/ready]
    POST /v2/models/NAME[/versions/N]/infer
         inputs: pixels UINT8 [n, height, width, channels], or image BYTES [n] in base64;
         outputs: probabilities FP32 [n, classes], class BYTES [n]; of a model that can tell,
         where they are asked for by name, none BOOL [n] and unlike FP32 [n]

Source: github.com/kserve/open-inference-protocol, with Triton's extension for binary data:
tensors behind the JSON, whose length stands in Inference-Header-Content-Length.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import receta
from receta import tasks
from receta.data.image import Unreadable
from receta.server.batching import Picture, Said
from receta.server.http import Answer, Asked, Refused, plain
from receta.server.models import Model
from receta.server.protocols.pictures import Pictures, bounded, encoded, numbers, parsed, pixels
from receta.server.protocols.predict import choose_model

PREFIX = "/v2"
_PATH = re.compile(
    r"/v2/models/(?P<name>.+?)(?:/versions/(?P<version>[0-9]{1,18}))?(?:/(?P<part>ready|infer))?",
    re.ASCII,
)
_EXPECTED = (
    'expected {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": '
    '["base64"]}]}, or pixels as UINT8.'
)
_TOLD = {"none": "BOOL", "unlike": "FP32"}  # outputs that only who asks for them gets, by datatype
_LENGTH = b"inference-header-content-length"


async def answer(asked: Asked) -> Answer:
    """Answer what begins with /v2."""
    path = asked.scope["path"]
    if path in ("/v2", "/v2/", "/v2/health/live", "/v2/health/ready"):
        asked.only("GET")
        if path == "/v2/health/live":
            return plain({"live": True})
        if path == "/v2/health/ready":
            ready = all(model.ready for model in asked.models)
            return plain({"ready": ready}, 200 if ready else 503)
        return plain(
            {"name": "receta", "version": receta.__version__, "extensions": ["binary_tensor_data"]}
        )
    found = _PATH.fullmatch(path)
    if found is None:
        raise Refused(
            404, "there is nothing here; expected /v2/models/NAME, with /ready or /infer behind it."
        )
    asked.only("POST" if found["part"] == "infer" else "GET")
    model = choose_model(
        asked, found["name"], None if found["version"] is None else int(found["version"])
    )
    if found["part"] == "infer":
        return await _infer(asked, model)
    if found["part"] == "ready":
        return plain({"name": model.name, "ready": True})
    told = {} if model.likeness is None else _TOLD
    return plain(
        {
            "name": model.name,
            "versions": [str(number) for number in asked.models.versions(model.name)],
            "platform": f"receta_{model.target}",
            "inputs": [{"name": "pixels", "datatype": "UINT8", "shape": [-1, *model.input_shape]}],
            "outputs": [
                {
                    "name": "probabilities",
                    "datatype": "FP32",
                    "shape": [-1, len(model.class_names)],
                },
                {"name": "class", "datatype": "BYTES", "shape": [-1]},
                *({"name": name, "datatype": kind, "shape": [-1]} for name, kind in told.items()),
            ],
        }
    )


async def _infer(asked: Asked, model: Model) -> Answer:
    body = await asked.body()
    length = asked.headers.get(_LENGTH)
    given, (names, pictures) = await asked.apart(
        lambda content: _read(content, length, model, asked.limits.pictures), body
    )
    known = {"probabilities", "class", *({} if model.likeness is None else _TOLD)}
    wanted = _wanted(given, known)
    try:
        judged = await asked.answered(model.batcher.judge(names, pictures))
    except Unreadable as error:
        raise Refused(400, str(error)) from error
    said = judged.probabilities
    told: dict[str, Any] = {
        "model_name": model.name,
        "model_version": str(model.version),
        "outputs": [],
    }
    if "id" in given:
        told["id"] = given["id"]
    binary = b""
    for name, as_binary in wanted:
        if name == "probabilities":
            output: dict[str, Any] = {"name": name, "datatype": "FP32", "shape": list(said.shape)}
            data: Any = np.ascontiguousarray(said, np.float32).reshape(-1)
        elif name in _TOLD:
            output = {"name": name, "datatype": _TOLD[name], "shape": [len(said)]}
            data = _unlike(model, judged)[name]
        else:
            output = {"name": name, "datatype": "BYTES", "shape": [len(said)]}
            task = tasks.of(model.task)
            data = [task.named(one, model.class_names, model.thresholds) for one in said]
        if as_binary:
            tail = (
                data.tobytes()
                if isinstance(data, np.ndarray)
                else b"".join(_framed(text.encode()) for text in data)
            )
            output["parameters"] = {"binary_data_size": len(tail)}
            binary += tail
        else:
            output["data"] = data
        told["outputs"].append(output)
    answer = plain(told)
    if not binary:
        return answer
    head = str(len(answer.content)).encode()
    return Answer(
        answer.content + binary, kind=b"application/octet-stream", headers=[(_LENGTH, head)]
    )


def _unlike(model: Model, said: Said) -> dict[str, np.ndarray]:
    """The outputs of `_TOLD`, one for each picture."""
    if model.likeness is None or said.unlike is None:
        n = len(said.probabilities)
        return {"none": np.zeros(n, bool), "unlike": np.full(n, np.nan, np.float32)}
    unlike = said.unlike
    return {"none": model.likeness.none(unlike), "unlike": unlike.astype(np.float32)}


def _read(
    content: bytes, length: bytes | None, model: Model, most: int
) -> tuple[dict[str, Any], Pictures]:
    """The JSON part of a request and its pictures."""
    tail = b""
    if length is not None:
        if not re.fullmatch(rb"[0-9]{1,15}", length) or int(length) > len(content):
            raise Refused(
                400,
                "Inference-Header-Content-Length cannot be used; expected the length of the JSON "
                "before the binary data.",
            )
        content, tail = content[: int(length)], content[int(length) :]
    given = parsed(content, _EXPECTED)
    inputs = given.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise Refused(400, f"inputs is no list of one input; {_EXPECTED}")
    if not isinstance(given.get("id", ""), str) or not isinstance(
        given.get("parameters", {}), dict
    ):
        raise Refused(400, "id or parameters cannot be used; expected text and an object.")
    (one,) = inputs
    shape, kind = one.get("shape"), one.get("datatype")
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= 4
        or not all(type(side) is int and 0 < side < 2**31 for side in shape)
    ):
        raise Refused(400, f"the shape cannot be used; {_EXPECTED}")
    size = _parameters(one).get("binary_data_size")
    if size is not None:
        if type(size) is not int or not 0 <= size <= len(tail):
            raise Refused(
                400,
                f"binary_data_size cannot be used; expected at most the {len(tail)} bytes behind "
                "the JSON.",
            )
        tail = tail[:size]
    elif not isinstance(one.get("data"), list):
        raise Refused(400, f"data is no list; {_EXPECTED}")
    if kind == "BYTES":
        pictures = _of_bytes(one, shape, tail if size is not None else None, most)
    elif kind == "UINT8":
        pictures = _of_pixels(one, shape, tail if size is not None else None, model, most)
    else:
        raise Refused(400, f"the datatype {str(kind)[:50]!r} cannot be used; {_EXPECTED}")
    return given, ([f"inputs[0][{i}]" for i in range(len(pictures))], pictures)


def _of_bytes(
    one: dict[str, Any], shape: list[int], tail: bytes | None, most: int
) -> list[Picture]:
    n = int(np.prod([float(side) for side in shape]))
    bounded(n, most)
    if tail is None:
        found: list[Picture] = [encoded(text, f"data[{i}]") for i, text in enumerate(one["data"])]
    else:
        found = []
        while tail:
            end = 4 + int.from_bytes(tail[:4], "little")
            if len(tail) < end or len(found) == n:
                raise Refused(
                    400,
                    "the binary data end inside a picture or hold too many; expected a length of "
                    "4 bytes before each.",
                )
            found.append(tail[4:end])
            tail = tail[end:]
    if len(found) != n:
        raise Refused(400, f"the data hold {len(found)} pictures; expected {n}, as the shape says.")
    return found


def _of_pixels(
    one: dict[str, Any], shape: list[int], tail: bytes | None, model: Model, most: int
) -> list[Picture]:
    bounded(shape[0], most)
    values = np.frombuffer(tail, np.uint8) if tail is not None else None
    if values is None:
        values = numbers(one["data"], "data", "expected numbers from 0 to 255.")
    if values.size != np.prod([float(side) for side in shape]):
        raise Refused(
            400, f"the data hold {values.size} numbers; expected as many as the shape {shape} says."
        )
    return [
        pixels(row, f"data[{i}]", model.input_shape) for i, row in enumerate(values.reshape(shape))
    ]


def _parameters(one: dict[str, Any]) -> dict[str, Any]:
    found = one.get("parameters")
    return found if isinstance(found, dict) else {}


def _wanted(given: dict[str, Any], known: set[str]) -> list[tuple[str, bool]]:
    """Outputs to tell of those that are known, and whether each as binary data."""
    every = _parameters(given).get("binary_data_output") is True
    asked = given.get("outputs")
    if asked is None:
        return [("probabilities", every), ("class", every)]
    if not isinstance(asked, list) or not asked or not all(isinstance(one, dict) for one in asked):
        raise Refused(
            400, 'outputs cannot be used; expected [{"name": "probabilities"}, {"name": "class"}].'
        )
    names = [one.get("name") for one in asked]
    if not set(map(str, names)) <= known or len(set(map(str, names))) < len(names):
        raise Refused(
            400,
            f"the outputs {str(names)[:100]} are unknown; expected probabilities or class, each "
            "once.",
        )
    return [(str(one["name"]), _parameters(one).get("binary_data", every) is True) for one in asked]


def _framed(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + content
