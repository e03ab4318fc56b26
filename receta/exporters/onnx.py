"""Target onnx: how is the network kept for any language, without Keras and TensorFlow?"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import RunError
from receta.exporters.formats import onnx_outputs
from receta.exporters.subjects import naming
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

AFTER = "keras"
ABOUT = "one ONNX file for ONNX Runtime: many languages, starts in tenths of a second"
NOTE = "opset 17"
FILE = "model.onnx"
EXTRA = "onnx"
NEEDS = ("tf2onnx", "onnx", "onnxruntime")
BACKENDS = ("tensorflow",)  # tf2onnx reads graphs of TensorFlow
VARIANTS = {
    "int8": "weights and values of 8 bits, calibrated on training pictures: a quarter of the size"
}
LOSSY = ("int8",)

# the first with LayerNormalization as one operation; ONNX Runtime knows it since 1.12 (2022)
OPSET = 17

_CALIBRATED, _AT_ONCE = 200, 10  # training examples that the ranges of int8 are taken from


FEATURES = "features"  # what the last layer takes: in the file, but not on its list of outputs


def onnx(
    model: Model,
    folder: Path,
    about: dict[str, Any],
    variant: str = "",
    *,
    rows: Callable[[int], Any] | None = None,
    featured: Model | None = None,
) -> None:
    """Write the network as an ONNX file of opset 17 that says itself what it knows.

    Of a run its input is `pixels` (n, height, width, channels) uint8, its output `probabilities`
    (n, classes) float32; those of somebody's own network keep their names, types and order.
    `about` stands in its metadata, each value as JSON. featured: the same network with its
    features as a second output, which keep the name `features` in the file.
    """
    import onnx

    with warnings.catch_warnings():
        # keras 3.15.1 asks for np.object before it mends tf2onnx
        warnings.simplefilter("ignore", FutureWarning)
        written_of = featured or model
        written_of.export(str(folder / FILE), format="onnx", opset_version=OPSET, verbose=False)
    written = onnx.load(folder / FILE)
    _name(written.graph, [*naming.of_outputs(model, about), *[FEATURES] * (featured is not None)])
    if featured is not None:
        del written.graph.output[-1]
    if variant == "int8" and rows is not None:
        written = _quantise(written, folder, rows)
    told = {**about, "opset": OPSET}
    onnx.helper.set_model_props(
        written, {name: json.dumps(value, ensure_ascii=False) for name, value in told.items()}
    )
    onnx.checker.check_model(written)
    onnx.save(written, folder / FILE)


def _quantise(written: Any, folder: Path, rows: Callable[[int], Any]) -> Any:
    """The network with whole numbers of 8 bits, its ranges taken from training pictures.

    Both are unsigned: with signed weights the sums of pairs overflow on processors that
    have AVX2 and no VNNI, and probabilities were off by 0.56 (LOG.md, 2026-11-25).
    """
    import onnx
    from onnxruntime import quantization

    onnx.save(written, folder / FILE)
    given = rows(_CALIBRATED)
    columns = dict(zip((one.name for one in written.graph.input), as_list(given), strict=True))
    n = len(next(iter(columns.values())))

    class Examples(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self.starts = iter(range(0, n, _AT_ONCE))

        def get_next(self) -> dict[str, np.ndarray] | None:
            start = next(self.starts, None)
            return (
                None
                if start is None
                else {name: column[start : start + _AT_ONCE] for name, column in columns.items()}
            )

    quantization.quantize_static(
        folder / FILE,
        folder / FILE,
        Examples(),
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QUInt8,
        quant_format=quantization.QuantFormat.QDQ,
    )
    return onnx.load(folder / FILE)


def _name(graph: Any, names: list[str]) -> None:
    """Give the outputs and the open dimension names that a reader understands."""
    new = {one.name: name for one, name in zip(graph.output, names, strict=True)}
    inner = {name for node in graph.node for name in (*node.input, *node.output)} | {
        one.name for one in graph.initializer
    }
    away = {
        name: f"{name}__inner"
        for name in set(new.values()) & inner - new.keys() - {one.name for one in graph.input}
    }
    for node in graph.node:
        for held in (node.input, node.output):
            held[:] = [new.get(name, away.get(name, name)) for name in held]
    for one in (*graph.initializer, *graph.value_info):
        one.name = new.get(one.name, away.get(one.name, one.name))
    for one in graph.output:
        one.name = new[one.name]
    for value in (*graph.input, *graph.output):
        if value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "n"


_LOOPS = (b"\x22\x04Loop", b"\x22\x04Scan")  # op_type of a node, as protobuf writes it
_BESIDE = b"\x0a\x08location"  # the key of a tensor that stands in another file


def code(folder: Path) -> str:
    """What asks for --trust in an ONNX file: loops, which need not end.

    Raises RunError for weights in another file.
    """
    content = (folder / FILE).read_bytes()
    if _BESIDE in content:
        raise RunError(
            f"{folder / FILE} names weights in another file; expected all in one, as `receta "
            "export` writes it. Export again."
        )
    return (
        "a network with loops, which need not end"
        if any(mark in content for mark in _LOOPS)
        else ""
    )


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in ONNX Runtime, on the processors that this process may use."""
    session = _session(str(folder / FILE))
    told = session.get_modelmeta().custom_metadata_map
    taken = json.loads(told.get("inputs", "null")) or [one.name for one in session.get_inputs()]
    # bundles of earlier versions have no names: their order counts
    given = json.loads(told.get("outputs", "null"))

    def predict(inputs: Any) -> Any:
        return from_list(session.run(given, dict(zip(taken, as_list(inputs), strict=True))))

    return predict


def judging(folder: Path, width: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The same, with the features (n, width) that its last layer takes."""
    session = _session(onnx_outputs.with_output((folder / FILE).read_bytes(), FEATURES, width))
    taken, names = session.get_inputs()[0].name, [session.get_outputs()[0].name, FEATURES]

    def judge(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        said, features = session.run(names, {taken: inputs})
        return said, features

    return judge


def _session(network: str | bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is told by us, in one line
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    # Idle threads would else turn in circles: at other work beside it, half the pictures a second
    # (LOG.md, 2026-11-25).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
