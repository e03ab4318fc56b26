"""What does a network end in: its last layer, its task, the features below it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks

if TYPE_CHECKING:
    import keras


def find_last_dense(model: Any) -> Any:
    """The dense layer that a network ends in, however deep inside; None where it ends otherwise."""
    last = model.layers[-1] if getattr(model, "layers", None) else model
    if last is not model and hasattr(last, "layers"):
        return find_last_dense(last)
    return last if hasattr(last, "kernel") else None


def add_features(model: keras.Model) -> keras.Model | None:
    """The network with two outputs: its answers, and what its last dense layer takes (n, width).

    Of several views of a picture the features are those of the picture as it is. None where a
    network of one input does not end in a dense layer on rows.
    """
    import keras

    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    given = _find_ends(model)
    return None if given is None else keras.Model(model.inputs[0], given, name="featured")


def _find_ends(model: Any) -> list[Any] | None:
    """Answers and features, as tensors of this network's graph."""
    last = find_last_dense(model)
    end = model.outputs[0]._keras_history.operation
    if last is None:
        return None
    if end is last:
        features = _find_input(model, last)
        if features is None or len(features.shape) != 2:
            return None
        return [model.outputs[0], features]
    inner = model.layers[-1]
    inside = add_features(inner) if inner is not last and hasattr(inner, "layers") else None
    if inside is None:
        return None
    said, features = inside(model.inputs[0], training=False)
    taken = _find_input(model, inner)
    return [said if end is inner and taken is model.inputs[0] else model.outputs[0], features]


def _find_input(model: Any, layer: Any) -> Any:
    """What a layer takes in this graph; in another graph it may take something else."""
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            if node.operation is layer:
                return node.input_tensors[0]
    return None


def close(
    body: keras.Model,
    blind: np.ndarray,
    task: str,
    *,
    spread: float = 1.0,
    end: Callable[[Any, Any], Any] | None = None,
) -> keras.Model:
    """A network of features with the last layer of its task, which says the blind answer.

    end: (body, answers in units of an example) -> answers in those of the data.
    """
    import keras

    answers = tasks.of(task).close(body.outputs[0], blind, spread)
    if end is not None:
        answers = end(body, answers)
    return keras.Model(body.inputs[0], answers, name=body.name)


def task_of(model: Any) -> tasks.Task:
    """The task of a network of ours, by the layer that it ends in."""
    last = model.layers[-1] if getattr(model, "layers", None) else model
    if last is not model and hasattr(last, "layers"):
        return task_of(last)
    return tasks.of_ending(last.name, getattr(getattr(last, "activation", None), "__name__", ""))


def build_head(mean: np.ndarray, variance: np.ndarray, blind: np.ndarray, task: str) -> keras.Model:
    """A last layer on features (n, width), standardised: what the checks look at."""
    import keras
    from keras import layers

    inputs = keras.Input((len(mean),), name="features")
    scaled = layers.Normalization(
        mean=mean, variance=np.maximum(variance, 1e-12), name="standardise"
    )(inputs)
    return close(keras.Model(inputs, scaled, name="head"), blind, task, spread=0.0)
