"""How are settings, their bounds and what is wrong with them said in words?"""

from __future__ import annotations

from typing import Any

import pydantic

from receta.core import augmentations
from receta.core.printable import cut
from receta.core.registry import nearest

_MOST_SHOWN = 100  # characters of a value in an error


def tell_bounds(name: str, model: type[pydantic.BaseModel]) -> str:
    """What a setting of a model may be, generated from its declaration."""
    schema = model.model_json_schema()["properties"][name]
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    chosen = options[0]
    if name == "fine_tune":
        return "a whole number of layers >= 0, all, or auto"
    if "enum" in chosen:
        words = " or ".join(str(value) for value in chosen["enum"])
    elif chosen.get("type") == "array" and name == "rungs":
        words = "names of rungs, each once, separated by commas"
    elif name == "weights":
        words = "imagenet, random, or a file such as backbone.weights.h5"
    elif name == "augmentations":
        words = f"auto, none, or names of {', '.join(augmentations.ABOUT)}"
    elif name == "costs":
        words = "truth>answer=cost with a cost >= 0, such as sick>healthy=20, separated by commas"
    elif chosen.get("type") == "array":
        words = "pixels such as 28 or 28x40, 4 to 2048 a side"
    elif chosen["type"] == "boolean":
        words = "true or false"
    else:
        words = "a whole number" if chosen["type"] == "integer" else "a number"
        signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
        limits = [
            f"{sign} {_spell_number(chosen[key])}" for key, sign in signs.items() if key in chosen
        ]
        words = f"{words} {' and '.join(limits)}" if limits else words
    return f"{words}, or auto" if len(options) != len(schema.get("anyOf", [schema])) else words


def spell(value: Any) -> str:
    """A value as a user writes it."""
    if value is None:
        return "auto"
    if not isinstance(value, tuple):
        return str(value)
    return ("x" if value and isinstance(value[0], int) else ",").join(map(str, value)) or "none"


def shorten(value: Any) -> str:
    """A value as it is shown in an error: one of a megabyte is not."""
    if isinstance(value, int) and abs(value) > 2**64:
        return f"a number of {value.bit_length():,} bits"
    try:
        text = spell(value)
    except (ValueError, RecursionError):  # lists of such numbers, or nested too deep
        text = f"a {type(value).__name__}"
    return cut(text, _MOST_SHOWN)


def tell_error(
    error: pydantic.ValidationError, settings: dict[str, Any], model: type[pydantic.BaseModel]
) -> str:
    """The first thing that is wrong with some settings, in one line."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = settings.get(name)
    if first["type"] == "extra_forbidden":
        return (
            f"{cut(name, _MOST_SHOWN)}={shorten(value)} is no setting; expected one of the "
            f"recipe's.{nearest(name, model.model_fields)}"
        )
    hint = ""
    if isinstance(value, str) and len(value) > _MOST_SHOWN:
        return (
            f"{name}={shorten(value)} is out of bounds; expected {tell_bounds(name, model)}. "
            "Set it in the recipe or with --set."
        )
    if name == "augmentations" and isinstance(value, str):
        known = {*augmentations.ABOUT, "auto", "none"}  # these two stand alone
        unknown = [part.strip() for part in value.split(",") if part.strip() not in known]
        hint = nearest(unknown[0], augmentations.ABOUT) if unknown else ""
    if isinstance(value, str) and first["type"] == "literal_error":
        hint = nearest(
            value,
            str(first.get("ctx", {}).get("expected", ""))
            .replace("'", "")
            .replace(" or ", ", ")
            .split(", "),
        )
    return (
        f"{name}={shorten(value)} is out of bounds; expected {tell_bounds(name, model)}.{hint} "
        "Set it in the recipe or with --set."
    )


def _spell_number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"
