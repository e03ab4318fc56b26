"""Target c_array: how is the network kept for microcontrollers, which have no files?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import leftovers
from receta.core.errors import ExportRefused
from receta.exporters.formats import lite
from receta.exporters.subjects import naming
from receta.pipeline import backend

if TYPE_CHECKING:
    from keras import Model

AFTER = "openvino"
ABOUT = (
    "one C header for microcontrollers (TensorFlow Lite Micro): the int8 network, class "
    "names, scales"
)
NOTE = "proven in TensorFlow Lite Micro's own interpreter"
FILE = "model.h"
EXTRA = "micro"
NEEDS = ("tensorflow", "tflite_micro")
BACKENDS = ("tensorflow",)
LOSSY = ("",)

_A_LINE = 20  # bytes
# bytes: enough for any network that a microcontroller has room for (too few may end the process)
_ARENA = 1 << 26
_STEP = 1 << 10
_PATIENCE_S = 300
_TRIED = """
import sys
from tflite_micro import runtime
content = open(sys.argv[1], "rb").read()
runtime.Interpreter.from_bytes(content, arena_size=max(1 << 26, 10 * len(content))).invoke()
"""


def c_array(
    model: Model, folder: Path, about: dict[str, Any], *, rows: Callable[[int], Any]
) -> None:
    """Write a C header (C11 or C++11) with the network as int8 and what is to be known of it.

    It takes one picture: uint8 pixels as they are, row by row, the channels of a pixel
    side by side; it gives a uint8 a class, which stands for scale * (value - zero point).
    """
    if len(model.inputs) > 1 or len(model.outputs) > 1:
        raise ExportRefused(
            f"the network has {len(model.inputs)} inputs and {len(model.outputs)} outputs; "
            "expected one of each for c_array. Choose another target."
        )
    content = lite.convert(model, "int8", rows, naming.of_outputs(model, about), batch=1)
    if model.inputs[0].dtype != "uint8":
        _refuse_what_ends_it(content)
    arena, interpreter = _interpreter(content)
    taken, given = interpreter.get_input_details(0), interpreter.get_output_details(0)
    names = ", ".join(_quote(name) for name in about["class_names"])
    data = ",\n".join(
        "  " + ", ".join(f"0x{byte:02x}" for byte in content[start : start + _A_LINE])
        for start in range(0, len(content), _A_LINE)
    )
    (folder / FILE).write_text(
        _HEADER.format(
            receta=about["receta"],
            shape=" x ".join(map(str, taken["shape"][1:])),
            inputs=int(np.prod(taken["shape"])),
            classes=int(np.prod(given["shape"])),
            names=names,
            bytes=len(content),
            arena=arena,
            data=data,
            sides="".join(
                f"#define MODEL_{name} {side}\n"
                for name, side in zip(
                    ("HEIGHT", "WIDTH", "CHANNELS"), taken["shape"][1:], strict=False
                )
            ),
            **{
                f"{which}_{what}": value
                for which, details in (("in", taken), ("out", given))
                for what, value in _scale(details).items()
            },
        ),
        encoding="utf-8",
    )


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in TensorFlow Lite Micro's interpreter, from the bytes of the header."""
    text = (folder / FILE).read_text(encoding="utf-8")
    content = bytes(
        int(byte, 16)
        for byte in re.findall(r"0x([0-9a-f]{2})", text.partition("model_data[MODEL_BYTES] = {")[2])
    )
    _, interpreter = _interpreter(content)
    taken, given = (
        _scale(details)
        for details in (interpreter.get_input_details(0), interpreter.get_output_details(0))
    )
    pixels = taken["scale"] == 1 and taken["zero"] == 0

    def predict(inputs: np.ndarray) -> np.ndarray:
        answers = []
        for one in inputs:
            whole = (
                one if pixels else np.clip(np.round(one / taken["scale"]) + taken["zero"], 0, 255)
            )
            interpreter.set_input(np.ascontiguousarray(whole, np.uint8)[None], 0)
            interpreter.invoke()
            answers.append(interpreter.get_output(0)[0].astype(np.float32))
        return np.float32(given["scale"]) * (np.stack(answers) - np.float32(given["zero"]))

    return predict


def _refuse_what_ends_it(content: bytes) -> None:
    """ExportRefused for a network at which TensorFlow Lite Micro ends the whole process.

    It does so at an operation that it lacks for whole numbers, as what fills missing cells needs.
    """
    with leftovers.workplace() as folder:
        (folder / "model.tflite").write_bytes(content)
        command = [sys.executable, "-c", _TRIED, str(folder / "model.tflite")]
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE_S)
    if done.returncode:
        raise ExportRefused(
            "the c_array file cannot be run by TensorFlow Lite Micro, which lacks an operation of "
            "it in whole numbers (missing cells, categories, windows, words need such); expected "
            "pictures, or rows of numbers in one unit. Choose another target, such as litert."
        )


def _interpreter(content: bytes) -> tuple[int, Any]:
    """(bytes of memory that it needs, TensorFlow Lite Micro's interpreter)."""
    from tflite_micro import runtime

    with backend.hush() as said:
        interpreter = runtime.Interpreter.from_bytes(
            content, arena_size=max(_ARENA, 10 * len(content))
        )
        interpreter.print_allocations()  # its only way of telling
        said.seek(0)
        told = re.search(rb"Arena allocation total (\d+) bytes", said.read())
    needed = int(told[1]) if told else _ARENA
    return -(-needed // _STEP) * _STEP, interpreter


def _scale(details: dict[str, Any]) -> dict[str, Any]:
    told = details["quantization_parameters"]
    return {"scale": float(told["scales"][0]), "zero": int(told["zero_points"][0])}


def _quote(text: str) -> str:
    """A C string; what is not plain ASCII as bytes of UTF-8, so that no compiler's own set of
    characters matters.

    >>> _quote('a "b"'), _quote("ñ1")
    ('"a \\\\"b\\\\""', '"\\\\303\\\\2611"')
    """
    plain = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode()
    )
    return '"' + plain.replace("\\042", '\\"') + '"'


_HEADER = """\
/* Written by receta {receta}: a network for TensorFlow Lite Micro, in whole numbers of 8 bits.
 *
 * Input:  {shape} uint8, row by row, the channels of a pixel side by side. They stand for
 *         MODEL_INPUT_SCALE * (input[i] - MODEL_INPUT_ZERO_POINT).
 *         At scale 1 and zero point 0 pixels go in as they are.
 * Output: {classes} uint8; of class i it means
 *         MODEL_OUTPUT_SCALE * (output[i] - MODEL_OUTPUT_ZERO_POINT).
 *
 *   const tflite::Model* model = tflite::GetModel(model_data);
 *   alignas(16) static uint8_t arena[MODEL_ARENA_BYTES];
 *
 * Include it in one file only: the network lies in this header.
 */
#ifndef RECETA_MODEL_H
#define RECETA_MODEL_H

#include <stdint.h>

{sides}#define MODEL_INPUTS {inputs}
#define MODEL_INPUT_SCALE {in_scale!r}f
#define MODEL_INPUT_ZERO_POINT {in_zero}

#define MODEL_CLASSES {classes}
#define MODEL_OUTPUT_SCALE {out_scale!r}f
#define MODEL_OUTPUT_ZERO_POINT {out_zero}
static const char *const model_class_names[MODEL_CLASSES] = {{{names}}};

/* What the interpreter needed on a machine of 64 bits; it is less on one of 32. */
#define MODEL_ARENA_BYTES {arena}

#ifdef __cplusplus
#define RECETA_ALIGNED alignas(16)
#else
#define RECETA_ALIGNED _Alignas(16)
#endif

#define MODEL_BYTES {bytes}
RECETA_ALIGNED static const uint8_t model_data[MODEL_BYTES] = {{
{data}
}};

#endif
"""
