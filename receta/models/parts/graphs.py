"""Which layers does a network consist of, those of nested networks in their place?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def graph(network: keras.Model) -> Any:
    """The network as a graph of layers: what a Sequential holds inside, else itself."""
    return getattr(network, "_functional", None) or network


def unnest(network: keras.Model) -> keras.Model:
    """The same network with the layers of those nested in it in their place, so that each can
    be named, cut at and thawed.

    For use as it was learnt: what a nested one was told of `training` is not kept. A network of
    somebody's own class stays one layer.
    """
    import keras

    if not any(_is_nested(layer) for layer in network.layers):
        return network
    names: dict[str, Any] = {}

    def called(operation: Any) -> Any:
        if not _is_nested(operation):
            while names.setdefault(operation.name, operation) is not operation:
                operation.name += "_"
            return operation

        def inline(*given: Any, **words: Any) -> Any:
            tensors = keras.tree.flatten(given[0] if given else words["inputs"])
            return run(
                operation,
                [
                    tensor if tensor.dtype == wanted.dtype else keras.ops.cast(tensor, wanted.dtype)
                    for tensor, wanted in zip(tensors, graph(operation).inputs, strict=True)
                ],
            )

        return inline

    def run(model: Any, given: list[Any]) -> Any:
        made = keras.tree.flatten(graph(model)._run_through_graph(given, called))
        return made[0] if len(made) == 1 else made

    return keras.Model(network.inputs, run(network, network.inputs), name=network.name)


def _is_nested(layer: Any) -> bool:
    import keras

    return (
        isinstance(layer, keras.Model)
        and hasattr(graph(layer), "_nodes_by_depth")
        and len(graph(layer).inputs) == 1
    )


def has_scaling(network: keras.Model) -> bool:
    """Whether a network brings pixels of 0 to 255 to the values that it learnt from itself.

    It takes whole numbers, or there is arithmetic before the first layer with weights: a layer
    that scales, or x / 127.5 - 1 as keras.applications writes it.
    """
    from keras import layers

    if network.inputs[0].dtype == "uint8":
        return True
    for operation in _in_order(network):
        if (
            isinstance(operation, layers.Rescaling | layers.Normalization)
            or type(operation).__name__ in _ARITHMETIC
        ):
            return True
        if getattr(operation, "weights", None):
            return False
    return False


def _in_order(network: keras.Model) -> Iterator[Any]:
    """Layers and operations as they work, those of nested networks in their place.

    Nothing is built for it.
    """
    for operation in graph(network).operations:
        if _is_nested(operation):
            yield from _in_order(operation)
        else:
            yield operation


# operations of keras.ops, and layers
_ARITHMETIC = ("Add", "Divide", "Multiply", "Subtract", "TrueDivide")
