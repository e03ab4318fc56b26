"""How is a network's graph written by TensorFlow, as the start of several targets?"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras import Model


def write_graph(
    model: Model, folder: Path, names: list[str], *, batch: int | None = None, floats: bool = False
) -> None:
    """Write the inference function as a SavedModel with the signature `serving_default`.

    Inputs keep their names (`pixels` of a run). names: of its outputs. batch: a fixed number of
    examples, None for any. floats: whole numbers of pictures come as float32 with the same values,
    so that a quantiser can make them whole again itself.
    """
    import keras
    import tensorflow as tf

    taken = [
        tf.TensorSpec(
            (batch, *one.shape[1:]),
            "float32" if floats and one.dtype == "uint8" else one.dtype,
            name=one.name,
        )
        for one in model.inputs
    ]

    def serve(*inputs: Any) -> dict[str, Any]:
        given = model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)
        return dict(zip(names, given if isinstance(given, list | tuple) else [given], strict=True))

    archive = keras.export.ExportArchive()
    archive.track(model)
    with _taking_floats(model) if floats else contextlib.nullcontext():
        archive.add_endpoint("serving_default", serve, input_signature=taken)
        archive.write_out(str(folder), verbose=False)


def spell_about(about: dict[str, Any]) -> str:
    """What is known of a network as JSON, for a format that has a place for it.

    With the names of inputs and outputs in order, which signatures sort.
    """
    return json.dumps(about, ensure_ascii=False, indent=1)


@contextlib.contextmanager
def _taking_floats(model: Model) -> Iterator[None]:
    """Let a network, and those inside it, take uint8 inputs as floats of the same values.

    Keras brings whatever comes to the type of its input: a cast to uint8, and one back in
    the first layer, that no quantiser can fold away.
    """
    networks = [
        model,
        *(
            layer
            for layer in model._flatten_layers(include_self=False)
            if hasattr(layer, "_inputs_struct")
        ),
    ]
    changed = {
        id(tensor): tensor
        for network in networks
        for tensor in network.inputs
        if tensor.dtype == "uint8"
    }.values()
    for tensor in changed:
        tensor._dtype = "float32"
    try:
        yield
    finally:
        for tensor in changed:
            tensor._dtype = "uint8"
