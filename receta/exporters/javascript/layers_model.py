"""How does a Keras network become a layers-model of TensorFlow.js?

The graph of the network is walked once, and each call of a layer is said in the words of
tfjs-layers (`_tfjs_twins`, `_tfjs_ops`). Nested networks are opened, so the result is one
flat network. What only training needs is left out: augmentation, dropout, penalties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from receta.exporters.javascript.ops import OPERATIONS
from receta.exporters.javascript.twins import TWINS
from receta.exporters.javascript.writer import NoTwin, Tensor, Words, Writer

if TYPE_CHECKING:
    import numpy as np
    from keras import Model

# all else is float32; so are pixels
_TYPES = {"int32": "int32", "int64": "int32", "uint32": "int32", "bool": "bool"}


def write_layers(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(configuration, weights by name) of a network, in tfjs' words.

    Raises NoTwin where tfjs-layers has none for a layer or one of its settings.
    """
    network = graph(model)
    if network is None:
        raise NoTwin(f"{model.name} is code of its own, not a graph of layers")
    ends = (
        [one._keras_history.operation for one in network.outputs]
        if len(network.outputs) > 1
        else []
    )
    writer = Writer(TWINS, ends)
    inputs = [
        writer.input(one.name, tuple(one.shape), input_type(one.dtype)) for one in network.inputs
    ]
    outputs = _walk(writer, network, inputs)
    for at, end in enumerate(ends):
        # it does nothing but name the output
        if type(end).__name__ == "Activation" and outputs[at].layer != end.name:
            outputs[at] = writer.layer(
                end, Words("Activation", {"activation": "linear"}), outputs[at], outputs[at].shape
            )
    return writer.topology(model.name, inputs, outputs), writer.weights


def input_type(dtype: str) -> str:
    """The type that tfjs takes for one of Keras: float32, int32 or bool.

    >>> input_type("uint8"), input_type("int64")
    ('float32', 'int32')
    """
    if dtype == "string":
        raise NoTwin("TensorFlow.js networks take numbers, not text")
    return _TYPES.get(dtype, "float32")


def arrange(model: Model, inputs: list[Any]) -> Any:
    """Inputs in the order of the network as its call takes them: one, a list or a dict."""
    from keras import tree

    struct = getattr(model, "_inputs_struct", None)  # of a Sequential there is none
    return inputs[0] if struct is None else tree.pack_sequence_as(struct, inputs)


def graph(layer: Any) -> Any:
    """The graph inside a nested network; None for a layer, and for code in place of a graph."""
    import keras
    from keras.src.models.functional import Functional  # keras.Model tells no graph from code

    if isinstance(layer, keras.Sequential) and type(layer).call is keras.Sequential.call:
        return layer._functional
    return layer if isinstance(layer, Functional) and type(layer).call is Functional.call else None


def _walk(writer: Writer, network: Any, inputs: list[Tensor]) -> list[Tensor]:
    """Say every call of a graph in order; gives its outputs."""
    from keras import tree

    known: dict[int, Any] = {
        id(symbol): tensor for symbol, tensor in zip(network.inputs, inputs, strict=True)
    }
    for depth in sorted(network._nodes_by_depth, reverse=True):
        for node in network._nodes_by_depth[depth]:
            if node.is_input or any(id(symbol) not in known for symbol in node.input_tensors):
                continue
            args, kwargs = node.arguments.fill_in(known)
            given = _say(writer, node, list(args), dict(kwargs))
            known.update(
                {
                    id(symbol): tensor
                    for symbol, tensor in zip(node.outputs, tree.flatten(given), strict=True)
                }
            )
    return [_heard(known[id(symbol)]) for symbol in network.outputs]


def _say(writer: Writer, node: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """One call of a layer, a nested network or an operation."""
    import keras
    from keras import tree

    operation = node.operation
    nested = graph(operation)
    if nested is not None:
        return _walk(
            writer,
            nested,
            [
                _heard(one)
                for one in tree.flatten((args, kwargs))
                if isinstance(one, (Tensor, _Unsaid))
            ],
        )
    is_layer = isinstance(operation, keras.Layer)
    kind = type(operation).__name__
    rule = (TWINS if is_layer else OPERATIONS).get(kind)
    unsaid = [one for one in tree.flatten((args, kwargs)) if isinstance(one, _Unsaid)]
    if not is_layer and (unsaid or rule is None):
        return [
            unsaid[0] if unsaid else _Unsaid(f"the operation {kind} has no twin in tfjs-layers")
        ] * len(node.outputs)
    named = f"the layer {operation.name} ({kind})" if is_layer else f"the operation {kind}"
    if rule is None or not type(operation).__module__.startswith("keras."):
        raise NoTwin(f"{named} has no twin in tfjs-layers")
    try:
        if not is_layer:
            return rule(writer, operation, (args, kwargs), _shapes(node, args, kwargs))
        return rule(
            writer, operation, _inputs(operation, args, kwargs), _shapes(node, args, kwargs)
        )
    except NoTwin as why:
        raise NoTwin(f"{named} has no twin in tfjs-layers: {why}") from None


def _inputs(layer: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What a layer was called on; states of a recurrent layer stand behind its input."""
    kwargs = {
        name: value for name, value in kwargs.items() if name != "training" and value is not None
    }
    if "mask" in kwargs and all(
        isinstance(one, _Unsaid) for one in _flat(kwargs["mask"]) if one is not None
    ):
        del kwargs["mask"]  # tfjs finds it out itself
    for one in _flat((args, kwargs)):
        _heard(one)
    first, *rest = args if args else [kwargs.pop("inputs", kwargs.pop("sequences", None))]
    states = kwargs.pop("initial_state", None)
    rest = [one for one in rest if one is not None]
    if hasattr(layer, "return_state") and (states is not None or rest):
        from keras import tree

        return [first, *tree.flatten([rest, states] if states is not None else rest)]
    if kwargs or rest:
        raise NoTwin(f"it is called with {', '.join(kwargs) or 'several arguments'}")
    return first


def _flat(values: Any) -> list[Any]:
    from keras import tree

    return tree.flatten(values)


@dataclass(frozen=True)
class _Unsaid:
    """What an operation without a twin gave: of no harm where it is a mask, which tfjs makes
    itself.
    """

    why: str


def _heard(value: Any) -> Any:
    """The value; NoTwin where it could not be said."""
    if isinstance(value, _Unsaid):
        raise NoTwin(value.why)
    return value


def _shapes(node: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """(n, ...) of what a call gives, or a list; sizes that only this call knows are filled in."""
    from keras import KerasTensor, tree

    shapes = [tuple(symbol.shape) for symbol in node.outputs]
    if any(None in shape[1:] for shape in shapes):

        def symbol(value: Any) -> Any:
            return KerasTensor(value.shape, "float32") if isinstance(value, Tensor) else value

        here = (tree.map_structure(symbol, given) for given in (args, kwargs))
        try:
            again = node.operation.compute_output_spec(*next(here), **next(here))
        except Exception as error:  # whatever a layer of anybody's says to a shape
            raise NoTwin(f"its shape is not known ({error})") from error
        shapes = [tuple(one.shape) for one in tree.flatten(again)]
    return shapes[0] if len(shapes) == 1 else shapes
