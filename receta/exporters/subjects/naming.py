"""What are the inputs and outputs of a network called, and in which order do they come?

As in Keras: a dict names them by its keys, in its own order (Keras itself sorts them by the
alphabet when it lists them); in a list the layers that make them do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from receta.predictors.described import Input, Output

if TYPE_CHECKING:
    from keras import Model

OUTPUT = "probabilities"  # of a run, and of a network whose one output has no name of its own


def inputs(network: Model) -> list[tuple[str, Any]]:
    """(name, tensor) of each input."""
    struct = getattr(network, "_inputs_struct", None)
    found = list(_name_leaves(network.inputs if struct is None else struct, ""))
    return _apart([(key or tensor.name, tensor) for key, tensor in found])


def outputs(network: Model) -> list[tuple[str, Any]]:
    """(name, tensor) of each output."""
    struct = getattr(network, "_outputs_struct", None)
    found = list(_name_leaves(network.outputs if struct is None else struct, ""))
    return _apart([(key or tensor._keras_history.operation.name, tensor) for key, tensor in found])


def in_order(values: Any) -> list[Any]:
    """What a network gave, in the order of `outputs`."""
    return [value for _, value in _name_leaves(values, "")]


def arrange(network: Model, values: list[Any]) -> Any:
    """Values in the order of `inputs` as the network's call takes them: one, a list or a dict."""
    left = iter(values)
    struct = getattr(network, "_inputs_struct", None)
    return (
        values[0]
        if struct is None and len(values) == 1
        else _fill(network.inputs if struct is None else struct, left)
    )


def end(tensor: Any) -> str:
    """softmax or sigmoid where a network's output ends in one, also inside of a nested one.

    Else nothing.
    """
    from keras import layers

    history = tensor._keras_history
    while getattr(history.operation, "outputs", None):
        history = history.operation.outputs[history.tensor_index]._keras_history
    last = history.operation
    name = getattr(getattr(last, "activation", None), "__name__", "") or type(last).__name__.lower()
    return (
        "softmax"
        if isinstance(last, layers.Softmax)
        else name
        if name in ("softmax", "sigmoid")
        else ""
    )


def list_names(taken: Iterable[Input], given: Iterable[Output]) -> dict[str, list[str]]:
    """The names in order, for what is written inside of files."""
    return {"inputs": [one.name for one in taken], "outputs": [one.name for one in given]}


def of_outputs(model: Model, about: dict[str, Any]) -> list[str]:
    """The names of what is to be written, from what is known of it."""
    names: list[str] = about.get("outputs") or (
        [OUTPUT] if len(model.outputs) == 1 else list(model.output_names)
    )
    return names


def beside(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Names of outputs where inputs are called the same: formats know each name once."""
    used = set(taken)
    return [f"{name}_out" if name in used else name for name in names]


def as_saved(model: Model) -> Model:
    """The same network with the dicts that its inputs and outputs come in at home, if they do."""
    import keras

    inner = next((one for one in model.layers if hasattr(one, "_outputs_struct")), None)
    taken, given = (
        (isinstance(getattr(inner, f"_{which}_struct", None), dict))
        for which in ("inputs", "outputs")
    )
    if not taken and not given:
        return model
    ins = {one.name: one for one in model.inputs}
    outs = (
        dict(zip([name for name, _ in outputs(inner)], model.outputs, strict=True))
        if given
        else model.outputs
    )
    return keras.Model(ins if taken else model.inputs, outs, name=model.name)


def _name_leaves(struct: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(keys on the way, leaf), in the order of dicts and lists as they are.

    No key where lists alone lead there.
    """
    if isinstance(struct, dict):
        for key, value in struct.items():
            yield from _name_leaves(value, f"{path}_{key}" if path else str(key))
    elif isinstance(struct, list | tuple):
        for at, value in enumerate(struct):
            yield from _name_leaves(value, f"{path}_{at}" if path else "")
    elif struct is not None:
        yield path, struct


def _fill(struct: Any, left: Iterator[Any]) -> Any:
    if isinstance(struct, dict):
        return {key: _fill(value, left) for key, value in struct.items()}
    if isinstance(struct, list | tuple):
        return [_fill(value, left) for value in struct]
    return None if struct is None else next(left)


def _apart(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The same with names that every format takes, each once: of equal ones the later get a
    number.
    """
    told_apart: list[tuple[str, Any]] = []
    used: set[str] = set()
    for name, tensor in pairs:
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        plain = plain if plain[:1].isalnum() else f"x{plain}"
        number, unique = 1, plain
        while unique in used:
            unique, number = f"{plain}_{number}", number + 1
        used.add(unique)
        told_apart.append((unique, tensor))
    return told_apart
