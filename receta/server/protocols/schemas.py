"""Which shapes do requests and answers have, in the words of JSON Schema?"""

from __future__ import annotations

from typing import Any

from receta import tasks
from receta.server.protocols.tensors import TYPES

NUMBER = {"type": "number"}


TEXT = {"type": "string"}


SHAPE = {"type": "array", "items": {"type": "integer"}}


def object_of(required: list[str], **properties: Any) -> dict[str, Any]:
    """The schema of an object with these properties."""
    return {"type": "object", "required": required, "properties": properties}


def list_of(items: dict[str, Any], **how: int) -> dict[str, Any]:
    """The schema of a list; how: its bounds, such as minItems."""
    return {"type": "array", "items": items, **how}


def reference_to(name: str) -> dict[str, str]:
    """A pointer at one of the named schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Refusal": object_of(["error", "code", "reason"], error=TEXT, code=TEXT, reason=TEXT),
    "ProtocolRefusal": object_of(["error"], error=TEXT),
    "Prediction": object_of(
        ["id"],
        id=TEXT,
        value=NUMBER,
        values=list_of(NUMBER),
        interval_80=list_of(NUMBER, minItems=2, maxItems=2),
        intervals_80=list_of(list_of(NUMBER, minItems=2, maxItems=2)),
        steps=list_of({"type": "object", "additionalProperties": NUMBER}),
        sure={"type": "boolean"},
        decision=TEXT,
        labels=list_of(TEXT),
        none={"type": "boolean"},
        unlike=NUMBER,
        top=list_of(
            {
                **object_of(
                    ["class", "probability"],
                    probability={"type": "number", "minimum": 0, "maximum": 1.0001},
                ),
                "description": "the most probable first",
            }
        ),
    ),
    "Predictions": object_of(
        ["model", "version", "predictions"],
        model=TEXT,
        version={"type": "integer"},
        predictions=list_of(reference_to("Prediction")),
    ),
    "Model": object_of(
        ["name", "version", "versions", "target", "ready", "class_names", "sure_from", "input"],
        name=TEXT,
        version={"type": "integer"},
        versions=SHAPE,
        target=TEXT,
        ready={"type": "boolean"},
        class_names=list_of(TEXT),
        task={"enum": list(tasks.names())},
        specs=list_of({"type": "object"}),
        margins={"type": ["array", "null"]},
        sure_from=NUMBER,
        verdict=TEXT,
        none={"type": ["object", "null"]},
        input=object_of(["shape", "dtype"], shape=SHAPE, dtype=TEXT),
    ),
    "Tensor": object_of(
        ["name", "datatype", "shape"],
        name=TEXT,
        datatype={"enum": [*TYPES, "BYTES"]},
        shape=list_of({"type": "integer"}, minItems=1, maxItems=4),
        data={"type": "array"},
        parameters={"type": "object"},
    ),
}
