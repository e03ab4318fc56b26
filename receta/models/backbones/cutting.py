"""Where is a network cut, so that it gives features?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.errors import InputError, UnknownName
from receta.core.registry import nearest
from receta.models.backbones.catalog import Choice
from receta.models.backbones.halves import BACKBONE
from receta.models.parts import graphs

if TYPE_CHECKING:
    import keras


def cut(network: keras.Model, choice: Choice) -> keras.Model:
    """The network up to the named layer, or without its softmax layer, its layers one by one
    (`unnested`).

    Raises UnknownName with the nearest layer, InputError when it takes no single picture.
    """
    import keras
    from keras import layers

    if len(network.inputs) != 1 or len(network.inputs[0].shape) != 4:
        raise InputError(
            f"{choice.name} takes {len(network.inputs)} inputs; expected a network that takes "
            "one picture. Name another."
        )
    # before layers of the same name, deeper inside, make a name of them
    outer = _made_by_layers(network)
    flat = graphs.unnest(network)
    if choice.layer:
        made = {**_made_by_layers(flat), **outer}  # a nested network is a name too
        if choice.layer not in made:
            names = [layer.name for layer in flat.layers]
            raise UnknownName(
                f"layer '{choice.layer}' is not in {choice.name}; expected one of its {len(names)} "
                f"layers ({', '.join(names[-3:])} are the last).{nearest(choice.layer, list(made))}"
            )
        return graphs.unnest(keras.Model(network.inputs[0], made[choice.layer], name=BACKBONE))
    if choice.kind == "keras":
        return network
    node = _origin(flat.outputs[0])
    while isinstance(node.operation, (layers.Activation, layers.Softmax, layers.Dropout)):
        node = _origin(node.input_tensors[0])
    body = node.input_tensors[0] if isinstance(node.operation, layers.Dense) else flat.outputs[0]
    return keras.Model(flat.inputs[0], body, name=BACKBONE)


def _origin(tensor: Any) -> Any:
    """The node of the graph that made a tensor.

    A layer that stands in several graphs has one in each.
    """
    operation, place, _ = tensor._keras_history
    return operation._inbound_nodes[place]


def _made_by_layers(network: keras.Model) -> dict[str, Any]:
    """What each layer of a graph puts out, by its name."""
    return {
        node.operation.name: node.outputs[0]
        for nodes in graphs.graph(network)._nodes_by_depth.values()
        for node in nodes
    }
