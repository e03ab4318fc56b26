"""How do clients of the Open Inference Protocol (KServe v2, Triton, MLServer) ask?

    GET  /v2  /v2/health/live  /v2/health/ready  /v2/models/NAME[/versions/N][/ready]
    POST /v2/models/NAME[/versions/N]/infer
         inputs: pixels UINT8 [n, height, width, channels], or image BYTES [n] in base64;
         outputs: probabilities FP32 [n, classes], class BYTES [n]; of a model that can tell,
         where they are asked for by name, none BOOL [n] and unlike FP32 [n].
         Rows, windows and texts: what the network takes, under its input's name; a tensor [n] for
         each column; or texts as BYTES [n]. Of values the output is values FP32 [n, values].

Source: github.com/kserve/open-inference-protocol, with Triton's extension for binary data:
tensors behind the JSON, whose length stands in Inference-Header-Content-Length.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

import receta
from receta import tasks
from receta.core.errors import InputError
from receta.server.batching import Said
from receta.server.http import Answer, Asked, Refused, plain
from receta.server.models import Model
from receta.server.protocols.bodies import Examples, parse
from receta.server.protocols.predict import choose_model
from receta.server.protocols.tensors import (
    TYPES,
    frame,
    parameters_of,
    read_tensors,
)
from receta.server.reading import Reader

PREFIX = "/v2"
_PATH = re.compile(
    r"/v2/models/(?P<name>.+?)(?:/versions/(?P<version>[0-9]{1,18}))?(?:/(?P<part>ready|infer))?",
    re.ASCII,
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
    more = {**_name_outputs(model), **({} if model.likeness is None else _TOLD)}
    return plain(
        {
            "name": model.name,
            "versions": [str(number) for number in asked.models.versions(model.name)],
            "platform": f"receta_{model.target}",
            "inputs": [
                {
                    "name": model.spec.name,
                    "datatype": next(k for k, one in TYPES.items() if one == model.spec.dtype),
                    "shape": [-1, *model.spec.shape],
                }
            ],
            "outputs": [
                {"name": model.output, "datatype": "FP32", "shape": [-1, len(model.class_names)]},
                *({"name": name, "datatype": kind, "shape": [-1]} for name, kind in more.items()),
            ],
        }
    )


async def _infer(asked: Asked, model: Model) -> Answer:
    body = await asked.body()
    length = asked.headers.get(_LENGTH)
    given, (names, examples) = await asked.apart(
        lambda content: _read(content, length, model.batcher.reader), body
    )
    usual = [model.output, *_name_outputs(model)]
    wanted = _choose_outputs(given, usual, () if model.likeness is None else _TOLD)
    try:
        judged = await asked.wait_for(model.batcher.judge(names, examples))
    except InputError as error:
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
        if name == model.output:
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
                else b"".join(frame(text.encode()) for text in data)
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


def _name_outputs(model: Model) -> dict[str, str]:
    """The output that is a name, where the task has names."""
    return {"class": "BYTES"} if tasks.of(model.task).IS_COUNTED else {}


def _read(content: bytes, length: bytes | None, reader: Reader) -> tuple[dict[str, Any], Examples]:
    """The JSON part of a request and its examples."""
    tail = b""
    if length is not None:
        if not re.fullmatch(rb"[0-9]{1,15}", length) or int(length) > len(content):
            raise Refused(
                400,
                "Inference-Header-Content-Length cannot be used; expected the length of the JSON "
                "before the binary data.",
            )
        content, tail = content[: int(length)], content[int(length) :]
    given = parse(content, reader.expected_tensors)
    if not isinstance(given.get("id", ""), str) or not isinstance(
        given.get("parameters", {}), dict
    ):
        raise Refused(400, "id or parameters cannot be used; expected text and an object.")
    taken = reader.take_tensors(read_tensors(given, tail, reader))
    return given, ([f"inputs[0][{i}]" for i in range(len(taken))], taken)


def _choose_outputs(
    given: dict[str, Any], usual: Sequence[str], more: Collection[str]
) -> list[tuple[str, bool]]:
    """Outputs to tell, and whether each as binary data; more: what is told only where asked for."""
    every = parameters_of(given).get("binary_data_output") is True
    asked = given.get("outputs")
    if asked is None:
        return [(name, every) for name in usual]
    if not isinstance(asked, list) or not asked or not all(isinstance(one, dict) for one in asked):
        example = ", ".join(f'{{"name": "{name}"}}' for name in usual)
        raise Refused(400, f"outputs cannot be used; expected [{example}].")
    names = [one.get("name") for one in asked]
    if not set(map(str, names)) <= {*usual, *more} or len(set(map(str, names))) < len(names):
        raise Refused(
            400,
            f"the outputs {str(names)[:100]} are unknown; expected {' or '.join(usual)}, each "
            "once.",
        )
    return [
        (str(one["name"]), parameters_of(one).get("binary_data", every) is True) for one in asked
    ]
