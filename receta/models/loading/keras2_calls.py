"""On which tensors does a graph of Keras 2 call its layers?"""

from __future__ import annotations

from typing import Any

from receta.core.errors import InputError

MODELS = ("Sequential", "Functional", "Model")
_CONSTANT = "_CONSTANT_VALUE"  # stands where the name of a layer would


def number_of_first_call(written: dict[str, Any]) -> int:
    """Number of a layer's first call: for Keras 2 a network with inputs was called when it was
    made.
    """
    layers: list[dict[str, Any]] = (
        written["config"].get("layers", []) if written["class_name"] in MODELS else []
    )
    return int(bool(layers) and layers[0]["class_name"] == "InputLayer")


def _is_reference(value: Any) -> bool:
    """["layer", call, place] or with the call's words behind: a tensor."""
    return (
        isinstance(value, list)
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(type(one) is int for one in value[1:3])
    )


def find_references(value: Any) -> list[tuple[str, int]]:
    """Tensors that a node needs, wherever they stand in it."""
    if isinstance(value, dict):
        return [ref for one in value.values() for ref in find_references(one)]
    if not isinstance(value, list):
        return []
    if _is_reference(value):
        return [(value[0], value[1]), *find_references(value[3:])]
    if len(value) > 2 and value[0] == _CONSTANT:
        return find_references(value[3:])
    return [ref for one in value for ref in find_references(one)]


def call_layer(layer: Any, node: Any, tensors: dict[tuple[str, int], list[Any]]) -> Any:
    """A layer on the tensors of one node, with the words of that call."""

    def resolve(value: Any) -> Any:
        if _is_reference(value):
            return tensors[value[0], value[1]][value[2]]
        if isinstance(value, list):
            return (
                value[2]
                if len(value) > 2 and value[0] == _CONSTANT
                else [resolve(one) for one in value]
            )
        return (
            {name: resolve(one) for name, one in value.items()}
            if isinstance(value, dict)
            else value
        )

    refs = [node] if isinstance(node[0], str) else node
    words = {
        name: resolve(one) for one in refs for name, one in (one[3] if len(one) > 3 else {}).items()
    }
    if words.get("name") is None:
        words.pop("name", None)
    taken = [resolve(one[:3]) for one in refs]
    # a recurrent layer, and the states that it begins with
    if len(taken) > 1 and hasattr(layer, "return_sequences"):
        taken, words["initial_state"] = taken[:1], taken[1:]
        if getattr(taken[0], "_keras_mask", None) is not None:
            raise InputError(
                f"{layer.name} begins with given states on a masked input, of which Keras 2 and 3 "
                "make different answers; expected no mask there. Build it anew, and train it."
            )
    return layer(taken[0] if len(taken) == 1 else taken, **words)


def plain_name(name: str | None) -> str | None:
    """A name that Keras 3 takes: "conv1/bn" of DenseNet it does not."""
    return name and name.replace("/", "_")
