"""Target openvino: how is the network kept for OpenVINO on Intel's processors?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.core import leftovers
from receta.exporters import onnx as through
from receta.exporters.formats import graph
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

AFTER = "litert"
ABOUT = "OpenVINO's .xml and .bin for Intel's processors; computes with float32"
NOTE = (
    "with `model.bin`. Compile it with `INFERENCE_PRECISION_HINT=f32`, as receta does: where "
    "there is bfloat16 it is else off by up to 0.09"
)
FILE = "model.xml"
EXTRA = "openvino"
NEEDS = ("openvino", "tf2onnx", "onnx")
BACKENDS = ("tensorflow",)
VARIANTS = {"float16": "weights of 16 bits: half the size"}
LOSSY = ("float16",)

# Where a processor has bfloat16, OpenVINO takes it unless told otherwise: off by 0.09 (export
# facts, section 6).
_EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


def openvino(model: Model, folder: Path, about: dict[str, Any], variant: str = "") -> None:
    """Write the network as OpenVINO's .xml and .bin, by way of ONNX; `about` stands in rt_info."""
    import openvino as ov

    with leftovers.workplace() as place:
        through.onnx(model, place, about)
        read = ov.Core().read_model(place / through.FILE)
        read.set_rt_info(graph.spell_about(about), ["receta", "about"])
        ov.save_model(read, folder / FILE, compress_to_fp16=variant == "float16")


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in OpenVINO on the processor, with float32."""
    import openvino as ov

    read = ov.Core().read_model(folder / FILE)
    told = json.loads(read.get_rt_info(["receta", "about"]).value)
    compiled = ov.Core().compile_model(read, "CPU", _EXACT)
    # bundles of earlier versions have no names
    taken: list[Any] = told.get("inputs") or list(range(len(compiled.inputs)))
    given: list[Any] = told.get("outputs") or list(range(len(compiled.outputs)))

    def predict(inputs: Any) -> Any:
        said = compiled(dict(zip(taken, as_list(inputs), strict=True)))
        return from_list([said[name] for name in given])

    return predict
