"""What does the server answer, in OpenAPI 3.1 and on a page that loads nothing from elsewhere?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2

import receta
from receta.server.limits import Limits
from receta.server.models import Models
from receta.server.protocols.schemas import (
    SCHEMAS,
    TEXT,
    list_of,
    object_of,
    reference_to,
)
from receta.server.reading import Reader

# of the Open Inference Protocol
_OUTPUTS = ["probabilities", "values", "class", "none", "unlike"]


def document(models: Models) -> dict[str, Any]:
    """The OpenAPI document of the paths for programs; those of the page are its own.

    What an example is follows from the models that are served now.
    """
    told: dict[str, Any] = {}
    for model in models:
        told.setdefault(re.sub(r"[^A-Za-z0-9._-]", "_", f"Instance.{model.name}"), model.schema)
    instance = {"anyOf": list(map(reference_to, told))} if told else {}
    readers = [model.batcher.reader for model in models]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "receta",
            "version": receta.__version__,
            "description": "Answers for pictures, rows, windows and texts, as its models take "
            "them. Every refusal says in one line what was expected.",
        },
        "paths": _paths(models.limits, readers),
        "components": {
            "schemas": {**SCHEMAS, **told, "Instance": instance},
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
        str(status): _answer(words[status], reference_to(schema))
        for status in (*statuses, 401, 405, 421)
    }


def _get(
    about: str,
    schema: dict[str, Any],
    *,
    kind: str = "application/json",
    refusal: str = "Refusal",
    also: tuple[int, ...] = (),
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": about,
        "responses": {"200": _answer("the answer", schema, kind), **_refusals(refusal, *also)},
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
    answer = reference_to(schema) if schema in SCHEMAS else {"type": "object"}
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


def _paths(limits: Limits, readers: Sequence[Reader]) -> dict[str, Any]:
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
    few = {"minItems": 1, "maxItems": max([limits.pictures, *(one.most for one in readers)])}
    takes_files = not readers or any(one.takes_files for one in readers)
    instances = list_of(reference_to("Instance"), **few)
    whole = {"type": "integer", "minimum": 1, "maximum": 100_000}
    image = {"type": "string", "description": "a picture in base64 or as a data: URI"}
    named: dict[str, Any] = {"image": image, "images": list_of(image, **few)} if takes_files else {}
    for one in readers:
        if not one.takes_files:
            named |= {one.noun.unit: reference_to("Instance"), one.noun.units: instances}
    by_json = {
        "oneOf": [
            {**object_of([key], **{key: value}), "additionalProperties": False}
            for key, value in (*named.items(), ("instances", instances))
        ]
    }
    form = object_of(
        ["file"],
        file={"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"},
    )
    raw = {"type": "string", "format": "binary", "minLength": 1}
    files = {"multipart/form-data": form, "image/*": raw, "application/octet-stream": raw}
    columns = {"type": "object", "description": "lists by column, or under the input's name"}
    served = {
        "oneOf": [
            {**object_of([key], **{key: value}), "additionalProperties": False}
            for key, value in (
                ("instances", instances),
                ("inputs", instances if takes_files else {"anyOf": [instances, columns]}),
            )
        ]
    }
    tensors = object_of(
        ["inputs"],
        id=TEXT,
        inputs=list_of(reference_to("Tensor"), minItems=1),
        parameters={"type": "object"},
        outputs=list_of(object_of(["name"], name={"enum": _OUTPUTS}), minItems=1),
    )
    paths: dict[str, Any] = {
        "/v1/predict": _post(
            "What the model says of examples",
            {"application/json": by_json, **(files if takes_files else {})},
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
            object_of(
                ["models", "limits"],
                models=list_of(reference_to("Model")),
                limits={"type": "object"},
            ),
        ),
        "/healthz": _get(
            "Whether the server lives", object_of(["alive"], alive={"type": "boolean"})
        ),
        "/readyz": _get(
            "Whether every model is loaded",
            object_of(["ready"], ready={"type": "boolean"}),
            also=(503,),
        ),
        "/metrics": _get("Figures for Prometheus", TEXT, kind="text/plain"),
        "/v2": _get(
            "The server, in the Open Inference Protocol",
            object_of(["name", "version", "extensions"]),
            refusal="ProtocolRefusal",
        ),
        "/v2/health/live": _get(
            "Whether the server lives", object_of(["live"]), refusal="ProtocolRefusal"
        ),
        "/v2/health/ready": _get(
            "Whether every model is loaded",
            object_of(["ready"]),
            refusal="ProtocolRefusal",
            also=(503,),
        ),
    }
    refusal = "ProtocolRefusal"
    for part, given in (("", [name]), ("/versions/{version}", [name, version])):
        tf, oip = f"/v1/models/{{name}}{part}", f"/v2/models/{{name}}{part}"
        told = (
            (tf, "State of the versions (TensorFlow Serving)", ["model_version_status"]),
            (
                f"{tf}/metadata",
                "Inputs and outputs (TensorFlow Serving)",
                ["model_spec", "metadata"],
            ),
            (
                oip,
                "Inputs and outputs (Open Inference Protocol)",
                ["name", "versions", "platform", "inputs", "outputs"],
            ),
            (f"{oip}/ready", "Whether it is loaded", ["name", "ready"]),
        )
        for path, about, names in told:
            paths[path] = _get(
                about, object_of(names), refusal=refusal, also=(404, 503), parameters=given
            )
        asked = (
            (f"{tf}:predict", "Probabilities (TensorFlow Serving)", served),
            (f"{oip}/infer", "Probabilities and class (Open Inference Protocol)", tensors),
        )
        for path, about, body in asked:
            bodies = {"application/json": body}
            paths[path] = _post(about, bodies, "", refusal=refusal, also=(), parameters=given)
    return paths
