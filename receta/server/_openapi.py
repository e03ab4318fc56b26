"""What does the server answer, in OpenAPI 3.1 and on a page that loads nothing from elsewhere?"""

from __future__ import annotations

from importlib import resources
from typing import Any

import jinja2

import receta
from receta.server._limits import Limits

_OUTPUTS = ["probabilities", "class", "none", "unlike"]  # of the Open Inference Protocol
_NUMBER = {"type": "number"}
_TEXT = {"type": "string"}
_SHAPE = {"type": "array", "items": {"type": "integer"}}


def document(limits: Limits) -> dict[str, Any]:
    """The OpenAPI document of the paths for programs; those of the page are its own."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "receta",
            "version": receta.__version__,
            "description": "Names the classes of pictures. Every refusal says in one line what "
            "was expected.",
        },
        "paths": _paths(limits),
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def page(described: dict[str, Any]) -> str:
    """The document as HTML."""
    folder = resources.files("receta.server").joinpath("page")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(folder.joinpath("docs.html").read_text(encoding="utf-8")).render(
        document=described
    )


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: dict[str, Any], **how: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **how}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_SCHEMAS: dict[str, Any] = {
    "Refusal": _object(["error", "code", "reason"], error=_TEXT, code=_TEXT, reason=_TEXT),
    "ProtocolRefusal": _object(["error"], error=_TEXT),
    "Prediction": _object(
        ["id", "top", "sure"],
        id=_TEXT,
        sure={"type": "boolean"},
        decision=_TEXT,
        labels=_list(_TEXT),
        none={"type": "boolean"},
        unlike=_NUMBER,
        top=_list(
            {
                **_object(
                    ["class", "probability"],
                    probability={"type": "number", "minimum": 0, "maximum": 1.0001},
                ),
                "description": "the most probable first",
            }
        ),
    ),
    "Predictions": _object(
        ["model", "version", "predictions"],
        model=_TEXT,
        version={"type": "integer"},
        predictions=_list(_ref("Prediction")),
    ),
    "Model": _object(
        ["name", "version", "versions", "target", "ready", "class_names", "sure_from", "input"],
        name=_TEXT,
        version={"type": "integer"},
        versions=_SHAPE,
        target=_TEXT,
        ready={"type": "boolean"},
        class_names=_list(_TEXT),
        task={"enum": ["classes", "labels"]},
        sure_from=_NUMBER,
        none={"type": ["object", "null"]},
        input=_object(["shape", "dtype"], shape=_SHAPE, dtype=_TEXT),
    ),
    "Tensor": _object(
        ["name", "datatype", "shape"],
        name=_TEXT,
        datatype={"enum": ["UINT8", "FP32", "BYTES"]},
        shape=_list({"type": "integer"}, minItems=1, maxItems=4),
        data={"type": "array"},
        parameters={"type": "object"},
    ),
    "Instance": {
        "description": 'a picture: {"b64": base64}, a data: URI, or its pixels, 0 to 255',
        "anyOf": [_object(["b64"], b64=_TEXT), _TEXT, {"type": "array"}],
    },
}


def _answer(
    about: str, schema: dict[str, Any] | None = None, kind: str = "application/json"
) -> dict[str, Any]:
    return {"description": about, "content": {kind: {"schema": schema or {}}}}


def _refusals(schema: str, *statuses: int) -> dict[str, Any]:
    words = {
        400: "the request cannot be used",
        401: "the token is missing or wrong",
        403: "a page of another site asks",
        404: "no such model or version",
        405: "another method is expected",
        408: "the body came too slowly",
        413: "the body is too large",
        421: "asked under a name that this server does not know",
        422: "a picture cannot be decoded",
        429: "too busy: come back after Retry-After",
        503: "not loaded yet",
    }
    return {
        str(status): _answer(words[status], _ref(schema)) for status in (*statuses, 401, 405, 421)
    }


def _get(
    about: str,
    schema: dict[str, Any],
    *,
    kind: str = "application/json",
    refusal: str = "Refusal",
    also: tuple[int, ...] = (),
    parameters: list[dict[str, Any]] | None = None,
    status: str = "200",
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": about,
        "responses": {status: _answer("the answer", schema, kind), **_refusals(refusal, *also)},
    }
    return {"get": {**operation, **({"parameters": parameters} if parameters else {})}}


def _post(
    about: str,
    bodies: dict[str, Any],
    schema: str,
    *,
    refusal: str,
    also: tuple[int, ...],
    parameters: list[dict[str, Any]],
) -> dict[str, Any]:
    statuses = (400, 403, 404, 408, 413, 429, 503, *also)
    answer = _ref(schema) if schema in _SCHEMAS else {"type": "object"}
    return {
        "post": {
            "summary": about,
            "parameters": parameters,
            "requestBody": {
                "required": True,
                "content": {kind: {"schema": body} for kind, body in bodies.items()},
            },
            "responses": {"200": _answer("the answer", answer), **_refusals(refusal, *statuses)},
        }
    }


def _query(name: str, about: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": schema}


def _paths(limits: Limits) -> dict[str, Any]:
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]+$"},
    }
    version = {
        "name": "version",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 1, "maximum": 10**12},
    }
    few = {"minItems": 1, "maxItems": limits.pictures}
    whole = {"type": "integer", "minimum": 1, "maximum": 100_000}
    image = {"type": "string", "description": "a picture in base64 or as a data: URI"}
    by_json = {
        "oneOf": [
            {**_object([key], **{key: value}), "additionalProperties": False}
            for key, value in (
                ("image", image),
                ("images", _list(image, **few)),
                ("instances", _list(_ref("Instance"), **few)),
            )
        ]
    }
    form = _object(
        ["file"],
        file={"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
    )
    raw = {"type": "string", "format": "binary", "minLength": 1}
    listed = _list(_ref("Instance"), **few)
    served = {
        "oneOf": [
            {**_object([key], **{key: listed}), "additionalProperties": False}
            for key in ("instances", "inputs")
        ]
    }
    tensors = _object(
        ["inputs"],
        id=_TEXT,
        inputs=_list(_ref("Tensor"), minItems=1, maxItems=1),
        parameters={"type": "object"},
        outputs=_list(_object(["name"], name={"enum": _OUTPUTS}), minItems=1),
    )
    paths: dict[str, Any] = {
        "/v1/predict": _post(
            "Name the most probable classes of pictures",
            {
                "application/json": by_json,
                "multipart/form-data": form,
                "image/*": raw,
                "application/octet-stream": raw,
            },
            "Predictions",
            refusal="Refusal",
            also=(422,),
            parameters=[
                _query("top", "how many classes to name", {**whole, "default": 5}),
                _query("model", "the model; the first without", {"type": "string", "minLength": 1}),
                _query(
                    "version",
                    "its version; the newest without",
                    {"type": "integer", "minimum": 1, "maximum": 10**12},
                ),
                _query(
                    "threshold",
                    "probability from which on an answer is sure; the model's own without",
                    {"type": "number", "minimum": 0, "maximum": 1},
                ),
            ],
        ),
        "/v1/models": _get(
            "What can be asked",
            _object(["models", "limits"], models=_list(_ref("Model")), limits={"type": "object"}),
        ),
        "/healthz": _get("Whether the server lives", _object(["alive"], alive={"type": "boolean"})),
        "/readyz": _get(
            "Whether every model is loaded",
            _object(["ready"], ready={"type": "boolean"}),
            also=(503,),
        ),
        "/metrics": _get("Figures for Prometheus", _TEXT, kind="text/plain"),
        "/v2": _get(
            "The server, in the Open Inference Protocol",
            _object(["name", "version", "extensions"]),
            refusal="ProtocolRefusal",
        ),
        "/v2/health/live": _get(
            "Whether the server lives", _object(["live"]), refusal="ProtocolRefusal"
        ),
        "/v2/health/ready": _get(
            "Whether every model is loaded",
            _object(["ready"]),
            refusal="ProtocolRefusal",
            also=(503,),
        ),
    }
    for part, given in (("", [name]), ("/versions/{version}", [name, version])):
        tf, oip, also = f"/v1/models/{{name}}{part}", f"/v2/models/{{name}}{part}", (404, 503)
        paths[tf] = _get(
            "State of the versions (TensorFlow Serving)",
            _object(["model_version_status"]),
            refusal="ProtocolRefusal",
            also=also,
            parameters=given,
        )
        paths[f"{tf}/metadata"] = _get(
            "Inputs and outputs (TensorFlow Serving)",
            _object(["model_spec", "metadata"]),
            refusal="ProtocolRefusal",
            also=also,
            parameters=given,
        )
        paths[f"{tf}:predict"] = _post(
            "Probabilities (TensorFlow Serving)",
            {"application/json": served},
            "",
            refusal="ProtocolRefusal",
            also=(),
            parameters=given,
        )
        paths[oip] = _get(
            "Inputs and outputs (Open Inference Protocol)",
            _object(["name", "versions", "platform", "inputs", "outputs"]),
            refusal="ProtocolRefusal",
            also=also,
            parameters=given,
        )
        paths[f"{oip}/ready"] = _get(
            "Whether it is loaded",
            _object(["name", "ready"]),
            refusal="ProtocolRefusal",
            also=also,
            parameters=given,
        )
        paths[f"{oip}/infer"] = _post(
            "Probabilities and class (Open Inference Protocol)",
            {"application/json": tensors},
            "",
            refusal="ProtocolRefusal",
            also=(),
            parameters=given,
        )
    return paths
