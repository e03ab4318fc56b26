"""How does a Keras network become a graph-model of TensorFlow.js?

TensorFlow traces the inference function, its variables become constants, and the graph is written
as JSON. tfjs has most of TensorFlow's operations, so this takes what tfjs-layers has no twin for:
layers of one's own, attention, keras.ops of any kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.exporters.javascript.layers_model import arrange, input_type
from receta.exporters.javascript.writer import NoTwin, valid

if TYPE_CHECKING:
    from keras import Model

# of grappler; its remapper makes operations that the wasm backend lacks
_FOLDED = ["constfold", "function", "dependency"]
_NUMBERS = {
    "float16": "float32",
    "bfloat16": "float32",
    "float64": "float32",
    "int64": "int32",
    "uint8": "int32",
    "int8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "uint32": "int32",
    "uint64": "int32",
}
_ENUM = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL"}


def write_graph(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(modelTopology and signature, weights by name) of a network.

    Raises NoTwin for inputs that tfjs cannot take.
    """
    from google.protobuf import json_format

    graph, inputs, outputs = _frozen(model)
    weights: dict[str, np.ndarray] = {}
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op == "Const":
                weights[node.name] = _value(node)
            # what only TensorFlow's own runtime reads
            for attribute in [name for name in node.attr if name.startswith("_")]:
                del node.attr[attribute]
    topology = json_format.MessageToDict(graph)
    topology["library"] = topology.get("library", {})
    return {"modelTopology": topology, "signature": {"inputs": inputs, "outputs": outputs}}, weights


def _value(node: Any) -> np.ndarray:
    """The value of a constant, which is taken out of its node; in a type that tfjs has."""
    from tensorflow import make_ndarray

    tensor = node.attr["value"].tensor
    value = np.asarray(make_ndarray(tensor))
    if value.dtype.kind not in "fiub" and value.dtype.name != "bfloat16":
        raise NoTwin(
            f"a constant of it holds {value.dtype}, and TensorFlow.js networks hold numbers"
        )
    small = value.astype(_NUMBERS.get(value.dtype.name, value.dtype.name))
    if small.dtype == np.int32 and not np.array_equal(small, value):
        # such as "to the end" of a slice
        small = np.clip(value, -(2**31), 2**31 - 1).astype(np.int32)
    kind, shape = tensor.dtype, [size.size for size in tensor.tensor_shape.dim]
    tensor.Clear()
    tensor.dtype = kind
    for size in shape:
        tensor.tensor_shape.dim.add().size = size
    return small


def _frozen(model: Model) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """(graph with constants for variables, inputs, outputs as a signature of tfjs)."""
    import tensorflow as tf
    from keras import ops, tree
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    names = _names([one.name for one in model.inputs])
    types = [input_type(one.dtype) for one in model.inputs]
    specs = [
        tf.TensorSpec(one.shape, kind, name)
        for one, kind, name in zip(model.inputs, types, names, strict=True)
    ]

    def inference(*given: Any) -> list[Any]:
        taken = [
            ops.cast(one, symbol.dtype) for one, symbol in zip(given, model.inputs, strict=True)
        ]
        answers = model(arrange(model, taken), training=False)
        return [
            tf.identity(ops.cast(one, input_type(str(one.dtype.name))))
            for one in tree.flatten(answers)
        ]

    with _unroll(model), _plain_einsum():
        concrete = tf.function(inference, autograph=False).get_concrete_function(*specs)
    frozen = convert_variables_to_constants_v2(
        concrete, lower_control_flow=False, aggressive_inlining=True
    )
    graph = _fold(frozen)
    inputs = {
        name: {"name": tensor.name, "dtype": _ENUM[kind], "tensorShape": _shape(tensor.shape)}
        for name, kind, tensor in zip(names, types, frozen.inputs, strict=True)
    }
    outputs = {
        name: {
            "name": tensor.name,
            "dtype": _ENUM[tensor.dtype.name],
            "tensorShape": _shape(tensor.shape),
        }
        for name, tensor in zip(_names(_output_names(model)), frozen.outputs, strict=True)
    }
    return graph, inputs, outputs


def _fold(frozen: Any) -> Any:
    """The graph without what can be computed beforehand."""
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer

    meta = tf.compat.v1.train.export_meta_graph(
        graph_def=frozen.graph.as_graph_def(), graph=frozen.graph
    )
    fetched = meta_graph_pb2.CollectionDef()
    fetched.node_list.value.extend([tensor.name for tensor in (*frozen.inputs, *frozen.outputs)])
    meta.collection_def["train_op"].CopyFrom(fetched)
    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.optimizers.extend(_FOLDED)
    config.graph_options.rewrite_options.min_graph_nodes = -1  # small graphs too
    return tf_optimizer.OptimizeGraph(config, meta)


def _shape(shape: Any) -> dict[str, Any]:
    return {"dim": [{"size": "-1" if side is None else str(side)} for side in shape]}


def _output_names(model: Model) -> list[str]:
    return list(
        getattr(model, "output_names", None)
        or [f"output_{number}" for number in range(len(model.outputs))]
    )


def _names(names: list[str]) -> list[str]:
    """Names that TensorFlow and tfjs take, each once."""
    given: list[str] = []
    for name in names:
        plain, number = valid(name), 1
        while (plain if number == 1 else f"{plain}_{number}") in given:
            number += 1
        given.append(plain if number == 1 else f"{plain}_{number}")
    return given


@contextlib.contextmanager
def _plain_einsum() -> Iterator[None]:
    """Sums of products as products of matrices while something is traced: the WebAssembly
    backend has no Einsum.
    """
    import tensorflow as tf
    from tensorflow.python.ops.special_math_ops import _einsum_v1

    def einsum(equation: str, *operands: Any, **options: Any) -> Any:
        return _einsum_v1(equation, *operands)

    kept, tf.einsum = tf.einsum, einsum
    try:
        yield
    finally:
        tf.einsum = kept


@contextlib.contextmanager
def _unroll(model: Model) -> Iterator[None]:
    """Recurrent layers as one step after the other: `predict` of tfjs knows no loops."""
    changed = []
    for layer in model._flatten_layers():
        if type(getattr(layer, "unroll", None)) is bool and not layer.unroll:
            changed.append(layer)
            layer.unroll = True
    try:
        yield
    finally:
        for layer in changed:
            layer.unroll = False
