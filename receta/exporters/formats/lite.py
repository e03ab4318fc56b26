"""How does TensorFlow's converter make a LiteRT file, and which forms can it have?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import leftovers
from receta.core.errors import ExportRefused
from receta.exporters.formats import graph
from receta.pipeline import backend
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

# training examples that the ranges of int8 are taken from; converters' guides name 100 to 500
_CALIBRATED = 200


def convert(
    model: Model,
    form: str,
    rows: Callable[[int], Any],
    names: list[str],
    *,
    batch: int | None = None,
) -> bytes:
    """The network as the bytes of a LiteRT file.

    form: "" for float32, float16 and dynamic for smaller weights, int8 for whole numbers
    throughout, with uint8 pixels in and uint8 probabilities out. batch: a fixed number of
    examples, None for any; networks with a recurrent layer take one. names: of its outputs.
    """
    import tensorflow as tf

    floats = form == "int8"
    # TensorFlow 2.21's calibrator ends the whole process with a segmentation fault
    if floats and recurrent(model):
        raise ExportRefused(
            "networks with a recurrent layer cannot be made int8 (the calibrator of TensorFlow "
            "2.21 breaks down on them); expected "
            "layers without steps. Choose the variant dynamic or float16 of litert."
        )
    with leftovers.workplace() as folder:
        graph.write_graph(
            model, folder, names, batch=1 if recurrent(model) else batch, floats=floats
        )
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        if form:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if form == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if form == "int8":
            converter.representative_dataset = lambda: _examples(model, rows)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.uint8
        content = bytes(converter.convert())
    return (
        _in_order(content, [one.name for one in model.inputs], names)
        if len(names) > 1 or len(model.inputs) > 1
        else content
    )


def _in_order(content: bytes, inputs: list[str], outputs: list[str]) -> bytes:
    """The file with its own lists of inputs and outputs called and ordered as in Keras: the
    signature sorts them.
    """
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    signature = model.signatureDefs[0]
    graph = model.subgraphs[signature.subgraphIndex]
    for names, mapped, listed_in in (
        (inputs, signature.inputs, "inputs"),
        (outputs, signature.outputs, "outputs"),
    ):
        at = {one.name.decode(): one.tensorIndex for one in mapped}
        if at.keys() == set(names) and len(set(at.values())) == len(names):
            setattr(graph, listed_in, [at[name] for name in names])
            for name in names:
                graph.tensors[at[name]].name = name.encode()
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def recurrent(model: Model) -> bool:
    """Whether a layer goes step by step: with an open batch that needs operations outside
    LiteRT.
    """
    from keras import layers

    return any(isinstance(layer, layers.RNN) for layer in model._flatten_layers(include_self=False))


def _examples(model: Model, rows: Callable[[int], Any]) -> Iterator[dict[str, np.ndarray]]:
    """Training examples one by one; of pixels the first has a black and a white one.

    So that the range of the input is 0 to 255, its scale 1, and pixels go in as they are.
    """
    given = rows(_CALIBRATED)
    columns = [
        np.array(one, np.float32 if taken.dtype == "uint8" else one.dtype)
        for one, taken in zip(as_list(given), model.inputs, strict=True)
    ]
    for column, taken in zip(columns, model.inputs, strict=True):
        if taken.dtype == "uint8":
            column[0].flat[0], column[0].flat[-1] = 0, 255
    for position in range(len(columns[0])):
        yield {
            taken.name: column[position : position + 1]
            for column, taken in zip(columns, model.inputs, strict=True)
        }


def runtime(content: bytes, names: dict[str, list[str]] | None = None) -> Callable[[Any], Any]:
    """The network in LiteRT's interpreter: whole numbers come back as the values they mean.

    names: of inputs and outputs in order, which signatures sort.
    """
    from ai_edge_litert.interpreter import Interpreter

    with backend.hush():  # it says which of its kernels it takes
        interpreter = Interpreter(model_content=content, num_threads=len(os.sched_getaffinity(0)))
        interpreter.allocate_tensors()
    signature = interpreter.get_signature_runner("serving_default")
    taken, given = signature.get_input_details(), signature.get_output_details()
    inputs, outputs = (
        (names or {}).get("inputs") or list(taken),
        (names or {}).get("outputs") or list(given),
    )
    fixed = bool(taken[inputs[0]]["shape_signature"][0] > 0)

    def ask(columns: dict[str, np.ndarray]) -> list[np.ndarray]:
        said = signature(**columns)
        return [_dequantise(said[name], given[name]) for name in outputs]

    def predict(values: Any) -> Any:
        columns = {
            name: _whole(np.asarray(one), taken[name])
            for name, one in zip(inputs, as_list(values), strict=True)
        }
        if fixed:
            n = len(columns[inputs[0]])
            rows = [
                ask({name: one[position : position + 1] for name, one in columns.items()})
                for position in range(n)
            ]
            answers = [np.concatenate(column) for column in zip(*rows, strict=True)]
        else:
            answers = ask(columns)
        return from_list(answers)

    return predict


def _dequantise(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """The values that whole numbers stand for: scale x (number - zero point)."""
    scale, zero = details["quantization"]
    return np.array(values) if not scale else np.float32(scale) * (values.astype(np.float32) - zero)


def _whole(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Values as the whole numbers that an input takes; pixels stay as they are."""
    scale, zero = details["quantization"]
    kind = np.dtype(details["dtype"])
    if scale and values.dtype != kind:
        whole, limits = np.round(values / np.float32(scale)) + zero, np.iinfo(kind)
        return np.clip(whole, limits.min, limits.max).astype(kind)
    return values.astype(kind, copy=False)
