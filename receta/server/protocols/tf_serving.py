"""How do clients of TensorFlow Serving ask over REST?

    GET  /v1/models/NAME[/versions/N]            state of the versions
    GET  /v1/models/NAME[/versions/N]/metadata   inputs and outputs
    POST /v1/models/NAME[/versions/N]:predict    {"instances": [...]} -> {"predictions": [[...]]},
    or
                                                 {"inputs": [...]} -> {"outputs": [[...]]};
                                                 with "none" and "unlike" where it can tell

Source: tensorflow.org/tfx/serving/api_rest. A picture is {"b64": "..."}, alone or under a
name, or its pixels; a row an object by column or a list, a window a list of steps, a text a text.
"inputs" of rows may be {column: values}. Without a name or version, the newest.
"""

from __future__ import annotations

import re
from typing import Any

from receta.core.errors import InputError
from receta.server.batching import Said
from receta.server.http import Answer, Asked, Refused, plain
from receta.server.models import Model
from receta.server.protocols.bodies import Examples, check_number, parse
from receta.server.protocols.predict import choose_model

PREFIX = "/v1/models/"
_TYPES = {"uint8": "DT_UINT8", "float32": "DT_FLOAT", "int32": "DT_INT32"}
_PATH = re.compile(
    r"/v1/models/(?P<name>.+?)(?:/versions/(?P<version>[0-9]{1,18}))?(?::(?P<verb>[a-z]+)|/(?P<part>metadata))?",
    re.ASCII,
)


async def answer(asked: Asked) -> Answer:
    """Answer what begins with /v1/models/NAME."""
    found = _PATH.fullmatch(asked.scope["path"])
    if found is None:
        raise Refused(
            404,
            "there is nothing here; expected /v1/models/NAME, with :predict or /metadata behind "
            "it.",
        )
    verb, part = found["verb"], found["part"]
    if verb not in (None, "predict"):
        raise Refused(404, f"the method {verb[:50]!r} is unknown; expected predict.")
    asked.only("POST" if verb else "GET")
    version = None if found["version"] is None else int(found["version"])
    if not verb and not part:
        return plain(_states(asked, found["name"], version))
    model = choose_model(asked, found["name"], version)
    return plain(_metadata(model)) if part else await _predict(asked, model)


async def _predict(asked: Asked, model: Model) -> Answer:
    body = await asked.body()
    by_row, (names, given) = await asked.apart(lambda content: _read(content, model), body)
    try:
        said = await asked.wait_for(model.batcher.judge(names, given))
    except InputError as error:
        # of TensorFlow Serving's own statuses, the nearest
        raise Refused(400, str(error)) from error
    key = "predictions" if by_row else "outputs"
    return plain({key: said.probabilities, **_unlike(model, said)})


def _unlike(model: Model, said: Said) -> dict[str, Any]:
    """Of each picture whether it is none of the classes; nothing where nobody can tell."""
    if model.likeness is None or said.unlike is None:
        return {}
    return {"none": model.likeness.none(said.unlike), "unlike": said.unlike}


def _read(content: bytes, model: Model) -> tuple[bool, Examples]:
    """Whether the examples come row by row, and the examples."""
    reader = model.batcher.reader
    given = parse(content, reader.expected)
    keys = [key for key in ("instances", "inputs") if key in given]
    if len(keys) != 1 or set(given) - {"instances", "inputs", "signature_name"}:
        raise Refused(
            400, f"the JSON has the keys {', '.join(map(repr, given))[:200]}; {reader.expected}"
        )
    if given.get("signature_name", "serving_default") not in ("", "serving_default"):
        raise Refused(400, "the signature is unknown; expected serving_default.")
    (key,) = keys
    value = given[key] if key == "instances" else reader.arrange(given[key])
    if not isinstance(value, list):
        raise Refused(400, f"{key} is no list; {reader.expected}")
    check_number(len(value), reader)
    names = [f"{key}[{i}]" for i in range(len(value))]
    taken = [reader.take(one, name) for one, name in zip(value, names, strict=True)]
    return key == "instances", (names, taken)


def _states(asked: Asked, name: str, version: int | None) -> dict[str, Any]:
    known = asked.models.versions(name) if version is None else [version]
    models = [model for number in known if (model := asked.models.get(name, number)) is not None]
    if not models:
        choose_model(asked, name, version)  # says what there is
    return {
        "model_version_status": [
            {
                "version": str(model.version),
                "state": "AVAILABLE" if model.ready else "LOADING",
                "status": {"error_code": "OK", "error_message": ""},
            }
            for model in reversed(models)
        ]
    }


def _metadata(model: Model) -> dict[str, Any]:
    def tensor(kind: str, shape: tuple[int, ...]) -> dict[str, Any]:
        sides = [{"size": str(side), "name": ""} for side in (-1, *shape)]
        return {"dtype": kind, "tensor_shape": {"dim": sides, "unknown_rank": False}, "name": ""}

    spec = model.spec
    signature = {
        "inputs": {spec.name: tensor(_TYPES[spec.dtype], spec.shape)},
        "outputs": {model.output: tensor("DT_FLOAT", (len(model.class_names),))},
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": str(model.version)},
        "metadata": {"signature_def": {"signature_def": {"serving_default": signature}}},
    }
