"""Target onnx: how is the network kept for any language, without Keras and TensorFlow?"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.exporters._lists import listed, unlisted

if TYPE_CHECKING:
    from keras import Model

ORDER = 10
ABOUT = "one ONNX file for ONNX Runtime: many languages, starts in tenths of a second"
FILE = "model.onnx"
EXTRA = "onnx"
NEEDS = ("tf2onnx", "onnx", "onnxruntime")
BACKENDS = ("tensorflow",)  # tf2onnx reads graphs of TensorFlow
VARIANTS = {"int8": "weights and values of 8 bits, calibrated on training pictures: a quarter of the size"}
LOSSY = ("int8",)

INPUT, OUTPUT = "pixels", "probabilities"
OPSET = 17  # the first with LayerNormalization as one operation; ONNX Runtime knows it since 1.12 (2022)

_CALIBRATED, _AT_ONCE = 200, 10  # training examples that the ranges of int8 are taken from


def onnx(model: Model, folder: Path, about: dict[str, Any], variant: str = "", *,
         rows: Callable[[int], Any] | None = None) -> None:  # fmt: skip
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
    if variant == "int8" and rows is not None:
        written = _quantised(written, folder, rows)
    told = {**about, "opset": OPSET}
    onnx.helper.set_model_props(written, {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()})
    onnx.checker.check_model(written)
    onnx.save(written, folder / FILE)


def _quantised(written: Any, folder: Path, rows: Callable[[int], Any]) -> Any:
    """The network with whole numbers of 8 bits, its ranges taken from training pictures.

    Both are unsigned: with signed weights the sums of pairs overflow on processors that
    have AVX2 and no VNNI, and probabilities were off by 0.56 (LOG.md, 2026-11-25).
    """
    import onnx
    from onnxruntime import quantization

    onnx.save(written, folder / FILE)
    given = rows(_CALIBRATED)
    columns = dict(zip((one.name for one in written.graph.input), listed(given), strict=True))
    n = len(next(iter(columns.values())))

    class Examples(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.starts = iter(range(0, n, _AT_ONCE))

        def get_next(self) -> dict[str, np.ndarray] | None:
            start = next(self.starts, None)
            return None if start is None else {name: column[start : start + _AT_ONCE] for name, column in columns.items()}

    quantization.quantize_static(
        folder / FILE, folder / FILE, Examples(), per_channel=True, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QUInt8, quant_format=quantization.QuantFormat.QDQ,
    )  # fmt: skip
    return onnx.load(folder / FILE)


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
    # Idle threads would else turn in circles: at other work beside it, half the pictures a second (LOG.md, 2026-11-25).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors alone
    session = onnxruntime.InferenceSession(str(folder / FILE), options, providers=["CPUExecutionProvider"])
    taken = [one.name for one in session.get_inputs()]

    def predict(inputs: Any) -> Any:
        return unlisted(session.run(None, dict(zip(taken, listed(inputs), strict=True))))

    return predict
