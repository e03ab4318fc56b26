"""Which features does a network name classes by: how are they given beside its answers?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def head(model: Any) -> Any:
    """The dense layer that a network ends in, however deep inside; None where it ends otherwise."""
    last = model.layers[-1] if getattr(model, "layers", None) else model
    if last is not model and hasattr(last, "layers"):
        return head(last)
    return last if hasattr(last, "kernel") else None


def with_features(model: keras.Model) -> keras.Model | None:
    """The network with two outputs: its answers, and what its last dense layer takes (n, width).

    Of several views of a picture the features are those of the picture as it is. None where a
    network of one input does not end in a dense layer on rows.
    """
    import keras

    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    given = _given(model)
    return None if given is None else keras.Model(model.inputs[0], given, name="featured")


def _given(model: Any) -> list[Any] | None:
    """Answers and features, as tensors of this network's graph."""
    last = head(model)
    end = model.outputs[0]._keras_history.operation
    if last is None:
        return None
    if end is last:
        features = _taken(model, last)
        if features is None or len(features.shape) != 2:
            return None
        return [model.outputs[0], features]
    inner = model.layers[-1]
    inside = with_features(inner) if inner is not last and hasattr(inner, "layers") else None
    if inside is None:
        return None
    said, features = inside(model.inputs[0], training=False)
    taken = _taken(model, inner)
    return [said if end is inner and taken is model.inputs[0] else model.outputs[0], features]


def _taken(model: Any, layer: Any) -> Any:
    """What a layer takes in this graph; in another graph it may take something else."""
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            if node.operation is layer:
                return node.input_tensors[0]
    return None
