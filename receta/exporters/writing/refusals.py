"""Which layer stands in the way of a target, and what can take its place?

Converters fail in words of their own: names of operations, paths within a graph, positions in
their C++. They tell which layer it was to who knows the network. Their words themselves are the
cause of the error, which `--debug` shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from receta.exporters.javascript.layers_model import graph

if TYPE_CHECKING:
    from keras import Model
# as TensorFlow names what a layer does: model/block/dense/MatMul
_PATHS = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_OPERATIONS = (
    r"No Op registered for (\w+)",
    r"OpType: (\w+)",
    r"'tf\.(\w+)' op",
    r"tf\.([A-Z]\w+)",
    r"Flex(\w+)",
    r"fused\[\"(\w+):\"",
    r"[Uu]nknown op '(\w+)'",
    r"[Kk]ernel '(\w+)' not",
    r"ensorflow op \[[^\]:]*: (\w+)\]",
    r"for operations?: (\w+)",
)
_LOOPS = re.compile(r"\b(Loop|While|TensorList\w*|StatelessWhile)\b")
# what tables of words and numbers are made of
_MEMORY = ("HashTableV2", "LookupTableFindV2", "MutableHashTableV2")

_OUTSIDE = (
    "do its work before the network: cut the network behind it, and give it what the layer makes"
)
_ADVICE = {
    **dict.fromkeys(
        (
            "IntegerLookup",
            "StringLookup",
            "TextVectorization",
            "Hashing",
            "HashedCrossing",
            "CategoryEncoding",
            "Discretization",
            "MelSpectrogram",
            "STFTSpectrogram",
            "FeatureSpace",
        ),
        _OUTSIDE,
    ),
    "Resizing": "put Resizing with interpolation='bilinear' in its place",
    "UpSampling2D": "put UpSampling2D with interpolation='nearest' in its place",
    **dict.fromkeys(
        (
            "LSTM",
            "GRU",
            "SimpleRNN",
            "RNN",
            "Bidirectional",
            "ConvLSTM1D",
            "ConvLSTM2D",
            "ConvLSTM3D",
        ),
        "set unroll=True on it (its length must be known), or put Conv1D in its place",
    ),
    "Lambda": "write what it does with layers or keras.ops",
}


@dataclass(frozen=True)
class Culprit:
    """A layer, or an operation between layers, that a target lacks."""

    name: str
    kind: str
    is_layer: bool

    def __str__(self) -> str:
        return (
            f"the layer {self.name} ({self.kind})"
            if self.is_layer
            else f"the operation {self.kind} of keras.ops"
        )


def refusal(name: str, done: str, error: BaseException, model: Model) -> str:
    """One line: the layer, and what to put in its place.

    done: written, reopened or asked. Where no layer can be named, the line says so.
    """
    words = str(error)
    found, operation = culprit(model, words), lacking(words)
    lacks = f" (the target has no {operation})" if operation else ""
    if found is not None:
        return (
            f"the {name} file cannot hold {found}{lacks}; expected layers that the target knows. "
            f"Nothing was written: {advice(found)}, or choose another target."
        )
    guess = suspect(model)
    what = lacks or (f" (likely because of {guess})" if guess else f" ({type(error).__name__})")
    instead = f"{advice(guess)}, or choose" if guess and not lacks else "choose"
    return (
        f"the {name} file cannot be {done}{what}; expected layers that the target knows. Nothing "
        f"was written: {instead} another target "
        f"(saved_model and keras hold every layer); --debug shows the converter's own words."
    )


def lacking(words: str) -> str:
    """The operation that a target has not, by its words; nothing where they tell none."""
    return next(_operations(words), "")


def suspect(model: Model) -> Culprit | None:
    """The first layer that some targets are known to lack, or to do otherwise."""
    return next(
        (
            _as_culprit(layer)
            for layer, _ in _layers(graph(model))
            if type(layer).__name__ in _ADVICE and _odd(layer)
        ),
        None,
    )


def _odd(layer: Any) -> bool:
    """Whether a layer that scales pictures does so in a way that few targets know."""
    return getattr(layer, "interpolation", None) not in ("bilinear", "nearest")


def advice(found: Culprit) -> str:
    """What to do about a layer."""
    if not found.is_layer:
        return "write it with other functions of keras.ops, or do its work outside of the network"
    return _ADVICE.get(
        found.kind,
        "put layers that the target knows in its place (dense, convolution, pooling, "
        "normalisation)",
    )


def culprit(model: Model, words: str) -> Culprit | None:
    """The layer that a converter's words are about; None where they tell none."""
    layers = list(_layers(graph(model)))
    by_name = {layer.name: layer for layer, _ in layers}
    untold = re.findall(r"the operation (\w+) has no twin", words)
    if untold:  # in tfjs-layers, in our own words
        return next(
            (_as_culprit(layer) for layer, _ in layers if type(layer).__name__ == untold[-1]), None
        )
    ours = [
        by_name[one]
        for one in re.findall(r"the layer (\S+) \(\w+\) has no twin", words)
        if one in by_name
    ]
    if ours:
        return _as_culprit(ours[0])
    for path in _PATHS.findall(words):
        for part in reversed(path.split("/")):
            layer = next((by_name[one] for one in _strip_numbers(part) if one in by_name), None)
            if layer is not None:
                return _as_culprit(layer)
    operations = list(_operations(words))
    for operation in operations:
        if operation in _MEMORY:
            return next(
                (_as_culprit(layer) for layer, _ in layers if "Lookup" in type(layer).__name__),
                None,
            )
    for layer, node in layers:
        if operations and set(operations) & _made_of(layer, node):
            return _as_culprit(layer)
    if _LOOPS.search(words):
        return next(
            (_as_culprit(layer) for layer, _ in layers if hasattr(layer, "return_sequences")), None
        )
    return None


def _operations(words: str) -> Iterator[str]:
    """The operations that words name, as TensorFlow calls them."""
    for pattern in _OPERATIONS:
        yield from (one for one in re.findall(pattern, words) if "PartitionedCall" not in one)


def _layers(network: Any) -> Iterator[tuple[Any, Any]]:
    """(layer or operation, one of its calls) in order, nested networks opened; inputs left out."""
    for depth in sorted(getattr(network, "_nodes_by_depth", ()), reverse=True):
        for node in network._nodes_by_depth[depth]:
            nested = graph(node.operation)
            if nested is not None:
                yield from _layers(nested)
            elif not node.is_input:
                yield node.operation, node


def _strip_numbers(part: str) -> Iterator[str]:
    """A name in a path, and what it is without the numbers that TensorFlow appends.

    >>> list(_strip_numbers("dense_1_2"))
    ['dense_1_2', 'dense_1', 'dense']
    """
    yield part
    while (shorter := re.sub(r"_\d+$", "", part)) != part:
        part = shorter
        yield part


def _as_culprit(operation: Any) -> Culprit:
    import keras

    return Culprit(operation.name, type(operation).__name__, isinstance(operation, keras.Layer))


def _made_of(operation: Any, node: Any) -> set[str]:
    """The operations of TensorFlow that one call is made of.

    None where it cannot be traced alone.
    """
    import tensorflow as tf
    from keras import tree

    symbols = list({id(one): one for one in node.input_tensors}.values())

    def call(*given: Any) -> Any:
        args, kwargs = node.arguments.fill_in(
            {id(one): value for one, value in zip(symbols, given, strict=True)}
        )
        return tree.flatten(
            operation(*args, **{**kwargs, **({"training": False} if "training" in kwargs else {})})
        )

    try:
        specs = [tf.TensorSpec(list(one.shape), one.dtype) for one in symbols]
        made = tf.function(call, autograph=False).get_concrete_function(*specs).graph
    except Exception:  # a layer of anybody's, asked outside of its network, may raise anything
        return set()
    definition = made.as_graph_def()
    return {node.op for node in definition.node} | {
        node.op for function in definition.library.function for node in function.node_def
    }
