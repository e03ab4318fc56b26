"""Target onnx: how is the network kept for any language, without Keras and TensorFlow?"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras import Model

ORDER = 10
ABOUT = "one ONNX file for ONNX Runtime: many languages, starts in tenths of a second"
FILE = "model.onnx"
EXTRA = "onnx"
NEEDS = ("tf2onnx", "onnx", "onnxruntime")
BACKENDS = ("tensorflow",)  # tf2onnx reads graphs of TensorFlow

INPUT, OUTPUT = "pixels", "probabilities"
OPSET = 17  # the first with LayerNormalization as one operation; ONNX Runtime knows it since 1.12 (2022)


def onnx(model: Model, folder: Path, about: dict[str, Any]) -> None:
    """Write the network as an ONNX file of opset 17 that says itself what it knows.

    Its input is `pixels` (n, height, width, channels) uint8, its output `probabilities`
    (n, classes) float32; of somebody's own network they keep their names and types. `about`
    stands in its metadata, each value as JSON.
    """
    import onnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # keras 3.15.1 asks for np.object before it mends tf2onnx
        model.export(str(folder / FILE), format="onnx", opset_version=OPSET, verbose=False)
    written = onnx.load(folder / FILE)
    _name(written.graph)
    told = {**about, "opset": OPSET}
    onnx.helper.set_model_props(written, {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()})
    onnx.checker.check_model(written)
    onnx.save(written, folder / FILE)


def _name(graph: Any) -> None:
    """Give the output and the open dimension names that a reader understands."""
    if len(graph.output) == 1:
        old = graph.output[0].name
        for node in graph.node:
            for names in (node.input, node.output):
                names[:] = [OUTPUT if name == old else name for name in names]
        graph.output[0].name = OUTPUT
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "n"


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in ONNX Runtime, on the processors that this process may use."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.log_severity_level = 3  # errors alone
    session = onnxruntime.InferenceSession(str(folder / FILE), options, providers=["CPUExecutionProvider"])
    taken = [one.name for one in session.get_inputs()]

    def predict(inputs: Any) -> Any:
        given = inputs if isinstance(inputs, list) else [inputs]
        answers = session.run(None, dict(zip(taken, given, strict=True)))
        return answers if len(answers) > 1 else answers[0]

    return predict
